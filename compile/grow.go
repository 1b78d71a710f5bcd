package compile

import (
	"math"
	"math/bits"
	"sort"
)

// grow returns the first step of a tree that is made fast: intervals are put in
// bunches, then the bunches get a tree of JGE.
func (p *planner) grow() int { return p.over(p.gather(), p.deepest()) }

// gather puts the intervals in bunches. A bunch costs what telling its intervals
// apart costs, the comparisons above it for what it weighs, and one more for its
// being there:
//
//	least(0) = 0
//	least(j) = min over i of least(i) + cost(i, j-1) + w(i, j-1)*above(i, j-1) + price
func (p *planner) gather() []bunch {
	n := len(p.v)
	least := make([]int64, n+1)
	last := make([]bunch, n+1) // the bunch that ends before each interval
	for j := 1; j <= n; j++ {
		least[j] = math.MaxInt64
		for i := j - 1; i >= 0; i-- {
			b, ok := p.bunch(i, j-1)
			if !ok {
				break
			}
			cost := least[i] + b.cost + p.weight(i, j-1)*p.above(i, j-1)>>logBits + p.price
			if cost < least[j] {
				least[j], last[j] = cost, b
			}
		}
	}
	var bunches []bunch
	for j := n; j > 0; j = last[j].from {
		bunches = append(bunches, last[j])
	}
	for i, j := 0, len(bunches)-1; i < j; i, j = i+1, j-1 {
		bunches[i], bunches[j] = bunches[j], bunches[i]
	}
	return bunches
}

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

// over adds the steps of a tree over bunches and returns the first. Many bunches
// are halved by weight until few enough are left for the best tree; where that
// is deeper than it may be, it is tried again with weights that differ less.
func (p *planner) over(bunches []bunch, deepest int) int {
	if len(bunches) == 1 {
		return p.chain(bunches[0])
	}
	if len(bunches) > shapeMost {
		k := p.halve(bunches)
		return p.join(bunches, k, p.over(bunches[:k], deepest-1), p.over(bunches[k:], deepest-1))
	}
	s := shape{n: len(bunches)}
	for _, b := range bunches {
		s.weights = append(s.weights, p.weight(b.from, b.to))
	}
	all := p.weight(bunches[0].from, bunches[len(bunches)-1].to)
	s.find()
	for more := all/int64(8*s.n) + 1; more < all && s.depth(bunches, 0) > deepest; more *= 2 {
		for i := range s.weights {
			s.weights[i] += more
		}
		s.find()
	}
	return p.fill(bunches, &s, 0)
}

// join adds the comparison that parts bunches before k, with the steps for both
// sides.
func (p *planner) join(bunches []bunch, k, below, above int) int {
	return p.part(bunches[0].from, bunches[k].from, bunches[len(bunches)-1].to, below, above)
}

// halve returns the first of the bunches on the right, if they are parted by
// weight.
func (p *planner) halve(bunches []bunch) int {
	from, to := bunches[0].from, bunches[len(bunches)-1].to
	return 1 + sort.Search(len(bunches)-2, func(k int) bool {
		return p.weight(from, bunches[k].to) >= p.weight(bunches[k+1].from, to)
	})
}

// fill adds the steps of a shape over bunches, of which the first is leaf i of
// the shape, and returns the first.
func (p *planner) fill(bunches []bunch, s *shape, i int) int {
	if len(bunches) == 1 {
		return p.chain(bunches[0])
	}
	k := s.part(i, i+len(bunches)-1) - i
	return p.join(bunches, k, p.fill(bunches[:k], s, i), p.fill(bunches[k:], s, i+k))
}
