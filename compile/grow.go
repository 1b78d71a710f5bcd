package compile

import (
	"math"
	"math/bits"
	"slices"
)

// grow returns the first step of a tree that is made fast: intervals are put in
// bunches, then the bunches are halved by weight, again and again. Bunches of
// many tests may not fit into the depth; those of none do.
func (p *planner) grow() int32 {
	deepest := p.deepest()
	for most := holesMost + 1; ; most-- {
		bunches := p.gather(most)
		if r := newReach(bunches, &p.fits); r.least <= deepest || most == 0 {
			return p.halve(bunches, &r, 0, len(bunches)-1, max(deepest, r.least))
		}
	}
}

// gather puts the intervals in bunches of so many tests at most. A bunch costs
// what telling its intervals apart costs, the comparisons above it for what it
// weighs, and one more for its being there:
//
//	least(0) = 0
//	least(j) = min over i of least(i) + cost(i, j-1) + w(i, j-1)*above(i, j-1) + price
func (p *planner) gather(most int) []bunch {
	n := len(p.v)
	p.least, p.last = slices.Grow(p.least[:0], n+1)[:n+1], slices.Grow(p.last[:0], n+1)[:n+1]
	least, last := p.least, p.last // last[j] is the bunch that ends before interval j
	var b bunch
	least[0] = 0
	for j := 1; j <= n; j++ {
		least[j] = math.MaxInt64
		for i := j - 1; i >= 0; i-- {
			if p.gathered > gatherWork && j-i > gatherMost || !p.bunch(&b, i, j-1) {
				break
			}
			p.gathered += j - i
			if b.tests() > most {
				continue
			}
			cost := least[i] + b.cost + p.weight(i, j-1)*p.above(i, j-1)>>logBits + p.price
			if cost < least[j] {
				least[j], last[j] = cost, b
			}
		}
	}
	first := n // of the bunches, which are moved to the end
	for j := n; j > 0; first-- {
		last[first] = last[j]
		j = last[first].from
	}
	return last[first+1:]
}

// One JSET may tell thousands of intervals apart, such as odd and even numbers, and
// also those of any part of them. After gatherWork intervals, a twentieth of a second,
// gather puts together no more than gatherMost.
const gatherWork, gatherMost = 1 << 24, 64

// above returns how many comparisons will lead to a bunch, times 1<<logBits:
// about log2(W/w) if all weighs W and the bunch w, but one for each of its
// borders at least.
func (p *planner) above(i, j int) int64 {
	least := int64(0)
	if i > 0 {
		least++
	}
	if j < len(p.v)-1 {
		least++
	}
	return max(least<<logBits, log2(p.sum[len(p.v)])-log2(p.weight(i, j)))
}

// logBits is how many bits of log2 are behind the point.
const logBits = 8

// log2 returns the logarithm of n, a straight line between powers of two: it
// must be the same on every machine, which floating point is not.
func log2(n int64) int64 {
	whole := bits.Len64(uint64(n)) - 1
	return int64(whole)<<logBits + n<<logBits>>whole - 1<<logBits
}
