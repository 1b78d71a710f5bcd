package profile

import (
	"fmt"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// condOf returns condition j of the entry as it is compared for the call of
// that name on an ABI (law 8), and notes where a comparison of 64 bits would
// answer otherwise.
func (r *resolver) condOf(a arch.Arch, name string, e *Entry, j int) Cond {
	c := e.Conds[j]
	if r.target.Compat == CompatRunc {
		return c.truncate(a)
	}
	w := syscalls.Width(a, name, c.Arg)
	permissive := r.profile.Default.Stricter(e.Action)
	n, definite := c.narrow(w, permissive)
	switch {
	case !definite:
		effect := Stricter // of two ways to read it the rule takes the stricter
		if !permissive && n == n.never() {
			effect = Weaker // it was to refuse something and refuses nothing
		}
		r.note(Note{Code: CodeArgWidth, Effect: effect, Pos: c.Pos, Path: e.argPath(j),
			Text: fmt.Sprintf("the kernel reads %d bits of argument %d of %s on %s, and %s is no number of so many bits: the rule compares %s", w, c.Arg, name, a, datum(c.Value), n)})
	case w < 64 && !registers32(a) && (c.Op != MaskedEQ || c.Mask != n.Mask):
		path := e.argPath(j)
		if r.has(CodeArgWidth, c.Pos, path) {
			break // from another call of the entry or another ABI
		}
		r.note(Note{Code: CodeArgWidth, Pos: c.Pos, Path: path,
			Text: fmt.Sprintf("the kernel reads %d bits of argument %d of %s on %s, and so does the rule: %s", w, c.Arg, name, a, n)})
	}
	return n
}

// registers32 reports whether the registers that hold an ABI's arguments have 32
// bits. Those of x32 and MIPS n32 have 64, though their pointers have 32.
func registers32(a arch.Arch) bool {
	switch a {
	case arch.X32, arch.MIPS64N32, arch.MIPSEL64N32:
		return false
	}
	return a.Bits() == 32
}

// truncate returns the condition as libseccomp compares it: all bits on 64-bit
// ABIs, on others the low 32 bits with those of the datum and the mask.
func (c Cond) truncate(a arch.Arch) Cond {
	c.Width = a.Bits()
	c.Value &= c.field()
	c.Mask &= c.field()
	return c
}

// narrow returns the condition on the w bits of the argument that the kernel
// reads (law 8). A datum that is what its low w bits become when they are
// extended, by zeros or by the sign, is compared in these bits. Any other,
// where definite is false, is compared with both extensions of what the kernel
// reads; in a permissive rule both have to hold, in a strict one either.
func (c Cond) narrow(w int, permissive bool) (n Cond, definite bool) {
	n = c
	n.Width = w
	field := n.field()
	d := c.Value
	if c.Op == MaskedEQ {
		d &= c.Mask // masks apply first
	}
	n.Value, n.Mask = d&field, c.Mask&field
	sign := uint64(1) << (w - 1)
	if d&^field == 0 || d&^field == ^field && d&sign != 0 {
		return n, true
	}
	// The datum is above every zero extension and below the sign extension of
	// every negative number, so that each operator has one answer for all of
	// these: see what they are for an argument with sign and for one without.
	negative := n
	negative.Op, negative.Value, negative.Mask = GE, sign, 0
	positive := n
	positive.Op, positive.Value, positive.Mask = LT, sign, 0
	switch {
	case c.Op == NE:
		return n.always(), false
	case (c.Op == LT || c.Op == LE) && permissive:
		return positive, false
	case c.Op == LT || c.Op == LE:
		return n.always(), false
	case (c.Op == GE || c.Op == GT) && !permissive:
		return negative, false
	case c.Op == MaskedEQ && !permissive && d&^field == c.Mask&^field && (c.Mask&sign == 0 || d&sign != 0):
		// Only negative numbers have the high bits.
		n.Mask |= sign
		n.Value |= sign
		return n, false
	}
	return n.never(), false
}

// always and never return the conditions of the width of c that every argument
// and none meets.
func (c Cond) always() Cond {
	c.Op, c.Value, c.Mask = MaskedEQ, 0, 0
	return c
}

func (c Cond) never() Cond {
	c.Op, c.Value, c.Mask = LT, 0, 0
	return c
}
