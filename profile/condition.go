package profile

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// A Condition limits a rule of a [Builder] to some calls. It is about an argument (see
// [Arg]) or about the Target (see [Caps], [NoCaps] and [SinceKernel]). The zero value
// is invalid.
type Condition struct {
	pos    policy.Pos
	err    *Error
	guard  func(g *guards) *Error // adds it to those of a rule
	arg    int                    // of the others
	either [][]comparison
}

// guards are the conditions of a rule on the Target, as entries have them.
type guards struct {
	caps, noCaps []string
	kernel       string
	kernelPos    policy.Pos
}

// A comparison is a condition on an argument as entries have it.
type comparison struct {
	op          policy.Op
	value, mask datum
}

// A datum is a number, or a symbol.
type datum struct {
	n      uint64
	symbol string
}

func (d datum) String() string {
	if d.symbol != "" {
		return d.symbol
	}
	return strconv.FormatUint(d.n, 10)
}

// on returns the value on an ABI; ok is false if the ABI lacks a constant.
func (d datum) on(a arch.Arch) (n uint64, ok bool) {
	if d.symbol == "" {
		return d.n, true
	}
	n, missing := evaluate(a, d.symbol)
	return n, missing == ""
}

// An Argument is an argument of a call. Its methods return a [Condition] on it.
//
// Values are integers of any type, or strings that name constants of the kernel, such as
// "O_CREAT" or "CLONE_NEWUSER|CLONE_NEWNS". A name means the constant's value on
// each ABI of the filter. A number is the same on all ABIs, so constants of Go packages
// for the host, such as unix.O_DIRECTORY, are wrong for a filter of another ABI.
// Comparisons have the width with which the kernel reads the argument, and are unsigned
// (law 8).
type Argument struct{ n int }

// Arg returns an argument of a call. The first argument is 0, the last 5.
func Arg(n int) Argument { return Argument{n} }

// Is returns the condition that the argument equals one of the values.
func (a Argument) Is(values ...any) Condition {
	return a.condition(caller(), "Is", values, func(list []datum) (either [][]comparison) {
		for _, v := range list {
			either = append(either, []comparison{{op: policy.EQ, value: v}})
		}
		return either
	})
}

// Not returns the condition that the argument is not one of the values.
func (a Argument) Not(values ...any) Condition {
	return a.condition(caller(), "Not", values, func(list []datum) [][]comparison {
		var each []comparison
		for _, v := range list {
			each = append(each, comparison{op: policy.NE, value: v})
		}
		return [][]comparison{each}
	})
}

// Between returns the condition that the argument is at least lo and at most hi.
func (a Argument) Between(lo, hi any) Condition {
	pos := caller()
	for _, v := range []any{lo, hi} {
		if n := reflect.ValueOf(v); n.IsValid() && n.CanInt() && n.Int() < 0 {
			return Condition{pos: pos, err: &Error{CodeType, pos, "", fmt.Errorf("Between(%v, %v): comparisons are unsigned, so that %v is more than any positive number (to compare with it, write Is or Not)", lo, hi, v)}}
		}
	}
	c := a.condition(pos, "Between", []any{lo, hi}, func(list []datum) [][]comparison {
		lo, hi := list[0], list[1]
		var both []comparison
		if lo != (datum{}) {
			both = append(both, comparison{op: policy.GE, value: lo})
		}
		if hi != (datum{n: math.MaxUint64}) {
			both = append(both, comparison{op: policy.LE, value: hi})
		}
		return [][]comparison{both}
	})
	if c.err != nil {
		return c
	}
	for abi := range arch.All() {
		if both := c.either[0]; len(both) == 2 {
			x, ok1 := both[0].value.on(abi)
			y, ok2 := both[1].value.on(abi)
			if ok1 && ok2 && x > y {
				c.fail(CodeEmpty, "Between(%v, %v): the first value is greater than the second (exchange them)", lo, hi)
				return c
			}
		}
	}
	if len(c.either[0]) == 0 {
		c.fail(CodeEmpty, "Between(%v, %v): every argument is in this range (delete the condition)", lo, hi)
	}
	return c
}

