package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A report says which calls there are and what a filter would answer to them.
type report struct {
	filter  answering
	out     io.Writer
	json    bool
	suggest bool
	refused bool // only calls that the filter would not allow

	arches []arch.Arch // of the filter, once they were asked for
	counts map[counted]int
	err    error // of writing: the first
}

// answering is a filter, or several that answer together.
type answering interface {
	Run(syscalls.Call) policy.Action
	Policy() *policy.Policy
}

// counted is what is counted as one.
type counted struct {
	Arch   string `json:"arch"`
	Name   string `json:"name,omitempty"` // "" for a call without
	Nr     uint32 `json:"nr"`
	Action string `json:"action"`

	allowed bool
	covered bool // the filter is for this ABI, too
}

// abis returns the ABIs of the filter.
func (r *report) abis() []arch.Arch {
	if r.arches == nil {
		for _, a := range r.filter.Policy().Arches {
			r.arches = append(r.arches, a.Arch)
		}
	}
	return r.arches
}

// call writes a call of a thread.
func (r *report) call(thread int, c syscalls.Call) {
	action := r.filter.Run(c)
	if r.refused && action.Passes() {
		return
	}
	k := counted{Nr: c.Nr, Action: action.String(), allowed: action.Passes()}
	if a, ok := c.Arch(); ok {
		k.Arch = a.String()
		k.Name, _ = syscalls.Name(a, c.Nr)
		k.covered = slices.Contains(r.abis(), a)
	} else {
		k.Arch = fmt.Sprintf("%#x", c.Audit)
	}
	if r.counts == nil {
		r.counts = map[counted]int{}
	}
	r.counts[k]++
	if !r.json {
		c.IP = 0 // what is left is a vector
		r.printf("[%d] %s = %s\n", thread, c, action)
		return
	}
	args := make([]string, len(c.Args))
	for i, v := range c.Args {
		args[i] = fmt.Sprintf("%#x", v)
	}
	r.object(struct {
		Thread int `json:"thread"`
		counted
		Args []string `json:"args"`
	}{thread, k, args})
}

// total is a row of the summary.
type total struct {
	Count int `json:"count"`
	counted
}

// An entry is one of the syscalls of a profile, as Docker and OCI have it.
type entry struct {
	Names  []string `json:"names"`
	Action string   `json:"action"`
}

// end writes the counts, the most frequent first, and what is suggested. It
// returns the first error of writing the report.
func (r *report) end() error {
	totals := []total{}
	sum := 0
	for k, n := range r.counts {
		totals = append(totals, total{n, k})
		sum += n
	}
	slices.SortFunc(totals, func(a, b total) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.Nr, b.Nr), cmp.Compare(a.Action, b.Action))
	})
	e, others := suggestion(totals)
	if !r.suggest {
		e, others = nil, nil
	}
	if r.json {
		r.object(struct {
			Summary []total  `json:"summary"`
			Suggest *entry   `json:"suggest,omitempty"`
			Others  []string `json:"others,omitempty"`
		}{totals, e, others})
		return r.err
	}
	r.printf("calls: %d\n", sum)
	for _, t := range totals {
		r.printf("%8d %s = %s\n", t.Count, t.call(), t.Action)
	}
	if e != nil {
		r.object(e)
	}
	for _, o := range others {
		r.printf("not in the entry: %s\n", o)
	}
	return r.err
}

// call names what is counted.
func (k counted) call() string {
	if k.Name != "" {
		return k.Arch + " " + k.Name
	}
	return fmt.Sprintf("%s %d", k.Arch, int32(k.Nr))
}

// suggestion is the entry that allows all that was not, nil if it would be empty,
// and the calls that no entry can allow. It allows a call whatever its arguments.
func suggestion(totals []total) (e *entry, others []string) {
	names := map[string]bool{}
	for _, t := range totals {
		switch {
		case t.allowed:
		case t.Name == "":
			others = append(others, t.call()+", which has no name")
		case !t.covered:
			others = append(others, t.call()+", of an ABI that the profile does not cover")
		default:
			names[t.Name] = true
		}
	}
	if len(names) == 0 {
		return nil, others
	}
	return &entry{slices.Sorted(maps.Keys(names)), "SCMP_ACT_ALLOW"}, others
}

func (r *report) object(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		r.err = cmp.Or(r.err, err)
		return
	}
	r.printf("%s\n", escaped(text))
}

func (r *report) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(r.out, format, args...); err != nil && r.err == nil {
		r.err = fmt.Errorf("the report: %w", err)
	}
}
