package compile

import (
	"math/bits"

	"github.com/seccompile/seccompile/internal/abi"
)

// A bunch is a few neighbouring intervals that are told apart without regard to
// order: single values by JEQ, one after another, and then two nodes by one
// JSET, if not one node is left.
type bunch struct {
	from, to int              // intervals, both ends included
	holes    [holesMost]int32 // in the order in which they are asked
	n        int32            // of holes
	mask     uint32           // of the JSET, 0 without one
	yes, no  int32            // intervals that the JSET tells apart; without one no is what is left
	cost     int64            // weight times comparisons on the way, and the price of the comparisons
}

// holesMost is how many single values a bunch has at most. More of them are
// found faster by JGE.
const holesMost = 4

// holeBehind is how many intervals a node may have for a bunch to have a hole and
// a JSET behind it: it takes long to look for them, and they are found where an
// argument is compared with flags, hardly among numbers. Search does it anyway.
const holeBehind = 12

// tests returns the number of comparisons, which is how many the longest way
// has, too.
func (b *bunch) tests() int {
	if b.mask != 0 {
		return int(b.n) + 1
	}
	return int(b.n)
}

// bunch makes best the cheapest bunch of the intervals from i to j. If there is
// none, there is none with more intervals either.
func (p *planner) bunch(best *bunch, i, j int) (ok bool) {
	*best = bunch{from: i, to: j, no: int32(i)}
	if i == j {
		return true
	}
	// One node is left: that of the first interval or of one behind it that all
	// intervals before it are holes for.
	b := *best
	for base := i; base <= min(i+holesMost, j) && (base == i || p.v[base-1].single()); base++ {
		if p.peel(&b, base) && (!ok || b.cost < best.cost) {
			*best, ok = b, true
			if b.n == 1 {
				return true
			}
		}
	}
	// Two nodes are left, at once or behind one hole.
	if p.masked(&b, noHole) {
		*best = b
		return true
	}
	if ok && best.n == 2 || len(p.v) > holeBehind && !p.exact {
		return ok
	}
	for hole := i; hole <= j; hole++ {
		if p.v[hole].single() && p.masked(&b, hole) && (!ok || b.cost < best.cost) {
			*best, ok = b, true
		}
	}
	return ok
}

// peel makes b the bunch of its intervals that leaves the node of interval base.
func (p *planner) peel(b *bunch, base int) bool {
	b.n, b.mask, b.no = 0, 0, int32(base)
	for k := b.from; k <= b.to; k++ {
		if p.v[k].kid == p.v[base].kid {
			continue
		}
		if b.n == holesMost || !p.v[k].single() {
			return false
		}
		// The likelier is asked first.
		l := b.n
		for ; l > 0 && p.v[k].weight > p.v[b.holes[l-1]].weight; l-- {
			b.holes[l] = b.holes[l-1]
		}
		b.holes[l] = int32(k)
		b.n++
	}
	p.charge(b)
	return true
}

// noHole is no interval.
const noHole = -1

// masked makes b the bunch of its intervals whose JSET tells those apart that
// are not the hole.
func (p *planner) masked(b *bunch, hole int) bool {
	b.n = 0
	if hole != noHole {
		b.holes[0], b.n = int32(hole), 1
	}
	first, second := b.from, noHole
	if hole == first {
		first++
	}
	var used [2]uint32 // bits that values of the first and of the second have
	for k := b.from; k <= b.to; k++ {
		switch v := &p.v[k]; {
		case k == hole:
		case v.kid == p.v[first].kid:
			used[0] |= union(v.lo, v.hi)
		case second != noHole && v.kid != p.v[second].kid:
			return false
		default:
			if second == noHole {
				second = k
			}
			used[1] |= union(v.lo, v.hi)
		}
	}
	if second == noHole {
		return false
	}
	// The JSET must not find what one of them has.
	for i, zero := range [...]int{first, second} {
		if b.mask, b.no, b.yes = ^used[i], int32(zero), int32(first+second-zero); p.found(b, b.mask) {
			p.charge(b)
			return true
		}
	}
	return false
}

// found reports whether the mask finds a bit in each value of b that is not for
// its hole nor for what it leaves.
func (p *planner) found(b *bunch, mask uint32) bool {
	for k := b.from; k <= b.to; k++ {
		v := &p.v[k]
		if v.kid == p.v[b.no].kid || b.n > 0 && k == int(b.holes[0]) {
			continue
		}
		if !allMeet(v.lo, v.hi, mask) {
			return false
		}
	}
	return true
}

// union returns the bits that any value from lo to hi has.
func union(lo, hi uint32) uint32 {
	return hi | (1<<bits.Len32(lo^hi) - 1)
}

// allMeet reports whether every value from lo to hi has a bit of the mask.
func allMeet(lo, hi, mask uint32) bool {
	meets := lo & mask
	if meets == 0 {
		return false
	}
	// The least value above lo without one has a bit more that is neither in lo
	// nor in the mask, above the highest that meets, and nothing below.
	for bit := bits.Len32(meets); bit < 32; bit++ {
		if (lo|mask)>>bit&1 == 0 {
			return (lo>>bit|1)<<bit > hi
		}
	}
	return true
}

// charge adds up what a bunch costs.
func (p *planner) charge(b *bunch) {
	b.cost = 0
	left := p.weight(b.from, b.to)
	for _, h := range b.holes[:b.n] {
		b.cost += left + p.price
		left -= p.v[h].weight
	}
	if b.mask != 0 {
		b.cost += left + p.price
	}
}

// chain adds the steps of a bunch and returns the first.
func (p *planner) chain(b bunch) int32 {
	left := p.weight(b.from, b.to)
	for _, h := range b.holes[:b.n] {
		left -= p.v[h].weight
	}
	at := p.step(step{kid: p.v[b.no].kid, weight: left})
	if b.mask != 0 {
		yes := int64(0)
		for k := b.from; k <= b.to; k++ {
			if p.v[k].kid == p.v[b.yes].kid {
				yes += p.v[k].weight
			}
		}
		p.steps[at].weight -= yes
		at = p.step(step{op: abi.OpJSET, k: p.fewest(&b), no: at, weight: left,
			yes: p.step(step{kid: p.v[b.yes].kid, weight: yes})})
	}
	for k := b.n - 1; k >= 0; k-- {
		h := &p.v[b.holes[k]]
		left += h.weight
		at = p.step(step{op: abi.OpJEQ, k: h.lo, no: at, weight: left,
			yes: p.step(step{kid: h.kid, weight: h.weight})})
	}
	return at
}

// fewest returns the mask of a bunch without the bits that it can do without,
// the high ones first: small numbers are easier to read, and the kernel takes
// one instruction more for those with the highest bit.
func (p *planner) fewest(b *bunch) uint32 {
	mask := b.mask
	for bit := uint32(1 << 31); bit != 0; bit >>= 1 {
		if p.found(b, mask&^bit) {
			mask &^= bit
		}
	}
	return mask
}
