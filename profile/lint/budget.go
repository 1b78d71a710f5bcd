package lint

import "fmt"

var overBudget = check{Rule{
	Code: "over-budget", Severity: Error, Text: true,
	Title:   "the profile needs more than one filter",
	Why:     "The kernel accepts 4096 instructions in one filter, and container runtimes install one filter. libseccomp's filters need more instructions for the same profile, and before 2.6.1 it corrupts its heap when they do not fit.",
	Sources: []string{seccompMan, "https://github.com/seccomp/libseccomp/security/advisories/GHSA-2hqh-5c36-grrm"},
}, func(a *audit) error {
	if n := len(a.stack.Filters()); n > 1 {
		a.add(Error, Finding{
			Pos: a.profile.Pos(), Text: fmt.Sprintf("the profile needs %d filters, and runtimes install one", n),
			Fix: "compare fewer values, or use \"seccompile compile --split\" and a launcher that installs several filters",
		})
	}
	return nil
}}
