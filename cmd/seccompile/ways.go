package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A way is a change by which a call is allowed, or by which programs can do without it. It has
// been tried: the changed profile does give that answer, as the kernel reads it and as runc does.
type way struct {
	Kind  string `json:"kind"` // fallback, arguments, call, capability, removal or abi
	Text  string `json:"text"`
	Paste string `json:"paste,omitempty"` // what to add
}

// ways returns changes that allow the call of a query, the narrowest first. The answers
// are those of res.
func (x *explainer) ways(q query) (list []way) {
	a, known := q.abi()
	if _, named := syscalls.Number(a, q.name); !known || !named && q.mux == "" {
		return nil // the profile has no name for the call
	}
	if !slices.Contains(x.abis(), a) {
		return x.wayToABI(q, a)
	}
	mentions := x.res.Mentions(q.name)
	place := "to syscalls of " + x.whose()
	var strict []string // entries that would take precedence
	for _, m := range mentions {
		if m.Dropped == "" && m.Action.Stricter(policy.Allow) && m.Action.Kind() != policy.Log {
			strict = append(strict, m.Pos.String())
		}
	}
	soft := x.wayToFallback(q, place)
	for _, remove := range []bool{false, true} {
		if remove && (len(list) > 0 || len(strict) == 0) {
			break
		}
		first := ""
		if remove {
			first = fmt.Sprintf("remove %s from the entry at %s, which takes precedence", q.name, strings.Join(strict, ", "))
			if x.allows(q, "", true) {
				list = append(list, way{"removal", first, ""})
				break
			}
			first += ", and "
		}
		if args := x.compared(q); len(args) > 0 && q.mux == "" {
			if entry := x.entryText(q, args); x.allows(q, entry, remove) {
				list = append(list, way{"arguments", first + "add " + place + ", for these arguments:", entry})
			}
		}
		if entry := x.entryText(q, nil); x.allows(q, entry, remove) {
			list = append(list, way{"call", fmt.Sprintf("%sadd %s, for every %s:", first, place, q.name), entry})
		}
	}
	return slices.Concat(soft, list, x.waysByCaps(q, mentions))
}

// waysByCaps returns capabilities with which an entry counts that allows the query's call, those
// that let the fewest other calls pass first.
func (x *explainer) waysByCaps(q query, mentions []profile.Mention) (list []way) {
	calls := map[string]int{} // that pass, too
	for _, m := range mentions {
		caps := strings.Join(m.Lacks, ",")
		if _, tried := calls[caps]; caps == "" || tried {
			continue
		}
		more, ok := x.withCaps(q, m.Lacks)
		if calls[caps] = more; ok {
			list = append(list, way{"capability", fmt.Sprintf("grant %s%s: %s", strings.Join(m.Lacks, " and "), x.granting(m.Lacks), morePass(more)), caps})
		}
	}
	slices.SortStableFunc(list, func(a, b way) int { return calls[a.Paste] - calls[b.Paste] })
	return list
}

func morePass(n int) string {
	switch n {
	case 0:
		return "no call passes that was refused for all arguments"
	case 1:
		return "1 more call passes"
	}
	return fmt.Sprintf("%d more calls pass", n)
}

// granting says how capabilities are granted where the profile is used.
func (x *explainer) granting(caps []string) string {
	var names []string
	for _, c := range caps {
		names = append(names, strings.TrimPrefix(c, "CAP_"))
	}
	switch d := x.profile.Dialect(); {
	case x.pod || d == profile.SeccompProfile:
		return " (securityContext.capabilities.add: [" + strings.Join(names, ", ") + "])"
	case d == profile.Mesos || d == profile.OCI:
		return ""
	}
	return " (docker run --cap-add " + strings.Join(names, " --cap-add ") + ")"
}

// whose names the profile that is to be changed.
func (x *explainer) whose() string {
	switch x.file() {
	case "":
		return "the profile"
	case builtinName:
		return "a copy of the built-in profile (\"seccompile default\" prints it)"
	}
	return x.file()
}

// wayToABI returns the change by which the filter is for the query's ABI, too.
func (x *explainer) wayToABI(q query, a arch.Arch) []way {
	native := x.target.Arch
	if !a.SameKernel(native) {
		return nil
	}
	entry := fmt.Sprintf("%q", a.SCMP())
	list := "architectures of " + x.whose() // the one that the profile has
	abi := func(top map[string]any) {
		if given, ok := top["architectures"].([]any); ok || top["archMap"] == nil {
			top["architectures"] = append(given, a.SCMP())
			return
		}
		list = fmt.Sprintf("subArchitectures of %s in archMap of %s", native.SCMP(), x.whose())
		maps, _ := top["archMap"].([]any)
		for _, m := range maps {
			if m, ok := m.(map[string]any); ok && m["architecture"] == native.SCMP() {
				subs, _ := m["subArchitectures"].([]any)
				m["subArchitectures"] = append(subs, a.SCMP())
				return
			}
		}
		top["archMap"] = append(maps, map[string]any{"architecture": native.SCMP(), "subArchitectures": []string{a.SCMP()}})
	}
	if x.changed(q, abi, permissive) {
		return []way{{"abi", fmt.Sprintf("add to %s, and %s programs get all of the profile's answers:", list, a), entry}}
	}
	call := x.entryText(q, nil)
	both := func(top map[string]any) {
		abi(top)
		addEntry(top, call)
	}
	if q.mux != "" || !x.changed(q, both, permissive) {
		return nil
	}
	return []way{{"abi", fmt.Sprintf("add %s to %s, and %s programs get all of the profile's answers; and add to syscalls:", entry, list, a), call}}
}

