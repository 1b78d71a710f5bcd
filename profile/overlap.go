package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// added returns the rules of a call, which come as written, that have to agree with each
// other. In runc's reading these are the ones before the first unconditional one, after
// which libseccomp ignores all others; otherwise all.
func (r *resolver) added(call []draft) []draft {
	if r.target.Compat == CompatRunc {
		if i := slices.IndexFunc(call, func(rule draft) bool { return len(rule.Conds) == 0 }); i >= 0 {
			r.covered(call[:i])
			return call[:i]
		}
	}
	return call
}

// contradictions faults two rules of the same conditions and different actions.
func (r *resolver) contradictions(call []draft) {
	if !slices.ContainsFunc(call, func(rule draft) bool { return rule.Action != call[0].Action }) {
		return // also without rules
	}
	first := map[string]*draft{} // by conditions the rule that stands first in the text
	for i := range call {
		key := condsKey(r.compared(&call[i]))
		if f := first[key]; f == nil || compareWritten(call[i], *f) < 0 {
			first[key] = &call[i]
		}
	}
	for i := range call {
		b := &call[i]
		conds := r.compared(b)
		if a := first[condsKey(conds)]; a.Action != b.Action && len(conds) > 0 {
			r.fail(CodeContradiction, b.Pos(), b.Path(), "%s has two actions under the same condition: %s at %s and %s here (keep one of them)",
				b.Origin, a.Action, elsewhere(a.Pos(), a.Path(), b.Pos()), b.Action)
		}
	}
}

// covered faults a rule of a call, which come as written, whose conditions are the first of
// an earlier one with another action: libseccomp refuses it (src/db.c, _db_tree_add). Where
// no unconditional rule follows, the two overlap, which is noted.
func (r *resolver) covered(call []draft) {
	longer := map[string]*draft{}
	for i := range call {
		b := &call[i]
		if a := longer[condsKey(b.Conds)]; a != nil && a.Action != b.Action {
			r.fail(CodeContradiction, b.Pos(), b.Path(), "%s has two actions under the same condition: %s at %s, under more conditions, and %s here (write this one first)",
				b.Origin, a.Action, elsewhere(a.Pos(), a.Path(), b.Pos()), b.Action)
		}
		for n := 1; n < len(b.Conds); n++ {
			if key := condsKey(b.Conds[:n]); longer[key] == nil {
				longer[key] = b
			}
		}
	}
}

// compared returns the conditions of a rule by which it contradicts another: as the
// entry has them, or in runc's reading what libseccomp compares.
func (r *resolver) compared(d *draft) []policy.Cond {
	if r.target.Compat == CompatRunc {
		return d.Conds
	}
	return d.written()
}

// overlaps notes where two rules of different actions match one call, with such
// a call; for each rule the one of those that are asked before it whose note has
// the worst effect.
func (r *resolver) overlaps(ap *policy.ArchPolicy, call []draft) {
	for i := range call {
		worst := -1
		for j := range i {
			first, second := &call[j], &call[i]
			effect := Same
			if second.Action.Stricter(first.Action) {
				effect = Weaker
			}
			if first.Action == second.Action || worst >= int(effect) && (effect == Weaker || r.target.Compat == CompatRunc) {
				continue
			}
			if worst >= int(effect) { // one is noted, and another answer of runc's is looked for within bounds
				if r.more++; r.more > maxMore {
					continue
				}
			} else if r.pairs++; r.pairs > maxPairs {
				r.fail(CodeTooLarge, second.Pos(), second.Path(), "%s and other calls have too many rules with different actions to compare (merge conditions)", second.Origin)
				return
			}
			r.both = append(append(r.both[:0], first.Conds...), second.Conds...)
			args, ok := satisfy(r.both)
			if !ok {
				continue
			}
			witness := syscalls.Call{Audit: ap.Arch.Audit(), Nr: second.Nr, Args: args}
			aside := ""
			if other, ok := r.underRunc(witness); ok && other != first.Action {
				aside = fmt.Sprintf(" (runc answers %s)", other)
				if first.Action.Stricter(other) {
					effect = Stricter
				}
			}
			if int(effect) > worst {
				worst = int(effect)
				if effect == Same && aside == "" && r.target.Compat == CompatKernel && r.throughMux(*first, *second) {
					continue
				}
				r.note(Note{Code: CodeOverlap, Effect: effect, Pos: second.Pos(), Path: second.Path(), Witness: &witness,
					Text: fmt.Sprintf("two rules match a call of %s: this one, %s, and the one at %s, %s, which decides%s",
						second.Origin, second.Action, elsewhere(first.Pos(), first.Path(), second.Pos()), first.Action, aside)})
			}
		}
	}
}
