package lint

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

var launcherCalls = check{Rule{
	Code: "launcher-calls", Severity: Warning,
	Title: "calls are refused that runc or a C library makes before main",
	Why: "The filter applies as soon as it is installed: runc's init then still looks for open files, waits for start and executes the program, and " +
		"the loader maps the libraries; without no_new_privs, runc's init also changes users and capabilities. If one of these calls is refused, the container does not start, and the message seldom says why.",
	Sources: []string{github("moby/moby", "22252")},
}, func(a *audit) error {
	if _, at := a.answers.passes(a.native, "execveat"); !at && a.answers.all(a.native, "execve", refusing) {
		a.add(Info, a.at(Finding{
			Text: "execve is refused, so only a program that installs the filter on itself can use it",
		}, "execve"))
		return nil
	}
	var list []Subject
	for _, need := range needs {
		if need.only != 0 && need.only != a.native {
			continue
		}
		var missing []Subject
		open := false
		for alternative := range strings.FieldsSeq(need.calls) {
			if s, ok := a.answers.subject(a.native, alternative, refusing); ok {
				missing = append(missing, s)
			}
			open = open || has(a.native, alternative) && !a.answers.all(a.native, alternative, refusing)
		}
		if !open && len(missing) > 0 {
			list = append(list, missing[0])
		}
	}
	a.addEach(Warning, "", list, func(list []Subject) Finding {
		return Finding{
			Text: fmt.Sprintf("runc's init, with no_new_privs, or the loader of glibc cannot start a program without %s", some(calls(list))),
			Fix:  "allow what is refused",
		}
	})
	return nil
}}

// A need is a call without which runc 1.1.5, with no_new_privs, or the loader of glibc 2.36 did
// not get to main when each of their calls was refused in turn. Of several one is enough.
type need struct {
	calls string
	only  arch.Arch // 0 for all ABIs
}

var needs = []need{
	{calls: "execve execveat"}, {calls: "close"}, {calls: "write"}, {calls: "read"}, {calls: "openat"}, {calls: "fstat newfstatat fstat64 fstatat64 statx"},
	{calls: "mmap mmap2"}, {calls: "mprotect"}, {calls: "fstatfs fstatfs64"}, {calls: "getdents64"}, {calls: "arch_prctl", only: arch.X86_64}, {calls: "set_thread_area", only: arch.X86},
}

// refusing reports whether an action refuses a call without asking anybody.
func refusing(a policy.Action) bool {
	return !a.Passes() && a.Kind() != policy.Notify && a.Kind() != policy.Trace(0)
}

var notifyLauncher = check{Rule{
	Code: "notify-launcher", Severity: Warning,
	Title: "a launcher waits for its own listener",
	Why: "A launcher that makes one of these calls after it installs the filter, and before it sends the listener, waits forever. runc refuses " +
		"profiles with NOTIFY on write; pre-releases of runc 1.2 called fcntl, and crun up to 1.5 called sendmsg.",
	Sources: []string{github("opencontainers/runc", "4328"), github("containers/crun", "1002")},
}, func(a *audit) error {
	for severity, names := range map[Severity][]string{Warning: {"write"}, Info: {"fcntl", "sendmsg"}} {
		var list []Subject
		for _, name := range names {
			if s, ok := a.answers.subject(a.native, name, func(y policy.Action) bool { return y.Kind() == policy.Notify }); ok {
				list = append(list, s)
			}
		}
		a.addEach(severity, "", list, func(list []Subject) Finding {
			return Finding{
				Text: fmt.Sprintf("%s waits for the listener, but launchers call it before they send the listener", some(calls(list))),
				Fix:  "allow what launchers call",
			}
		})
	}
	return nil
}}
