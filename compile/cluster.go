package compile

import (
	"math/bits"
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
)

// A cluster is a few neighboring intervals that are distinguished without regard to
// order. Comparisons by JEQ find single values, one after another. The rest leads to one
// node, or to two nodes that one JSET distinguishes.
type cluster struct {
	from, to   int              // intervals, both inclusive
	singletons [chainMost]int32 // in the order of their comparisons; an interval of several values is there as often
	n          int32            // number of singletons
	mask       uint32           // of the JSET, 0 for a cluster without one
	yes, no    int32            // intervals that the JSET distinguishes; without a JSET, no is the rest
	cost       int64            // weight times path length, and the price of the comparisons
}

// singletonsMost is the maximum number of single values of a cluster. JGE finds more of
// them faster. A deep planner makes clusters of up to chainMost, since a chain is smaller.
// It also makes single values of intervals of up to rangeMost values.
const (
	singletonsMost = 5
	chainMost      = 8
	rangeMost      = 4
)

// singletonsMost returns the maximum number of single values of a cluster, and of one
// interval.
func (p *planner) singletonsMost() (chain int32, values int) {
	if p.deep {
		return chainMost, rangeMost
	}
	return singletonsMost, 1
}

// mixedMost is the maximum number of intervals of a node for a cluster with both a
// singleton and a JSET. Looking for such clusters takes long. They occur if an argument
// is compared with flags, and hardly among numbers. planExact looks for them in any case.
const mixedMost = 12

// tests returns the number of comparisons, which is also the length of the longest path.
func (b *cluster) tests() int {
	if b.mask != 0 {
		return int(b.n) + 1
	}
	return int(b.n)
}

// cluster sets best to the cheapest cluster of the intervals from i to j. If there is
// none, there is none for more intervals either.
func (p *planner) cluster(best *cluster, i, j int) (ok bool) {
	*best = cluster{from: i, to: j, no: int32(i)}
	if i == j {
		return true
	}
	// The rest leads to one node: that of the first interval, or of a later one if all
	// intervals before it are singletons.
	b := *best
	chain, values := p.singletonsMost()
	for base := i; base <= min(i+int(chain), j) && (base == i || p.v[base-1].values() <= values); base++ {
		if slices.ContainsFunc(p.v[i:base], func(v interval) bool { return v.child == p.v[base].child }) {
			continue // an earlier base has made the same cluster
		}
		if p.splitSingletons(&b, base) && (!ok || b.cost < best.cost) {
			*best, ok = b, true
			if b.n == 1 {
				return true
			}
		}
	}
	// The rest leads to two nodes, with or without a singleton.
	if p.masked(&b, noSingleton) {
		*best = b
		return true
	}
	if ok && best.n == 2 || len(p.v) > mixedMost && !p.exact {
		return ok
	}
	for singleton := i; singleton <= j; singleton++ {
		if p.v[singleton].single() && p.masked(&b, singleton) && (!ok || b.cost < best.cost) {
			*best, ok = b, true
		}
	}
	return ok
}

// splitSingletons sets b to the cluster of its intervals in which all intervals are
// singletons except those that lead to the node of interval base. It reports whether
// there is one.
func (p *planner) splitSingletons(b *cluster, base int) bool {
	b.n, b.mask, b.no = 0, 0, int32(base)
	chain, most := p.singletonsMost()
	for k := b.from; k <= b.to; k++ {
		if p.v[k].child == p.v[base].child {
			continue
		}
		values := p.v[k].values()
		if values > most || b.n+int32(values) > chain {
			return false
		}
		// The more frequent value comes first.
		l := b.n
		for ; l > 0 && p.v[k].each() > p.v[b.singletons[l-1]].each(); l-- {
			b.singletons[l+int32(values)-1] = b.singletons[l-1]
		}
		for range values {
			b.singletons[l] = int32(k)
			l++
		}
		b.n += int32(values)
	}
	p.charge(b)
	return true
}

// noSingleton is the index of a missing interval.
const noSingleton = -1

