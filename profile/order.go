package profile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// A draft is a rule of a policy that is being made, with what it was made from.
type draft struct {
	policy.Rule
	entry *entry // nil for a rule that no entry gives
	cond  int16  // the condition of the entry that it has (law 7), or one of the next two
}

const (
	everyCond = -1 - iota // it has all the conditions of the entry
	noCond                // it has none of them, but that it is for a call through a multiplexer
)

// written returns the conditions of the entry that the draft has, as written.
func (d *draft) written() (conds []policy.Cond) {
	if d.entry == nil || d.cond == noCond {
		return nil
	}
	for i, c := range d.entry.Conds {
		if d.cond == everyCond || int(d.cond) == i {
			conds = append(conds, c.Cond)
		}
	}
	return conds
}

// rules appends what a name in the entry adds to the rules of its call, of number
// nr: one rule, or one for each condition where an argument comes twice (law 7).
func (r *resolver) rules(list []draft, a arch.Arch, nr uint32, e *entry, n *callName) []draft {
	rule := draft{policy.Rule{Nr: nr, Origin: &n.Origin, Action: e.Action}, e, everyCond}
	if len(e.Conds) == 0 {
		return append(list, rule)
	}
	conds := make([]policy.Cond, 0, len(e.Conds))
	for j := range e.Conds {
		conds = append(conds, r.condOf(a, n.Name, e, j))
	}
	if j := repeated(e.Conds); j >= 0 && (!r.profile.code || r.target.Compat == CompatRunc) {
		r.sameArg(e, j)
		for i := range conds {
			rule.Conds, rule.cond = r.tested(conds[i:i+1:i+1]), int16(i)
			list = append(list, rule)
		}
		return list
	}
	slices.SortStableFunc(conds, func(a, b policy.Cond) int { return cmp.Compare(a.Arg, b.Arg) })
	rule.Conds = r.tested(conds)
	return append(list, rule)
}

// tested returns the conditions that a filter tests. libseccomp leaves out those whose mask
// is 0 before it ranks rules, so that a rule of such conditions alone is unconditional
// (src/db.c, _db_rule_gen_32 and _db_rule_gen_64).
func (r *resolver) tested(conds []policy.Cond) []policy.Cond {
	if r.target.Compat != CompatRunc {
		return conds
	}
	return slices.DeleteFunc(conds, func(c policy.Cond) bool { return c.Op == policy.MaskedEQ && c.Mask == 0 })
}

// repeated returns the last condition on an argument that an earlier one is on,
// too, or -1.
func repeated(conds []cond) int {
	for j := len(conds) - 1; j > 0; j-- {
		if slices.ContainsFunc(conds[:j], func(c cond) bool { return c.Arg == conds[j].Arg }) {
			return j
		}
	}
	return -1
}

// sameArg notes, or faults, an entry whose condition j is a repeated one (law 7).
func (r *resolver) sameArg(e *entry, j int) {
	c, path := &e.Conds[j], e.argPath(j)
	crun := ""
	if len(e.Conds) > 6 { // src/libcrun/seccomp.c, libcrun_generate_seccomp
		crun = ", but crun ignores those after the sixth"
	}
	switch {
	case r.profile.code:
		r.fail(CodeSameArg, c.Pos, path, "Between and Not compare argument %d twice, which profiles for runtimes cannot do (for runc, write Is with the values)", c.Arg)
	case r.apart(e):
		r.note(Note{Code: CodeSameArgOr, Pos: c.Pos, Path: path,
			Text: fmt.Sprintf("conditions on argument %d that cannot all hold: each becomes a separate rule%s (write an entry for each)", c.Arg, crun)})
	case r.target.Compat == CompatRunc:
		r.note(Note{Code: CodeSameArgOr, Effect: gained(e.Action, r.profile.def), Pos: c.Pos, Path: path,
			Text: fmt.Sprintf("two conditions on argument %d in one entry: each condition of the entry becomes a separate rule, as in runc%s", c.Arg, crun)})
	default:
		r.fail(CodeSameArg, c.Pos, path, "two conditions on argument %d in one entry: in runc one of its conditions must hold, but the text reads as if all must (write an entry for each, or a single condition)", c.Arg)
	}
}

// apart is alternatives for an entry, which has a rule for each name on each ABI.
func (r *resolver) apart(e *entry) bool {
	is, ok := r.choices[e]
	if !ok {
		is = alternatives(e.Conds)
		if r.choices == nil {
			r.choices = map[*entry]bool{}
		}
		r.choices[e] = is
	}
	return is
}

