package compile

import (
	"cmp"
	"slices"

	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/profile/policy"
)

const whole = ^uint32(0) // the mask of a test that looks at a whole word

// lower turns a policy into a diagram that answers every call as Policy.Decide
// does, and returns the chains of groups that calls of many rules became.
func lower(pol *policy.Policy) (*diagram.Node, []chain) {
	rules := 0
	for i := range pol.Arches {
		rules += len(pol.Arches[i].Rules)
	}
	usual := min(rules, 256) // runs; somewhat more than the default profile has
	l := &lowerer{pol: pol, scratch: make([]run, 0, usual), cuts: make([]uint32, 0, 2*usual), children: make([]*diagram.Node, 0, 2*usual)}
	bad := l.Leaf(uint32(pol.BadArch))
	var audits []uint32
	for i := range pol.Arches {
		audits = append(audits, pol.Arches[i].Arch.Audit())
	}
	slices.Sort(audits)
	cuts, children := []uint32{}, []*diagram.Node{bad}
	for _, audit := range slices.Compact(audits) {
		runs := l.scratch[:0]
		for i := range pol.Arches {
			runs = l.runs(runs, &pol.Arches[i], audit)
		}
		cuts = append(cuts, audit, audit+1)
		children = append(children, l.dispatch(runs, bad), bad)
		l.scratch = runs
	}
	return l.Split(diagram.Test{Word: diagram.Arch, Mask: whole}, cuts, children), l.chains
}

// A lowerer is a builder of diagrams for one policy.
type lowerer struct {
	diagram.Builder
	pol      *policy.Policy
	chains   []chain
	bodies   map[policy.Cond][]*body // by their first conditions; nil until they are needed
	lowFirst [6]bool                 // arguments of which the low half is asked first

	scratch  []run // of one audit value
	cuts     []uint32
	children []*diagram.Node
}

// A run is a range of call numbers, both ends included, that are answered alike.
type run struct {
	lo, hi uint32
	answer *diagram.Node
}

// dispatch returns the diagram that answers the numbers of the runs by them and
// all others with rest. Runs do not overlap.
func (l *lowerer) dispatch(runs []run, rest *diagram.Node) *diagram.Node {
	slices.SortFunc(runs, func(a, b run) int { return cmp.Compare(a.lo, b.lo) })
	cuts, children := slices.Grow(l.cuts[:0], 2*len(runs)), slices.Grow(l.children[:0], 2*len(runs)+1)
	next := uint32(0) // the first number that no run has answered yet
	for _, r := range runs {
		children, cuts = append(children, rest, r.answer), append(cuts, r.lo, r.hi+1)
		next = r.hi + 1
	}
	if next == 0 { // the last run goes up to the last number
		cuts = cuts[:len(cuts)-1]
	} else {
		children = append(children, rest)
	}
	l.cuts, l.children = cuts, children
	return l.Split(diagram.Test{Word: diagram.Nr, Mask: whole}, cuts, children)
}

// runs appends the answers of one ABI to all numbers that are its own in calls
// with the audit value.
func (l *lowerer) runs(runs []run, a *policy.ArchPolicy, audit uint32) []run {
	// general returns the answer to a number without rules, and the last number
	// from there on with the same.
	general := func(nr, end uint32) (policy.Action, uint32) {
		for _, r := range a.Newer {
			if nr < r.Lo {
				return l.pol.Default, min(end, r.Lo-1)
			}
			if nr <= r.Hi {
				return a.Enosys, min(end, r.Hi)
			}
		}
		return l.pol.Default, end
	}
	rules := a.Rules
	for _, own := range l.pol.Numbers(a.Arch, audit) {
		for len(rules) > 0 && rules[0].Nr < own.Lo {
			rules = rules[1:]
		}
		for nr := own.Lo; ; {
			r := run{lo: nr, hi: own.Hi}
			n := 0
			for n < len(rules) && rules[n].Nr == nr {
				n++
			}
			var action policy.Action
			switch {
			case n > 0:
				action, r.hi = general(nr, nr)
			case len(rules) > 0 && rules[0].Nr <= own.Hi:
				action, r.hi = general(nr, rules[0].Nr-1)
			default:
				action, r.hi = general(nr, own.Hi)
			}
			if a.Arch.Audit() != audit {
				var call []*policy.Rule
				for i := range n {
					call = append(call, &rules[i])
				}
				if u := policy.Unseen(call, action); u != nil {
					action = u.Action
				}
				r.answer = l.Leaf(uint32(action))
			} else if n > 0 && len(rules[0].Conds) == 0 {
				r.answer = l.Leaf(uint32(rules[0].Action))
			} else if r.answer = l.Leaf(uint32(action)); n > 0 {
				r.answer = l.call(a.Arch, rules[:n], r.answer)
			}
			rules = rules[n:]
			if k := len(runs) - 1; k >= 0 && r.lo > 0 && runs[k].hi == r.lo-1 && runs[k].answer == r.answer {
				runs[k].hi = r.hi
			} else {
				runs = append(runs, r)
			}
			if r.hi == own.Hi {
				break
			}
			nr = r.hi + 1
		}
	}
	return runs
}

