package compile

import (
	"math/bits"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
)

// A bunch is a few neighbouring intervals that are told apart without regard to
// order: single values by JEQ, one after another, and then two nodes by one
// JSET, if not one node is left.
type bunch struct {
	from, to int // intervals, both ends included
	holes    [holesMost]int
	n        int    // of holes, in the order in which they are asked
	mask     uint32 // of the JSET, 0 without one
	yes, no  int    // intervals that the JSET tells apart; without one no is what is left
	cost     int64  // weight times comparisons on the way, and the price of the comparisons
}

// holesMost is how many single values a bunch has at most. More of them are
// found faster by JGE.
const holesMost = 3

// tests returns the number of comparisons, which is how many the longest way
// has, too.
func (b *bunch) tests() int {
	if b.mask != 0 {
		return b.n + 1
	}
	return b.n
}

// bunch returns the cheapest bunch of the intervals from i to j. If there is
// none, there is none with more intervals either.
func (p *planner) bunch(i, j int) (best bunch, ok bool) {
	if i == j {
		return bunch{from: i, to: i, no: i}, true
	}
	consider := func(b bunch) {
		b.from, b.to = i, j
		p.charge(&b)
		if !ok || b.cost < best.cost {
			best, ok = b, true
		}
	}
	// One node is left: that of the first interval or of one behind it that all
	// intervals before it are holes for.
	for base := i; base <= min(i+holesMost, j); base++ {
		if b, found := p.peel(i, j, base); found {
			consider(b)
		}
	}
	// Two are left, at once or behind one hole.
	if j-i > 1 {
		if b, found := p.masked(i, j, -1); found {
			consider(b)
		}
		for hole := i; hole <= j; hole++ {
			if p.v[hole].single() {
				if b, found := p.masked(i, j, hole); found {
					b.holes[0], b.n = hole, 1
					consider(b)
				}
			}
		}
	}
	return best, ok
}

// peel returns the bunch that leaves the node of interval base.
func (p *planner) peel(i, j, base int) (b bunch, ok bool) {
	b.no = base
	for k := i; k <= j; k++ {
		if p.v[k].kid == p.v[base].kid {
			continue
		}
		if b.n == holesMost || !p.v[k].single() {
			return b, false
		}
		b.holes[b.n] = k
		b.n++
	}
	// The likelier is asked first.
	for k := 1; k < b.n; k++ {
		for l := k; l > 0 && p.v[b.holes[l]].weight > p.v[b.holes[l-1]].weight; l-- {
			b.holes[l], b.holes[l-1] = b.holes[l-1], b.holes[l]
		}
	}
	return b, true
}

// masked returns a bunch whose JSET tells the intervals from i to j but for hole
// apart.
func (p *planner) masked(i, j, hole int) (b bunch, ok bool) {
	first := i
	if hole == i {
		first++
	}
	second := first + 1
	for ; second <= j && (second == hole || p.v[second].kid == p.v[first].kid); second++ {
	}
	if second > j {
		return b, false
	}
	for k := second + 1; k <= j; k++ {
		if kid := p.v[k].kid; k != hole && kid != p.v[first].kid && kid != p.v[second].kid {
			return b, false
		}
	}
	for _, zero := range [...]int{first, second} {
		var used uint32 // bits that a value has somewhere that the JSET must not find
		for k := i; k <= j; k++ {
			if k != hole && p.v[k].kid == p.v[zero].kid {
				used |= union(p.v[k].lo, p.v[k].hi)
			}
		}
		if p.found(i, j, hole, p.v[zero].kid, ^used) {
			return bunch{mask: ^used, yes: first + second - zero, no: zero}, true
		}
	}
	return b, false
}

// found reports whether each value of the intervals that do not lead to zero has
// a bit of the mask.
func (p *planner) found(i, j, hole int, zero *diagram.Node, mask uint32) bool {
	for k := i; k <= j; k++ {
		if v := &p.v[k]; k != hole && v.kid != zero && !allMeet(v.lo, v.hi, mask) {
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
func (p *planner) chain(b bunch) int {
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
	hole := -1
	if b.n > 0 {
		hole = b.holes[0]
	}
	mask := b.mask
	for bit := uint32(1 << 31); bit != 0; bit >>= 1 {
		if mask&bit != 0 && p.found(b.from, b.to, hole, p.v[b.no].kid, mask&^bit) {
			mask &^= bit
		}
	}
	return mask
}
