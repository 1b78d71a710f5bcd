package policy

import "math/bits"

// A values is a set of values of one argument: those within bounds of their low 16, 32
// and 64 bits that have certain bits, and of others not all. Use [everything] for the set
// of all values.
type values struct {
	lo, hi     [3]uint64 // of the low 16, 32 and 64 bits
	mask, bits uint64    // the bits under mask are bits
	not        []masked  // and of these none holds
}

// A masked is the condition that the bits under mask are bits.
type masked struct{ mask, bits uint64 }

var everything = values{hi: [3]uint64{1<<16 - 1, 1<<32 - 1, 1<<64 - 1}}

// and takes away the values for which the condition does not hold, or if holds is false
// those for which it does. It returns false if it sees that none are left.
func (v *values) and(c Cond, holds bool) bool {
	if c.Op == MaskedEQ {
		m := masked{c.Mask, c.Value & c.Mask}
		if holds {
			return v.fix(m)
		}
		v.not = append(v.not[:len(v.not):len(v.not)], m)
		return m.mask != 0
	}
	op, field, width := c.Op, c.Field(), 2
	if !holds {
		op = op.Not()
	}
	if field < 1<<32 {
		width = bits.Len64(field)/16 - 1
	}
	switch op {
	case EQ:
		return v.fix(masked{field, c.Value})
	case NE:
		v.not = append(v.not[:len(v.not):len(v.not)], masked{field, c.Value})
	case LT:
		if c.Value == 0 {
			return false
		}
		v.hi[width] = min(v.hi[width], c.Value-1)
	case LE:
		v.hi[width] = min(v.hi[width], c.Value)
	case GT:
		if c.Value == field {
			return false
		}
		v.lo[width] = max(v.lo[width], c.Value+1)
	case GE:
		v.lo[width] = max(v.lo[width], c.Value)
	}
	return v.lo[width] <= v.hi[width]
}

// fix takes away the values that do not have these bits.
func (v *values) fix(m masked) bool {
	if (v.bits^m.bits)&(v.mask&m.mask) != 0 {
		return false
	}
	v.mask, v.bits = v.mask|m.mask, v.bits|m.bits
	return true
}

// some returns a value of the set; ok is false if it is empty. It counts steps down. If
// these do not suffice, it returns a value that may not be in the set.
func (v *values) some(steps *int) (x uint64, ok bool) {
	x, ok = least(2, v.lo, v.hi, v.mask, v.bits)
	if *steps--; !ok || *steps < 0 {
		return x, ok
	}
	for _, n := range v.not {
		if x&n.mask != n.bits {
			continue
		}
		// One of the bits that are not fixed must be another one. The lower bits are
		// fixed as they are in turn, so that no two sets have a value in common.
		rest := *v
		for free := n.mask &^ v.mask; free != 0; free &= free - 1 {
			bit := free & -free
			other := rest
			other.fix(masked{bit, ^x & bit})
			if y, ok := other.some(steps); ok {
				return y, true
			}
			rest.fix(masked{bit, x & bit})
		}
		return 0, false
	}
	return x, true
}

// least returns the least number of 16<<level bits within the bounds of that level and
// the lower ones that has these bits under mask.
func least(level int, lo, hi [3]uint64, mask, bits uint64) (x uint64, ok bool) {
	first, last := lo[level], hi[level]
	if first > last {
		return 0, false
	}
	if level == 0 {
		mask, bits = mask&(1<<16-1), bits&(1<<16-1)
		x, ok = atLeast(first, mask, bits)
		return x, ok && x <= last
	}
	half := 8 << level // the upper half, then the lower one
	lower := uint64(1)<<half - 1
	upperMask, upperBits := mask>>half&lower, bits>>half&lower
	bounds := [2]uint64{lo[level-1], hi[level-1]}
	try := func(upper, from, to uint64) bool {
		if upper&upperMask != upperBits {
			return false
		}
		lo[level-1], hi[level-1] = max(bounds[0], from), min(bounds[1], to)
		x, ok = least(level-1, lo, hi, mask, bits)
		x |= upper << half
		return ok
	}
	a, z := first>>half, last>>half
	if a == z {
		ok = try(a, first&lower, last&lower)
		return x, ok
	}
	if try(a, first&lower, lower) {
		return x, true
	}
	if between, ok := atLeast(a+1, upperMask, upperBits); ok && between < z && try(between, 0, lower) {
		return x, true
	}
	ok = try(z, 0, last&lower)
	return x, ok
}

// atLeast returns the least number from lo on that has these bits under mask; ok is false
// if no number of 64 bits has them.
func atLeast(lo, mask, want uint64) (x uint64, ok bool) {
	x = lo&^mask | want
	if x == lo {
		return x, true
	}
	top := uint64(1) << (bits.Len64(x^lo) - 1) // the highest bit in which they differ
	if x > lo {
		return x &^ ((top - 1) &^ mask), true // the free bits below it are 0
	}
	free := ^mask &^ lo &^ (top | (top - 1)) // the next free 0 bit above it becomes 1
	if free == 0 {
		return 0, false
	}
	up := free & -free
	return (x | up) &^ ((up - 1) &^ mask), true
}
