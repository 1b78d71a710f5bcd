package diagram

import (
	"encoding/binary"
	"math"
	"slices"
)

// A Builder makes nodes. The zero value is ready; it is not safe for concurrent
// use.
type Builder struct {
	leaves map[uint32]*Node // by verdict
	leaf   *Node            // the last of them that was asked for
	nodes  map[string]*Node // by what unique makes of them
	opaque map[*Node]*Node  // by what they lead to
	made   int              // leaves and nodes
	key    []byte           // scratch for lookups
	none   *Node
}

// None returns the diagram that answers nothing. It is meant for Over; a diagram that is
// evaluated must not contain it.
func (b *Builder) None() *Node {
	if b.none == nil {
		b.none = &Node{id: -1}
	}
	return b.none
}

// Leaf returns the diagram that answers every call with the verdict.
func (b *Builder) Leaf(verdict uint32) *Node {
	if b.leaf != nil && b.leaf.Verdict == verdict {
		return b.leaf
	}
	n, ok := b.leaves[verdict]
	if !ok {
		if b.leaves == nil {
			b.leaves = map[uint32]*Node{}
		}
		n = &Node{Verdict: verdict, id: b.made}
		b.made++
		b.leaves[verdict] = n
	}
	b.leaf = n
	return n
}

// Opaque returns the leaf from which on next answers.
func (b *Builder) Opaque(next *Node) *Node {
	if next.Leaf() {
		return next
	}
	n, ok := b.opaque[next]
	if !ok {
		if b.opaque == nil {
			b.opaque = map[*Node]*Node{}
		}
		n = &Node{Next: next, id: b.made}
		b.made++
		b.opaque[next] = n
	}
	return n
}

// Split returns the diagram that answers with children[i] where the test finds a
// value from cuts[i-1] to cuts[i]-1. Cuts are ascending; there is one child more
// than cuts; the tests of children must come after test in order. It changes both
// slices and keeps neither.
func (b *Builder) Split(test Test, cuts []uint32, children []*Node) *Node {
	own, ownChildren := cuts[:0], children[:0] // which are never longer than what was read
	start := uint32(0)
	for i, k := range children {
		end, last := uint32(0), i == len(cuts)
		if !last {
			end = cuts[i]
		}
		switch {
		case !last && end == start: // an empty interval
		case len(ownChildren) == 0:
			ownChildren = append(ownChildren, k)
		case ownChildren[len(ownChildren)-1] != k:
			ownChildren, own = append(ownChildren, k), append(own, start)
		}
		start = end
	}
	if len(ownChildren) == 1 {
		return ownChildren[0]
	}
	return b.unique(test, own, ownChildren)
}

// unique returns the node of these parts, of which it makes copies if it is the
// first.
func (b *Builder) unique(test Test, cuts []uint32, children []*Node) *Node {
	k := append(slices.Grow(b.key[:0], 1+4+8*len(children)), byte(test.Word))
	k = binary.LittleEndian.AppendUint32(k, test.Mask)
	for i, child := range children {
		if i > 0 {
			k = binary.LittleEndian.AppendUint32(k, cuts[i-1])
		}
		k = binary.LittleEndian.AppendUint32(k, uint32(child.id))
	}
	b.key = k
	if old, ok := b.nodes[string(k)]; ok {
		return old
	}
	if b.nodes == nil {
		b.nodes = map[string]*Node{}
	}
	n := &Node{Test: test, Cuts: slices.Clone(cuts), Children: slices.Clone(children), id: b.made}
	b.made++
	b.nodes[string(k)] = n
	return n
}

// Below returns the diagram that answers with in where the test finds a value
// less than limit, else with out.
func (b *Builder) Below(test Test, limit uint32, in, out *Node) *Node {
	return b.Split(test, []uint32{limit}, []*Node{in, out})
}

// At returns the diagram that answers with below, at or above by how the value
// that the test finds compares with v.
func (b *Builder) At(test Test, v uint32, below, at, above *Node) *Node {
	if v == test.Mask { // nothing is above
		return b.Split(test, []uint32{v}, []*Node{below, at})
	}
	return b.Split(test, []uint32{v, v + 1}, []*Node{below, at, above})
}

// Over returns the diagram that answers as top does, and where top is None as
// bottom does.
func (b *Builder) Over(top, bottom *Node) *Node {
	n, _ := b.OverWithin(top, bottom, math.MaxInt)
	return n
}

// OverWithin is like Over, but ok is false if that visits more than the given number of pairs
// of nodes, one of top and one of bottom.
func (b *Builder) OverWithin(top, bottom *Node, pairs int) (n *Node, ok bool) {
	if n := b.simple(top, bottom); n != nil {
		return n, true
	}
	o := overlay{b, b.simple, map[[2]*Node]*Node{}, pairs}
	n = o.over(top, bottom)
	return n, n != nil
}

// simple is Over where one of the two diagrams is all that counts, else nil.
func (b *Builder) simple(top, bottom *Node) *Node {
	switch {
	case top == b.None():
		return bottom
	case top.Leaf() || bottom == b.None() || top == bottom:
		return top
	}
	return nil
}

// Both returns the diagram that answers as bottom does where top is not None.
func (b *Builder) Both(top, bottom *Node) *Node {
	o := overlay{b, b.simpleBoth, map[[2]*Node]*Node{}, math.MaxInt}
	return o.over(top, bottom)
}

// simpleBoth is Both where one of the two diagrams is all that counts, else nil.
func (b *Builder) simpleBoth(top, bottom *Node) *Node {
	switch none := b.None(); {
	case top == none || bottom == none:
		return none
	case top.Leaf() || top == bottom:
		return bottom
	}
	return nil
}

// An overlay puts two diagrams together.
type overlay struct {
	*Builder
	simple func(top, bottom *Node) *Node // for a pair that needs no test, else nil
	done   map[[2]*Node]*Node
	most   int // of done
}

// over returns nil if there are too many pairs.
func (b *overlay) over(top, bottom *Node) *Node {
	if n := b.simple(top, bottom); n != nil {
		return n
	}
	pair := [2]*Node{top, bottom}
	if n, ok := b.done[pair]; ok {
		return n
	}
	if len(b.done) >= b.most {
		return nil
	}
	b.done[pair] = nil
	// The earlier of the two tests, asked of both: a diagram that does not ask
	// it answers all values alike.
	test := top.Test
	if !bottom.Leaf() && bottom.Test.compare(test) < 0 {
		test = bottom.Test
	}
	topCuts, topChildren := top.by(test)
	botCuts, botChildren := bottom.by(test)
	cuts := slices.Concat(topCuts, botCuts)
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	children := make([]*Node, 0, len(cuts)+1)
	var i, j int
	for k := range len(cuts) + 1 {
		n := b.over(topChildren[i], botChildren[j])
		if n == nil {
			return nil
		}
		children = append(children, n)
		if k < len(cuts) {
			if i < len(topCuts) && topCuts[i] == cuts[k] {
				i++
			}
			if j < len(botCuts) && botCuts[j] == cuts[k] {
				j++
			}
		}
	}
	n := b.Split(test, cuts, children)
	b.done[pair] = n
	return n
}

// by returns how n answers the test: its own cuts and children, or itself for all
// values.
func (n *Node) by(test Test) ([]uint32, []*Node) {
	if !n.Leaf() && n.Test == test {
		return n.Cuts, n.Children
	}
	return nil, []*Node{n}
}
