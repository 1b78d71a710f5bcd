package profile

import (
	"fmt"
	"iter"
	"strconv"

	"github.com/seccompile/seccompile/internal/spell"
)

// An Op is a comparison of an argument with a datum, unsigned. The zero value is
// invalid. The numbers are libseccomp's.
type Op uint8

const (
	NE       Op = iota + 1 // argument != Value
	LT                     // argument <  Value
	LE                     // argument <= Value
	EQ                     // argument == Value
	GE                     // argument >= Value
	GT                     // argument >  Value
	MaskedEQ               // argument & Mask == Value & Mask
)

var opNames = [...]struct{ scmp, sign string }{
	{"", "?"},
	{"SCMP_CMP_NE", "!="},
	{"SCMP_CMP_LT", "<"},
	{"SCMP_CMP_LE", "<="},
	{"SCMP_CMP_EQ", "=="},
	{"SCMP_CMP_GE", ">="},
	{"SCMP_CMP_GT", ">"},
	{"SCMP_CMP_MASKED_EQ", "&"},
}

// String returns the sign: "==", and "&" for MaskedEQ.
func (o Op) String() string {
	if int(o) >= len(opNames) {
		o = 0
	}
	return opNames[o].sign
}

// scmp returns the name in profiles, "" for an invalid operator.
func (o Op) scmp() string {
	if int(o) >= len(opNames) {
		return ""
	}
	return opNames[o].scmp
}

func opNamed(scmp string) (Op, error) {
	for i := 1; i < len(opNames); i++ {
		if opNames[i].scmp == scmp {
			return Op(i), nil
		}
	}
	return 0, fmt.Errorf("unknown operator %q%s", scmp, spell.HintOr(scmp, scmpOps(), "SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ, ..."))
}

func scmpOps() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 1; i < len(opNames); i++ {
			if !yield(opNames[i].scmp) {
				return
			}
		}
	}
}

// A Cond is a condition on one argument of a call.
type Cond struct {
	Arg   int // 0 to 5
	Op    Op
	Value uint64 // the datum
	Mask  uint64 // for MaskedEQ; profiles write the mask as value and the datum as valueTwo
	Width int    // how many low bits of the argument are compared: 16, 32 or 64; 0 is 64
	Pos   Pos
}

// Matches reports whether the condition holds for a call with these arguments.
// Value and Mask have no bits beyond the width; Resolve sees to it.
func (c Cond) Matches(args [6]uint64) bool {
	if c.Arg < 0 || c.Arg >= len(args) {
		return false
	}
	a := args[c.Arg] & c.field()
	switch c.Op {
	case NE:
		return a != c.Value
	case LT:
		return a < c.Value
	case LE:
		return a <= c.Value
	case EQ:
		return a == c.Value
	case GE:
		return a >= c.Value
	case GT:
		return a > c.Value
	case MaskedEQ:
		return a&c.Mask == c.Value&c.Mask
	}
	return false
}

// field returns the bits of the argument that are compared.
func (c Cond) field() uint64 {
	if c.Width <= 0 || c.Width >= 64 {
		return ^uint64(0)
	}
	return ^uint64(0) >> (64 - c.Width)
}

// String returns "a2 == 3" or "a0 & 0x3 == 1", with the width behind the
// argument where it is not 64: "a0:32 == 40".
func (c Cond) String() string {
	arg := "a" + strconv.Itoa(c.Arg)
	if c.field() != ^uint64(0) {
		arg += ":" + strconv.Itoa(c.Width)
	}
	if c.Op == MaskedEQ {
		return fmt.Sprintf("%s & %#x == %s", arg, c.Mask, datum(c.Value))
	}
	return arg + " " + c.Op.String() + " " + datum(c.Value)
}

// datum prints small numbers in decimal and others in hexadecimal, as people
// write families and flags.
func datum(v uint64) string {
	if v <= 0xffff {
		return strconv.FormatUint(v, 10)
	}
	return fmt.Sprintf("%#x", v)
}

// normal returns the condition in its one form of several that say the same:
// datum under its mask, a full mask as EQ, and no position.
func (c Cond) normal() Cond {
	c.Pos = Pos{}
	if c.Op != MaskedEQ {
		c.Mask = 0
		return c
	}
	c.Value &= c.Mask
	if c.Mask == c.field() {
		c.Op, c.Mask = EQ, 0
	}
	return c
}
