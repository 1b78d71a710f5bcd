package profile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// rules appends what a name in the entry adds to the rules of its call, of number
// nr: one rule, or one for each condition where an argument comes twice (law 7).
func (r *resolver) rules(list []Rule, a arch.Arch, nr uint32, e *Entry, n *Name) []Rule {
	rule := Rule{Nr: nr, Name: n, Action: e.Action}
	if len(e.Conds) == 0 {
		return append(list, rule)
	}
	conds := make([]Cond, 0, len(e.Conds))
	for j := range e.Conds {
		conds = append(conds, r.condOf(a, n.Text, e, j))
	}
	slices.SortStableFunc(conds, func(a, b Cond) int { return cmp.Compare(a.Arg, b.Arg) })
	twice := -1
	for j := 1; j < len(conds); j++ {
		if conds[j].Arg == conds[j-1].Arg {
			twice = j
		}
	}
	if twice < 0 {
		rule.Conds = conds
		return append(list, rule)
	}
	_, both := meet(conds)
	path := e.argPath(slices.IndexFunc(e.Conds, func(c Cond) bool { return c.Pos == conds[twice].Pos }))
	pos, arg := conds[twice].Pos, conds[twice].Arg
	switch {
	case !both:
		r.note(Note{Code: CodeSameArgOr, Pos: pos, Path: path,
			Text: fmt.Sprintf("conditions on argument %d that cannot all hold: each is a rule of its own (write an entry for each)", arg)})
	case r.target.Compat == CompatRunc:
		r.note(Note{Code: CodeSameArgOr, Effect: opposite(lost(e.Action, r.profile.Default)), Pos: pos, Path: path,
			Text: fmt.Sprintf("two conditions on argument %d in one entry: each condition of the entry is a rule of its own, as in runc", arg)})
	default:
		r.fail(CodeSameArg, pos, path, "two conditions on argument %d in one entry: runc takes an entry for which one condition holds, the text reads as if all must (write an entry for each, or one condition that says both)", arg)
	}
	for i := range conds {
		rule.Conds = conds[i : i+1 : i+1]
		list = append(list, rule)
	}
	return list
}

// order puts the rules in the order of their numbers, those of each call in that
// in which they decide, and returns them without those that cannot (laws 3, 5
// and 6). The functions that it calls return the first part of what they are
// given.
func (r *resolver) order(ap *ArchPolicy, listed []Rule) []Rule {
	r.byNumber(listed)
	kept := 0
	for from, to := 0, 0; from < len(listed); from = to {
		nr := listed[from].Nr
		for to < len(listed) && listed[to].Nr == nr {
			to++
		}
		call := listed[from:to]
		if len(call) > 1 || call[0].Action == r.profile.Default {
			slices.SortStableFunc(call, func(a, b Rule) int { return a.Pos().compare(b.Pos()) })
			call = r.rank(r.setAside(call, ap.newer(nr)))
			r.contradictions(call)
			r.overlaps(ap.Arch, call)
		}
		if kept < from { // some were left out before
			copy(listed[kept:], call)
		}
		kept += len(call)
	}
	return listed[:kept]
}

// byNumber puts the rules in the order of their numbers, those of one number in
// the order that they have. It sorts by a byte of the number after the other, the
// lowest first, as far up as numbers differ: in most ABIs that takes two rounds.
func (r *resolver) byNumber(rules []Rule) {
	// A place has the number in the high half, where the rule stands in the low
	// one.
	n := len(rules)
	r.places = slices.Grow(r.places[:0], 2*n)[:2*n]
	order, next := r.places[:n], r.places[n:]
	differ := uint64(0) // bits in which numbers do
	for i := range rules {
		order[i] = uint64(rules[i].Nr)<<32 | uint64(i)
		differ |= order[i] ^ order[0]
	}
	for shift := 32; differ>>shift != 0; shift += 8 {
		var start [257]int // by byte, where the next number with it goes
		for _, o := range order {
			start[o>>shift&0xff+1]++
		}
		for b := range 256 {
			start[b+1] += start[b]
		}
		for _, o := range order {
			b := o >> shift & 0xff
			next[start[b]] = o
			start[b]++
		}
		order, next = next, order
	}
	// Rules move in rings: the place that one leaves is the next one's.
	for i := range order {
		if int(uint32(order[i])) == i {
			continue
		}
		first, to := rules[i], i
		for from := int(uint32(order[to])); from != i; from = int(uint32(order[to])) {
			rules[to], order[to] = rules[from], uint64(to)
			to = from
		}
		rules[to], order[to] = first, uint64(to)
	}
}

// rank returns the rules of a call, which come as written, in the order in which
// they decide, without those that cannot (laws 5 and 6).
func (r *resolver) rank(call []Rule) []Rule {
	call = r.firstCounts(call)
	compare := compareStrict
	if r.target.Compat == CompatRunc {
		compare = compareRunc
	}
	slices.SortStableFunc(call, compare)
	return call
}

