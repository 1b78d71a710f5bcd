package compile

import (
	"math/rand/v2"
	"testing"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
)

// randomIntervals makes n intervals of the whole range that lead to few nodes,
// many of them single values.
func randomIntervals(r *rand.Rand, n int) (v []interval) {
	var b diagram.Builder
	lo := uint32(0)
	for i := range n {
		hi := lo + []uint32{0, 0, 1, uint32(r.IntN(40))}[r.IntN(4)]
		if i == n-1 {
			hi = whole
		}
		child := b.Leaf(uint32(r.IntN(2 + r.IntN(3))))
		for i > 0 && child == v[i-1].child {
			child = b.Leaf(uint32(r.IntN(4)))
		}
		v = append(v, interval{lo: lo, hi: hi, child: child, weight: 1 + int64(r.IntN(1+r.IntN(200)))})
		lo = hi + 1
	}
	return v
}

// walk returns where a value comes to and how many comparisons that takes.
func walk(steps []step, at int32, value uint32) (*diagram.Node, int) {
	n := 0
	for steps[at].child == nil {
		s := steps[at]
		holds := map[uint16]bool{abi.OpJEQ: value == s.k, abi.OpJGE: value >= s.k, abi.OpJSET: value&s.k != 0}[s.op]
		if at = s.no; holds {
			at = s.yes
		}
		n++
	}
	return steps[at].child, n
}

// cheapest returns the least that intervals cost, by trying everything.
func cheapest(p *planner, i, j, depth int) int64 {
	if i == j {
		return 0
	}
	if depth == 0 {
		return unreachable
	}
	least := int64(unreachable)
	var b cluster
	if p.cluster(&b, i, j) && b.tests() <= depth {
		least = b.cost
	}
	for k := i; k < j; k++ {
		least = min(least, p.weight(i, j)+p.price+cheapest(p, i, k, depth-1)+cheapest(p, k+1, j, depth-1))
	}
	return least
}

// TestPlan: trees lead every value to the node of its interval, no way is longer
// than it may be, and those of search cost what the cheapest does.
func TestPlan(t *testing.T) {
	r := newRand(t)
	for range 300 {
		v := randomIntervals(r, 2+r.IntN(40))
		costs := map[bool]int64{}
		for _, optimal := range []bool{false, true} {
			p := &planner{optimal: optimal, price: 20}
			first := p.plan(v)
			if len(v) <= smallMost {
				p.price = shortPrice
			}
			p.exact = optimal // for cheapest
			longest := 0
			for i := range v {
				for _, value := range []uint32{v[i].lo, v[i].lo + (v[i].hi-v[i].lo)/2, v[i].hi} {
					child, n := walk(p.steps, first, value)
					if child != v[i].child {
						t.Fatalf("optimal %v, %d intervals: %#x leads to %d, want %d", optimal, len(v), value, child.Verdict, v[i].child.Verdict)
					}
					longest = max(longest, n)
				}
			}
			if longest > p.deepest() {
				t.Errorf("optimal %v, %d intervals: a way of %d comparisons, want %d at most", optimal, len(v), longest, p.deepest())
			}
			for _, s := range p.steps {
				if s.child == nil {
					costs[optimal] += p.price + s.weight
				}
			}
			if optimal && len(v) <= 9 {
				if want := cheapest(p, 0, len(v)-1, p.deepest()); costs[true] != want {
					t.Errorf("search of %d intervals costs %d, want %d", len(v), costs[true], want)
				}
			}
		}
		if costs[true] > costs[false] {
			t.Errorf("%d intervals cost %d by search, %d without", len(v), costs[true], costs[false])
		}
	}
}

// TestBits holds what clusters ask of ranges of values against all the values.
func TestBits(t *testing.T) {
	for lo := range uint32(40) {
		for hi := lo; hi < 40; hi++ {
			var want uint32
			for v := lo; v <= hi; v++ {
				want |= v
			}
			if got := union(lo, hi); got != want {
				t.Errorf("union(%d, %d) = %#x, want %#x", lo, hi, got, want)
			}
			for mask := range uint32(64) {
				want := true
				for v := lo; v <= hi; v++ {
					want = want && v&mask != 0
				}
				if got := allIntersect(lo, hi, mask); got != want {
					t.Errorf("allIntersect(%d, %d, %#x) = %v, want %v", lo, hi, mask, got, want)
				}
			}
		}
	}
	if got := union(1<<31-1, 1<<31); got != whole {
		t.Errorf("union around the sign bit = %#x, want all bits", got)
	}
	if !allIntersect(1<<31, whole, 1<<31) || allIntersect(1<<31-1, 1<<31, 1<<31) {
		t.Error("allIntersect of the sign bit is wrong")
	}
}