// rule returns the diagram that answers where all conditions hold.
func (l *lowerer) rule(r *policy.Rule) *diagram.Node {
	n := l.Leaf(uint32(r.Action))
	if !ascending(r.Conds) {
		return l.all(r.Conds, n)
	}
	for _, c := range slices.Backward(r.Conds) { // the tests of later arguments come after
		n = l.cond(c, n)
	}
	return n
}

// all returns the diagram that goes on with then where all conditions, one at least,
// hold. Halves are put together: to add thousands one by one takes time that grows with
// their square.
func (l *lowerer) all(conds []policy.Cond, then *diagram.Node) *diagram.Node {
	if len(conds) == 1 {
		return l.cond(conds[0], then)
	}
	mid := len(conds) / 2
	return l.Both(l.all(conds[:mid], then), l.all(conds[mid:], then))
}

// ascending reports whether the conditions are in the order of their arguments, one
// on each at most.
func ascending(conds []policy.Cond) bool {
	for i := 1; i < len(conds); i++ {
		if conds[i].Arg <= conds[i-1].Arg {
			return false
		}
	}
	return true
}

// cond returns the diagram that goes on with then where the condition holds.
// A 64-bit comparison is one of the high words, and where they are equal one of
// the low words, or if only equality is asked of the argument the other way about;
// a narrower one is of the low word alone.
func (l *lowerer) cond(c policy.Cond, then *diagram.Node) *diagram.Node {
	high := diagram.Test{Word: diagram.High(int(c.Arg)), Mask: whole}
	low := diagram.Test{Word: diagram.Low(int(c.Arg)), Mask: whole}
	if l.lowFirst[c.Arg] {
		low.Word = diagram.LowFirst(int(c.Arg))
	}
	h, v := uint32(c.Value>>32), uint32(c.Value)
	none := l.None()
	if c.Op == policy.MaskedEQ {
		high.Mask, low.Mask = uint32(c.Mask>>32), uint32(c.Mask)
		if l.lowFirst[c.Arg] {
			return l.masked(low, v&low.Mask, l.masked(high, h&high.Mask, then))
		}
		return l.masked(high, h&high.Mask, l.masked(low, v&low.Mask, then))
	}
	if c.Width == 16 {
		low.Mask = 1<<16 - 1
	}
	if l.lowFirst[c.Arg] && c.Width != 16 && c.Width != 32 {
		if c.Op == policy.NE {
			return l.At(low, v, then, l.At(high, h, then, none, then), then)
		}
		return l.At(low, v, none, l.At(high, h, none, then, none), none) // EQ
	}
	equal := l.word(c.Op, low, v, then)
	if c.Width == 16 || c.Width == 32 {
		return equal
	}
	switch c.Op {
	case policy.EQ:
		return l.At(high, h, none, equal, none)
	case policy.NE:
		return l.At(high, h, then, equal, then)
	case policy.LT, policy.LE:
		return l.At(high, h, then, equal, none)
	case policy.GE, policy.GT:
		return l.At(high, h, none, equal, then)
	}
	return equal
}

// word returns the diagram that goes on with then where the value that the test
// finds compares with v.
func (l *lowerer) word(op policy.Op, t diagram.Test, v uint32, then *diagram.Node) *diagram.Node {
	none := l.None()
	switch op {
	case policy.EQ:
		return l.At(t, v, none, then, none)
	case policy.NE:
		return l.At(t, v, then, none, then)
	case policy.LT:
		return l.Below(t, v, then, none)
	case policy.LE:
		return l.At(t, v, then, then, none)
	case policy.GE:
		return l.Below(t, v, none, then)
	case policy.GT:
		return l.At(t, v, none, none, then)
	}
	return none // an invalid Op never matches
}

// masked returns the diagram that goes on with then where the test, under the
// mask of a condition, finds v, which has no bits outside the mask.
func (l *lowerer) masked(t diagram.Test, v uint32, then *diagram.Node) *diagram.Node {
	switch {
	case t.Mask == 0:
		return then
	case t.Mask&(t.Mask-1) == 0 && v != 0:
		return l.Below(t, 1, l.None(), then) // of one bit: not 0 is v
	}
	return l.At(t, v, l.None(), then, l.None())
}
