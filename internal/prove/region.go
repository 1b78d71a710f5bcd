package prove

import (
	"math/bits"
	"slices"
)

// A Case is a condition on the arguments and the instruction pointer of a call: all of
// its Values hold. The empty Case holds for every call.
type Case []Values

// Values is a condition on one argument, or the instruction pointer for Arg 6: the bits
// in Mask, the others taken as 0, are in one of the Ranges, which are ascending and do not
// touch.
type Values struct {
	Arg    int
	Mask   uint64
	Ranges []Range
}

// A Range is the numbers from Lo to Hi.
type Range struct{ Lo, Hi uint64 }

// Limits to the text of a condition: what is longer is not read by people, and programs
// that need it can run both sides.
const (
	casesMost  = 64      // cases of one condition
	rangesMost = 1024    // ranges of one argument
	tidyRanges = 8       // so many ranges are not made masks
	cubesMost  = 16      // cases of masks for one argument
	maskBits   = 10      // bits of a mask of which all values are tried
	regionWork = 1 << 20 // steps for the conditions of one pair of functions
	regionsAll = 1 << 23 // for all of a comparison
)

// kindPair is the kind of leaves that stand for a pair of answers.
const kindPair node = kindOpaque + 1

// regions turns diagrams into cases. They are a question of their own: what is too much
// for it has no cases, and the comparison goes on.
type regions struct {
	*diagrams
	fail bool
}

// sameCases reports whether two conditions are known and the same.
func sameCases(a, b []Case) bool {
	same := func(v, w Values) bool { return v.Arg == w.Arg && v.Mask == w.Mask && slices.Equal(v.Ranges, w.Ranges) }
	return a != nil && b != nil && slices.EqualFunc(a, b, func(x, y Case) bool { return slices.EqualFunc(x, y, same) })
}

// cases sets the condition of each of the pairs of answers that two functions have where
// they differ, unless it is beyond the limits.
func (c *comparison) cases(f [2]node, list []answers) {
	if c.regionSteps >= regionsAll {
		return
	}
	r := &regions{diagrams: newDiagrams()}
	r.limit = regionWork
	joint := r.joint(c.diagrams, f, list)
	for i := range list {
		if r.full {
			break
		}
		leaf := row{level: atLeaf, lo: node(i), hi: kindPair}
		r.fail = false
		if where := r.split(r.where(joint, func(l row) bool { return l == leaf })); !r.fail && !r.full {
			list[i].where = where
		}
	}
	c.regionSteps += r.steps
}

// joint returns the function that is the index of a pair of answers where f has them, and
// no elsewhere.
func (r *regions) joint(from *diagrams, f [2]node, list []answers) node {
	index := map[[2]node]node{}
	for i, x := range list {
		index[x.pair] = r.unique(row{level: atLeaf, lo: node(i), hi: kindPair})
	}
	done := map[[2]node]node{}
	var walk func(f [2]node) node
	walk = func(f [2]node) node {
		if f[0] == f[1] || r.full {
			return no
		}
		a, b := from.rows[f[0]], from.rows[f[1]]
		level := min(a.level, b.level)
		if level == atLeaf {
			return index[f]
		}
		if n, ok := done[f]; ok {
			return n
		}
		r.spend(pairSteps)
		var lo, hi [2]node
		lo[0], hi[0] = a.split(level, f[0])
		lo[1], hi[1] = b.split(level, f[1])
		n := r.test(level, walk(lo), walk(hi))
		done[f] = n
		return n
	}
	return walk(f)
}

// split returns a condition as cases, of which each call satisfies one at the most: by the
// values of the first argument that it depends on, for each of which the same remains to
// be asked of later ones.
func (r *regions) split(cond node) (list []Case) {
	switch {
	case cond == yes:
		return []Case{{}}
	case cond == no || r.fail || r.full:
		return nil
	}
	field := (word(r.rows[cond].level/32) - wordArgs) / 2
	for _, rest := range r.residuals(cond, field) {
		tail := r.split(rest)
		for _, own := range r.values(r.leading(cond, field, rest), field) {
			for _, t := range tail {
				if len(list) == casesMost {
					r.fail = true
					return nil
				}
				list = append(list, append(slices.Clone(own), t...))
			}
		}
	}
	return list
}

