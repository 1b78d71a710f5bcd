package compile

import "sort"

// A reach says how many bunches fit into trees of given depths.
type reach struct {
	last  [][]int // last[d][i] is the last bunch of those from i on that fit into a tree of depth d; i-1: none
	least int     // the depth that all bunches need
}

// newReach computes, as a tree of depth d is two of depth d-1, or one bunch,
//
//	last(d, i) = max(last(d-1, last(d-1, i)+1), i if bunch i has no more than d tests)
func newReach(bunches []bunch) (r reach) {
	for n := len(bunches); len(r.last) == 0 || r.last[r.least][0] < n-1; {
		d := len(r.last)
		r.least = d
		last := make([]int, n+1)
		last[n] = n - 1
		for i := range n {
			last[i] = i - 1
			if d > 0 {
				last[i] = r.last[d-1][r.last[d-1][i]+1]
			}
			if bunches[i].tests() <= d {
				last[i] = max(last[i], i)
			}
		}
		r.last = append(r.last, last)
	}
	return r
}

// fit reports whether the bunches from i to j fit into a tree of a depth.
func (r *reach) fit(i, j, depth int) bool { return r.last[min(depth, r.least)][i] >= j }

// halve adds the steps of a tree over the bunches from i to j, which fit into
// one of that depth, and returns the first. It parts them so that both sides
// weigh alike, as nearly as both fit; few bunches get the best shape, if that
// fits.
func (p *planner) halve(bunches []bunch, r *reach, i, j, depth int) int32 {
	if i == j {
		return p.chain(bunches[i])
	}
	if j-i < shapeMost {
		if p.form(bunches[i : j+1]); p.shape.depth(bunches[i:j+1], 0) <= depth {
			return p.fill(bunches[i:j+1], 0)
		}
	}
	from, to := bunches[i].from, bunches[j].to
	// k is the first bunch on the right.
	k := i + 1 + sort.Search(j-i-1, func(k int) bool {
		return p.weight(from, bunches[i+k].to) >= p.weight(bunches[i+k+1].from, to)
	})
	lighter := p.weight(from, bunches[k-1].to) - p.weight(bunches[k].from, to)
	if k > i+1 && lighter > p.weight(bunches[k-1].from, to)-p.weight(from, bunches[k-2].to) {
		k--
	}
	for !r.fit(i, k-1, depth-1) {
		k--
	}
	for !r.fit(k, j, depth-1) {
		k++
	}
	below := p.halve(bunches, r, i, k-1, depth-1)
	above := p.halve(bunches, r, k, j, depth-1)
	return p.part(from, bunches[k].from, to, below, above)
}

// form finds the best shape for bunches.
func (p *planner) form(bunches []bunch) {
	p.shape.n = len(bunches)
	for i, b := range bunches {
		p.shape.weights[i] = p.weight(b.from, b.to)
	}
	p.shape.find()
}

// fill adds the steps of the shape over bunches, of which the first is its leaf
// i, and returns the first.
func (p *planner) fill(bunches []bunch, i int) int32 {
	if len(bunches) == 1 {
		return p.chain(bunches[0])
	}
	k := p.shape.part(i, i+len(bunches)-1) - i
	below := p.fill(bunches[:k], i)
	above := p.fill(bunches[k:], i+k)
	return p.part(bunches[0].from, bunches[k].from, bunches[len(bunches)-1].to, below, above)
}
