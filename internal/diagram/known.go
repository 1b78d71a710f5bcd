package diagram

import "slices"

// Simplify returns a diagram that answers as n does, without tests that an earlier test of
// the same word has answered: after a test has found a single value, tests of its bits are
// left out. It does not look past opaque leaves.
func (b *Builder) Simplify(n *Node) *Node {
	return b.simplify(n, map[*Node]*Node{})
}

func (b *Builder) simplify(n *Node, done map[*Node]*Node) *Node {
	if n.Leaf() {
		return n
	}
	if s, ok := done[n]; ok {
		return s
	}
	children := slices.Clone(n.Children)
	for i := range children {
		v, ok := n.value(i)
		if !ok {
			continue
		}
		children[i] = given(n.Children[i], n.Test, v)
		// A value whose neighbours answer it alike is not worth a comparison.
		for _, j := range [...]int{i - 1, i + 1} {
			if j >= 0 && j < len(children) && given(n.Children[j], n.Test, v) == children[i] {
				children[i] = n.Children[j]
			}
		}
	}
	for i := range children {
		children[i] = b.simplify(children[i], done)
	}
	s := b.Split(n.Test, slices.Clone(n.Cuts), children)
	done[n] = s
	return s
}

// value returns the one value that leads to a child, if there is but one.
func (n *Node) value(i int) (v uint32, ok bool) {
	lo, hi := n.Interval(i)
	if mask := n.Test.Mask; mask&(mask-1) == 0 && lo > 0 { // of one bit: not 0 is the bit
		return mask, true
	}
	return lo, lo == hi
}

// given returns what is left of n where the test has found v: n without the
// tests at its top that look at some of these bits.
func given(n *Node, test Test, v uint32) *Node {
	for !n.Leaf() && n.Test.Word == test.Word && n.Test.Mask&^test.Mask == 0 {
		n = n.Children[n.child(v&n.Test.Mask)]
	}
	return n
}
