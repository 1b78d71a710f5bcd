package diagram

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const whole = ^uint32(0)

// shape is a node without its identity, for comparison.
type shape struct {
	Verdict  uint32
	Test     Test
	Cuts     []uint32
	Children []shape
}

func shapeOf(n *Node) shape {
	s := shape{Verdict: n.Verdict, Test: n.Test, Cuts: n.Cuts}
	for _, k := range n.Children {
		s.Children = append(s.Children, shapeOf(k))
	}
	return s
}

func TestSplit(t *testing.T) {
	var b Builder
	leaf := func(v uint32) *Node { return b.Leaf(v) }
	nr := Test{Nr, whole}
	tests := []struct {
		name     string
		cuts     []uint32
		children []uint32 // verdicts
		want     shape
	}{
		{"one interval", nil, []uint32{1}, shape{Verdict: 1}},
		{"two", []uint32{5}, []uint32{1, 2}, shape{Test: nr, Cuts: []uint32{5}, Children: []shape{{Verdict: 1}, {Verdict: 2}}}},
		{"three", []uint32{5, 9}, []uint32{1, 2, 1}, shape{Test: nr, Cuts: []uint32{5, 9}, Children: []shape{{Verdict: 1}, {Verdict: 2}, {Verdict: 1}}}},
		{"equal neighbours", []uint32{5, 9}, []uint32{1, 1, 2}, shape{Test: nr, Cuts: []uint32{9}, Children: []shape{{Verdict: 1}, {Verdict: 2}}}},
		{"equal neighbours at the end", []uint32{5, 9}, []uint32{1, 2, 2}, shape{Test: nr, Cuts: []uint32{5}, Children: []shape{{Verdict: 1}, {Verdict: 2}}}},
		{"all equal", []uint32{5, 9}, []uint32{3, 3, 3}, shape{Verdict: 3}},
		{"an empty first interval", []uint32{0, 9}, []uint32{1, 2, 3}, shape{Test: nr, Cuts: []uint32{9}, Children: []shape{{Verdict: 2}, {Verdict: 3}}}},
		{"an empty interval between", []uint32{5, 5}, []uint32{1, 2, 3}, shape{Test: nr, Cuts: []uint32{5}, Children: []shape{{Verdict: 1}, {Verdict: 3}}}},
		{"equal across an empty interval", []uint32{5, 5}, []uint32{1, 2, 1}, shape{Verdict: 1}},
		{"several empty intervals", []uint32{0, 0, 5, 5, 5}, []uint32{1, 2, 3, 4, 5, 6}, shape{Test: nr, Cuts: []uint32{5}, Children: []shape{{Verdict: 3}, {Verdict: 6}}}},
		{"the last value alone", []uint32{whole}, []uint32{1, 2}, shape{Test: nr, Cuts: []uint32{whole}, Children: []shape{{Verdict: 1}, {Verdict: 2}}}},
		{"nothing but the empty ones", []uint32{0}, []uint32{1, 2}, shape{Verdict: 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var children []*Node
			for _, v := range tt.children {
				children = append(children, leaf(v))
			}
			if diff := cmp.Diff(tt.want, shapeOf(b.Split(nr, tt.cuts, children))); diff != "" {
				t.Errorf("Split(%v, %v) (-want +got)\n%s", tt.cuts, tt.children, diff)
			}
		})
	}
}

// TestSplitKeepsNothing: a node does not change with the slices that it was
// made of.
func TestSplitKeepsNothing(t *testing.T) {
	var b Builder
	cuts, children := []uint32{5}, []*Node{b.Leaf(1), b.Leaf(2)}
	n := b.Split(Test{Nr, whole}, cuts, children)
	want := shapeOf(n)
	want.Cuts = append([]uint32(nil), n.Cuts...)
	cuts[0], children[0] = 7, b.Leaf(9)
	if diff := cmp.Diff(want, shapeOf(n)); diff != "" {
		t.Errorf("a node after its slices changed (-want +got)\n%s", diff)
	}
}

