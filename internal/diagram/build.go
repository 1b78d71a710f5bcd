package diagram

import (
	"encoding/binary"
	"slices"
)

// A Builder makes nodes. The zero value is ready; it is not safe for concurrent
// use.
type Builder struct {
	nodes map[string]*Node
	key   []byte // scratch for lookups
	none  *Node
}

// None is the diagram that answers nothing; it is meant for Over, and must be
// gone from a diagram that is evaluated.
func (b *Builder) None() *Node {
	if b.none == nil {
		b.none = &Node{id: -1}
	}
	return b.none
}

// Leaf returns the diagram that answers every call with the verdict.
func (b *Builder) Leaf(verdict uint32) *Node {
	return b.unique(&Node{Verdict: verdict})
}

// Split returns the diagram that answers with kids[i] where the test finds a
// value from cuts[i-1] to cuts[i]-1. Cuts are ascending; there is one kid more
// than cuts; the tests of kids must come behind test in order. It keeps neither
// slice.
func (b *Builder) Split(test Test, cuts []uint32, kids []*Node) *Node {
	n := &Node{Test: test}
	start := uint32(0)
	for i, k := range kids {
		if i > 0 {
			start = cuts[i-1]
		}
		switch {
		case i < len(cuts) && cuts[i] == start: // an empty interval
		case len(n.Kids) == 0:
			n.Kids = append(n.Kids, k)
		case n.Kids[len(n.Kids)-1] != k:
			n.Kids, n.Cuts = append(n.Kids, k), append(n.Cuts, start)
		}
	}
	if len(n.Kids) == 1 {
		return n.Kids[0]
	}
	return b.unique(n)
}

// unique returns the node that equals n, n itself if it is the first.
func (b *Builder) unique(n *Node) *Node {
	if b.nodes == nil {
		b.nodes = map[string]*Node{}
	}
	k := binary.LittleEndian.AppendUint32(b.key[:0], n.Verdict)
	k = binary.LittleEndian.AppendUint32(append(k, byte(n.Test.Word)), n.Test.Mask)
	for _, c := range n.Cuts {
		k = binary.LittleEndian.AppendUint32(k, c)
	}
	for _, kid := range n.Kids {
		k = binary.LittleEndian.AppendUint32(k, uint32(kid.id))
	}
	b.key = k
	if old, ok := b.nodes[string(k)]; ok {
		return old
	}
	n.id = len(b.nodes)
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
	return b.over(top, bottom, map[[2]*Node]*Node{})
}

func (b *Builder) over(top, bottom *Node, done map[[2]*Node]*Node) *Node {
	switch {
	case top == b.None():
		return bottom
	case top.Leaf() || bottom == b.None() || top == bottom:
		return top
	}
	pair := [2]*Node{top, bottom}
	if n, ok := done[pair]; ok {
		return n
	}
	// The earlier of the two tests, asked of both: a diagram that does not ask
	// it answers all values alike.
	test := top.Test
	if !bottom.Leaf() && bottom.Test.compare(test) < 0 {
		test = bottom.Test
	}
	topCuts, topKids := top.by(test)
	botCuts, botKids := bottom.by(test)
	cuts := slices.Concat(topCuts, botCuts)
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	kids := make([]*Node, 0, len(cuts)+1)
	var i, j int
	for k := range len(cuts) + 1 {
		kids = append(kids, b.over(topKids[i], botKids[j], done))
		if k < len(cuts) {
			if i < len(topCuts) && topCuts[i] == cuts[k] {
				i++
			}
			if j < len(botCuts) && botCuts[j] == cuts[k] {
				j++
			}
		}
	}
	n := b.Split(test, cuts, kids)
	done[pair] = n
	return n
}

// by returns how n answers the test: its own cuts and kids, or itself for all
// values.
func (n *Node) by(test Test) ([]uint32, []*Node) {
	if !n.Leaf() && n.Test == test {
		return n.Cuts, n.Kids
	}
	return nil, []*Node{n}
}
