package profile

import (
	"fmt"
	"strconv"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// condOn returns condition j of the entry as it is compared for the call of that name
// on an ABI (law 8). definite is as narrow has it.
func (r *resolver) condOn(a arch.Arch, name string, e *entry, j int) (n policy.Cond, definite bool) {
	c := e.Conds[j].Cond
	if r.target.Compat == CompatRunc {
		return truncate(c, a), true
	}
	return narrow(c, syscalls.Width(a, name, int(c.Arg)), r.permissive(e))
}

// permissive reports whether the entry lets calls pass that the default does not.
func (r *resolver) permissive(e *entry) bool { return r.profile.def.Stricter(e.Action) }

// condOf returns condOn, and notes where a comparison of 64 bits would answer
// otherwise.
func (r *resolver) condOf(a arch.Arch, name string, e *entry, j int) policy.Cond {
	c, pos, path := e.Conds[j].Cond, e.Conds[j].Pos, e.argPath(j)
	w := syscalls.Width(a, name, int(c.Arg))
	n, definite := r.condOn(a, name, e, j)
	if r.target.Compat == CompatRunc {
		effect := r.narrowed(a, c, n, w, e.Action)
		if effect != Same || n.Value != c.Value || n.Mask != c.Mask {
			r.note(Note{Code: CodeArgWidth, Effect: effect, Pos: pos, Path: path,
				Text: fmt.Sprintf("libseccomp compares %d bits of arguments, data and masks on %s: %s", n.Width, a, n)})
		}
		return n
	}
	if e.Action == r.profile.def && !r.profile.def.Stricter(r.laxest) {
		return n // the entry changes nothing, whatever it compares
	}
	effect := r.narrowed(a, c, n, w, e.Action)
	switch {
	case !definite:
		what := fmt.Sprintf("%#x does not fit in them", c.Value)
		if c.Op == policy.MaskedEQ {
			what = fmt.Sprintf("the mask %#x has higher ones", c.Mask)
		}
		effect = max(effect, Stricter) // of two ways to read it the rule takes the stricter
		if r.permissive(e) && r.lost(e.Action) == Weaker {
			effect = Weaker // but it may let a laxer rule decide
		}
		r.note(Note{Code: CodeArgWidth, Effect: effect, Pos: pos, Path: path,
			Text: fmt.Sprintf("the kernel reads %d bits of argument %d of %s on %s, and %s: the rule compares %s", w, c.Arg, name, a, what, n)})
	case w < 64 && (effect != Same || a.RegisterBits() == 64) && (c.Op != policy.MaskedEQ || c.Mask != n.Mask) && r.wants(CodeArgWidth, effect, pos, path):
		r.note(Note{Code: CodeArgWidth, Effect: effect, Pos: pos, Path: path,
			Text: "the kernel reads " + strconv.Itoa(w) + " bits of argument " + strconv.Itoa(int(c.Arg)) + " of " + name + " on " + a.String() + ", and so does the rule: " + n.String()})
	}
	return n
}

// narrowed returns the effect of comparing n where the text says c in a rule with
// action a, of an argument of which the kernel reads w bits on the ABI. Where it
// reads all of them, that is what calls tell. Where it does not, many arguments are
// one to it: what counts is which of these get another answer however they are
// extended, and whether the condition can still fail, or hold.
func (r *resolver) narrowed(abi arch.Arch, c, n policy.Cond, w int, a policy.Action) Effect {
	var added, gone bool
	if w == 64 && n.Width < 64 {
		added, gone = compareConds(c, n)
	} else {
		if _, definite := narrow(c, int(n.Width), true); !definite {
			added, gone = compareLow(c, n, abi.RegisterBits() == 64)
		}
		added = added || canFail(c) && !canFail(n)
		gone = gone || canHold(c) && !canHold(n)
	}
	switch {
	case added && gained(a, r.profile.def) == Weaker, gone && r.lost(a) == Weaker:
		return Weaker
	case added || gone:
		return Stricter
	}
	return Same
}

// compareLow reports whether for some value of the bits that n compares n holds and
// c does for no extension of them, and whether n fails and c holds for all: by
// zeros, and if signed by the sign, which registers of 32 bits do not have.
func compareLow(c, n policy.Cond, signed bool) (added, gone bool) {
	field := n.Field()
	sign := field &^ (field >> 1)
	try := func(v uint64) {
		v &= field
		low, zeros, signs := [6]uint64{}, [6]uint64{}, [6]uint64{}
		low[c.Arg], zeros[c.Arg], signs[c.Arg] = v, v, v
		if signed && v&sign != 0 {
			signs[c.Arg] = v | ^field
		}
		holds := n.Matches(low)
		added = added || holds && !c.Matches(zeros) && !c.Matches(signs)
		gone = gone || !holds && c.Matches(zeros) && c.Matches(signs)
	}
	byBits := c.Op == policy.MaskedEQ && c.Mask != 0 || n.Op == policy.MaskedEQ && n.Mask != 0 // others change at their data alone
	for _, v := range [...]uint64{0, c.Value, n.Value, c.Value | ^c.Mask, n.Value | ^n.Mask, sign, field} {
		try(v)
		try(v - 1)
		try(v + 1)
		for bit := uint64(1); byBits && bit&field != 0; bit <<= 1 {
			try(v ^ bit)
		}
	}
	return added, gone
}

// canHold reports whether some argument meets the condition.
func canHold(c policy.Cond) bool {
	_, ok := satisfy([]policy.Cond{c})
	return ok
}

// canFail reports whether some argument does not meet the condition.
func canFail(c policy.Cond) bool {
	switch c.Op {
	case policy.LE:
		return c.Value < c.Field()
	case policy.GE:
		return c.Value > 0
	case policy.MaskedEQ:
		return c.Mask&c.Field() != 0
	}
	return true // LT and GT leave out an end, EQ and NE a value
}

// truncate returns the condition as libseccomp compares it: all bits on 64-bit
// ABIs, on others the low 32 bits with those of the datum and the mask.
func truncate(c policy.Cond, a arch.Arch) policy.Cond {
	c.Width = uint8(a.Bits())
	c.Value &= c.Field()
	c.Mask &= c.Field()
	return c
}

// narrow returns the condition on the w bits of the argument that the kernel
// reads (law 8). A datum that is what its low w bits become when they are
// extended, by zeros or by the sign, is compared in these bits, unless a mask has
// bits above them. Any other, where definite is false, is compared with both
// extensions of what the kernel reads; in a permissive rule both have to hold, in
// a strict one either.
func narrow(c policy.Cond, w int, permissive bool) (n policy.Cond, definite bool) {
	n = c
	n.Width = uint8(w)
	field := n.Field()
	d := c.Value
	if c.Op == policy.MaskedEQ {
		d &= c.Mask // masks apply first
	}
	n.Value, n.Mask = d&field, c.Mask&field
	sign := uint64(1) << (w - 1)
	if c.Op == policy.MaskedEQ {
		return narrowMask(n, c.Mask&^field, d&^field, sign, permissive)
	}
	if high := d &^ field; high == 0 || d&sign != 0 && (high == ^field || high == ^field&(1<<32-1)) {
		return n, true // with the sign in 64 bits, or in a register of 32
	}
	// The datum is above every zero extension and below the sign extension of
	// every negative number, so that each operator has one answer for all of
	// these: see what they are for an argument with sign and for one without.
	negative := n
	negative.Op, negative.Value = policy.GE, sign
	positive := n
	positive.Op, positive.Value = policy.LT, sign
	switch {
	case c.Op == policy.NE:
		return always(n), false
	case (c.Op == policy.LT || c.Op == policy.LE) && permissive:
		return positive, false
	case c.Op == policy.LT || c.Op == policy.LE:
		return always(n), false
	case (c.Op == policy.GE || c.Op == policy.GT) && !permissive:
		return negative, false
	}
	return never(n), false
}

// narrowMask is narrow for n, whose low bits are compared under a mask, and the
// bits of mask and datum above them. These are 0 in the zero extension of the
// argument and copies of its sign in the other, so that they hold in one of the
// two at most where the argument is negative, and are 0 in both where it is not.
func narrowMask(n policy.Cond, mask, d, sign uint64, permissive bool) (policy.Cond, bool) {
	zeros, ones := d == 0, d == mask
	switch {
	case mask == 0:
		return n, true
	case zeros && n.Mask&sign != 0 && n.Value&sign == 0:
		return n, true // not negative, so that both are one
	case permissive && zeros:
		// Both hold: the argument is not negative.
		return withSign(n, sign, 0), false
	case !permissive && zeros:
		return n, false // the zero extension holds
	case !permissive && ones:
		return withSign(n, sign, sign), false // that of a negative argument holds
	}
	return never(n), false
}

// withSign returns the condition that the sign bit of the argument is as given,
// too.
func withSign(n policy.Cond, sign, want uint64) policy.Cond {
	if n.Mask&sign != 0 && n.Value&sign != want {
		return never(n)
	}
	n.Mask |= sign
	n.Value |= want
	return n
}

// always and never return the conditions of the width of c that every argument
// and none meets.
func always(c policy.Cond) policy.Cond {
	c.Op, c.Value, c.Mask = policy.MaskedEQ, 0, 0
	return c
}

func never(c policy.Cond) policy.Cond {
	c.Op, c.Value, c.Mask = policy.LT, 0, 0
	return c
}
