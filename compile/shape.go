package compile

import "math"

// A shape is a tree over leaves in a row.
type shape struct {
	n       int
	weights [shapeMost]int64
	cost    [shapeMost][shapeMost]int64 // of leaves i to j
	cut     [shapeMost][shapeMost]uint8 // the first leaf on the right of those from i to j
}

// shapeMost is how many leaves a shape is made for: the time goes with their
// square.
const shapeMost = 12

// find finds the tree that has the least weight times depth: with w for what
// leaves weigh,
//
//	cost(i, i) = 0
//	cost(i, j) = w(i, j) + min over k of cost(i, k-1) + cost(k, j)
//
// where the best k of (i, j) is between those of (i, j-1) and (i+1, j), after
// Knuth (Optimum binary search trees, 1971).
func (s *shape) find() {
	for i := s.n - 1; i >= 0; i-- {
		s.cost[i][i], s.cut[i][i] = 0, uint8(i)
		weight := s.weights[i]
		for j := i + 1; j < s.n; j++ {
			weight += s.weights[j]
			least, at := int64(math.MaxInt64), 0
			first, last := max(int(s.cut[i][j-1]), i+1), max(int(s.cut[i+1][j]), i+1)
			for k := first; k <= last; k++ {
				if c := s.cost[i][k-1] + s.cost[k][j]; c < least {
					least, at = c, k
				}
			}
			s.cost[i][j], s.cut[i][j] = weight+least, uint8(at)
		}
	}
}

// part returns the first leaf on the right of those from i to j.
func (s *shape) part(i, j int) int { return int(s.cut[i][j]) }

// depth returns the longest way through the clusters, of which the first is leaf
// i.
func (s *shape) depth(clusters []cluster, i int) int {
	if len(clusters) == 1 {
		return clusters[0].tests()
	}
	k := s.part(i, i+len(clusters)-1) - i
	return 1 + max(s.depth(clusters[:k], i), s.depth(clusters[k:], i+k))
}
