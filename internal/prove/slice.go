package prove

import (
	"math/bits"
	"slices"
)

// A slice is the bits from..to-1 of a field.
type slice struct{ field, to, from int }

func (s slice) mask() uint64 { return (^uint64(0) >> (64 - s.to)) &^ (1<<s.from - 1) }

// level returns the level of a bit.
func (s slice) level(bit int) int32 { return high(s.field).level(31) + int32(63-bit) }

// halves returns the upper and the lower half.
func (s slice) halves() (upper, lower slice) {
	mid := (s.to + s.from) / 2
	return slice{s.field, s.to, mid}, slice{s.field, mid, s.from}
}

// Widths that slices are halved down to.
const (
	namedLeast = 16 // to say less of an argument: kernels read so many bits of it at least
	sliceLeast = 8  // of all the rest: these have few values
)

// values returns a condition on one slice as cases: ranges if these are few, masks where
// these are shorter, and else by the values of the halves.
func (r *regions) values(cond node, s slice) []Case {
	if cond == yes {
		return []Case{{}}
	}
	if r.fail || r.full {
		return nil
	}
	upper, lower := s.halves()
	wide := s.to-s.from > namedLeast
	switch support := r.support(cond, s.level(s.from)); {
	case wide && support&upper.mask() == 0:
		return r.values(cond, lower)
	case wide && support&lower.mask() == 0:
		return r.values(cond, upper)
	}
	ranges, ok := r.ranges(cond, s, rangesMost)
	plain := []Case{{Values{s.field, s.mask(), ranges}}}
	if ok && len(ranges) <= tidyRanges {
		return plain
	}
	masks := r.masks(cond, s.field)
	switch {
	case masks != nil && (!ok || size(masks) < len(ranges)):
		return masks
	case ok:
		return plain
	case r.full:
		return nil
	}
	list := r.exceptions(cond, s)
	if s.to-s.from <= sliceLeast {
		return list
	}
	var parts []Case
	split := func() {
		parts = r.product(cond, upper.level(upper.from), func(n node) []Case { return r.values(n, upper) }, func(n node) []Case { return r.values(n, lower) })
	}
	if list == nil {
		split()
		return parts
	}
	if r.within(splitWork, split) && !r.fail && len(parts) <= len(list) {
		return parts
	}
	r.fail = false
	return list
}

// size returns how many ranges cases have.
func size(list []Case) (n int) {
	for _, c := range list {
		for _, v := range c {
			n += len(v.Ranges)
		}
	}
	return n
}

// bitAt returns the bit of a field that is tested at a level.
func bitAt(level int32) uint64 { return 1 << (63 - (level-wordArgs.level(31))%64) }

// exceptions returns a condition on one slice as masks but for a few values, or together
// with them, nil if it is not such a one. A bit that the masks do not have is one that the
// values alone depend on: they are what is lost without it.
func (r *regions) exceptions(cond node, s slice) []Case {
	support := r.support(cond, s.level(s.from))
	for bit := uint64(1); bit != 0 && !r.full; bit <<= 1 {
		if support&bit == 0 {
			continue
		}
		lo, hi := r.restrict(cond, bit, false), r.restrict(cond, bit, true)
		any, all := r.or(lo, hi), r.and(lo, hi)
		for _, simple := range []node{any, all} {
			if simple <= yes {
				continue
			}
			but := r.and(simple, r.not(cond))
			if simple == all {
				but = r.and(cond, r.not(simple))
			}
			ranges, ok := r.ranges(but, s, tidyRanges)
			if !ok {
				continue
			}
			masks := r.masks(simple, s.field)
			if masks == nil {
				continue
			}
			if simple == all {
				return append(masks, Case{{s.field, s.mask(), ranges}})
			}
			others, ok := r.ranges(r.not(but), s, tidyRanges+1)
			if !ok {
				continue
			}
			for i := range masks {
				masks[i] = append(slices.Clip(masks[i]), Values{s.field, s.mask(), others})
			}
			return masks
		}
	}
	return nil
}

