package compile

import "sort"

// A reach says how many bunches fit into trees of given depths.
type reach struct {
	n     int     // bunches
	last  []int32 // last[d*(n+1)+i] is the last bunch of those from i on that fit into a tree of depth d; i-1: none
	least int     // the depth that all bunches need
}

// newReach computes, as a tree of depth d is two of depth d-1, or one bunch,
//
//	last(d, i) = max(last(d-1, last(d-1, i)+1), i if bunch i has no more than d tests)
//
// in room, which it grows.
func newReach(bunches []bunch, room *[]int32) reach {
	n := len(bunches)
	for last, d := (*room)[:0], 0; ; d++ {
		below := len(last) - (n + 1) // where the level before starts
		for i := range int32(n) {
			at := i - 1
			if d > 0 {
				at = last[below+int(last[below+int(i)]+1)]
			}
			if bunches[i].tests() <= d {
				at = max(at, i)
			}
			last = append(last, at)
		}
		last = append(last, int32(n-1))
		if int(last[len(last)-(n+1)]) >= n-1 {
			*room = last
			return reach{n, last, d}
		}
	}
}

// fit reports whether the bunches from i to j fit into a tree of a depth.
func (r *reach) fit(i, j, depth int) bool {
	return int(r.last[min(depth, r.least)*(r.n+1)+i]) >= j
}

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
