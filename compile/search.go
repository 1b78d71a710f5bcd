package compile

import (
	"math"
	"slices"
)

// searchMost is how many intervals a node may have for search: the time goes
// with their cube.
const searchMost = 256

// searchWork is how many intervals, to the third power, searches for the large trees
// of one program may have, half a second; the trees that remain are grown.
const searchWork = 1 << 27

// searches reports whether a tree of so many intervals is worth a search, for which
// it accounts.
func (p *planner) searches(intervals int) bool {
	work := intervals * intervals * intervals
	if intervals > searchMost || p.searched+work > searchWork {
		return false
	}
	p.searched += work
	return true
}

// smallMost is how many intervals a small tree has: what search takes for them is
// not felt. Programs with small trees are small all in all: unless calls are
// counted they have as few comparisons as can be, and are the fastest of those.
const smallMost = 24

// search returns the first step of the cheapest tree of those that planner
// describes. With d for how many comparisons a way may have, w for what
// intervals weigh and bunch(i, j) for what a bunch of at most d comparisons
// costs,
//
//	cost(d, i, j) = min(bunch(i, j), w(i, j) + price + min over k of cost(d-1, i, k) + cost(d-1, k+1, j))
func (p *planner) search(price int64) int32 {
	n := len(p.v)
	defer func(old int64) { p.exact, p.price = false, old }(p.price)
	p.exact, p.price = true, price
	s := &p.room
	s.bunches(p)
	// cost(d, i, j) is at i*n+j of s.cost, where it is made of that for d-1.
	s.cost = slices.Grow(s.cost[:0], 2*n*n)[:2*n*n]
	before, cost := s.cost[:n*n], s.cost[n*n:]
	for i := range before {
		before[i] = unreachable
	}
	for i := range n {
		before[i*n+i] = 0
	}
	s.cuts = s.cuts[:0]
	for d := 1; d <= p.deepest() || before[n-1] >= unreachable; d++ {
		s.cuts = slices.Grow(s.cuts, n*n)[:d*n*n]
		cuts := s.cuts[(d-1)*n*n:]
		for i := range n {
			for j := i; j < n; j++ {
				least, at := int64(unreachable), int16(-1)
				if b := s.at(i, j); b != nil && b.tests() <= d {
					least = b.cost
				}
				for k := i; k < j; k++ {
					if c := before[i*n+k] + before[(k+1)*n+j] + p.weight(i, j) + p.price; c < least {
						least, at = c, int16(k)
					}
				}
				cost[i*n+j], cuts[i*n+j] = least, at
			}
		}
		before, cost = cost, before
	}
	return p.trace(s.cuts, 0, n-1)
}

// A searchRoom has the tables of a search.
type searchRoom struct {
	cost  []int64
	cuts  []int16 // for each d and at i*n+j, where the intervals from i to j are parted: k, or -1 for a bunch
	all   []bunch // in the order of their first intervals, then by length
	start []int   // of those that begin at an interval, in all; one more at the end
}

// bunches finds the bunches of the planner's intervals.
func (s *searchRoom) bunches(p *planner) {
	s.all, s.start = s.all[:0], s.start[:0]
	for i := range p.v {
		s.start = append(s.start, len(s.all))
		for j := i; j < len(p.v); j++ {
			var b bunch
			if !p.bunch(&b, i, j) {
				break
			}
			s.all = append(s.all, b)
		}
	}
	s.start = append(s.start, len(s.all))
}

// at returns the bunch of the intervals from i to j, nil if there is none.
func (s *searchRoom) at(i, j int) *bunch {
	if k := s.start[i] + j - i; k < s.start[i+1] {
		return &s.all[k]
	}
	return nil
}

// trace adds the steps of the intervals from i to j, whose cuts were found, and
// returns the first.
func (p *planner) trace(cuts []int16, i, j int) int32 {
	n := len(p.v)
	if i == j {
		return p.chain(*p.room.at(i, i))
	}
	less := cuts[:len(cuts)-n*n]
	k := int(cuts[len(less)+i*n+j])
	if k < 0 {
		return p.chain(*p.room.at(i, j))
	}
	below := p.trace(less, i, k)
	above := p.trace(less, k+1, j)
	return p.part(i, k+1, j, below, above)
}

// unreachable is the cost of what cannot be told apart. The sum of two does not
// overflow.
const unreachable = math.MaxInt64 / 4
