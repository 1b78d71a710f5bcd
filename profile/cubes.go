package profile

import (
	"math/bits"
	"slices"

	"github.com/seccompile/seccompile/profile/policy"
)

// A cube is a set of argument lists: those that have certain bits.
type cube struct{ mask, bits [6]uint64 }

// and returns what two cubes have in common; ok is false if that is nothing.
func (c cube) and(d cube) (both cube, ok bool) {
	for i := range c.mask {
		if (c.bits[i]^d.bits[i])&c.mask[i]&d.mask[i] != 0 {
			return both, false
		}
		both.mask[i], both.bits[i] = c.mask[i]|d.mask[i], c.bits[i]|d.bits[i]
	}
	return both, true
}

// within reports whether all of c is in d.
func (c cube) within(d cube) bool {
	for i := range c.mask {
		if d.mask[i]&^c.mask[i] != 0 || (c.bits[i]^d.bits[i])&d.mask[i] != 0 {
			return false
		}
	}
	return true
}

// conds returns the conditions of a cube, one for each argument that has any. EQ is
// MaskedEQ of all bits, of which libseccomp compares 32 or 64.
func (c cube) conds(all int) (conds []policy.Cond) {
	for i, mask := range c.mask {
		cond := policy.Cond{Arg: uint8(i), Op: policy.MaskedEQ, Mask: mask, Value: c.bits[i]}
		switch {
		case mask == 0:
			continue
		case mask == ^uint64(0)>>(64-all):
			cond.Op, cond.Mask = policy.EQ, 0
		}
		conds = append(conds, cond)
	}
	return conds
}

// condCubes returns cubes without common values that together are the values for which a
// condition holds, or if holds is false those for which it does not.
func condCubes(c policy.Cond, holds bool) (list []cube) {
	field, arg := c.Field(), int(c.Arg)
	add := func(mask, bits uint64) {
		var q cube
		q.mask[arg], q.bits[arg] = mask, bits
		list = append(list, q)
	}
	// values adds the cubes of the values from lo to hi: prefixes, the longest last.
	values := func(lo, hi uint64) {
		for lo <= hi {
			size := lo & -lo // the largest block that starts at lo
			for size == 0 || size-1 > hi-lo {
				if size == 0 {
					size = 1 << 63
					if lo == 0 && hi == ^uint64(0) {
						add(0, 0)
						return
					}
					continue
				}
				size >>= 1
			}
			add(field&^(size-1), lo)
			if lo += size; lo == 0 {
				return
			}
		}
	}
	op := c.Op
	if op == policy.MaskedEQ || op == policy.EQ || op == policy.NE {
		mask := c.Mask
		if op != policy.MaskedEQ {
			mask = field
		}
		if holds == (op != policy.NE) {
			add(mask, c.Value&mask)
			return list
		}
		for rest := mask; rest != 0; { // the highest bit that differs
			bit := uint64(1) << (bits.Len64(rest) - 1)
			rest &^= bit
			add(mask&^(bit-1), (c.Value^bit)&mask&^(bit-1))
		}
		return list
	}
	lo, hi, none := uint64(0), field, false
	switch {
	case op == policy.LT && holds, op == policy.GE && !holds:
		hi, none = c.Value-1, c.Value == 0
	case op == policy.LE && holds, op == policy.GT && !holds:
		hi = c.Value
	case op == policy.GT && holds, op == policy.LE && !holds:
		lo, none = c.Value+1, c.Value == field
	default:
		lo = c.Value
	}
	if !none {
		values(lo, hi)
	}
	return list
}

// maxCubes is how many cubes a call may take: each is a rule of runc's, and a filter has
// room for 4096 instructions.
const maxCubes = 1 << 10

// prefixes returns condCubes of what a condition matches.
func prefixes(c policy.Cond) []cube { return condCubes(c, true) }

// singleBits is like prefixes, but the cubes of NE overlap: one for each bit that may
// differ. They are compared with numbers that hardly another call has (see sharedCode),
// but subtracting from them takes more cubes.
func singleBits(c policy.Cond) (list []cube) {
	if c.Op != policy.NE {
		return prefixes(c)
	}
	for rest := c.Field(); rest != 0; rest &= rest - 1 {
		bit := rest & -rest
		var q cube
		q.mask[c.Arg], q.bits[c.Arg] = bit, ^c.Value&bit
		list = append(list, q)
	}
	return list
}

// cubesOf returns cubes that are together what matches all conditions, by those of each;
// ok is false if they are too many.
func cubesOf(conds []policy.Cond, each func(policy.Cond) []cube) (list []cube, ok bool) {
	list = []cube{{}}
	for _, c := range conds {
		var next []cube
		for _, q := range list {
			for _, d := range each(c) {
				if both, ok := q.and(d); ok {
					next = append(next, both)
				}
			}
		}
		if list = next; len(list) > maxCubes {
			return nil, false
		}
	}
	return list, true
}

// subtract takes away from cubes what matches all conditions; ok is false if the rest
// takes too many. A cube that matches none of it stays whole.
func subtract(list []cube, conds []policy.Cond) (rest []cube, ok bool) {
	for _, c := range conds {
		in, out := condCubes(c, true), []cube(nil)
		var next []cube
		for _, q := range list {
			before := len(next)
			for _, d := range in {
				if both, ok := q.and(d); ok {
					next = append(next, both)
				}
			}
			if len(next) == before {
				rest = append(rest, q)
				continue
			}
			if out == nil {
				out = condCubes(c, false)
			}
			for _, d := range out {
				if both, ok := q.and(d); ok {
					rest = append(rest, both)
				}
			}
		}
		if list = next; len(rest)+len(list) > maxCubes {
			return nil, false
		}
	}
	return rest, true
}

// merged returns fewer cubes for the same set, where one bit parts two of them or one is
// within another.
func merged(list []cube) []cube {
	for again := true; again; {
		again = false
		for i := 0; i < len(list); i++ {
			for j := len(list) - 1; j > i; j-- {
				both, ok := join(list[i], list[j])
				if !ok {
					continue
				}
				list[i] = both
				list = slices.Delete(list, j, j+1)
				again = true
			}
		}
	}
	return list
}

// join returns the union of two cubes if that is one.
func join(a, b cube) (both cube, ok bool) {
	switch {
	case a.within(b):
		return b, true
	case b.within(a):
		return a, true
	case a.mask != b.mask:
		return both, false
	}
	arg, parted := 0, 0
	for i := range a.bits {
		if n := bits.OnesCount64(a.bits[i] ^ b.bits[i]); n > 0 {
			arg, parted = i, parted+n
		}
	}
	if parted != 1 {
		return both, false
	}
	bit := a.bits[arg] ^ b.bits[arg]
	a.mask[arg] &^= bit
	a.bits[arg] &^= bit
	return a, true
}
