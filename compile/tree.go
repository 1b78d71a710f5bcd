package compile

import (
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
)

// A segment is an interval of the values that a node's test can find, all of
// which go to base but for single values that a JEQ each takes out.
type segment struct {
	lo    uint32
	base  *diagram.Node
	holes []hole
}

// A hole is a single value in a segment that goes elsewhere.
type hole struct {
	value uint32
	kid   *diagram.Node
}

// holesMost is how many neighbouring single values are taken out together
// where the intervals around them go to one node.
const holesMost = 2

// split returns the node's intervals as segments.
func split(n *diagram.Node) []segment {
	var segs []segment
	single := func(i int) bool {
		lo := uint32(0)
		if i > 0 {
			lo = n.Cuts[i-1]
		}
		hi := n.Test.Mask
		if i < len(n.Cuts) {
			hi = n.Cuts[i] - 1
		}
		return lo == hi
	}
	for i := 0; i < len(n.Kids); {
		s := segment{base: n.Kids[i]}
		if i > 0 {
			s.lo = n.Cuts[i-1]
		}
	absorb:
		for i++; i < len(n.Kids); i++ {
			for w := 0; w < holesMost && i+w+1 < len(n.Kids) && single(i+w); w++ {
				if n.Kids[i+w+1] != s.base {
					continue
				}
				for ; w >= 0; w-- {
					s.holes = append(s.holes, hole{n.Cuts[i-1], n.Kids[i]})
					i++
				}
				continue absorb
			}
			break
		}
		segs = append(segs, s)
	}
	return segs
}

// tree writes the comparisons that lead from a loaded value to the nodes of the
// segments and returns the first one's label: a balanced tree of JGE, with JEQ
// at its leaves.
func (e *emitter) tree(segs []segment) label {
	total := 0
	for _, s := range segs {
		total += 1 + len(s.holes)
	}
	if len(segs) == 1 && len(segs[0].holes) <= chainMost {
		return e.chain(segs[0])
	}
	// The place that halves the segments and holes best: between two segments,
	// or between two holes of one.
	best, bestOff := 0, total
	bestHole := -1
	left := 0
	for i, s := range segs {
		if off := abs(total - 2*left); i > 0 && off < bestOff {
			best, bestHole, bestOff = i, -1, off
		}
		if len(s.holes) > chainMost {
			for h := 1; h < len(s.holes); h++ {
				if off := abs(total-2*(left+h)) + 1; off < bestOff {
					best, bestHole, bestOff = i, h, off
				}
			}
		}
		left += 1 + len(s.holes)
	}
	low, high := slices.Clone(segs[:best]), slices.Clone(segs[best:])
	if bestHole > 0 {
		s := segs[best]
		low = append(low, segment{s.lo, s.base, s.holes[:bestHole]})
		high[0] = segment{s.holes[bestHole].value, s.base, s.holes[bestHole:]}
	}
	no := e.tree(low)
	yes := e.tree(high)
	return e.jump(abi.OpJGE, high[0].lo, yes, no)
}

// chainMost is how many holes of a segment are asked one after another before a
// comparison parts them.
const chainMost = 2

// chain writes the tests for the holes of a segment; the native ABI's audit
// value is asked first.
func (e *emitter) chain(s segment) label {
	holes := slices.Clone(s.holes)
	slices.SortStableFunc(holes, func(a, b hole) int { return e.rank(a) - e.rank(b) })
	next := e.node(s.base)
	for _, h := range slices.Backward(holes) {
		next = e.jump(abi.OpJEQ, h.value, e.node(h.kid), next)
	}
	return next
}

func (e *emitter) rank(h hole) int {
	if h.value == e.native {
		return 0
	}
	return 1
}

func abs(n int) int { return max(n, -n) }
