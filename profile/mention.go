package profile

import (
	"slices"

	"github.com/seccompile/seccompile/profile/policy"
)

// A Mention is a place where a profile names a call.
type Mention struct {
	Pos     policy.Pos // of the name
	Path    string     // JSON Pointer of the name, as policy.Rule.Path has it
	Entry   string     // the entry that has it, printed as rules are: "read, write -> ALLOW"
	Action  policy.Action
	Dropped string   // why the entry does not apply to the Target (law 2); "" if it does
	Lacks   []string // capabilities that the Target would need for a dropped entry to count; nil if they are not enough, or are not capabilities
}

// Mentions returns the places where the profile names a call, in the order of the text,
// including those that have no rule in the policy.
func (res *Resolution) Mentions(name string) (list []Mention) {
	if res == nil || res.from == nil {
		return nil
	}
	r := res.from
	for i := range r.profile.entries {
		e := &r.profile.entries[i]
		for j := range e.Names {
			n := &e.Names[j]
			if n.Name != name {
				continue
			}
			m := Mention{Pos: n.Pos, Path: n.Path(), Entry: r.written.entries[i].String(), Action: e.Action}
			if m.Dropped = r.dropped(e); m.Dropped != "" {
				m.Lacks = r.lacks(e)
			}
			list = append(list, m)
		}
	}
	return list
}

// dropped returns why guards drop an entry, "" if they do not.
func (r *resolver) dropped(e *entry) string {
	if why := r.excluded(&e.Excludes); why != "" {
		return why
	}
	return r.notIncluded(&e.Includes)
}

// lacks returns the capabilities with which the Target would keep an entry that guards
// drop, nil if others are in the way, too.
func (r *resolver) lacks(e *entry) (list []string) {
	for _, c := range e.Includes.Caps {
		switch {
		case slices.Contains(r.target.Caps, c) || slices.Contains(list, c):
		case !knownCap(c):
			return nil
		default:
			list = append(list, c)
		}
	}
	with := &resolver{profile: r.profile, target: r.target}
	with.target.Caps = append(slices.Clone(r.target.Caps), list...)
	if with.dropped(e) != "" {
		return nil
	}
	return list
}