// setAside returns the call's rules without those that say the default action
// (law 3): in runc's reading all of them, else if no rule says anything else. If
// none does and the call is newer than the profile, they keep ENOSYS away.
func (r *resolver) setAside(call []Rule, newer bool) []Rule {
	def := r.profile.Default
	says := func(rule Rule) bool { return rule.Action == def }
	if !slices.ContainsFunc(call, says) {
		return call
	}
	other := slices.ContainsFunc(call, func(rule Rule) bool { return !says(rule) })
	if other && r.target.Compat == CompatKernel || !other && newer {
		return call
	}
	effect := Same
	if len(call) > 1 && slices.ContainsFunc(call, func(o Rule) bool { return def.Stricter(o.Action) }) {
		effect = Weaker
	}
	kept := call[:0]
	for _, rule := range call {
		if !says(rule) {
			kept = append(kept, rule)
			continue
		}
		r.note(Note{Code: CodeSaysDefault, Effect: effect, Pos: rule.Pos(), Path: rule.Path(),
			Text: fmt.Sprintf("%s gets the default action, which is %s: the rule is set aside", rule.Name, def)})
	}
	return kept
}

// firstCounts returns the call's rules with at most one unconditional one, the
// first written (law 5); in runc's reading that one alone (law 6).
func (r *resolver) firstCounts(call []Rule) []Rule {
	first := slices.IndexFunc(call, func(rule Rule) bool { return len(rule.Conds) == 0 })
	if first < 0 {
		return call
	}
	winner := call[first]
	kept := call[:0]
	for i, rule := range call {
		loses := len(rule.Conds) == 0 || r.target.Compat == CompatRunc
		if i == first || !loses {
			kept = append(kept, rule)
			continue
		}
		if rule.Action == winner.Action {
			continue
		}
		effect := Same // for two without conditions the first counting is what they mean
		if len(rule.Conds) > 0 {
			effect = lost(rule.Action, winner.Action)
		}
		r.note(Note{Code: CodeFirstCounts, Effect: effect, Pos: rule.Pos(), Path: rule.Path(),
			Text: fmt.Sprintf("%s has a rule without conditions, %s at %d:%d, so that this one, %s, never counts (leave one of them)",
				rule.Name, winner.Action, winner.Name.Pos.Line, winner.Name.Pos.Col, rule.Action)})
	}
	return kept
}

// contradictions faults two rules of the same conditions and different actions.
func (r *resolver) contradictions(call []Rule) {
	if !slices.ContainsFunc(call, func(rule Rule) bool { return rule.Action != call[0].Action }) {
		return
	}
	first := map[string]*Rule{} // by conditions the rule that stands first in the text
	for i := range call {
		key := condsKey(call[i].Conds)
		if f := first[key]; f == nil || call[i].Pos().compare(f.Pos()) < 0 {
			first[key] = &call[i]
		}
	}
	for i := range call {
		b := &call[i]
		if a := first[condsKey(b.Conds)]; a.Action != b.Action && len(a.Conds) > 0 {
			r.fail(CodeContradiction, b.Pos(), b.Path(), "%s has two actions under the same condition: %s at %d:%d and %s here (leave one of them)",
				b.Name, a.Action, a.Name.Pos.Line, a.Name.Pos.Col, b.Action)
		}
	}
}

// compareStrict puts the stricter action first; equals stay as written.
func compareStrict(a, b Rule) int {
	switch {
	case a.Action.Stricter(b.Action):
		return -1
	case b.Action.Stricter(a.Action):
		return 1
	}
	return 0
}

// compareRunc is the order in which libseccomp's filters try the conditional
// rules of a call: by the conditions in the order of their arguments, each by
// its place in a sorted list, a rule before another that has its conditions and
// more. Equals stay as written.
func compareRunc(a, b Rule) int {
	for i := range min(len(a.Conds), len(b.Conds)) {
		x, y := a.Conds[i].normal(), b.Conds[i].normal()
		// The higher argument first, then the class of the operator, then the
		// larger datum, for < and <= the smaller.
		order := cmp.Or(cmp.Compare(y.Arg, x.Arg), cmp.Compare(class(x.Op), class(y.Op)), cmp.Compare(y.Value, x.Value))
		if x.Arg == y.Arg && class(x.Op) == 1 && class(y.Op) == 1 {
			order = cmp.Compare(x.Value, y.Value)
		}
		if order != 0 {
			return order
		}
	}
	return cmp.Compare(len(a.Conds), len(b.Conds)) // a rule before those that ask for more
}

func class(o Op) int {
	switch o {
	case LT, LE:
		return 1
	case GE, GT:
		return 2
	}
	return 0
}

// overlaps notes where two rules of different actions match one call, with such
// a call; for each rule the worst of those that are asked before it.
func (r *resolver) overlaps(a arch.Arch, call []Rule) {
	for i := range call {
		found := false
		for j := range i {
			first, second := &call[j], &call[i]
			effect := Same
			if second.Action.Stricter(first.Action) {
				effect = Weaker
			}
			if first.Action == second.Action || found && effect == Same {
				continue
			}
			if r.pairs++; r.pairs > maxPairs {
				r.fail(CodeTooLarge, second.Pos(), second.Path(), "%s and others have so many rules of different actions that they cannot be compared with each other (merge conditions)", second.Name)
				return
			}
			args, ok := meet(slices.Concat(first.Conds, second.Conds))
			if !ok {
				continue
			}
			r.note(Note{Code: CodeOverlap, Effect: effect, Pos: second.Pos(), Path: second.Path(),
				Text: fmt.Sprintf("two rules match a call of %s: this one, %s, and the one at %d:%d, %s, which decides",
					second.Name, second.Action, first.Name.Pos.Line, first.Name.Pos.Col, first.Action),
				Witness: &syscalls.Call{Audit: a.Audit(), Nr: second.Nr, Args: args}})
			if found = true; effect == Weaker {
				break
			}
		}
	}
}