// TestSame: what is equal is one node, whatever way it was made; what differs in
// one thing is another.
func TestSame(t *testing.T) {
	var b Builder
	nr, high := Test{Nr, whole}, Test{High(0), whole}
	one, two := b.Leaf(1), b.Leaf(2)
	small := b.Below(nr, 5, one, two)
	inner := b.Below(high, 1, one, two)
	same := []struct {
		name    string
		n, want *Node
	}{
		{"Leaf", b.Leaf(1), one},
		{"None", b.None(), b.None()},
		{"Split", b.Split(nr, []uint32{5}, []*Node{one, two}), small},
		{"Split with a cut for nothing", b.Split(nr, []uint32{3, 5}, []*Node{one, one, two}), small},
		{"Split of equal children", b.Split(nr, []uint32{5}, []*Node{inner, inner}), inner},
		{"At for Below", b.At(nr, 5, one, two, two), small},
		{"At of 0", b.At(nr, 0, two, one, one), one},
		{"At of 0 for Below", b.At(nr, 0, two, one, two), b.Below(nr, 1, one, two)},
		{"At of the last value", b.At(nr, whole, one, one, two), one},
		{"Below 0", b.Below(nr, 0, two, one), one},
		{"Below of two levels", b.Below(nr, 5, b.Below(high, 1, one, two), one), b.Split(nr, []uint32{5}, []*Node{inner, one})},
		{"Over of parts", b.Over(b.Below(nr, 5, one, b.None()), two), small},
		{"Over in the other order", b.Over(b.Below(nr, 5, b.None(), two), one), small},
	}
	for _, tt := range same {
		if tt.n != tt.want {
			t.Errorf("%s is a node of its own:\n%+v\n%+v", tt.name, shapeOf(tt.n), shapeOf(tt.want))
		}
	}
	differ := []struct {
		name string
		n    *Node
	}{
		{"test", b.Below(high, 5, one, two)},
		{"mask", b.Below(Test{Nr, 0xff}, 5, one, two)},
		{"cut", b.Below(nr, 6, one, two)},
		{"child", b.Below(nr, 5, one, b.Leaf(3))},
		{"order", b.Below(nr, 5, two, one)},
		{"None for a child", b.Below(nr, 5, b.None(), two)},
		{"more children", b.At(nr, 4, one, two, one)},
	}
	seen := map[*Node]string{small: "the first"}
	for _, tt := range differ {
		if old, ok := seen[tt.n]; ok {
			t.Errorf("another %s gives the same node as %s", tt.name, old)
		}
		seen[tt.n] = tt.name
	}
	var other Builder
	if other.Leaf(1) == one || other.None() == b.None() {
		t.Error("two Builders share a node")
	}
	if b.None() == b.Leaf(0) {
		t.Error("None is the leaf of verdict 0")
	}
}

func TestOver(t *testing.T) {
	var b Builder
	nr, high := Test{Nr, whole}, Test{High(0), whole}
	none, one, two := b.None(), b.Leaf(1), b.Leaf(2)
	part := b.Below(nr, 5, one, none)
	tests := []struct {
		name              string
		top, bottom, want *Node
	}{
		{"None over a leaf", none, one, one},
		{"None over None", none, none, none},
		{"a leaf over None", one, none, one},
		{"a leaf over a leaf", one, two, one},
		{"a leaf over a node", one, part, one},
		{"a node over None", part, none, part},
		{"a node over itself", part, part, part},
		{"None over a node", none, part, part},
		{"a part over a leaf", part, two, b.Below(nr, 5, one, two)},
		{"parts of one test", part, b.Below(nr, 9, two, none), b.Split(nr, []uint32{5, 9}, []*Node{one, two, none})},
		{"parts that meet", part, b.Below(nr, 5, none, two), b.Below(nr, 5, one, two)},
		{"a later test on top", b.Below(high, 1, one, none), b.Below(nr, 5, two, none),
			b.Below(nr, 5, b.Below(high, 1, one, two), b.Below(high, 1, one, none))},
		{"a later test below", b.Below(nr, 5, none, one), b.Below(high, 1, two, one), b.Below(nr, 5, b.Below(high, 1, two, one), one)},
		{"the whole word before a mask", b.Below(Test{Nr, 1}, 1, one, none), b.Below(nr, 5, two, none),
			b.Below(nr, 5, b.Below(Test{Nr, 1}, 1, one, two), b.Below(Test{Nr, 1}, 1, one, none))},
	}
	for _, tt := range tests {
		if got := b.Over(tt.top, tt.bottom); got != tt.want {
			t.Errorf("Over, %s:%swant%s", tt.name, b.format(got), b.format(tt.want))
		}
	}
}