// addEntry adds an entry to a profile.
func addEntry(top map[string]any, entry string) {
	list, _ := top["syscalls"].([]any)
	top["syscalls"] = append(list, json.RawMessage(strings.TrimPrefix(entry, "- ")))
}

// entryText is an entry that allows a call with these arguments of the query.
func (x *explainer) entryText(q query, args []int) string {
	a, _ := q.abi()
	second := ""
	if x.profile.Dialect() == profile.Mesos { // which demands all fields
		second = `, "valueTwo": 0`
	}
	var conds []string
	for _, i := range args {
		value := q.call.Args[i]
		if w := syscalls.Width(a, q.name, i); w < 64 {
			value &= 1<<w - 1
		}
		conds = append(conds, fmt.Sprintf(`{"index": %d, "value": %d%s, "op": "SCMP_CMP_EQ"}`, i, value, second))
	}
	return x.entry(q.name, `"SCMP_ACT_ALLOW"`, strings.Join(conds, ", "))
}

// entry is the text of an entry in the profile's dialect.
func (x *explainer) entry(call, action, conds string) string {
	list, guards := "", ""
	if x.profile.Dialect() == profile.Mesos { // which demands all fields
		guards = `, "includes": {}, "excludes": {}`
		if conds == "" {
			guards = `, "args": []` + guards
		}
	}
	if isYAML(x.sources[x.file()]) {
		list = "- "
	}
	text := fmt.Sprintf(`%s{"names": [%q], "action": %s`, list, call, action)
	if conds != "" {
		text += `, "args": [` + conds + "]"
	}
	return text + guards + "}"
}

// allows reports whether the profile allows the call with one more entry, or without one
// for "", and if asked for without the name in the entries that refuse it.
func (x *explainer) allows(q query, entry string, remove bool) bool {
	return x.changed(q, func(top map[string]any) {
		if list, ok := top["syscalls"].([]any); ok && remove {
			top["syscalls"] = slices.DeleteFunc(list, func(e any) bool { return removeName(e, q.name) })
		}
		if entry != "" {
			addEntry(top, entry)
		}
	}, permissive)
}

// changed reports whether the call has wanted answers after a change to the profile's JSON, in the
// target's reading and, unless the profile has none, in the other: who installs the
// profile by other means should not be told what helps here alone.
func (x *explainer) changed(q query, change func(top map[string]any), wanted func([]answer) bool) bool {
	text, err := x.profile.MarshalJSON()
	if err != nil {
		return false
	}
	var whole map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&whole) != nil {
		return false
	}
	top := whole
	for _, key := range []string{"spec", "linux", "seccomp"} {
		if inner, ok := top[key].(map[string]any); ok {
			top = inner
		}
	}
	change(top)
	if text, err = json.Marshal(whole); err != nil {
		return false
	}
	p, err := profile.Parse(text, profile.ParseOptions{Dialect: x.profile.Dialect()})
	if err != nil {
		return false
	}
	t := x.target
	for _, compat := range []profile.Compat{x.target.Compat, x.otherReading()} {
		if compat != x.target.Compat && x.other == nil {
			break
		}
		t.Compat = compat
		made := q
		if compat == profile.CompatRunc { // whose entry has one of both extensions
			made = q.zeroExtended()
		}
		res, err := p.Resolve(t)
		if err != nil || !wanted(answers(res.Policy(), made)) {
			return false
		}
	}
	return true
}

// removeName takes a name out of an entry that does not allow it. It reports whether the
// entry has no others.
func removeName(entry any, name string) (empty bool) {
	e, ok := entry.(map[string]any)
	if !ok || e["action"] == "SCMP_ACT_ALLOW" || e["action"] == "SCMP_ACT_LOG" {
		return false
	}
	names, _ := e["names"].([]any)
	kept := slices.DeleteFunc(names, func(n any) bool { return n == name })
	e["names"] = kept
	return len(kept) == 0
}

// withCaps reports whether the call is allowed with more capabilities, and how many
// calls of its ABI are then allowed, under some conditions at least, that were not.
func (x *explainer) withCaps(q query, caps []string) (more int, ok bool) {
	t := x.target
	t.Caps = append(slices.Clone(t.Caps), caps...)
	res, err := x.profile.Resolve(t)
	if err != nil {
		return 0, false
	}
	pol := res.Policy()
	before, after := passing(x.policy, q), passing(pol, q)
	for nr := range after {
		if !before[nr] {
			more++
		}
	}
	return more, permissive(answers(pol, q))
}

// passing returns the numbers of calls of the query's ABI that have rules which allow them.
func passing(pol *policy.Policy, q query) map[uint32]bool {
	numbers := map[uint32]bool{}
	if part := partOf(pol, q); part != nil {
		for i := range part.Rules {
			if part.Rules[i].Action == policy.Allow {
				numbers[part.Rules[i].Nr] = true
			}
		}
	}
	return numbers
}
