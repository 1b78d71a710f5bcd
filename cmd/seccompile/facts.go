package main

import (
	"fmt"
	"math/bits"
	"slices"
)

// facts are what comparisons say of one word of struct seccomp_data. The zero value must
// not be used.
type facts struct {
	lo, hi uint32   // the bounds that follow from comparisons with whole words
	not    []uint32 // other values that the word does not have
	ones   uint32   // bits that are known to be set
	zeros  uint32   // bits that are known to be clear
	some   []uint32 // masks of which some bit is set
	masked []maskedFact
}

// A maskedFact is a comparison of some bits of a word.
type maskedFact struct {
	mask, value uint32
	op          comparison
	holds       bool
}

// A comparison is an operator of BPF.
type comparison uint8

const (
	isEqual comparison = iota
	isGreater
	isAtLeast
	hasBits
)

func (c comparison) holds(a, k uint32) bool {
	switch c {
	case isEqual:
		return a == k
	case isGreater:
		return a > k
	case isAtLeast:
		return a >= k
	}
	return a&k != 0
}

var unknownWord = facts{hi: ^uint32(0)}

// knownWord returns the facts of a word with this value.
func knownWord(n uint32) facts { return facts{lo: n, hi: n, ones: n, zeros: ^n} }

// with returns the facts after a comparison of the word's bits in mask with k has come out,
// and whether they can all be true.
func (f facts) with(mask uint32, op comparison, k uint32, holds bool) (facts, bool) {
	f.not, f.some, f.masked = slices.Clip(f.not), slices.Clip(f.some), slices.Clip(f.masked)
	switch {
	case op == hasBits && !holds:
		f.zeros |= mask & k
	case op == hasBits:
		f.some = append(f.some, mask&k)
	case op == isEqual && holds:
		if k&^mask != 0 {
			return f, false
		}
		f.ones, f.zeros = f.ones|k, f.zeros|mask&^k
		if mask == ^uint32(0) {
			f.lo, f.hi = max(f.lo, k), min(f.hi, k)
		}
	case mask != ^uint32(0):
		f.masked = append(f.masked, maskedFact{mask, k, op, holds})
		if op == isEqual && k&^mask == 0 && bits.OnesCount32(mask) == 1 {
			f.ones, f.zeros = f.ones|mask&^k, f.zeros|k
		}
	case op == isEqual:
		if !slices.Contains(f.not, k) { // another filter may have said so
			f.not = append(f.not, k)
		}
	case op == isGreater && holds:
		if k == ^uint32(0) {
			return f, false
		}
		f.lo = max(f.lo, k+1)
	case op == isGreater:
		f.hi = min(f.hi, k)
	case holds:
		f.lo = max(f.lo, k)
	default:
		if k == 0 {
			return f, false
		}
		f.hi = min(f.hi, k-1)
	}
	for slices.Contains(f.not, f.lo) && f.lo < f.hi {
		f.lo++
	}
	for slices.Contains(f.not, f.hi) && f.lo < f.hi {
		f.hi--
	}
	return f, f.possible()
}

// possible reports whether a word can have all facts. If finding out would take long, it
// is true.
func (f facts) possible() bool {
	if f.lo > f.hi || f.ones&f.zeros != 0 || f.ones > f.hi || ^f.zeros < f.lo {
		return false
	}
	for _, mask := range f.some {
		if mask&^f.zeros == 0 {
			return false
		}
	}
	for _, m := range f.masked {
		if least, most := m.mask&f.ones, m.mask&^f.zeros; least == most && m.op.holds(least, m.value) != m.holds {
			return false
		} else if m.op != isEqual && m.op.holds(least, m.value) == m.op.holds(most, m.value) && m.op.holds(least, m.value) != m.holds {
			return false
		}
	}
	if f.hi-f.lo < 64 {
		for n := f.lo; ; n++ {
			if f.has(n) {
				return true
			} else if n == f.hi {
				return false
			}
		}
	}
	return true
}

// has reports whether a value has all facts.
func (f facts) has(n uint32) bool {
	ok := f.lo <= n && n <= f.hi && !slices.Contains(f.not, n) && n&f.ones == f.ones && n&f.zeros == 0
	for _, mask := range f.some {
		ok = ok && n&mask != 0
	}
	for _, m := range f.masked {
		ok = ok && m.op.holds(n&m.mask, m.value) == m.holds
	}
	return ok
}

// value returns the value of the word if the facts leave one.
func (f facts) value() (n uint32, ok bool) {
	if f.ones|f.zeros == ^uint32(0) {
		return f.ones, true
	}
	return f.lo, f.lo == f.hi
}

// texts returns the facts as conditions on the word of that name, or none.
func (f facts) texts(name string) (list []string) {
	add := func(format string, args ...any) { list = append(list, name+fmt.Sprintf(format, args...)) }
	if n, ok := f.value(); ok {
		add(" == %s", number(n))
		return list
	}
	switch all := ^uint32(0); {
	case f.lo > 0 && f.hi < all:
		add(" >= %s", number(f.lo))
		add(" <= %s", number(f.hi))
	case f.lo > 0:
		add(" >= %s", number(f.lo))
	case f.hi < all:
		add(" <= %s", number(f.hi))
	}
	for _, n := range f.not {
		if f.lo < n && n < f.hi {
			add(" != %s", number(n))
		}
	}
	if known := f.ones | f.zeros; known != 0 {
		add(" & %s == %s", number(known), number(f.ones))
	}
	for _, mask := range f.some {
		if mask&f.ones == 0 {
			add(" & %s != 0", number(mask&^f.zeros))
		}
	}
	for _, m := range f.masked {
		if bits.OnesCount32(m.mask) > 1 || m.op != isEqual {
			add(" & %s %s %s", number(m.mask), m.op.sign(m.holds), number(m.value))
		}
	}
	return list
}

// sign returns the operator as text, or its negation.
func (c comparison) sign(holds bool) string {
	switch c {
	case isEqual:
		if holds {
			return "=="
		}
		return "!="
	case isGreater:
		if holds {
			return ">"
		}
		return "<="
	case isAtLeast:
		if holds {
			return ">="
		}
		return "<"
	}
	if holds {
		return "has a bit of"
	}
	return "has no bit of"
}

// number is a number as conditions have it.
func number(n uint32) string {
	if n <= 0xffff {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%#x", n)
}
