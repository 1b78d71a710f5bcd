package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/syscalls"
)

// contradictions faults two rules of the same conditions and different actions.
func (r *resolver) contradictions(call []Rule) {
	if !slices.ContainsFunc(call, func(rule Rule) bool { return rule.Action != call[0].Action }) {
		return
	}
	first := map[string]*Rule{} // by conditions the rule that stands first in the text
	for i := range call {
		key := condsKey(r.written(&call[i]))
		if f := first[key]; f == nil || call[i].Pos().compare(f.Pos()) < 0 {
			first[key] = &call[i]
		}
	}
	for i := range call {
		b := &call[i]
		conds := r.written(b)
		if a := first[condsKey(conds)]; a.Action != b.Action && len(conds) > 0 {
			r.fail(CodeContradiction, b.Pos(), b.Path(), "%s has two actions under the same condition: %s at %d:%d and %s here (leave one of them)",
				b.Name, a.Action, a.Name.Pos.Line, a.Name.Pos.Col, b.Action)
		}
	}
}

// written returns the conditions of a rule as the entry has them, none if the rule
// is for the multiplexer that the call goes through. In runc's reading they are
// what libseccomp compares, which finds contradictions in these.
func (r *resolver) written(rule *Rule) (conds []Cond) {
	if r.target.Compat == CompatRunc {
		return rule.Conds
	}
	e := r.entryOf(rule)
	for _, c := range rule.Conds {
		if i, ok := slices.BinarySearchFunc(e.Conds, c.Pos, func(w Cond, pos Pos) int { return w.Pos.compare(pos) }); ok {
			conds = append(conds, e.Conds[i])
		}
	}
	return conds
}

// entryOf returns the entry of a rule.
func (r *resolver) entryOf(rule *Rule) *Entry {
	if r.byList == nil {
		r.byList = map[string]*Entry{}
		for i := range r.profile.Entries {
			if e := &r.profile.Entries[i]; len(e.Names) > 0 {
				r.byList[e.Names[0].list] = e
			}
		}
	}
	if e := r.byList[rule.Name.list]; e != nil {
		return e
	}
	return &Entry{} // a rule of ours
}

// overlaps notes where two rules of different actions match one call, with such
// a call; for each rule the one of those that are asked before it whose note has
// the worst effect.
func (r *resolver) overlaps(ap *ArchPolicy, call []Rule) {
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
				r.fail(CodeTooLarge, second.Pos(), second.Path(), "%s and others have so many rules of different actions that they cannot be compared with each other (merge conditions)", second.Name)
				return
			}
			r.both = append(append(r.both[:0], first.Conds...), second.Conds...)
			args, ok := meet(r.both)
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
				r.note(Note{Code: CodeOverlap, Effect: effect, Pos: second.Pos(), Path: second.Path(), Witness: &witness,
					Text: fmt.Sprintf("two rules match a call of %s: this one, %s, and the one at %d:%d, %s, which decides%s",
						second.Name, second.Action, first.Name.Pos.Line, first.Name.Pos.Col, first.Action, aside)})
			}
		}
	}
}
