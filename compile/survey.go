package compile

import "github.com/seccompile/seccompile/internal/diagram"

// A branch is how a node is asked: what its machine test looks at, and where it
// leads.
type branch struct {
	mask     uint32
	jset     bool // by one JSET: children[0] for zero, children[1] for not zero
	children []*diagram.Node
}

// branchOf returns how n is asked. Masks that lead to one node if they find a bit
// are one mask.
func branchOf(n *diagram.Node) branch {
	b := branch{n.Test.Mask, zeroOrNot(n), n.Children}
	if !b.jset {
		return b
	}
	zero := n.Children[0]
	for zeroOrNot(zero) && zero.Test.Word == n.Test.Word && zero.Children[1] == n.Children[1] {
		b.mask |= zero.Test.Mask
		zero = zero.Children[0]
	}
	if zero != n.Children[0] {
		b.children = []*diagram.Node{zero, n.Children[1]}
	}
	return b
}

// zeroOrNot reports whether n asks whether a mask finds any bit.
func zeroOrNot(n *diagram.Node) bool {
	return !n.Leaf() && n.Test.Mask != whole && len(n.Cuts) == 1 && n.Cuts[0] == 1
}

// holds returns what A holds after the test of n.
func holds(n *diagram.Node) diagram.Test {
	if zeroOrNot(n) {
		return diagram.Test{Word: n.Test.Word, Mask: whole}
	}
	return n.Test
}

// serves reports whether n need not load its word where A holds that: a JSET
// leaves all bits for later tests, which rely on them.
func serves(held diagram.Test, n *diagram.Node) bool {
	return held.Word == n.Test.Word && holds(n).Mask&^held.Mask == 0
}

// A survey says what all paths through a diagram have in common.
type survey struct {
	loads map[*diagram.Node]bool          // inner nodes, by whether a path comes there without the word in A
	exits map[*diagram.Node]*diagram.Node // of groups of rules that opaque leaves lead to, the leaves that they end in
}

func newSurvey() survey {
	return survey{map[*diagram.Node]bool{}, map[*diagram.Node]*diagram.Node{}}
}

// visit adds n, reached with that in A, and the nodes after it, opaque leaves
// and what they lead to included. n is in the group of that first node, nil for
// none.
func (s *survey) visit(n *diagram.Node, held diagram.Test, group *diagram.Node) {
	if n.Next != nil {
		if group != nil {
			s.exits[group] = n
		}
		n = n.Next
		group = n
	}
	if n.Leaf() {
		return
	}
	load, seen := s.loads[n]
	s.loads[n] = load || !serves(held, n)
	if seen {
		return
	}
	for _, k := range branchOf(n).children {
		s.visit(k, holds(n), group)
	}
}

// nothing is what A holds at the start: no word has no bits.
var nothing = diagram.Test{Word: diagram.Words}

// size returns about how many instructions a diagram of one call takes, without
// its leaves, and how many of its nodes look at some bits of a word.
func size(n *diagram.Node) (insns, masks int) {
	s := newSurvey()
	s.visit(n, nothing, nil)
	return s.size(func(*diagram.Node) bool { return true })
}

// size is size of the visited nodes that count.
func (s *survey) size(counts func(*diagram.Node) bool) (insns, masks int) {
	for n, load := range s.loads {
		if !counts(n) {
			continue
		}
		if load {
			insns++
		}
		b := branchOf(n)
		if b.mask != whole {
			masks++
			insns++ // AND or JSET
		}
		if b.jset {
			continue
		}
		insns += comparisons(len(n.Children), func(i int) bool {
			lo, hi := n.Interval(i)
			return lo == hi && n.Children[i-1] == n.Children[i+1]
		})
	}
	return insns, masks
}

// comparisons returns how many comparisons tell so many intervals apart by JGE,
// or by JEQ where an interval is one value between two that are alike: with n for
// the intervals before one,
//
//	comparisons(n) = 1 + min(comparisons(n-1), comparisons(n-2) if the one between is such a value)
func comparisons(intervals int, single func(i int) bool) int {
	before, least := 0, 0 // comparisons(n-2), comparisons(n-1)
	for i := 1; i < intervals; i++ {
		next := least + 1
		if i > 1 && single(i-1) {
			next = min(next, before+1)
		}
		before, least = least, next
	}
	return least
}
