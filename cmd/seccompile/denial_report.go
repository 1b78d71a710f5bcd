package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// report reads a line of what notify prints: [THREAD] VECTOR = ACTION.
func (r *denialReader) report(line string) bool {
	call, action, ok := cutLast(line, ") = ")
	if !ok {
		return false
	}
	a, err := policy.ParseAction(strings.TrimSpace(action))
	if err != nil {
		return false
	}
	thread := ""
	if rest, ok := strings.CutPrefix(strings.TrimSpace(call), "["); ok {
		thread, call, _ = strings.Cut(rest, "] ")
	}
	q, err := parseQuery(call + ")")
	if err != nil || q.abi == "" {
		return false
	}
	for len(q.args) < 6 { // those that a vector leaves out
		q.args = append(q.args, "0")
	}
	r.reported(thread, q, a)
	return true
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func (r *denialReader) reported(thread string, q queryText, a policy.Action) {
	if a == policy.Allow {
		r.passed++
		return
	}
	if _, err := q.on(arch.X86_64); err != nil {
		r.faulty(r.number, "a call of a report", err)
		return
	}
	pid, _ := strconv.Atoi(thread)
	r.denied(denial{call: q, whole: true, pid: pid, seen: seen{text: a.String(), actions: []policy.Action{a}, whole: true}})
}

// isReport reports whether a line of JSON has what each report has. Other logs have some of it.
func isReport(line string) bool {
	return !slices.ContainsFunc([]string{`"arch"`, `"nr"`, `"action"`}, func(key string) bool { return !strings.Contains(line, key) })
}

// object reads a line of JSON: one of notify --json, or one with the text of a log in it,
// of journalctl -o json or of a container engine. It reports whether it is one of these.
func (r *denialReader) object(line string) bool {
	var o struct {
		Thread int
		Arch   string
		Name   string
		Nr     *uint32
		Action string
		Args   []string

		Message json.RawMessage `json:"MESSAGE"`
		Log     *string         `json:"log"`

		Container string `json:"CONTAINER_NAME"` // of Docker's and Podman's journals
		Unit      string `json:"UNIT"`           // that systemd tells of
	}
	if err := json.Unmarshal([]byte(line), &o); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) && kind.Field != "MESSAGE" && isReport(line) {
			r.faulty(r.number, "a report in JSON", fmt.Errorf("%s cannot be %s", strings.ToLower(kind.Field), kind.Value))
			return true
		}
		return false
	}
	switch {
	case o.Container != "":
		r.where = "container " + o.Container
	case o.Unit != "":
		r.where = "unit " + o.Unit
	}
	switch {
	case o.Message != nil:
		r.text(journalText(o.Message))
	case o.Log != nil:
		r.text(strings.TrimRight(*o.Log, "\n"))
	case o.Arch != "" && o.Action != "" && o.Nr != nil:
		a, err := policy.ParseAction(o.Action)
		if err != nil {
			r.faulty(r.number, "a report in JSON", err)
			return true
		}
		q := queryText{abi: o.Arch, name: strconv.FormatUint(uint64(*o.Nr), 10), args: o.Args}
		if len(q.args) > 6 {
			r.faulty(r.number, "a report in JSON", fmt.Errorf("%d arguments, a call has at most 6", len(q.args)))
			return true
		}
		r.reported(strconv.Itoa(o.Thread), q, a)
	default:
		return false
	}
	return true
}

// journalText is the text of a journal's field, which is a list of bytes if it is not
// plain text (systemd, src/shared/logs-show.c).
func journalText(field json.RawMessage) string {
	var text string
	if json.Unmarshal(field, &text) == nil {
		return text
	}
	var bytes []uint8
	var numbers []int
	if json.Unmarshal(field, &numbers) == nil {
		for _, n := range numbers {
			bytes = append(bytes, byte(n))
		}
	}
	return string(bytes)
}
