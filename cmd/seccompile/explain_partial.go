package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/syscalls"
)

// maxListed bounds the paths that all calls have together, and maxUnknown the calls of which
// nothing is found out, each of which takes as long as a call may.
const (
	maxListed  = 1 << 15
	maxUnknown = 16
)

// tablesByCall returns what filters can answer to the calls of a machine that have names, where
// their answers to all inputs cannot be known, as a comparison of them has said.
func tablesByCall(stack *compile.Stack, native arch.Arch, why *compile.DiffError) (list []jsonTable, err error) {
	paths, unknown := 0, 0
	for a := range arch.All() {
		if !a.SameKernel(native) {
			continue
		}
		t := jsonTable{ABI: a.String(), Partial: true}
		for nr, name := range syscalls.All(a) {
			q := query{call: syscalls.Call{Audit: a.Audit(), Nr: nr}, name: name}
			found, _, _, err := q.paths(stack, a.BigEndian())
			if err != nil {
				unknown++
				t.Unknown = append(t.Unknown, name)
			} else {
				t.add(q, a, found)
			}
			if paths += len(found); paths > maxListed || unknown > maxUnknown {
				_, reason, _ := strings.Cut(why.Reason, ": ")
				return nil, fmt.Errorf("not all answers of the filter can be listed: %s (name calls: explain --filter FILE read)", reason)
			}
		}
		list = append(list, t)
	}
	return list, nil
}

// add adds a call with its paths.
func (t *jsonTable) add(q query, a arch.Arch, paths []path) {
	if slices.ContainsFunc(paths, func(p path) bool { return len(p.others) > 0 }) {
		t.Computed = append(t.Computed, q.name)
	}
	several := slices.ContainsFunc(paths, func(p path) bool { return p.action != paths[0].action })
	for _, p := range paths {
		i := slices.IndexFunc(t.Actions, func(x jsonByAction) bool { return x.Action == p.action.String() })
		if i < 0 {
			i = len(t.Actions)
			t.Actions = append(t.Actions, jsonByAction{Action: p.action.String(), Errno: errnoName(p.action, a), Calls: []string{}, Some: []string{}})
		}
		names := &t.Actions[i].Calls
		if several {
			names = &t.Actions[i].Some
		}
		if !slices.Contains(*names, q.name) {
			*names = append(*names, q.name)
		}
	}
}

// formatUnlisted writes what a table does not have, in lines of so many columns.
func (t jsonTable) formatUnlisted(b *strings.Builder, all bool, width int) {
	for _, x := range []struct {
		calls []string
		text  string
	}{
		{t.Computed, "conditions on values that the filter computes, which may never hold"},
		{t.Unknown, "answers that are not known"},
	} {
		names := strings.Join(x.calls, ", ")
		if len(x.calls) >= 20 && !all {
			names = fmt.Sprintf("%d calls (-v lists them)", len(x.calls))
		}
		if len(x.calls) == 0 {
			continue
		}
		for _, line := range wrap(fmt.Sprintf("%s: %s (explain --filter FILE %s says more)", x.text, names, x.calls[0]), width-2) {
			b.WriteString("  " + line + "\n")
		}
	}
	if t.Partial {
		b.WriteString("  numbers without a name are not listed\n")
	}
}
