package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

var siblingOpen = check{Rule{
	Code: "sibling-open", Severity: Warning,
	Title: "a call is refused, and another one that does the same passes",
	Why: "Libraries and attackers choose among the calls that do the same: chmod is refused in vain if fchmodat passes, and conditions on " +
		"openat hold nobody if open has none.",
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
		severity, list := Warning, all
		if len(all) == 0 && !a.narrowed(name) {
			severity = Info
		}
		what := "is refused"
		if a.narrowed(name) {
			what = "passes for some arguments alone"
		}
		list = append(list, part...)
		f := Finding{
			Text:     fmt.Sprintf("%s %s, and %s, with which programs do the same, or part of it, for all arguments", name, what, passText(list)),
			Fix:      fmt.Sprintf("give %s the same answers as %s", some(calls(list)), name),
			Subjects: list,
		}
		if len(part) == 0 {
			f.Text = strings.Replace(f.Text, ", or part of it,", "", 1)
		}
		a.add(severity, a.at(f, name))
	}
	if len(unlisted) > 0 {
		a.add(Info, Finding{Text: some(calls(unlisted)) + " pass and do what calls do that are refused", Subjects: unlisted})
	}
	return nil
}}

// narrowed reports whether a call passes for some arguments alone, on the ABIs that have it.
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
		old, open := a.answers.passes(abi, name)
		switch {
		case !has(abi, name) || open && old.always():
			continue // it is open itself
		case a.answers.softly(abi, name):
			continue // programs are to make the other calls
		case a.profile != nil && !open && !a.explicit(name):
			continue // it is merely not listed
		case a.profile != nil && open && len(a.mentions(name)) == 0:
			continue
		}
		for _, sub := range profile.Substitutes(name) {
			list, together := a.together(abi, sub.Calls)
			switch {
			case !together || sub.Calls[0] == "io_uring_setup": // which has a check of its own
			case sub.Part == "":
				all = append(all, list...)
			default:
				part = append(part, list...)
			}
		}
	}
	return all, part
}

// together returns calls of an ABI if all of them pass for all arguments.
func (a *audit) together(abi arch.Arch, names []string) (list []Subject, ok bool) {
	for _, name := range names {
		s, ok := a.answers.passes(abi, name)
		if !ok || !s.always() {
			return nil, false
		}
		list = append(list, s)
	}
	return list, true
}
