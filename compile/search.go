package compile

import "math"

// searchMost is how many intervals a node may have for search: the time goes
// with their cube.
const searchMost = 256

// search returns the first step of the cheapest tree of those that planner
// describes. With d for how many comparisons a way may have, w for what
// intervals weigh and bunch(i, j) for what a bunch of at most d comparisons
// costs,
//
//	cost(d, i, j) = min(bunch(i, j), w(i, j) + price + min over k of cost(d-1, i, k) + cost(d-1, k+1, j))
func (p *planner) search() int32 {
	n := len(p.v)
	bunches := p.bunches()
	// Level d has cost(d, i, j) at i*n+j, and where it parts them: k, or -1 for
	// a bunch.
	var cuts [][]int16
	before := make([]int64, n*n)
	for i := range before {
		before[i] = unreachable
	}
	for i := range n {
		before[i*n+i] = 0
	}
	for d := 1; d <= p.deepest() || before[n-1] >= unreachable; d++ {
		cost, cut := make([]int64, n*n), make([]int16, n*n)
		for i := range n {
			for j := i; j < n; j++ {
				least, at := int64(unreachable), int16(-1)
				if b := p.at(bunches, i, j); b != nil && b.tests() <= d {
					least = b.cost
				}
				for k := i; k < j; k++ {
					if c := before[i*n+k] + before[(k+1)*n+j] + p.weight(i, j) + p.price; c < least {
						least, at = c, int16(k)
					}
				}
				cost[i*n+j], cut[i*n+j] = least, at
			}
		}
		before, cuts = cost, append(cuts, cut)
	}
	return p.trace(bunches, cuts, 0, n-1)
}

// unreachable is the cost of what cannot be told apart. The sum of two does not
// overflow.
const unreachable = math.MaxInt64 / 4

// bunches returns the bunches that begin at each interval, by their length less
// one.
func (p *planner) bunches() [][]bunch {
	all := make([][]bunch, len(p.v))
	for i := range all {
		for j := i; j < len(p.v); j++ {
			var b bunch
			if !p.bunch(&b, i, j) {
				break
			}
			all[i] = append(all[i], b)
		}
	}
	return all
}

// at returns the bunch of the intervals from i to j, nil if there is none.
func (p *planner) at(bunches [][]bunch, i, j int) *bunch {
	if j-i < len(bunches[i]) {
		return &bunches[i][j-i]
	}
	return nil
}

// trace adds the steps of the intervals from i to j, which the levels found, and
// returns the first.
func (p *planner) trace(bunches [][]bunch, cuts [][]int16, i, j int) int32 {
	if i == j {
		return p.chain(bunches[i][0])
	}
	d := len(cuts) - 1
	k := int(cuts[d][i*len(p.v)+j])
	if k < 0 {
		return p.chain(*p.at(bunches, i, j))
	}
	below := p.trace(bunches, cuts[:d], i, k)
	above := p.trace(bunches, cuts[:d], k+1, j)
	return p.part(i, k+1, j, below, above)
}
