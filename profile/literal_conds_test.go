package profile

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Laws 7 and 8 as a literal has them.

// twice reports whether two conditions are on one argument.
func twice(conds []policy.Cond) bool {
	for i, c := range conds {
		if slices.ContainsFunc(conds[:i], func(d policy.Cond) bool { return d.Arg == c.Arg }) {
			return true
		}
	}
	return false
}

// ambiguous reports whether an entry is an error by law 7: in CompatKernel, one
// that has conditions on one argument, which are not values of that argument
// alone, for a call of one of the ABIs.
func (l *literal) ambiguous() bool {
	for _, a := range l.filtered() {
		for i := range l.entries {
			e := &l.entries[i]
			if l.target.Compat == CompatRunc || !l.kept(e) || !twice(bare(e.Conds)) || values(bare(e.Conds)) {
				continue
			}
			for _, n := range e.Names {
				_, own := syscalls.Number(a, n.Name)
				_, _, muxed := syscalls.Mux(a, n.Name)
				if own || muxed {
					return true
				}
			}
		}
	}
	return false
}

// values reports whether the conditions are all on one argument, and each value of
// it meets one at most.
func values(conds []policy.Cond) bool {
	for i, c := range conds {
		if c.Arg != conds[0].Arg || c.Op != policy.EQ && c.Op != policy.MaskedEQ {
			return false
		}
		for _, d := range conds[:i] {
			// EQ is the mask of all bits: two meet if the bits of both masks agree.
			cm, dm := c.Mask, d.Mask
			if c.Op == policy.EQ {
				cm = ^uint64(0)
			}
			if d.Op == policy.EQ {
				dm = ^uint64(0)
			}
			if (c.Value^d.Value)&cm&dm == 0 {
				return false
			}
		}
	}
	return true
}

// edges are where an argument changes its meaning, and its signs.
var edges = []uint64{0, 1 << 15, 1 << 16, 1 << 31, 1 << 32, 1 << 63}

// matches reports whether all of the rule's conditions hold: law 8.
func (l *literal) matches(a arch.Arch, rule claim, args [6]uint64) bool {
	for _, c := range rule.conds {
		arg := args[c.Arg]
		if l.target.Compat == CompatRunc {
			if a.Bits() == 32 {
				arg, c = arg&(1<<32-1), low32(c)
			}
			if !compared(c, arg) {
				return false
			}
		} else if !byLaw8(c, arg, syscalls.Width(a, rule.name, int(c.Arg)), l.permissive(rule)) {
			return false
		}
	}
	return true
}

func (l *literal) permissive(rule claim) bool { return l.def.Stricter(rule.action) }

// tested returns the conditions without those that libseccomp forgets: law 5.
func (l *literal) tested(a arch.Arch, conds []policy.Cond) (list []policy.Cond) {
	for _, c := range conds {
		mask := c.Mask
		if a.Bits() == 32 {
			mask = low32(c).Mask
		}
		if l.target.Compat == CompatKernel || c.Op != policy.MaskedEQ || mask != 0 {
			list = append(list, c)
		}
	}
	return list
}

func low32(c policy.Cond) policy.Cond {
	c.Value &= 1<<32 - 1
	c.Mask &= 1<<32 - 1
	return c
}

// byLaw8 reports whether a condition holds for an argument of which the kernel
// reads w bits.
func byLaw8(c policy.Cond, arg uint64, w int, permissive bool) bool {
	zeros := func(v uint64) uint64 { return v << (64 - w) >> (64 - w) }
	signs := func(v uint64) uint64 { return uint64(int64(v<<(64-w)) >> (64 - w)) }
	d := c.Value
	if c.Op == policy.MaskedEQ {
		d &= c.Mask
	}
	unread := c.Op == policy.MaskedEQ && c.Mask != zeros(c.Mask)
	if !unread && (d == zeros(d) || d == signs(d) || d == signs(d)&(1<<32-1)) {
		c.Value, c.Mask = zeros(d), zeros(c.Mask)
		return compared(c, zeros(arg))
	}
	if permissive {
		return compared(c, zeros(arg)) && compared(c, signs(arg))
	}
	return compared(c, zeros(arg)) || compared(c, signs(arg))
}

// compared is the comparison itself, of all 64 bits.
func compared(c policy.Cond, arg uint64) bool {
	switch c.Op {
	case policy.NE:
		return arg != c.Value
	case policy.LT:
		return arg < c.Value
	case policy.LE:
		return arg <= c.Value
	case policy.EQ:
		return arg == c.Value
	case policy.GE:
		return arg >= c.Value
	case policy.GT:
		return arg > c.Value
	}
	return arg&c.Mask == c.Value&c.Mask
}