// Masked returns the condition that the argument, after the mask is applied, equals one
// of the values. Masked("O_ACCMODE", "O_RDONLY") means argument & O_ACCMODE ==
// O_RDONLY. Bits outside the mask can have any value. To allow opening files for
// reading only, the mask also needs O_CREAT and O_TRUNC, which change files without
// write access.
func (a Argument) Masked(mask any, values ...any) Condition {
	pos := caller()
	m, err := toDatum(mask)
	if err != nil {
		return Condition{pos: pos, err: &Error{CodeType, pos, "", fmt.Errorf("Masked: %w", err)}}
	}
	if strings.Contains(m.symbol, "|") {
		if term := bitless(m); term != "" {
			return Condition{pos: pos, err: &Error{CodeMaskBits, pos, "", fmt.Errorf("Masked: %s is 0, so it adds nothing to the mask (if it is a value, name the mask before it, such as O_ACCMODE)", term)}}
		}
	}
	return a.condition(pos, "Masked", values, func(list []datum) (either [][]comparison) {
		for _, v := range list {
			either = append(either, []comparison{{op: policy.MaskedEQ, value: v, mask: m}})
		}
		return either
	})
}

// Without returns the condition that the argument has none of the bits.
func (a Argument) Without(bits ...any) Condition {
	without := ""
	c := a.condition(caller(), "Without", bits, func(list []datum) [][]comparison {
		for _, d := range list {
			if without == "" {
				without = bitless(d)
			}
		}
		var terms []string
		number := uint64(0)
		for _, d := range list {
			if number |= d.n; d.symbol != "" {
				terms = append(terms, d.symbol)
			}
		}
		mask := datum{n: number}
		if terms != nil {
			if number != 0 {
				terms = append(terms, fmt.Sprintf("%#x", number))
			}
			mask = datum{symbol: strings.Join(terms, "|")}
		}
		return [][]comparison{{{op: policy.MaskedEQ, mask: mask}}}
	})
	if without != "" {
		c.fail(CodeMaskBits, "Without: %s is 0, so the condition holds for every argument (to exclude a value, write Not or Masked)", without)
	}
	return c
}

// bitless returns a term of d that is 0 on every ABI that has it, such as "O_RDONLY", or "".
func bitless(d datum) string {
	for term := range strings.SplitSeq(d.String(), "|") {
		bits, known := uint64(0), false
		for a := range arch.All() {
			if n, missing := evaluate(a, term); missing == "" {
				bits, known = bits|n, true
			}
		}
		if known && bits == 0 {
			return term
		}
	}
	return ""
}

// condition returns the condition that a method makes of values.
func (a Argument) condition(pos policy.Pos, method string, values []any, compare func([]datum) [][]comparison) Condition {
	c := Condition{pos: pos, arg: a.n}
	if a.n < 0 || a.n > 5 {
		c.fail(CodeArgIndex, "argument %d (a call has six arguments, 0 to 5)", a.n)
		return c
	}
	if len(values) == 0 {
		c.fail(CodeEmpty, "%s without values (name the values to compare the argument with)", method)
		return c
	}
	if len(values) > maxAlternatives {
		remedy := "write Between for a range, or several rules"
		if method == "Not" { // several rules would allow what each of them excludes
			remedy = "write Between for a range"
		}
		c.fail(CodeTooLarge, "%s with more than %d values (%s)", method, maxAlternatives, remedy)
		return c
	}
	var list []datum
	for _, v := range values {
		d, err := toDatum(v)
		switch {
		case err != nil:
			c.fail(CodeType, "%s: %w", method, err)
			return c
		case d.symbol != "":
			if err := checkSymbol(d.symbol); err != nil {
				c.fail(CodeUnknownConst, "%w", err)
				return c
			}
		}
		if method != "Between" && slices.Contains(list, d) {
			c.fail(CodeSameArg, "%s has %s twice (delete one)", method, d)
			return c
		}
		list = append(list, d)
	}
	c.either = compare(list)
	return c
}

