package profile

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// noteElsewhere notes names of calls that no ABI of the filter has, an entry at a
// time.
func (r *resolver) noteElsewhere(pol *policy.Policy) {
	here := func(n callName) bool {
		return slices.ContainsFunc(pol.Arches, func(a policy.ArchPolicy) bool {
			_, ok := n.id.Number(a.Arch)
			if !ok {
				_, _, ok = syscalls.Mux(a.Arch, n.Name)
			}
			return ok
		})
	}
	for _, e := range r.entries {
		var names []string
		for _, n := range e.Names {
			if n.id != 0 && !here(n) {
				names = append(names, n.Name)
			}
		}
		if len(names) > 0 {
			r.note(Note{Code: CodeElsewhere, Pos: e.Pos, Path: e.path, Text: "no ABI of the filter has " + strings.Join(names, ", ")})
		}
	}
}

// noteRedundant notes names in entries that change nothing, because another
// entry gives the call the same action under the same conditions or under none.
// Names of no ABI have a note of their own.
func (r *resolver) noteRedundant(pol *policy.Policy) {
	type said struct {
		id     calls.ID
		conds  string
		action policy.Action
	}
	type place struct {
		*entry
		name int // in Names
	}
	whole := make([]place, calls.IDs()) // by name the unconditional entry that counts (laws 5 and 6)
	for _, e := range r.entries {
		if len(e.Conds) > 0 || e.Action == pol.Default {
			continue
		}
		for i, n := range e.Names {
			counts := whole[n.id].entry
			if counts == nil || r.target.Compat == CompatKernel && e.Action.Stricter(counts.Action) {
				whole[n.id] = place{e, i}
			}
		}
	}
	seen := map[said]place{}
	for _, e := range r.entries {
		if e.Action == pol.Default {
			continue // law 3
		}
		conds := condsKey(bare(e.Conds)) + symbols(e.Conds)
		for i, n := range e.Names {
			other := whole[n.id]
			ok := other.entry != nil && other.Action == e.Action
			text, remedy := "%s already is %s by the entry that names it at %s", "delete it here"
			if len(e.Conds) > 0 {
				text, remedy = "the condition has no effect, since %s is %s without conditions by the entry that names it at %s", "delete one of the two"
			}
			if k := (said{n.id, conds, e.Action}); !ok {
				text, remedy = "%s already is to be %s by the entry that names it at %s", "delete it here"
				if other, ok = seen[k]; !ok {
					seen[k] = place{e, i}
				}
			}
			if !ok || n.id == 0 || other.entry == e && other.name == i {
				continue
			}
			first := other.Names[other.name]
			note := Note{Code: CodeRedundant, Pos: n.Pos, Path: n.Path(),
				Text: fmt.Sprintf(text, n.Name, e.Action, elsewhere(first.Pos, first.Path(), n.Pos))}
			if other.guarded() || e.guarded() {
				note.Code = CodeGuarded // for another target it may not be
			} else {
				note.Text += " (" + remedy + ")"
			}
			r.note(note)
		}
	}
}

// guarded reports whether it depends on the Target that the entry counts.
func (e *entry) guarded() bool { return !e.Includes.zero() || !e.Excludes.zero() }

// zero reports whether the guard says nothing.
func (g *guard) zero() bool { return len(g.Caps) == 0 && g.Arches == nil && g.MinKernel == nil }

// bare returns conditions without their places.
func bare(conds []cond) (list []policy.Cond) {
	for _, c := range conds {
		list = append(list, c.Cond)
	}
	return list
}

// condsKey returns a string that is equal for conditions that say the same, and
// empty for none.
func condsKey(conds []policy.Cond) string {
	var keys []string
	for _, c := range conds {
		c = c.Normal()
		b := []byte{byte(c.Arg), byte(c.Op), byte(c.Width)}
		b = binary.BigEndian.AppendUint64(b, c.Value)
		b = binary.BigEndian.AppendUint64(b, c.Mask)
		keys = append(keys, string(b))
	}
	slices.Sort(keys)
	return strings.Join(keys, "")
}
