package lint

import "fmt"

var overBudget = check{Rule{
	Code: "over-budget", Severity: Error, Text: true,
	Title:   "the profile takes more than one filter",
	Why:     "The kernel takes 4096 instructions in one program. Container runtimes install one, and libseccomp before 2.6.1 writes beyond its memory for larger ones.",
	Sources: []string{seccompMan, "https://github.com/seccomp/libseccomp/security/advisories/GHSA-46fr-jh49-xvhx"},
}, func(a *audit) error {
	if n := len(a.stack.Filters()); n > 1 {
		a.add(Error, Finding{
			Pos: a.profile.Pos(), Text: fmt.Sprintf("the profile takes %d filters, and runtimes install one", n),
			Fix: "compare fewer values, or install it by \"seccompile compile --split\" and a launcher that takes several",
		})
	}
	return nil
}}
