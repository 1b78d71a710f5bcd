package compile

import (
	"cmp"
	"slices"

	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/profile"
)

// call returns the diagram that answers the calls of one number: by the first of
// its rules that matches, and by general where none does.
//
// One diagram of all rules is the fastest and most often the smallest, but one
// of many masks, or of conditions on several arguments, is larger than any
// machine's memory. So the rules are parted into groups, in the order in which
// they decide, and what a group leaves open is for the next one to answer, which
// an opaque leaf leads to. Rules are put into one group while that takes no more
// instructions than two groups would, so a program is never larger than its
// conditions, one after another.
func (l *lowerer) call(rules []profile.Rule, general *diagram.Node) *diagram.Node {
	if len(rules) == 1 {
		return l.Over(l.rule(&rules[0]), general)
	}
	groups := l.groups(inOrder(rules))
	n := general
	for i, g := range slices.Backward(groups) {
		if n = l.Simplify(l.Over(g, n)); i > 0 || len(groups) > 1 {
			n = l.Opaque(n)
		}
	}
	return n
}

// inOrder returns the rules of a call in an order that means the same, in which
// those of one action that look at the same bits are neighbours.
func inOrder(rules []profile.Rule) []*profile.Rule {
	list := make([]*profile.Rule, len(rules))
	for i := range rules {
		list[i] = &rules[i]
	}
	for from, to := 0, 0; from < len(list); from = to {
		for to = from + 1; to < len(list) && list[to].Action == list[from].Action; to++ {
		}
		slices.SortStableFunc(list[from:to], compareConds)
	}
	return list
}

// compareConds orders rules by what their conditions look at, argument by
// argument: comparisons of the whole, then masks, each by their data.
func compareConds(a, b *profile.Rule) int {
	for i := range min(len(a.Conds), len(b.Conds)) {
		x, y := &a.Conds[i], &b.Conds[i]
		xMask, yMask := uint64(0), uint64(0)
		if x.Op == profile.MaskedEQ {
			xMask = x.Mask
		}
		if y.Op == profile.MaskedEQ {
			yMask = y.Mask
		}
		if c := cmp.Or(cmp.Compare(x.Arg, y.Arg), cmp.Compare(xMask, yMask), cmp.Compare(x.Value, y.Value)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a.Conds), len(b.Conds))
}

// groups returns the diagrams of the rules, each of which answers what those
// before it leave open. Halves are made first, since to add rules one by one
// takes time that grows with their square.
func (l *lowerer) groups(rules []*profile.Rule) []*diagram.Node {
	if len(rules) == 1 {
		return []*diagram.Node{l.rule(rules[0])}
	}
	mid := len(rules) / 2
	list, more := l.groups(rules[:mid]), l.groups(rules[mid:])
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
func (l *lowerer) together(first, second *diagram.Node) (both *diagram.Node, pays bool) {
	apart := size(first) + size(second)
	both, ok := l.OverWithin(first, second, pairsEach*apart)
	return both, ok && size(l.Simplify(both)) <= apart
}

// pairsEach is how many pairs of nodes a group may be made of for each
// instruction that it may have. Those that pay have about one.
const pairsEach = 4
