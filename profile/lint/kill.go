package lint

import (
	"fmt"

	"github.com/seccompile/seccompile/profile/policy"
)

var killThread = check{Rule{
	Code: "kill-thread", Severity: Warning,
	Title: "a refused call ends one thread, not the process",
	Why: "SCMP_ACT_KILL is SCMP_ACT_KILL_THREAD: the kernel ends the thread silently, and its locks stay locked. Go, Java and other " +
		"programs with threads then hang instead of dying.",
	Sources: []string{seccompMan},
}, func(a *audit) error {
	kills := func(y policy.Action) bool { return y.Kind() == policy.KillThread }
	const fix = "use SCMP_ACT_KILL_PROCESS, or an errno"
	if a.profile != nil && kills(a.profile.Default()) {
		f := Finding{Text: "calls that the profile does not name end the thread, and the rest of the process continues without it", Fix: fix}
		f.Pos, f.Path = a.profile.DefaultAt()
		a.add(Warning, f)
		return nil
	}
	var list []Subject
	for name := range namesOf(a.native) {
		if s, ok := a.answers.subject(a.native, name, kills); ok {
			list = append(list, s)
		}
	}
	a.addEach(Warning, "", list, func(list []Subject) Finding {
		return Finding{Text: fmt.Sprintf("%s %s the thread, and the rest of the process continues without it", some(calls(list)), verb(list, "end")), Fix: fix}
	})
	return nil
}}
