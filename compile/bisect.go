package compile

import "sort"

// A depthBudget says how many clusters fit into trees of given depths.
type depthBudget struct {
	n     int     // number of clusters
	last  []int32 // last[d*(n+1)+i] is the last cluster that fits into a tree of depth d together with all from i on; i-1 if none does
	least int     // the depth that all clusters together need
}

// newDepthBudget returns the budget of the clusters. A tree of depth d is one cluster, or
// two trees of depth d-1:
//
//	last(d, i) = max(last(d-1, last(d-1, i)+1), i if cluster i has no more than d tests)
//
// The result uses the memory of room, which newDepthBudget extends.
func newDepthBudget(clusters []cluster, room *[]int32) depthBudget {
	n := len(clusters)
	for last, d := (*room)[:0], 0; ; d++ {
		below := len(last) - (n + 1) // where the level before starts
		for i := range int32(n) {
			at := i - 1
			if d > 0 {
				at = last[below+int(last[below+int(i)]+1)]
			}
			if clusters[i].tests() <= d {
				at = max(at, i)
			}
			last = append(last, at)
		}
		last = append(last, int32(n-1))
		if int(last[len(last)-(n+1)]) >= n-1 {
			*room = last
			return depthBudget{n, last, d}
		}
	}
}

// fit reports whether the clusters from i to j fit into a tree of the given depth.
func (b *depthBudget) fit(i, j, depth int) bool {
	return int(b.last[min(depth, b.least)*(b.n+1)+i]) >= j
}

// bisect adds the steps of a tree of the given depth over the clusters from i to j, which
// must fit into it, and returns the first step. It divides the clusters so that the
// weights of both sides are as equal as the depth permits. A few clusters get the best
// shape, if that fits.
func (p *planner) bisect(clusters []cluster, budget *depthBudget, i, j, depth int) int32 {
	if i == j {
		return p.chain(clusters[i])
	}
	if j-i < shapeMost {
		if p.form(clusters[i : j+1]); p.shape.depth(clusters[i:j+1], 0) <= depth {
			return p.fill(clusters[i:j+1], 0)
		}
	}
	from, to := clusters[i].from, clusters[j].to
	// k is the first cluster of the right side.
	k := i + 1 + sort.Search(j-i-1, func(k int) bool {
		return p.weight(from, clusters[i+k].to) >= p.weight(clusters[i+k+1].from, to)
	})
	lighter := p.weight(from, clusters[k-1].to) - p.weight(clusters[k].from, to)
	if k > i+1 && lighter > p.weight(clusters[k-1].from, to)-p.weight(from, clusters[k-2].to) {
		k--
	}
	for !budget.fit(i, k-1, depth-1) {
		k--
	}
	for !budget.fit(k, j, depth-1) {
		k++
	}
	below := p.bisect(clusters, budget, i, k-1, depth-1)
	above := p.bisect(clusters, budget, k, j, depth-1)
	return p.part(from, clusters[k].from, to, below, above)
}

// form finds the best shape for clusters.
func (p *planner) form(clusters []cluster) {
	p.shape.n = len(clusters)
	for i, b := range clusters {
		p.shape.weights[i] = p.weight(b.from, b.to)
	}
	p.shape.find()
}

// fill adds the steps of the shape over clusters, the first of which is leaf i, and
// returns the first step.
func (p *planner) fill(clusters []cluster, i int) int32 {
	if len(clusters) == 1 {
		return p.chain(clusters[0])
	}
	k := p.shape.part(i, i+len(clusters)-1) - i
	below := p.fill(clusters[:k], i)
	above := p.fill(clusters[k:], i+k)
	return p.part(clusters[0].from, clusters[k].from, clusters[len(clusters)-1].to, below, above)
}
