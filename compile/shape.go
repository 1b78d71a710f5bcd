package compile

import "math"

// A shape is a tree over leaves in a row.
type shape struct {
	n       int
	weights []int64
	cost    []int64 // of leaves i to j, at i*n+j
	cut     []int   // the first leaf on the right of those from i to j, at i*n+j
}

// shapeMost is how many leaves a shape is made for: the time goes with their
// square.
const shapeMost = 64

// find finds the tree that has the least weight times depth: with w for what
// leaves weigh,
//
//	cost(i, i) = 0
//	cost(i, j) = w(i, j) + min over k of cost(i, k-1) + cost(k, j)
//
// where the best k of (i, j) is between those of (i, j-1) and (i+1, j), after
// Knuth (Optimum binary search trees, 1971).
func (s *shape) find() {
	n := s.n
	if s.cost == nil {
		s.cost, s.cut = make([]int64, n*n), make([]int, n*n)
	}
	for i := range n {
		s.cut[i*n+i] = i
	}
	for i := n - 2; i >= 0; i-- {
		weight := s.weights[i]
		for j := i + 1; j < n; j++ {
			weight += s.weights[j]
			least, at := int64(math.MaxInt64), 0
			for k := max(s.cut[i*n+j-1], i+1); k <= max(s.cut[(i+1)*n+j], i+1); k++ {
				if c := s.cost[i*n+k-1] + s.cost[k*n+j]; c < least {
					least, at = c, k
				}
			}
			s.cost[i*n+j], s.cut[i*n+j] = weight+least, at
		}
	}
}

// part returns the first leaf on the right of those from i to j.
func (s *shape) part(i, j int) int { return s.cut[i*s.n+j] }

// depth returns the longest way through the bunches, of which the first is leaf
// i.
func (s *shape) depth(bunches []bunch, i int) int {
	if len(bunches) == 1 {
		return bunches[0].tests()
	}
	k := s.part(i, i+len(bunches)-1) - i
	return 1 + max(s.depth(bunches[:k], i), s.depth(bunches[k:], i+k))
}
