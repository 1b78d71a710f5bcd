package profile

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// answersENOSYS reports whether the default action is one beside which runc
// answers ENOSYS (law 10).
func answersENOSYS(def Action) bool {
	switch def.Kind() {
	case Allow, Log, Trace(0):
		return false
	}
	return true
}

// ordinary reports whether a number is one of those that grow with each new call
// of the kernel.
func ordinary(a arch.Arch, nr uint32) bool {
	lo, hi, special := a.Special()
	return !special || nr < lo || nr > hi
}

// setup is the number that the kernel of s390 shows a filter for a call that it
// does not know and that came by the number's register
// (arch/s390/kernel/syscall.c, __do_syscall).
var setup = []Range{{0, 0}}

// above returns the ordinary numbers of the ABI above highest, and setup. Of the
// numbers that x86_64 and x32 share an audit value for, each has its own half.
func above(a arch.Arch, highest uint32) (ranges []Range) {
	if a == arch.S390 || a == arch.S390X {
		ranges = slices.Clone(setup)
	}
	const bit = arch.X32Bit
	halves := []Range{{0, ^uint32(0)}}
	switch a {
	case arch.X86_64:
		halves = []Range{{0, bit - 1}, {2 * bit, 3*bit - 1}}
	case arch.X32:
		halves = []Range{{bit, 2*bit - 1}, {3 * bit, ^uint32(0)}}
	}
	lo, hi, special := a.Special()
	for _, h := range halves {
		if h.Hi <= highest {
			continue
		}
		h.Lo = max(h.Lo, highest+1)
		if special && h.Lo <= lo && hi <= h.Hi {
			if h.Lo < lo {
				ranges = append(ranges, Range{h.Lo, lo - 1})
			}
			h.Lo = hi + 1
		}
		ranges = append(ranges, h)
	}
	return ranges
}

// newerThan returns the numbers of the calls that came to the ABI after a
// release, those beyond the tables, and setup. A call of unknown release is not
// among them.
func newerThan(a arch.Arch, since syscalls.Version) (ranges []Range) {
	highest := uint32(0)
	for nr, name := range syscalls.All(a) {
		if ordinary(a, nr) {
			highest = max(highest, nr)
		}
		if v, ok := syscalls.Since(a, name); ok && v.Compare(since) > 0 {
			if n := len(ranges); n > 0 && ranges[n-1].Hi+1 >= nr {
				ranges[n-1].Hi = nr
			} else {
				ranges = append(ranges, Range{nr, nr})
			}
		}
	}
	ranges = append(ranges, above(a, highest)...)
	slices.SortFunc(ranges, func(x, y Range) int { return int(int64(x.Lo) - int64(y.Lo)) })
	return ranges
}
