package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// answersENOSYS reports whether the default action is one beside which runc
// answers ENOSYS (law 10).
func answersENOSYS(def policy.Action) bool {
	switch def.Kind() {
	case policy.Allow, policy.Log, policy.Trace(0):
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

// counted reports whether a name with a number makes the calls above it newer than the
// profile.
func (r *resolver) counted(a arch.Arch, nr uint32, viaMux bool) bool {
	if r.target.Compat == CompatRunc {
		return countedByRunc(a, nr, viaMux)
	}
	return ordinary(a, nr)
}

// countedByRunc is counted for runc, which libseccomp tells negative numbers of calls that
// multiplexers make, too (src/x86.c, x86_syscall_resolve_name_munge).
func countedByRunc(a arch.Arch, nr uint32, viaMux bool) bool {
	return ordinary(a, nr) && !viaMux
}

// unreached returns an ABI's rules without those that runc answers ENOSYS for before it
// comes to them: of multiplexers and calls that these make, too, above the highest number
// that counts.
func (r *resolver) unreached(ap *policy.ArchPolicy, listed []draft) []draft {
	if r.target.Compat != CompatRunc || r.target.Enosys.Mode != EnosysRunc || len(ap.Newer) == 0 {
		return listed
	}
	kept := listed[:0]
	for _, rule := range listed {
		if !isNewer(ap, rule.Nr) {
			kept = append(kept, rule)
			continue
		}
		r.note(Note{Code: CodeMultiplexer, Effect: replaced(rule.Action, ap.Enosys), Pos: rule.Pos(), Path: rule.Path(),
			Text: fmt.Sprintf("multiplexers also make %s, so runc does not count its number on %s and answers ENOSYS to number %d (name a call of the ABI with a higher number)", rule.Origin, ap.Arch, rule.Nr)})
	}
	return kept
}

// setup is the number that older kernels of s390 show a filter for every call that they do
// not know and that came by the number's register (arch/s390/kernel/entry.S, system_call).
// Linux 6.1 shows its own number (arch/s390/kernel/syscall.c, __do_syscall), and 0 is
// still a call that it does not know.
var setup = []policy.Range{{Lo: 0, Hi: 0}}

// above returns the ordinary ones of the ABI's own numbers that are above highest,
// and setup. -1 is x86_64's own and never a call, so it is not among them.
func above(a arch.Arch, own []policy.Range, highest uint32) (ranges []policy.Range) {
	if a == arch.S390 || a == arch.S390X {
		ranges = slices.Clone(setup)
	}
	lo, hi, special := a.Special()
	for _, r := range own {
		if r.Hi <= highest || a == arch.X86_64 && r.Lo == ^uint32(0) {
			continue
		}
		r.Lo = max(r.Lo, highest+1)
		if special && r.Lo <= lo && hi <= r.Hi {
			if r.Lo < lo {
				ranges = append(ranges, policy.Range{Lo: r.Lo, Hi: lo - 1})
			}
			r.Lo = hi + 1
		}
		ranges = append(ranges, r)
	}
	return ranges
}

// newerThan returns the numbers of the calls that came to the ABI after a
// release, those beyond the tables, and setup. A call of unknown release is not
// among them.
func newerThan(a arch.Arch, own []policy.Range, since syscalls.Version) (ranges []policy.Range) {
	highest := uint32(0)
	for nr, name := range syscalls.All(a) {
		if ordinary(a, nr) {
			highest = max(highest, nr)
		}
		if v, ok := syscalls.Since(a, name); ok && v.Compare(since) > 0 {
			if n := len(ranges); n > 0 && ranges[n-1].Hi+1 >= nr {
				ranges[n-1].Hi = nr
			} else {
				ranges = append(ranges, policy.Range{Lo: nr, Hi: nr})
			}
		}
	}
	ranges = append(ranges, above(a, own, highest)...)
	slices.SortFunc(ranges, func(x, y policy.Range) int { return int(int64(x.Lo) - int64(y.Lo)) })
	return ranges
}
