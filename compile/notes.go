package compile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Notes returns the notes of Parse and Resolve, including overlaps of rules. It adds a
// note for each rule that never decides a call on any ABI of the filter, with a call that
// the rule matches. The caller owns the slice.
func (f *Filter) Notes() []profile.Note {
	if f == nil || f.policy == nil {
		return nil
	}
	var known []profile.Note
	if f.resolution != nil {
		known = f.resolution.Notes()
	}
	return append(known, f.resolution.MergeNames(shadowed(f.policy, f.resolution))...)
}

// shadowed returns notes on the rules that never decide, except for those of which a
// note of the resolution, if there is one, says so.
func shadowed(pol *policy.Policy, res *profile.Resolution) (notes []profile.Note) {
	list, err := prove.Shadowed(pol)
	if err != nil {
		return []profile.Note{{Code: profile.CodeShadowed, Text: "which rules never decide is not known: " + err.Error()}}
	}
	instances := map[string]int{} // by key, rules that have not been found to be idle
	for _, a := range pol.Arches {
		for i := range a.Rules {
			instances[ruleKey(&a.Rules[i])]++
		}
	}
	for _, s := range list {
		instances[ruleKey(s.Rule)]--
	}
	overlapped := map[string]bool{} // by path
	yields := map[string]bool{}     // by path, to a rule for the multiplexer
	var known []profile.Note
	if res != nil {
		known = res.Notes()
	}
	for _, n := range known {
		switch n.Code {
		case profile.CodeOverlap:
			overlapped[n.Path] = true
		case profile.CodeMultiplexer:
			for _, path := range append(n.Others, n.Path) {
				yields[path] = yields[path] || n.Effect == profile.Same
			}
		case profile.CodeRedundant, profile.CodeGuarded, profile.CodeFirstCounts, profile.CodeSaysDefault:
			for _, path := range append(n.Others, n.Path) {
				instances[path] = -1
			}
		}
	}
	for _, s := range list {
		key := ruleKey(s.Rule)
		mux, _, muxed := syscalls.Mux(s.Arch, nameOf(s.Arch, s.Rule))
		muxed = muxed && mux == s.Rule.Nr
		if instances[key] != 0 || len(s.Rule.Conds) == 0 && overlapped[key] || muxed && yields[key] {
			continue
		}
		instances[key] = -1 // once for a place
		name := nameOf(s.Arch, s.Rule)
		n := profile.Note{Code: profile.CodeShadowed, Pos: s.Rule.Pos(), Path: s.Rule.Path(),
			Text: fmt.Sprintf("%s, %s, never decides: no argument satisfies its conditions (delete it)", name, s.Rule.Action)}
		if len(s.By) > 0 {
			var by []string
			for _, r := range s.By {
				by = append(by, ruleAt(s.Arch, r))
			}
			when, remedy := "", " (delete it)"
			if slices.ContainsFunc(append(s.By, s.Rule), res.Guarded) {
				when, remedy = " for this target", "" // for another one it may
			}
			n.Text = fmt.Sprintf("%s, %s, never decides%s: the rules at %s decide all calls that it matches%s", name, s.Rule.Action, when, strings.Join(by, ", "), remedy)
			n.Witness = &s.Witness
		}
		notes = append(notes, n)
	}
	return notes
}

// ruleKey returns the place of a rule in its profile, or what tells a rule without
// one from others.
func ruleKey(r *policy.Rule) string {
	if r.Origin != nil {
		return r.Path()
	}
	return fmt.Sprintf("%p", r)
}

// ruleAt says which rule it is: by its place, or if it has none as text.
func ruleAt(a arch.Arch, r *policy.Rule) string {
	if pos := r.Pos(); pos.Line > 0 {
		return pos.Within()
	}
	named := *r
	named.Origin = &policy.Origin{Name: nameOf(a, r)}
	return fmt.Sprintf("%q", named.String())
}
