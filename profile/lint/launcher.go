package lint

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/profile/policy"
)

var launcherCalls = check{Rule{
	Code: "launcher-calls", Severity: Warning,
	Title: "calls are refused that runc, or a C library, makes before main",
	Why: "The filter counts from its installation on: runc's init still looks for open files, waits for start and executes the program, and " +
		"the loader maps the libraries. Where one of these calls is refused, the container does not start, and the message seldom says why.",
	Sources: []string{github("moby/moby", "22252"), github("opencontainers/runc", "4328")},
}, func(a *audit) error {
	if a.answers.refused(a.native, "execve") && !a.open1("execveat") {
		a.add(Info, a.at(Finding{
			Text: "execve is refused: no program can be started under the filter, which serves programs that install it themselves",
		}, "execve"))
		return nil
	}
	var list []Subject
	for _, need := range needs {
		var missing []Subject
		open := false
		for alternative := range strings.FieldsSeq(need) {
			if !has(a.native, alternative) {
				continue
			}
			open = open || !a.answers.all(a.native, alternative, refusing)
			if s, ok := a.answers.subject(a.native, alternative, refusing); ok {
				missing = append(missing, s)
			}
		}
		if !open && len(missing) > 0 {
			list = append(list, missing[0])
		}
	}
	if len(list) == 0 {
		return nil
	}
	a.add(Warning, a.at(Finding{
		Text:     fmt.Sprintf("runc's init or the loader of a C library cannot start a program without %s, which %s refused", some(calls(list)), map[bool]string{true: "is", false: "are"}[len(list) == 1]),
		Fix:      "allow them",
		Subjects: list,
	}))
	return nil
}}

// needs are the calls that runc 1.3 makes between the installation of a filter, with
// no_new_privs, and execve, and those of the loaders of glibc and musl until main. Where there
// are several, one of them is enough.
var needs = []string{
	"execve execveat", "close", "write", "read", "futex", "openat open", "fstat newfstatat fstat64 fstatat64 statx", "getpid",
	"mmap mmap2", "mprotect", "munmap", "brk mmap", "exit_group", "rt_sigreturn sigreturn", "arch_prctl", "set_tid_address", "epoll_ctl", "fstatfs fstatfs64", "getdents64",
}

// refusing reports whether an action refuses a call without asking anybody.
func refusing(a policy.Action) bool {
	return !passing(a) && a.Kind() != policy.Notify && a.Kind() != policy.Trace(0)
}

// open1 reports whether a call passes on the native ABI, for some arguments at least.
func (a *audit) open1(name string) bool {
	_, ok := a.answers.passes(a.native, name)
	return ok
}

var notifyLauncher = check{Rule{
	Code: "notify-launcher", Severity: Warning,
	Title:   "a launcher asks its own listener",
	Why:     "A launcher makes these calls after the filter is installed and before it has handed the listener over: nobody answers, and it hangs.",
	Sources: []string{github("opencontainers/runc", "4328"), github("containers/crun", "1002")},
}, func(a *audit) error {
	var list []Subject
	for _, name := range []string{"write", "close", "sendmsg", "openat", "fcntl", "execve", "futex"} {
		if s, ok := a.answers.subject(a.native, name, func(y policy.Action) bool { return y.Kind() == policy.Notify }); ok {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return nil
	}
	names := calls(list)
	a.add(Warning, a.at(Finding{
		Text:     fmt.Sprintf("a launcher calls %s before it has handed the listener over, which is to answer them", some(names)),
		Fix:      "allow them, or install the filter by a launcher that does not make them",
		Subjects: list,
	}, names...))
	return nil
}}