// residuals returns what may remain of a condition once the field is known, but for no,
// in the order of the values by which it does.
func (r *regions) residuals(cond node, field word) (list []node) {
	seen := map[node]bool{no: true}
	last := low(int(field)).level(0)
	var walk func(n node)
	walk = func(n node) {
		if seen[n] || r.fail || r.full {
			return
		}
		seen[n] = true
		r.spend(1)
		if r.rows[n].level <= last {
			walk(r.rows[n].lo)
			walk(r.rows[n].hi)
			return
		}
		if list = append(list, n); len(list) > casesMost {
			r.fail = true
		}
	}
	walk(cond)
	return list
}

// leading returns the condition on the field that rest is what remains of cond.
func (r *regions) leading(cond node, field word, rest node) node {
	done := map[node]node{}
	last := low(int(field)).level(0)
	var walk func(n node) node
	walk = func(n node) node {
		if r.rows[n].level > last {
			if n == rest {
				return yes
			}
			return no
		}
		if m, ok := done[n]; ok || r.full {
			return m
		}
		r.spend(1)
		m := r.test(r.rows[n].level, walk(r.rows[n].lo), walk(r.rows[n].hi))
		done[n] = m
		return m
	}
	return walk(cond)
}

// values returns a condition on one field as cases: ranges if these are few, and masks
// where these are shorter.
func (r *regions) values(cond node, field word) []Case {
	if r.fail || r.full {
		return nil
	}
	support := r.support(cond)
	whole := ^uint64(0) // the words that are looked at
	switch {
	case support>>32 == 0:
		whole = 1<<32 - 1
	case support<<32 == 0:
		whole = ^uint64(1<<32 - 1)
	}
	ranges, ok := r.ranges(cond, field, whole)
	plain := []Case{{Values{int(field), whole, ranges}}}
	if ok && len(ranges) <= tidyRanges {
		return plain
	}
	masks := r.masks(cond, field)
	switch {
	case masks != nil && (!ok || size(masks) < len(ranges)):
		return masks
	case !ok:
		r.fail = true
		return nil
	}
	return plain
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

// support returns the bits of a field that a condition on it alone depends on.
func (r *regions) support(cond node) (mask uint64) {
	seen := map[node]bool{}
	var walk func(n node)
	walk = func(n node) {
		if n <= yes || seen[n] {
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

// ranges returns the values of the words of a field in mask that satisfy a condition. It
// is not ok if they are too many.
func (r *regions) ranges(cond node, field word, mask uint64) (list []Range, ok bool) {
	shift, width := bits.TrailingZeros64(mask), bits.OnesCount64(mask)
	first := high(int(field)).level(31) + int32(64-shift-width) // the level of the highest bit
	var walk func(n node, width int, base uint64)
	walk = func(n node, width int, base uint64) {
		if n == no || len(list) > rangesMost || r.full {
			return
		}
		r.spend(1)
		if n == yes {
			hi := base + (1<<width - 1)
			if k := len(list); k > 0 && list[k-1].Hi+1 == base {
				list[k-1].Hi = hi
			} else {
				list = append(list, Range{base, hi})
			}
			return
		}
		level := first + int32(bits.OnesCount64(mask)-width)
		lo, hi := r.rows[n].split(level, n)
		walk(lo, width-1, base)
		walk(hi, width-1, base|1<<(width-1))
	}
	walk(cond, width, 0)
	for i := range list {
		list[i].Lo, list[i].Hi = list[i].Lo<<shift, list[i].Hi<<shift
	}
	return list, len(list) <= rangesMost && !r.full
}

// masks returns a condition on one field as cases of masks: bits that have one value, and
// of the others those values that a few bits have, any value but one, or alternatives. It
// is nil if these are many.
func (r *regions) masks(cond node, field word) []Case {
	one := func(mask, value uint64) Values { return Values{int(field), mask, []Range{{value, value}}} }
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
	mask := r.support(rest)
	if but, but1, ok := r.cube(r.not(rest)); ok && but == mask {
		v := Values{Arg: int(field), Mask: mask}
		if but1 > 0 {
			v.Ranges = append(v.Ranges, Range{0, (but1 - 1) & mask})
		}
		if but1 < mask {
			v.Ranges = append(v.Ranges, Range{((but1 | ^mask) + 1) & mask, mask})
		}
		return []Case{append(base, v)}
	}
	if bits.OnesCount64(mask) <= maskBits {
		v := Values{Arg: int(field), Mask: mask}
		next := false // whether the value before is in the last range
		for i := uint64(0); ; i = (i - mask) & mask {
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
