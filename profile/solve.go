package profile

import "github.com/seccompile/seccompile/profile/policy"

// satisfy returns the smallest arguments for which all conditions hold; ok is
// false if there are none. Each argument is solved for itself, since a condition
// looks at one alone.
func satisfy(conds []policy.Cond) (args [6]uint64, ok bool) {
	for i := range args {
		if args[i], ok = satisfyOne(uint8(i), conds); !ok {
			return args, false
		}
	}
	return args, true
}

// satisfyOne returns the smallest value of an argument for which the conditions on
// it hold, as wide as the widest of them. A narrower one must be EQ or MaskedEQ:
// conditions on one argument of a call are of one width, but for those that ask
// for the number of a multiplexed call.
func satisfyOne(arg uint8, conds []policy.Cond) (v uint64, ok bool) {
	var field uint64
	for _, c := range conds {
		if c.Arg == arg {
			field |= c.Field()
		}
	}
	lo, hi := uint64(0), field
	var mask, bits uint64 // bits of the value that masks fix
	for _, c := range conds {
		if c.Arg != arg {
			continue
		}
		if c.Op == policy.EQ && c.Field() != field {
			c.Op, c.Mask = policy.MaskedEQ, c.Field()
		}
		switch c.Op {
		case policy.EQ:
			lo, hi = max(lo, c.Value), min(hi, c.Value)
		case policy.LT:
			if c.Value == 0 {
				return 0, false
			}
			hi = min(hi, c.Value-1)
		case policy.LE:
			hi = min(hi, c.Value)
		case policy.GT:
			if c.Value == field {
				return 0, false
			}
			lo = max(lo, c.Value+1)
		case policy.GE:
			lo = max(lo, c.Value)
		case policy.MaskedEQ:
			want := c.Value & c.Mask
			if (bits^want)&(mask&c.Mask) != 0 {
				return 0, false
			}
			mask, bits = mask|c.Mask, bits|want
		}
	}
	// Each NE takes away one value, so as many steps as there are NEs are enough.
	for v, ok = lo, lo <= hi; ok; {
		if v, ok = atLeast(v, mask, bits); !ok || v > hi {
			return 0, false
		}
		if !excluded(v, arg, conds) {
			return v, true
		}
		v, ok = v+1, v != ^uint64(0)
	}
	return 0, false
}

// meetNot reports whether some argument meets x and not y, at least one of which is
// a mask.
func meetNot(x, y policy.Cond) bool {
	never := func(c policy.Cond) bool { return c.Op == policy.MaskedEQ && c.Value&c.Mask&^c.Field() != 0 }
	if never(x) || never(y) {
		return !never(x) && canHold(x)
	}
	width, field := uint8(64), ^uint64(0) // of the one that is not a mask
	for _, c := range [...]policy.Cond{x, y} {
		if c.Op != policy.MaskedEQ {
			width, field = c.Width, c.Field()
		}
	}
	if x.Op == policy.MaskedEQ {
		x.Mask, x.Width = x.Mask&x.Field()&field, width // the bits above are free to meet it
	}
	if y.Op != policy.MaskedEQ {
		y.Op = y.Op.Not()
		_, ok := satisfyOne(x.Arg, []policy.Cond{x, y})
		return ok
	}
	mask := y.Mask & y.Field()
	if mask&^field != 0 {
		return canHold(x) // and the bits above are free not to meet y
	}
	for ; mask != 0; mask &= mask - 1 {
		bit := mask & -mask
		if _, ok := satisfyOne(x.Arg, []policy.Cond{x, {Arg: x.Arg, Op: policy.MaskedEQ, Mask: bit, Value: ^y.Value & bit, Width: width}}); ok {
			return true
		}
	}
	return false
}

func excluded(v uint64, arg uint8, conds []policy.Cond) bool {
	for _, c := range conds {
		if c.Arg == arg && c.Op == policy.NE && c.Value == v {
			return true
		}
	}
	return false
}

// atLeast returns the smallest number from lo on whose bits under mask are
// bits.
func atLeast(lo, mask, bits uint64) (v uint64, ok bool) {
	v = lo&^mask | bits
	if v == lo {
		return v, true
	}
	// The highest bit in which they differ is a fixed one.
	top := highest(v ^ lo)
	if v > lo {
		// Below it lo no longer binds: the free bits are 0.
		return v &^ ((top - 1) &^ mask), true
	}
	// Above it the next free bit that lo has 0 must become 1.
	free := ^mask &^ lo &^ (top | (top - 1))
	if free == 0 {
		return 0, false
	}
	up := free & -free
	v |= up
	return v &^ ((up - 1) &^ mask), true
}

// highest returns the highest bit of v, which is not 0.
func highest(v uint64) uint64 {
	for v&(v-1) != 0 {
		v &= v - 1
	}
	return v
}
