package main

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/syscalls"
)

// Limits to what one line says of arguments; --json has all.
const (
	casesShown  = 8
	rangesShown = 12
)

// whereText returns the condition on the arguments of a call, such as "a0 in 3-6, 11; or
// a1 == 2", or "" for all arguments. It must be known. Unless it is to be in full, it has names
// of constants, and long lists are cut, and say so.
func whereText(list []compile.Case, a arch.Arch, call string, full bool) string {
	var parts []string
	for i, c := range list {
		if i == casesShown && !full {
			parts = append(parts, fmt.Sprintf("... and %d more cases (--json has all)", len(list)-i))
			break
		}
		var conds []string
		for _, v := range c {
			conds = append(conds, valuesText(v, c, a, call, full))
		}
		parts = append(parts, strings.Join(conds, ", "))
	}
	return strings.Join(parts, "; or ")
}

// valuesText returns one condition of a case.
func valuesText(v compile.Values, c compile.Case, a arch.Arch, call string, full bool) string {
	name, shift := argumentText(v, c, a, call)
	d, known := domainOf(a, call, v.Arg)
	whole := known && !full && (v.Mask == ^uint64(0) || v.Mask == 1<<32-1) // not some bits
	number := func(n uint64) string {
		if n >>= shift; n > 0xffff {
			return fmt.Sprintf("%#x", n)
		}
		return fmt.Sprint(n)
	}
	constant := func(n uint64) string {
		if !whole {
			return ""
		}
		return d.text(a, n)
	}
	withName := func(n uint64) string {
		if text := constant(n); text != "" {
			return fmt.Sprintf("%s (%s)", number(n), text)
		}
		return number(n)
	}
	list, negated := v.Ranges, false
	if n := len(list); n > 1 && list[0].Lo == 0 && list[n-1].Hi == v.Mask || n == 1 && list[0].Lo == 1<<bits.TrailingZeros64(v.Mask) && list[0].Hi == v.Mask {
		list, negated = complement(list, v.Mask), true
	}
	first := list[0]
	if len(list) == 1 {
		sign, n := "", first.Lo
		switch {
		case first.Lo == first.Hi && negated:
			sign = " != "
		case first.Lo == first.Hi:
			sign = " == "
		case first.Lo == 0:
			sign, n = " <= ", first.Hi
		case first.Hi == v.Mask:
			sign = " >= "
		}
		if text := name + sign + withName(n); sign != "" {
			if known && d.flags && !whole && first.Lo == first.Hi {
				text += flagsText(d.text(a, n), d.text(a, v.Mask), n == v.Mask, negated)
			}
			return text
		}
	}
	var parts []string
	for i, r := range list {
		if i == rangesShown && !full {
			parts = append(parts, fmt.Sprintf("... and %d more (--json has all)", len(list)-i))
			break
		}
		text := withName(r.Lo)
		switch lo, hi := constant(r.Lo), constant(r.Hi); {
		case r.Lo == r.Hi:
		case r.Hi == v.Mask:
			text = "from " + text + " on"
		case lo != "" && hi != "" && !d.flags:
			text = fmt.Sprintf("%s-%s (%s-%s)", number(r.Lo), number(r.Hi), lo, hi)
		default:
			text = number(r.Lo) + "-" + number(r.Hi)
		}
		parts = append(parts, text)
	}
	in := " in "
	if negated {
		in = " not in "
	}
	return name + in + strings.Join(parts, ", ")
}

// complement returns the ranges of a mask's values between others.
func complement(list []compile.Range, mask uint64) (gaps []compile.Range) {
	next := uint64(0)
	for _, r := range list {
		if r.Lo > next {
			gaps = append(gaps, compile.Range{Lo: next, Hi: (r.Lo - 1) & mask})
		}
		next = ((r.Hi | ^mask) + 1) & mask
	}
	return gaps
}

// argumentText names the bits of an argument that values are of, and how far they are
// shifted in that name. Of what the kernel reads it is the argument's own name, unless
// the case says something about bits that the kernel does not read.
func argumentText(v compile.Values, c compile.Case, a arch.Arch, call string) (name string, shift int) {
	name, read := fieldName(v.Arg), 64
	if v.Arg < 6 {
		read = syscalls.Width(a, call, v.Arg)
	}
	whole := ^uint64(0) >> (64 - read)
	others := slices.ContainsFunc(c, func(w compile.Values) bool { return w.Arg == v.Arg && w.Mask&^whole != 0 })
	switch {
	case v.Mask == ^uint64(0), !others && v.Mask == whole:
		return name, 0
	case v.Mask == 0xffffffff<<32:
		return name + ">>32", 32
	}
	return fmt.Sprintf("%s & %#x", name, v.Mask), 0
}

// flagsText names the flags of a mask that are set, of a comparison with one value of them, in
// brackets, or returns "".
func flagsText(value, mask string, all, negated bool) string {
	switch {
	case mask == "", value == "" && all:
		return ""
	case value == "" && negated && !strings.Contains(mask, "|"):
		return fmt.Sprintf(" (%s)", mask)
	case value == "" && negated:
		return fmt.Sprintf(" (some of %s)", mask)
	case value == "":
		return fmt.Sprintf(" (none of %s)", mask)
	case all:
		return fmt.Sprintf(" (%s)", value)
	}
	return fmt.Sprintf(" (%s of %s)", value, mask)
}