// alternatives reports whether conditions, as written, are values of one argument
// of which it can have one at most: all EQ or MaskedEQ, and no two of them hold
// together, as two on different arguments always can.
func alternatives(conds []cond) bool {
	values := map[uint64]bool{} // of EQ
	type field struct{ value, mask uint64 }
	var masks []field
	for _, c := range conds {
		switch {
		case c.Arg != conds[0].Arg:
			return false
		case c.Op == policy.EQ && !values[c.Value]:
			values[c.Value] = true
		case c.Op == policy.MaskedEQ:
			masks = append(masks, field{c.Value, c.Mask})
		default:
			return false
		}
	}
	for i, c := range masks {
		for _, d := range masks[:i] {
			if (c.value^d.value)&c.mask&d.mask == 0 {
				return false
			}
		}
		for v := range values {
			if (c.value^v)&c.mask == 0 {
				return false
			}
		}
	}
	return true
}

// order puts the rules in the order of their numbers, those of each call in that
// in which they decide, and returns them without those that cannot (laws 3, 5
// and 6). The functions that it calls return the first part of what they are
// given.
func (r *resolver) order(ap *policy.ArchPolicy, listed []draft) []draft {
	r.byNumber(listed)
	kept := 0
	for from, to := 0, 0; from < len(listed); from = to {
		nr := listed[from].Nr
		for to < len(listed) && listed[to].Nr == nr {
			to++
		}
		call := listed[from:to]
		if len(call) > 1 || call[0].Action == r.profile.def {
			slices.SortStableFunc(call, compareWritten)
			call = r.setAside(call, isNewer(ap, nr))
			r.contradictions(r.added(call))
			call = r.rank(call)
			r.overlaps(ap, call)
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
func (r *resolver) byNumber(rules []draft) {
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
// they decide, in runc's reading without those that cannot (laws 5 and 6).
func (r *resolver) rank(call []draft) []draft {
	compare := compareStrict
	if r.target.Compat == CompatRunc {
		call, compare = r.firstCounts(call), compareRunc
	} else {
		call = once(call)
	}
	slices.SortStableFunc(call, compare)
	return call
}

// setAside returns the call's rules without those that say the default action
// (law 3): in runc's reading all of them, else if no rule says anything else. All
// stay where the call is newer than the profile, since they keep ENOSYS away.
func (r *resolver) setAside(call []draft, newer bool) []draft {
	def := r.profile.def
	says := func(rule draft) bool { return rule.Action == def }
	if newer || !slices.ContainsFunc(call, says) {
		return call
	}
	if r.target.Compat == CompatKernel && slices.ContainsFunc(call, func(rule draft) bool { return !says(rule) }) {
		return call
	}
	effect := Same
	if slices.ContainsFunc(call, func(o draft) bool { return def.Stricter(o.Action) }) {
		effect = Weaker
	}
	kept := call[:0]
	for _, rule := range call {
		if !says(rule) {
			kept = append(kept, rule)
			continue
		}
		r.note(Note{Code: CodeSaysDefault, Effect: effect, Pos: rule.Pos(), Path: rule.Path(),
			Text: fmt.Sprintf("%s gets the default action, %s, anyway: the rule is ignored", rule.Origin, def)})
	}
	return kept
}

// firstCounts returns the call's rules in runc's reading: if there is an
// unconditional one, the first of these alone (laws 5 and 6).
func (r *resolver) firstCounts(call []draft) []draft {
	first := slices.IndexFunc(call, func(rule draft) bool { return len(rule.Conds) == 0 })
	if first < 0 {
		return call
	}
	winner := call[first]
	for _, rule := range call {
		if rule.Action == winner.Action || r.throughMux(winner, rule) {
			continue
		}
		r.note(Note{Code: CodeFirstCounts, Effect: replaced(rule.Action, winner.Action), Pos: rule.Pos(), Path: rule.Path(),
			Text: fmt.Sprintf("%s has a rule without conditions, %s at %s, so this one, %s, never applies (keep one of them)",
				rule.Origin, winner.Action, elsewhere(winner.Pos(), winner.Path(), rule.Pos()), rule.Action)})
	}
	return append(call[:0], winner)
}

// once returns the call's rules without unconditional ones of which the action has
// one already, by the same name or by another name of the number.
func once(call []draft) []draft {
	kept := call[:0]
	for _, rule := range call {
		same := func(o draft) bool { return len(o.Conds) == 0 && o.Action == rule.Action }
		if len(rule.Conds) > 0 || !slices.ContainsFunc(kept, same) {
			kept = append(kept, rule)
		}
	}
	return kept
}

// compareWritten is the order in which rules are written, those that no entry gives
// first.
func compareWritten(a, b draft) int {
	place := func(d draft) (entry int, name int32) {
		if d.entry == nil {
			return -1, 0
		}
		return d.entry.index, d.Origin.Index
	}
	x, i := place(a)
	y, j := place(b)
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(i, j))
}

// compareStrict puts the stricter action first; equals stay as written.
func compareStrict(a, b draft) int {
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
func compareRunc(a, b draft) int {
	for i := range min(len(a.Conds), len(b.Conds)) {
		x, y := a.Conds[i].Normal(), b.Conds[i].Normal()
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

func class(o policy.Op) int {
	switch o {
	case policy.LT, policy.LE:
		return 1
	case policy.GE, policy.GT:
		return 2
	}
	return 0
}
