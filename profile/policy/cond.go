package policy

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
)

// An Op is an unsigned comparison of an argument with a datum. The zero value is invalid.
// The constants have libseccomp's values.
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

// String returns the operator's sign, such as "==". The sign of [MaskedEQ] is "&".
func (o Op) String() string {
	if int(o) >= len(opNames) {
		o = 0
	}
	return opNames[o].sign
}

// SCMP returns the operator's name in profiles, such as "SCMP_CMP_EQ". It is empty for an
// invalid operator.
func (o Op) SCMP() string {
	if int(o) >= len(opNames) {
		return ""
	}
	return opNames[o].scmp
}

// Not returns the operator that holds where o does not, such as GE for LT. It is 0 for
// [MaskedEQ], which has no such operator, and for an invalid one.
func (o Op) Not() Op {
	not := [...]Op{NE: EQ, LT: GE, LE: GT, EQ: NE, GE: LT, GT: LE}
	if int(o) >= len(not) {
		return 0
	}
	return not[o]
}

// OpNames returns an iterator over the names of operators in profiles.
func OpNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 1; i < len(opNames); i++ {
			if !yield(opNames[i].scmp) {
				return
			}
		}
	}
}

// ParseOp returns the operator with the given name, one of [OpNames].
func ParseOp(s string) (Op, error) {
	for i := 1; i < len(opNames); i++ {
		if opNames[i].scmp == s {
			return Op(i), nil
		}
	}
	for i := 1; i < len(opNames); i++ {
		if o := opNames[i]; o.sign == s || o.scmp == "SCMP_CMP_"+strings.ToUpper(s) {
			return 0, fmt.Errorf("unknown operator %q (did you mean %s?)", s, o.scmp)
		}
	}
	return 0, fmt.Errorf("unknown operator %q%s", s, spell.HintOr(s, OpNames(), "SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ, ..."))
}

// MarshalText returns the operator's name in profiles. It returns an error for an invalid
// operator.
func (o Op) MarshalText() ([]byte, error) {
	if o.SCMP() == "" {
		return nil, fmt.Errorf("operator %d is invalid", o)
	}
	return []byte(o.SCMP()), nil
}

// UnmarshalText parses a name, one of [OpNames].
func (o *Op) UnmarshalText(text []byte) (err error) {
	if o == nil {
		return errors.New("UnmarshalText of a nil Op")
	}
	*o, err = ParseOp(string(text))
	return err
}

// A Cond is a condition on one argument of a call. The zero value is invalid.
type Cond struct {
	Arg uint8 // 0 to 5
	Op  Op

	// Width is how many low bits of the argument are compared: 16, 32 or 64. 0 means 64, on
	// every ABI. Where registers have 32 bits ([arch.Arch.RegisterBits]), the upper 32 mean
	// nothing to the call: they are zero, or copies of bit 31, as the kernel has it.
	Width uint8

	Value uint64 // the datum; like Mask, it fits in Width bits
	Mask  uint64 // only for MaskedEQ
}

// Matches reports whether the condition holds for a call with these arguments. A
// condition in which [Policy.Check] finds a fault either never holds or ignores bits
// beyond its width.
func (c Cond) Matches(args [6]uint64) bool {
	if int(c.Arg) >= len(args) {
		return false
	}
	a := args[c.Arg] & c.Field()
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

// Field returns a mask of the argument's bits that the condition compares.
func (c Cond) Field() uint64 {
	if c.Width == 0 || c.Width >= 64 {
		return ^uint64(0)
	}
	return ^uint64(0) >> (64 - c.Width)
}

// String returns the condition, such as "a2 == 3" or "a0 & 0x3 == 1". A width other than
// 64 follows the argument: "a0:32 == 40".
func (c Cond) String() string {
	arg := "a" + strconv.Itoa(int(c.Arg))
	if c.Field() != ^uint64(0) {
		arg += ":" + strconv.Itoa(int(c.Width))
	}
	if c.Op == MaskedEQ {
		return fmt.Sprintf("%s & %#x == %s", arg, c.Mask, datum(c.Value))
	}
	return arg + " " + c.Op.String() + " " + datum(c.Value)
}

// datum formats a number for display: small ones, such as socket families, in decimal and
// others, such as flags, in hexadecimal.
func datum(v uint64) string {
	if v <= 0xffff {
		return strconv.FormatUint(v, 10)
	}
	return "0x" + strconv.FormatUint(v, 16)
}

// Normal returns an equivalent condition in normal form: the datum has no bits outside
// the mask, and a full mask becomes EQ.
func (c Cond) Normal() Cond {
	if c.Op != MaskedEQ {
		c.Mask = 0
		return c
	}
	c.Value &= c.Mask
	if c.Mask == c.Field() {
		c.Op, c.Mask = EQ, 0
	}
	return c
}