// support returns the bits of a field that a condition depends on, of which it has the
// tests up to the level last.
func (r *regions) support(cond node, last int32) (mask uint64) {
	seen := map[node]bool{}
	var walk func(n node)
	walk = func(n node) {
		if r.rows[n].level > last || seen[n] {
			return
		}
		seen[n] = true
		r.spend(1)
		mask |= bitAt(r.rows[n].level)
		walk(r.rows[n].lo)
		walk(r.rows[n].hi)
	}
	walk(cond)
	return mask
}

// ranges returns the values of a slice that satisfy a condition. It is not ok if they are
// more ranges than most.
func (r *regions) ranges(cond node, s slice, most int) (list []Range, ok bool) {
	if r.rangeCount(cond, s) > most {
		return nil, false
	}
	ok = r.eachRange(cond, s, most, func(_ node, own Range) { list = append(list, own) })
	return list, ok
}

// rangeCount returns how many ranges of values of a slice satisfy a condition, or a number
// above all limits: from how often the values from 0 on change between those that do and
// those that do not.
func (r *regions) rangeCount(cond node, s slice) int {
	type changes struct{ first, last, n int }
	done := map[node]changes{no: {}, yes: {1, 1, 0}}
	width := func(n node) int { // of the values that a node is asked about
		if n <= yes {
			return 0
		}
		return int(s.level(s.from)-r.rows[n].level) + 1
	}
	var walk func(n node, bits int) changes
	walk = func(n node, bits int) changes {
		c, ok := done[n]
		if !ok && !r.full {
			r.spend(1)
			own := width(n)
			lo, hi := walk(r.rows[n].lo, own-1), walk(r.rows[n].hi, own-1)
			c = changes{lo.first, hi.last, min(lo.n+hi.n+(lo.last^hi.first), rangesMost<<2)}
			done[n] = c
		}
		for range bits - width(n) { // of which the answer is the same
			c.n = min(2*c.n+(c.first^c.last), rangesMost<<2)
		}
		return c
	}
	c := walk(cond, s.to-s.from)
	return (c.n + c.first + c.last) / 2
}

// eachRange calls add for each range of values of a slice and what remains of a condition
// for all of them, unless it is no. It reports whether these are at most
// so many.
func (r *regions) eachRange(cond node, s slice, most int, add func(rest node, own Range)) bool {
	count, open := 0, no
	var own Range // of open
	end := func() {
		if open != no {
			add(open, Range{own.Lo << s.from, own.Hi << s.from})
			count++
		}
		open = no
	}
	last := s.level(s.from)
	var walk func(n node, width int, base uint64)
	walk = func(n node, width int, base uint64) {
		if n == no || count > most || r.full {
			return
		}
		r.spend(1)
		if r.rows[n].level > last {
			if n != open || own.Hi+1 != base {
				end()
				open, own.Lo = n, base
			}
			own.Hi = base + (1<<width - 1)
			return
		}
		lo, hi := r.rows[n].split(s.level(s.from+width-1), n)
		walk(lo, width-1, base)
		walk(hi, width-1, base|1<<(width-1))
	}
	walk(cond, s.to-s.from, 0)
	end()
	return count <= most && !r.full
}

