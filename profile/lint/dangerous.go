package lint

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/compile"
)

var kernelCode = check{Rule{
	Code: "kernel-code", Severity: Warning,
	Title:   "calls pass that load code into the kernel, or another kernel",
	Why:     "Whoever makes them needs capabilities, too; a filter is there for the day on which these are not enough.",
	Sources: []string{dockerDocs},
}, classOf("init_module", "finit_module", "delete_module", "create_module", "kexec_load", "kexec_file_load")}

var kernelSurface = check{Rule{
	Code: "kernel-surface", Severity: Warning,
	Title:   "calls pass through which processes have often taken over the kernel",
	Why:     "They are large, seldom needed in containers, and kernels allow most of them to processes without privileges.",
	Sources: []string{dockerDocs, cve("2016-0728"), cve("2017-16995"), cve("2020-8835"), cve("2013-2094"), cve("2018-18397")},
}, classOf("bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "open_by_handle_at", "vm86", "vm86old")}

var userNamespaces = check{Rule{
	Code: "user-namespaces", Severity: Warning,
	Title:   "new user namespaces can be made",
	Why:     "In a user namespace of its own a process has all capabilities, and with them the parts of the kernel that only root is meant to reach.",
	Sources: []string{cve("2022-0185"), cve("2022-0492")},
}, func(a *audit) error {
	const newUser = 1 << 28 // CLONE_NEWUSER, include/uapi/linux/sched.h
	var list []Subject
	for _, s := range a.open("unshare", "clone") {
		c := s.Example
		c.Args = [6]uint64{}
		c.Args[flagsArg(s)] = newUser
		if a.stack.Run(c); passing(a.stack.Run(c)) {
			s.Example = c
			s.Where = []compile.Case{{{Arg: flagsArg(s), Mask: newUser, Ranges: []compile.Range{{Lo: newUser, Hi: newUser}}}}}
			s.Beyond = ""
			list = append(list, s)
		}
	}
	if clone3 := a.open("clone3"); len(clone3) > 0 {
		list = append(list, clone3...)
	}
	if len(list) == 0 {
		return nil
	}
	names := calls(list)
	a.add(a.unlessPermissive(Warning), a.at(Finding{
		Text:     fmt.Sprintf("%s can make user namespaces", some(names)),
		Fix:      "refuse CLONE_NEWUSER (0x10000000), and clone3 with ENOSYS since its flags are in memory",
		Subjects: list,
	}, names...))
	return nil
}}

// flagsArg returns the argument of a call that has CLONE_ flags. On s390 it is clone's second
// one (kernel/fork.c, CONFIG_CLONE_BACKWARDS2).
func flagsArg(s Subject) int {
	if a := s.Arch.String(); s.Call == "clone" && (a == "s390" || a == "s390x") {
		return 1
	}
	return 0
}

var dangerousCalls = check{Rule{
	Code: "dangerous-calls", Severity: Info,
	Title:   "calls pass that start programs, reach other processes or open sockets",
	Why:     "Most programs need some of them. What is left of each is listed with its exact arguments, for a reviewer to compare with what the program does.",
	Sources: []string{"https://github.com/david942j/seccomp-tools", seccompMan},
}, func(a *audit) error {
	list := a.answers.subjects("execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "io_uring_setup", "socket", "setns", "mount", "personality")
	if len(list) > 0 {
		a.add(Info, a.at(Finding{Text: passText(list), Subjects: list}, calls(list)...))
	}
	return nil
}}

var openReadWrite = check{Rule{
	Code: "open-read-write", Severity: Info,
	Title:   "files can be opened, read and written",
	Why:     "Whoever takes over the process reads what it may read: flags of a contest, keys, tokens. A process that needs no new files can do without one of the three.",
	Sources: []string{"https://github.com/david942j/seccomp-tools"},
}, func(a *audit) error {
	for _, abi := range a.answers.arches {
		var list []Subject
		kinds := 0
		for _, kind := range [][]string{
			{"open", "openat", "openat2", "creat", "open_by_handle_at"},
			{"read", "readv", "pread64", "preadv", "preadv2", "mmap", "mmap2", "sendfile", "sendfile64", "splice", "copy_file_range", "io_submit"},
			{"write", "writev", "pwrite64", "pwritev", "pwritev2", "sendfile", "sendfile64", "splice", "sendto", "sendmsg"},
		} {
			found := false
			for _, name := range kind {
				s, ok := a.answers.passes(abi, name)
				found = found || ok
				if ok && !slices.Contains(calls(list), name) {
					list = append(list, s)
				}
			}
			if found {
				kinds++
			}
		}
		if kinds == 3 {
			names := calls(list)
			a.add(Info, a.at(Finding{Text: fmt.Sprintf("files can be opened, read and written on %s, by %s", abi, some(names)), Subjects: list}, names...))
			return nil
		}
	}
	return nil
}}

// classOf returns a check that finds which calls of a class pass.
func classOf(names ...string) func(*audit) error {
	return func(a *audit) error {
		if list := a.open(names...); len(list) > 0 {
			a.add(a.unlessPermissive(Warning), a.at(Finding{
				Text:     passText(list),
				Fix:      "refuse them, or let them pass with the capability alone",
				Subjects: list,
			}, calls(list)...))
		}
		return nil
	}
}

// unlessPermissive returns a severity, and Info where calls pass that nobody names: that is
// the finding to act on.
func (a *audit) unlessPermissive(s Severity) Severity {
	if a.answers.all(a.native, "", passing) {
		return Info
	}
	return s
}
