package compile

import (
	"math"
	"math/bits"
	"slices"
)

// planHeuristic returns the first step of a tree that is planned fast. It gathers the
// intervals into clusters, then bisects the clusters by weight. Clusters with many tests
// may not fit into the depth; clusters without tests do.
func (p *planner) planHeuristic() int32 {
	deepest := p.deepest()
	for most := singletonsMost + 1; ; most-- {
		clusters := p.gather(most)
		if budget := newDepthBudget(clusters, &p.fits); budget.least <= deepest || most == 0 {
			return p.bisect(clusters, &budget, 0, len(clusters)-1, max(deepest, budget.least))
		}
	}
}

// gather divides the intervals into clusters of at most the given number of tests. The
// cost of a cluster is that of its own comparisons, plus the comparisons above it times
// its weight, plus the price of one comparison:
//
//	least(0) = 0
//	least(j) = min over i of least(i) + cost(i, j-1) + w(i, j-1)*above(i, j-1) + price
func (p *planner) gather(most int) []cluster {
	n := len(p.v)
	p.least, p.last = slices.Grow(p.least[:0], n+1)[:n+1], slices.Grow(p.last[:0], n+1)[:n+1]
	least, last := p.least, p.last // last[j] is the first interval of the cluster that ends before interval j
	var b cluster
	least[0] = 0
	for j := 1; j <= n; j++ {
		least[j] = math.MaxInt64
		for i := j - 1; i >= 0; i-- {
			if p.gathered > gatherWork && j-i > gatherMost || !p.cluster(&b, i, j-1) {
				break
			}
			p.gathered += j - i
			if b.tests() > most {
				continue
			}
			cost := least[i] + b.cost + p.weight(i, j-1)*p.above(i, j-1)>>logBits + p.price
			if cost < least[j] {
				least[j], last[j] = cost, int32(i)
			}
		}
	}
	clusters := p.clusters[:0]
	for j := n; j > 0; j = int(last[j]) {
		p.cluster(&b, int(last[j]), j-1)
		clusters = append(clusters, b)
	}
	slices.Reverse(clusters)
	p.clusters = clusters
	return clusters
}

// One JSET can distinguish thousands of intervals, such as odd and even numbers, and
// also those of every part of them. After gatherWork intervals, a twentieth of a second,
// gather makes clusters of at most gatherMost intervals.
const gatherWork, gatherMost = 1 << 24, 64

// above returns the expected number of comparisons before a cluster, times 1<<logBits. It
// is about log2(W/w) for total weight W and weight w of the cluster, and at least one for
// each of its borders.
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

// logBits is the number of fractional bits of log2.
const logBits = 8

// log2 returns the logarithm of n, linear between powers of two. It must be the same on
// every machine, which floating point is not.
func log2(n int64) int64 {
	whole := bits.Len64(uint64(n)) - 1
	return int64(whole)<<logBits + n<<logBits>>whole - 1<<logBits
}