func (c *Condition) fail(code Code, format string, args ...any) {
	c.err = &Error{code, c.pos, "", fmt.Errorf(format, args...)}
}

// toDatum returns the datum that a value stands for.
func toDatum(value any) (datum, error) {
	switch v := reflect.ValueOf(value); {
	case !v.IsValid():
		return datum{}, fmt.Errorf("nil (write a number, or the name of a constant)")
	case v.Kind() == reflect.String && v.String() == "":
		return datum{}, fmt.Errorf("an empty string (write a number, or the name of a constant)")
	case v.Kind() == reflect.String && !isSymbol(v.String()):
		return datum{}, fmt.Errorf("the string %q (write the number without quotes)", v.String())
	case v.Kind() == reflect.String:
		return datum{symbol: v.String()}, nil
	case v.CanInt():
		return datum{n: uint64(v.Int())}, nil
	case v.CanUint():
		return datum{n: v.Uint()}, nil
	case v.Kind() == reflect.Pointer || v.Kind() == reflect.Func || v.Kind() == reflect.Chan: // no addresses in errors
		return datum{}, fmt.Errorf("a %T (write an integer, or the name of a constant)", value)
	}
	return datum{}, fmt.Errorf("%v, a %[1]T (write an integer, or the name of a constant)", value)
}

// Caps returns the condition that the Target has all of the capabilities, which have
// names such as "CAP_SYS_ADMIN".
func Caps(names ...string) Condition {
	return capCondition(caller(), "Caps", names, func(g *guards) (own *[]string, others []string) { return &g.caps, g.noCaps })
}

// NoCaps returns the condition that the Target has none of the capabilities.
func NoCaps(names ...string) Condition {
	return capCondition(caller(), "NoCaps", names, func(g *guards) (own *[]string, others []string) { return &g.noCaps, g.caps })
}

// capCondition returns a condition on capabilities, which lists returns the names of that a
// rule already has: of the same function, and of the other one.
func capCondition(pos policy.Pos, function string, names []string, lists func(*guards) (own *[]string, others []string)) Condition {
	c := Condition{pos: pos}
	names = slices.Clone(names)
	c.guard = func(g *guards) *Error {
		own, others := lists(g)
		for _, name := range names {
			if slices.Contains(others, name) {
				return &Error{CodeContradiction, pos, "", fmt.Errorf("Caps and NoCaps both have %s, so that the rule would never apply (delete one)", name)}
			}
		}
		*own = append(*own, names...)
		return nil
	}
	if len(names) == 0 {
		c.fail(CodeEmpty, "%s without names (write capabilities such as \"CAP_SYS_ADMIN\")", function)
	}
	for _, name := range names {
		if !slices.Contains(capNames[:], name) {
			c.fail(CodeUnknownCap, "unknown capability %q%s", name, capHint(name))
		}
	}
	return c
}

// SinceKernel returns the condition that the Target's kernel is the given release, such as
// "4.8", or a newer one.
func SinceKernel(since string) Condition {
	c := Condition{pos: caller()}
	c.guard = func(g *guards) *Error {
		if g.kernel != "" {
			return &Error{CodeSameArg, c.pos, "", errors.New("a second SinceKernel (write the newer release alone)")}
		}
		g.kernel, g.kernelPos = since, c.pos
		return nil
	}
	if since == "" {
		c.fail(CodeMinKernel, "SinceKernel without a release (write one such as \"4.8\")")
	}
	return c
}

// comparison returns a comparison as an element of args.
func (t *tree) comparison(arg int, c comparison, pos policy.Pos) jsonpos.Value {
	v := t.object(pos)
	v.Set("index", t.number(uint64(arg), pos))
	first, second := c.value, c.mask
	if c.op == policy.MaskedEQ {
		first, second = second, first
	}
	v.Set("value", t.datum(first, pos))
	v.Set("valueTwo", t.datum(second, pos))
	v.Set("op", t.text(c.op.SCMP(), pos))
	return v
}

func (t *tree) datum(d datum, pos policy.Pos) jsonpos.Value {
	if d.symbol != "" {
		return t.text(d.symbol, pos)
	}
	return t.number(d.n, pos)
}
