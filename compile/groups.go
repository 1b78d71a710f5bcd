package compile

import (
	"cmp"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/profile/policy"
)

// call returns the diagram that answers the calls of one number: by the first of
// its rules that matches, and by general, a leaf, where none does.
func (l *lowerer) call(a arch.Arch, rules []policy.Rule, general *diagram.Node) *diagram.Node {
	if len(rules) < 2 || !isBody(rules) {
		return l.alone(a, rules, general)
	}
	if n := l.shared(rules, policy.Action(general.Verdict)); n != nil {
		return n
	}
	return l.unchained(a, rules, general)
}

// alone is call without regard to other calls.
//
// One diagram of all rules is the fastest and most often the smallest, but one
// of many masks, or of conditions on several arguments, is larger than any
// machine's memory. So the rules are parted into groups, in the order in which
// they decide, and what a group leaves open is for the next one to answer, which
// an opaque leaf leads to. Rules are put into one group while that takes no more
// instructions than two groups would, so a program is never larger than its
// conditions, one after another.
func (l *lowerer) alone(a arch.Arch, rules []policy.Rule, general *diagram.Node) *diagram.Node {
	if len(rules) == 1 {
		if l.lowFirst = equalities(rules); l.narrow() {
			l.lowFirst = [6]bool{}
		}
		return l.Over(l.rule(&rules[0]), general)
	}
	groups := l.best(rules, reached(rules, inOrder(rules)))
	n, before := general, len(l.chains)
	var answered []int // by n
	for _, g := range slices.Backward(groups) {
		all := l.Over(g.diagram, n)
		if all == g.diagram { // which leaves nothing open
			l.chains, answered = l.chains[:before], nil
		}
		if all == n { // which changes nothing
			continue
		}
		n = l.Opaque(l.Simplify(all))
		if answered = append(answered, g.rules...); n.Next != nil {
			l.chains = append(l.chains, chain{n, a, rules[0].Nr, slices.Clip(answered)})
		} else { // one answer, whatever is asked: no way leads to later groups
			l.chains = l.chains[:before]
		}
	}
	if len(l.chains) == before+1 { // one group is an ordinary diagram
		l.chains, n = l.chains[:before], n.Next
	}
	return n
}

// best returns the groups that take the fewest instructions, by the order in which
// halves of arguments are asked. Of what takes as many low halves first are the
// faster, since most arguments differ there. But there are more of them: in large
// programs they lie too far apart for their jumps. And what comes after the high
// half is all that narrow ABIs ask, so they share it.
func (l *lowerer) best(rules []policy.Rule, order []int) []group {
	l.lowFirst = equalities(rules)
	first := l.groups(rules, order)
	if l.lowFirst == [6]bool{} {
		return first
	}
	l.lowFirst = [6]bool{}
	second := l.groups(rules, order)
	if n := total(first); total(second) < n || total(second) == n && l.narrow() || n > farthest/2 {
		return second
	}
	return first
}

// narrow reports whether an ABI has arguments of 32 bits.
func (l *lowerer) narrow() bool {
	return slices.ContainsFunc(l.pol.Arches, func(a policy.ArchPolicy) bool { return a.Arch.Bits() == 32 })
}

func total(groups []group) (insns int) {
	for _, g := range groups {
		insns += g.size
	}
	return insns
}

// equalities returns the arguments of which both halves are asked for nothing but
// equality, all bits or some.
func equalities(rules []policy.Rule) (args [6]bool) {
	var less [6]bool
	for i := range rules {
		for _, c := range rules[i].Conds {
			switch {
			case c.Width == 16 || c.Width == 32:
			case c.Op == policy.EQ, c.Op == policy.NE, c.Op == policy.MaskedEQ:
				args[c.Arg] = true
			default:
				less[c.Arg] = true
			}
		}
	}
	for i := range args {
		args[i] = args[i] && !less[i]
	}
	return args
}

// A chain is a group and those after it.
type chain struct {
	first *diagram.Node // the opaque leaf that leads there
	arch  arch.Arch
	nr    uint32
	rules []int // of the number, that are in these groups, in any order; chains of one number share the array
}

// inOrder returns the rules of a call, by index, in an order that means the same,
// in which those of one action that look at the same bits are neighbours, without
// those that are implied.
func inOrder(rules []policy.Rule) []int {
	order := make([]int, 0, len(rules))
	for i := range rules {
		if !implied(rules, i) {
			order = append(order, i)
		}
	}
	for from, to := 0, 0; from < len(order); from = to {
		for to = from; to < len(order) && rules[order[to]].Action == rules[order[from]].Action; to++ {
		}
		slices.SortStableFunc(order[from:to], func(i, j int) int { return compareConds(&rules[i], &rules[j]) })
	}
	return order
}

// compareConds orders rules by what their conditions look at, argument by
// argument: comparisons of the whole, then masks, each by their data.
func compareConds(a, b *policy.Rule) int {
	for i := range min(len(a.Conds), len(b.Conds)) {
		x, y := &a.Conds[i], &b.Conds[i]
		xMask, yMask := uint64(0), uint64(0)
		if x.Op == policy.MaskedEQ {
			xMask = x.Mask
		}
		if y.Op == policy.MaskedEQ {
			yMask = y.Mask
		}
		if c := cmp.Or(cmp.Compare(x.Arg, y.Arg), cmp.Compare(xMask, yMask), cmp.Compare(x.Value, y.Value)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a.Conds), len(b.Conds))
}

// A group is some rules of a call.
type group struct {
	diagram *diagram.Node // of them, None where none matches
	size    int           // of the simplified diagram
	masks   int           // that it asks
	rules   []int
}

func (l *lowerer) group(n *diagram.Node, rules []int) group {
	insns, masks := size(l.Simplify(n))
	return group{n, insns, masks, rules}
}

// groups returns the rules, in that order, in groups, each of which answers what
// those before it leave open. Halves are made first, since to add rules one by one
// takes time that grows with their square.
func (l *lowerer) groups(rules []policy.Rule, order []int) []group {
	if len(order) == 1 {
		return []group{l.group(l.rule(&rules[order[0]]), order)}
	}
	mid := len(order) / 2
	list, more := l.groups(rules, order[:mid]), l.groups(rules, order[mid:])
	for len(more) > 0 {
		last := len(list) - 1
		both, ok := l.together(list[last], more[0])
		if !ok {
			break
		}
		list[last], more = both, more[1:]
	}
	return append(list, more...)
}

// together returns one group of two, and whether that pays: whether it takes no
// more instructions than the two do. Of what takes as many it is the faster.
func (l *lowerer) together(first, second group) (both group, pays bool) {
	apart := first.size + second.size
	pairs := pairsEach * (apart + len(first.rules) + len(second.rules))
	n, ok := l.OverWithin(first.diagram, second.diagram, pairs)
	if !ok {
		return both, false
	}
	both = l.group(n, slices.Concat(first.rules, second.rules))
	return both, both.size <= apart && both.masks <= max(masksMost, first.masks, second.masks)
}

// masksMost is how many masks one group may have of several: the proof looks at
// bits, and diagrams of bits grow with the masks that share some.
const masksMost = 6

// pairsEach is how many pairs of nodes a group may be made of for each instruction
// and rule that it may have. Those that pay have about one.
const pairsEach = 4
