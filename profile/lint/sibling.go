package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var siblingOpen = check{Rule{
	Code: "sibling-open", Severity: Warning,
	Title: "a call is refused, and another one that does the same passes",
	Why: "Libraries and attackers can choose among calls that do the same. Refusing chmod has no effect if fchmodat passes, nor do conditions on " +
		"openat if open has none.",
	Sources: []string{github("moby/moby", "22632"), github("moby/moby", "43774"), "https://github.com/david942j/seccomp-tools"},
}, func(a *audit) error {
	var unlisted []Subject // what an allow list that is a filter leaves open beside what it refuses
	for name := range syscalls.Names() {
		all, part := a.siblings(name)
		if len(all)+len(part) == 0 {
			continue
		}
		if a.profile == nil && !a.explicit(name) && !a.narrowed(name) {
			unlisted = append(unlisted, all...)
			continue
		}
		severity := Warning
		if len(all) == 0 && !a.narrowed(name) {
			severity = Info
		}
		a.addEach(severity, name, append(all, part...), func(list []Subject) Finding {
			return Finding{
				Text: fmt.Sprintf("%s %s, and %s, which do%s", name, a.standing(name), passText(list), map[bool]string{true: " the same", false: " the same, or a part of it"}[len(part) == 0]),
				Fix:  fmt.Sprintf("refuse or limit the calls that do the same, or drop the entry for %s, which has no effect alone", name),
			}
		})
	}
	if len(unlisted) > 0 {
		a.addEach(Info, "", unlisted, func(list []Subject) Finding {
			return Finding{Text: some(calls(list)) + " pass and do what refused calls do"}
		})
	}
	return nil
}}

// standing says what becomes of a call that does not pass for all arguments.
func (a *audit) standing(name string) string {
	if a.narrowed(name) {
		return "passes only for some arguments"
	}
	var refused []string
	everywhere := true
	for _, abi := range a.answers.arches {
		switch {
		case !has(abi, name):
		case a.answers.all(abi, name, refusing):
			refused = append(refused, abi.String())
		default:
			everywhere = false
		}
	}
	switch {
	case len(refused) == 0:
		return "is for a supervisor to decide"
	case everywhere:
		return "is refused"
	}
	return "is refused on " + strings.Join(refused, ", ")
}

// narrowed reports whether a call passes only for some arguments, on the ABIs that have it.
func (a *audit) narrowed(name string) bool {
	return slices.ContainsFunc(a.answers.arches, func(abi arch.Arch) bool {
		s, ok := a.answers.passes(abi, name)
		return ok && !s.always()
	})
}

// siblings returns the calls that pass for all arguments and do all, or part, of what a call
// does that is refused or limited to some arguments, if the author has named it.
func (a *audit) siblings(name string) (all, part []Subject) {
	for _, abi := range a.answers.arches {
		old, passes := a.answers.passes(abi, name)
		switch {
		case !has(abi, name) || passes && old.always():
			continue // it is open itself
		case a.answers.softly(abi, name):
			continue // programs are to make the other calls
		case a.profile != nil && !passes && !a.explicit(name):
			continue // it is merely not listed
		case a.profile != nil && passes && len(a.mentions(name)) == 0:
			continue
		}
		for _, sub := range profile.Substitutes(name) {
			list, open := a.together(abi, sub.Calls)
			if !open {
				list, open = a.looser(abi, name, sub.Calls)
			}
			switch {
			case !open || passes && sub.Plain || sub.Calls[0] == "io_uring_setup": // which has a check of its own
			case sub.Part == "":
				all = append(all, list...)
			default:
				part = append(part, list...)
			}
		}
	}
	return all, part
}

// looser returns a call that passes for some arguments, for which another one that does the same
// by them does not.
func (a *audit) looser(abi arch.Arch, name string, others []string) (list []Subject, ok bool) {
	from, same := profile.SameArguments(name, others[0])
	s, passes := a.answers.passes(abi, others[0])
	nr, has := syscalls.Number(abi, name)
	if !same || !passes || !has || len(others) > 1 || a.newer(abi, others[0]) {
		return nil, false
	}
	for _, c := range points(s) {
		own := syscalls.Call{Audit: c.Audit, Nr: nr}
		copy(own.Args[:], c.Args[from:])
		if y := a.stack.Run(own); a.stack.Run(c).Passes() && !y.Passes() && y != policy.Errno(abi.ENOSYS()) {
			return []Subject{{Arch: abi, Call: others[0], Beyond: "not compared beyond an example", Example: c}}, true
		}
	}
	return nil, false
}

// maxPoints bounds the calls by which two calls are compared.
const maxPoints = 256

// points returns calls with the arguments of a subject that are first and last in its ranges.
func points(s Subject) (list []syscalls.Call) {
	for _, w := range s.Where {
		some := []syscalls.Call{s.Example}
		for _, v := range w {
			if v.Arg >= len(s.Example.Args) {
				continue
			}
			var more []syscalls.Call
			for _, r := range v.Ranges {
				for _, n := range []uint64{r.Lo, r.Hi} {
					for _, c := range some {
						c.Args[v.Arg] = c.Args[v.Arg]&^v.Mask | n
						more = append(more, c)
					}
				}
			}
			some = more[:min(len(more), maxPoints)]
		}
		if list = append(list, some...); len(list) > maxPoints {
			return list[:maxPoints]
		}
	}
	return list
}

// together returns calls of an ABI if all of them pass for all arguments.
func (a *audit) together(abi arch.Arch, names []string) (list []Subject, ok bool) {
	for _, name := range names {
		s, ok := a.answers.passes(abi, name)
		if !ok || !s.always() || a.newer(abi, name) {
			return nil, false
		}
		list = append(list, s)
	}
	return list[:1], true // the others are what it takes besides
}
