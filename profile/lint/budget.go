package lint

import "fmt"

var overBudget = check{Rule{
	Code: "over-budget", Severity: Error, Text: true,
	Title:   "the profile takes more than one filter",
	Why:     "The kernel takes 4096 instructions in one program. Container runtimes install one. libseccomp's take more for the same profile, and before 2.6.1 it corrupts its heap over larger ones.",
	Sources: []string{seccompMan, "https://github.com/seccomp/libseccomp/security/advisories/GHSA-2hqh-5c36-grrm"},
}, func(a *audit) error {
	if n := len(a.stack.Filters()); n > 1 {
		a.add(Error, Finding{
			Pos: a.profile.Pos(), Text: fmt.Sprintf("the profile takes %d filters, and runtimes install one", n),
			Fix: "compare fewer values, or install it by \"seccompile compile --split\" and a launcher that takes several",
		})
	}
	return nil
}}