// masks returns a condition on one field as cases of masks: bits that have one value, and
// of the others those values that a few bits have, any value but one, or alternatives. It
// is nil if these are many.
func (r *regions) masks(cond node, field int) []Case {
	one := func(mask, value uint64) Values { return Values{field, mask, []Range{{value, value}}} }
	var fixed, value uint64
	for bit := uint64(1); bit != 0; bit <<= 1 {
		if must, high := r.forced(cond, bit); must {
			fixed |= bit
			if high {
				value |= bit
			}
		}
	}
	var base Case
	if fixed != 0 {
		base = Case{one(fixed, value)}
	}
	rest := r.without(cond, fixed)
	switch {
	case r.full:
		return nil
	case rest == yes:
		return []Case{base}
	}
	mask := r.support(rest, low(field).level(0))
	if but, but1, ok := r.cube(r.not(rest)); ok && but == mask {
		v := Values{Arg: field, Mask: mask}
		if but1 > 0 {
			v.Ranges = append(v.Ranges, Range{0, (but1 - 1) & mask})
		}
		if but1 < mask {
			v.Ranges = append(v.Ranges, Range{((but1 | ^mask) + 1) & mask, mask})
		}
		return []Case{append(base, v)}
	}
	if bits.OnesCount64(mask) <= maskBits {
		v := Values{Arg: field, Mask: mask}
		next := false // whether the value before is in the last range
		for i := uint64(0); ; i = (i - mask) & mask {
			r.spend(1)
			in := r.at(rest, i) == yes
			switch {
			case in && next:
				v.Ranges[len(v.Ranges)-1].Hi = i
			case in:
				v.Ranges = append(v.Ranges, Range{i, i})
			}
			if next = in; i == mask {
				return []Case{append(base, v)}
			}
		}
	}
	var list []Case
	var walk func(n node, mask, value uint64)
	walk = func(n node, mask, value uint64) {
		switch {
		case n == no || len(list) > cubesMost:
		case n == yes:
			list = append(list, append(slices.Clone(base), one(mask, value)))
		default:
			bit := bitAt(r.rows[n].level)
			walk(r.rows[n].lo, mask|bit, value)
			walk(r.rows[n].hi, mask|bit, value|bit)
		}
	}
	walk(rest, 0, 0)
	if len(list) > cubesMost {
		return nil
	}
	return list
}

// forced reports whether a condition on one field holds for one value of a bit alone, and
// which.
func (r *regions) forced(cond node, bit uint64) (must, high bool) {
	lo, hi := r.restrict(cond, bit, false), r.restrict(cond, bit, true)
	return lo == no || hi == no, lo == no
}

// restrict returns what a condition on one field becomes where a bit has a value.
func (r *regions) restrict(cond node, bit uint64, one bool) node {
	done := map[node]node{}
	var walk func(n node) node
	walk = func(n node) node {
		if n <= yes || r.full {
			return n
		}
		if m, ok := done[n]; ok {
			return m
		}
		r.spend(1)
		x := r.rows[n]
		var m node
		switch own := bitAt(x.level); {
		case own < bit: // it is before the node's bit
			return n
		case own > bit:
			m = r.test(x.level, walk(x.lo), walk(x.hi))
		case one:
			m = x.hi
		default:
			m = x.lo
		}
		done[n] = m
		return m
	}
	return walk(cond)
}

// without returns a condition without the tests of bits, each of which has to have one
// value for it.
func (r *regions) without(cond node, fixed uint64) node {
	for bit := uint64(1); bit != 0; bit <<= 1 {
		if fixed&bit != 0 {
			if lo := r.restrict(cond, bit, false); lo != no {
				cond = lo
			} else {
				cond = r.restrict(cond, bit, true)
			}
		}
	}
	return cond
}

// cube reports whether a condition on one field says that the bits in mask have a value.
func (r *regions) cube(cond node) (mask, value uint64, ok bool) {
	for cond > yes {
		x := r.rows[cond]
		bit := bitAt(x.level)
		mask |= bit
		switch no {
		case x.lo:
			value |= bit
			cond = x.hi
		case x.hi:
			cond = x.lo
		default:
			return 0, 0, false
		}
	}
	return mask, value, cond == yes
}

// at returns yes or no for a value of the field.
func (r *regions) at(cond node, value uint64) node {
	for cond > yes {
		if x := r.rows[cond]; value&bitAt(x.level) != 0 {
			cond = x.hi
		} else {
			cond = x.lo
		}
	}
	return cond
}
