package compile

import (
	"math"
	"slices"
)

// exactMost is the maximum number of intervals for planExact, whose time is cubic in
// them.
const exactMost = 256

// exactWork is the maximum sum of cubes of the intervals of large trees that planExact
// plans in one program. It takes half a second. planHeuristic plans the remaining trees.
const exactWork = 1 << 27

// affordsExact reports whether planExact may plan a tree of so many intervals, and adds
// it to the work that is done.
func (p *planner) affordsExact(intervals int) bool {
	work := intervals * intervals * intervals
	if intervals > exactMost || p.searched+work > exactWork {
		return false
	}
	p.searched += work
	return true
}

// smallMost is the maximum number of intervals of a small tree, for which planExact takes
// no noticeable time. A program in which all trees are small is small. Unless calls are
// counted, such programs have the minimal number of comparisons, and are the fastest of
// those.
const smallMost = 24

// planExact returns the first step of the cheapest tree, as planner defines it. Let d be
// the maximum length of a path, w the weight of intervals, and cluster(i, j) the cost of
// a cluster of at most d comparisons:
//
//	cost(d, i, j) = min(cluster(i, j), w(i, j) + price + min over k of cost(d-1, i, k) + cost(d-1, k+1, j))
func (p *planner) planExact(price int64) int32 {
	n := len(p.v)
	defer func(old int64) { p.exact, p.price = false, old }(p.price)
	p.exact, p.price = true, price
	s := &p.room
	s.clusters(p)
	// cost has cost(d, i, j) at i*n+j, and before has cost(d-1, i, j).
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

// An exactScratch has the tables of planExact.
type exactScratch struct {
	cost  []int64
	cuts  []int16   // for each d, at i*n+j: the k at which the intervals from i to j are divided, or -1 for a cluster
	all   []cluster // in the order of their first intervals, then by length
	start []int     // for each interval, the index in all of the first cluster that starts there; one more at the end
}

// clusters finds all clusters of the planner's intervals.
func (s *exactScratch) clusters(p *planner) {
	s.all, s.start = s.all[:0], s.start[:0]
	for i := range p.v {
		s.start = append(s.start, len(s.all))
		for j := i; j < len(p.v); j++ {
			var b cluster
			if !p.cluster(&b, i, j) {
				break
			}
			s.all = append(s.all, b)
		}
	}
	s.start = append(s.start, len(s.all))
}

// at returns the cluster of the intervals from i to j, or nil.
func (s *exactScratch) at(i, j int) *cluster {
	if k := s.start[i] + j - i; k < s.start[i+1] {
		return &s.all[k]
	}
	return nil
}

// trace adds the steps of the intervals from i to j by their cuts, and returns the first.
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

// unreachable is the cost of intervals that cannot be distinguished. The sum of two does
// not overflow.
const unreachable = math.MaxInt64 / 4
