package lint

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

var ioUring = check{Rule{
	Code: "io-uring", Severity: Warning,
	Title: "io_uring passes, and filters do not see the calls that programs make through it",
	Why: "The kernel executes the operations of a ring without consulting seccomp: openat, connect, sendmsg and many others pass, in spite of the " +
		"filter's answers to the calls of the same names.",
	Sources: []string{github("moby/moby", "46762"), github("moby/moby", "47532"), github("containers/common", "1264"), cve("2023-2598"), cve("2022-29582")},
}, func(a *audit) error {
	list := a.open("io_uring_setup")
	if len(list) == 0 {
		return nil
	}
	var limited []string
	for name := range syscalls.Names() {
		byRing := slices.ContainsFunc(profile.Substitutes(name), func(s profile.Substitute) bool { return s.Calls[0] == "io_uring_setup" })
		if byRing && (a.narrowed(name) || a.answers.refused(a.native, name) && a.explicit(name)) {
			limited = append(limited, name)
		}
	}
	severity, text := Info, "io_uring_setup passes: the operations of rings are not filtered"
	if len(limited) > 0 {
		severity, text = Warning, fmt.Sprintf("io_uring_setup passes, so a ring can do what the filter refuses to %s", some(limited))
	}
	a.addEach(severity, "", list, func([]Subject) Finding {
		return Finding{Text: text, Fix: "refuse io_uring_setup with ENOSYS"}
	})
	return nil
}}
