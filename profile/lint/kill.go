package lint

import (
	"fmt"

	"github.com/seccompile/seccompile/profile/policy"
)

var killThread = check{Rule{
	Code: "kill-thread", Severity: Warning,
	Title: "a refused call ends one thread, not the process",
	Why: "SCMP_ACT_KILL is SCMP_ACT_KILL_THREAD: the kernel ends the thread without a word, and its locks stay taken. Go, Java and other " +
		"programs with threads hang then instead of dying.",
	Sources: []string{seccompMan},
}, func(a *audit) error {
	kills := func(y policy.Action) bool { return y.Kind() == policy.KillThread }
	f := Finding{Fix: "use SCMP_ACT_KILL_PROCESS, or an errno"}
	if a.answers.all(a.native, "", kills) {
		f.Text = "calls that nobody names end the thread, and the rest of the process goes on without it"
		a.add(Warning, a.at(f))
		return nil
	}
	for name := range namesOf(a.native) {
		if s, ok := a.answers.subject(a.native, name, kills); ok {
			f.Subjects = append(f.Subjects, s)
		}
	}
	if len(f.Subjects) == 0 {
		return nil
	}
	names := calls(f.Subjects)
	f.Text = fmt.Sprintf("%s %s the thread, and the rest of the process goes on without it", some(names), verb(f.Subjects, "end"))
	a.add(Warning, a.at(f, names...))
	return nil
}}