// masked sets b to the cluster of its intervals that has a JSET and the given singleton.
// It reports whether there is one.
func (p *planner) masked(b *cluster, singleton int) bool {
	b.n = 0
	if singleton != noSingleton {
		b.singletons[0], b.n = int32(singleton), 1
	}
	first, second := b.from, noSingleton
	if singleton == first {
		first++
	}
	var used [2]uint32 // bits that values of the first and of the second have
	for k := b.from; k <= b.to; k++ {
		switch v := &p.v[k]; {
		case k == singleton:
		case v.child == p.v[first].child:
			used[0] |= union(v.lo, v.hi)
		case second != noSingleton && v.child != p.v[second].child:
			return false
		default:
			if second == noSingleton {
				second = k
			}
			used[1] |= union(v.lo, v.hi)
		}
	}
	if second == noSingleton {
		return false
	}
	// The JSET must not match any value of one of the two nodes.
	for i, zero := range [...]int{first, second} {
		if b.mask, b.no, b.yes = ^used[i], int32(zero), int32(first+second-zero); p.found(b, b.mask) {
			p.charge(b)
			return true
		}
	}
	return false
}

// found reports whether each value of b has a bit of the mask, except values of the
// singleton and of the node b.no.
func (p *planner) found(b *cluster, mask uint32) bool {
	for k := b.from; k <= b.to; k++ {
		v := &p.v[k]
		if v.child == p.v[b.no].child || b.n > 0 && k == int(b.singletons[0]) {
			continue
		}
		if !allIntersect(v.lo, v.hi, mask) {
			return false
		}
	}
	return true
}

// union returns the bits that any value from lo to hi has.
func union(lo, hi uint32) uint32 {
	return hi | (1<<bits.Len32(lo^hi) - 1)
}

// allIntersect reports whether every value from lo to hi has a bit of the mask.
func allIntersect(lo, hi, mask uint32) bool {
	common := lo & mask
	if common == 0 {
		return false
	}
	// The least value above lo without such a bit has one more bit, which is neither in lo
	// nor in the mask, is above the highest common bit, and has no bits below it.
	for bit := bits.Len32(common); bit < 32; bit++ {
		if (lo|mask)>>bit&1 == 0 {
			return (lo>>bit|1)<<bit > hi
		}
	}
	return true
}

// charge computes the cost of a cluster.
func (p *planner) charge(b *cluster) {
	b.cost = 0
	left := p.weight(b.from, b.to)
	for _, h := range b.singletons[:b.n] {
		b.cost += left + p.price
		left -= p.v[h].each()
	}
	if b.mask != 0 {
		b.cost += left + p.price
	}
}

// chain adds the steps of a cluster and returns the first.
func (p *planner) chain(b cluster) int32 {
	left := p.weight(b.from, b.to)
	for _, h := range b.singletons[:b.n] {
		left -= p.v[h].each()
	}
	at := p.step(step{child: p.v[b.no].child, weight: left})
	if b.mask != 0 {
		yes := int64(0)
		for k := b.from; k <= b.to; k++ {
			if p.v[k].child == p.v[b.yes].child {
				yes += p.v[k].weight
			}
		}
		p.steps[at].weight -= yes
		at = p.step(step{op: abi.OpJSET, k: p.minimalMask(&b), no: at, weight: left,
			yes: p.step(step{child: p.v[b.yes].child, weight: yes})})
	}
	for k, value := b.n-1, uint32(0); k >= 0; k-- {
		h := &p.v[b.singletons[k]]
		if value++; k == b.n-1 || b.singletons[k+1] != b.singletons[k] {
			value = h.lo
		}
		left += h.each()
		at = p.step(step{op: abi.OpJEQ, k: value, no: at, weight: left,
			yes: p.step(step{child: h.child, weight: h.each()})})
	}
	return at
}

// minimalMask returns the mask of a cluster without unnecessary bits. It removes high
// bits first, since small numbers are easier to read, and since the kernel needs one more
// instruction for a mask with the highest bit.
func (p *planner) minimalMask(b *cluster) uint32 {
	mask := b.mask
	for bit := uint32(1 << 31); bit != 0; bit >>= 1 {
		if p.found(b, mask&^bit) {
			mask &^= bit
		}
	}
	return mask
}
