package lint

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var kernelCode = check{Rule{
	Code: "kernel-code", Severity: Warning,
	Title:   "calls pass that load code into the kernel, or another kernel",
	Why:     "They also need capabilities. The filter is the second line of defense, for when a process has these or obtains them.",
	Sources: []string{dockerDocs},
}, classOf("refuse them, or allow them by an entry that includes the capability that they need",
	"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load")}

var hostFiles = check{Rule{
	Code: "host-files", Severity: Warning,
	Title:   "files can be opened by handles, without a path",
	Why:     "A handle can refer to any file of the filesystem, even outside the container's root. Containers with CAP_DAC_READ_SEARCH, which open_by_handle_at needs, have read the host's files this way.",
	Sources: []string{dockerDocs, "https://man7.org/linux/man-pages/man2/open_by_handle_at.2.html"},
}, classOf("refuse it, or allow it by an entry that includes CAP_DAC_READ_SEARCH", "open_by_handle_at")}

var kernelSurface = check{Rule{
	Code: "kernel-surface", Severity: Warning,
	Title:   "calls pass that have often been used to attack the kernel",
	Why:     "Their implementations are large, containers seldom need them, and most of them are available to unprivileged processes.",
	Sources: []string{dockerDocs, cve("2016-0728"), cve("2017-16995"), cve("2020-8835"), cve("2013-2094")},
}, classOf("refuse those that the program does not need", "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "vm86", "vm86old")}

var userNamespaces = check{Rule{
	Code: "user-namespaces", Severity: Warning,
	Title:   "new user namespaces can be made",
	Why:     "In a new user namespace, a process has all capabilities, and can reach parts of the kernel that are meant for root alone.",
	Sources: []string{cve("2022-0185"), cve("2022-0492")},
}, func(a *audit) error {
	list := a.open("clone3")
	flagged, err := a.flagged()
	if err != nil {
		return err
	}
	for _, s := range a.open("unshare", "clone") {
		own, ok := flagged.passes(s.Arch, s.Call)
		if ok && s.always() {
			own.Where = []compile.Case{{{Arg: profile.TellingArgs(s.Arch, s.Call)[0], Mask: newUser, Ranges: []compile.Range{{Lo: newUser, Hi: newUser}}}}}
			own.Beyond = ""
		}
		if ok {
			list = append(list, own)
		}
	}
	a.addEach(a.unlessPermissive(Warning), "", list, func(list []Subject) Finding {
		return Finding{
			Text: fmt.Sprintf("%s can make user namespaces", some(calls(list))),
			Fix:  "refuse CLONE_NEWUSER (0x10000000), and clone3 with ENOSYS since its flags are in memory",
		}
	})
	return nil
}}

// newUser is CLONE_NEWUSER (include/uapi/linux/sched.h).
const newUser = 1 << 28

// flagged returns the answers of the filters together with one that kills clone and unshare
// without CLONE_NEWUSER: what passes, passes with it.
func (a *audit) flagged() (x answers, err error) {
	pol := &policy.Policy{Default: policy.KillProcess, BadArch: policy.KillProcess, ByAudit: true}
	for _, abi := range a.answers.arches {
		part := policy.ArchPolicy{Arch: abi}
		for _, name := range []string{"clone", "unshare"} {
			if nr, ok := syscalls.Number(abi, name); ok {
				arg := profile.TellingArgs(abi, name)[0]
				part.Rules = append(part.Rules, policy.Rule{Nr: nr, Action: policy.Allow, Conds: []policy.Cond{
					{Arg: uint8(arg), Op: policy.MaskedEQ, Mask: newUser, Value: newUser, Width: 32},
				}})
			}
		}
		pol.Arches = append(pol.Arches, part)
	}
	slices.SortStableFunc(pol.Arches, func(p, q policy.ArchPolicy) int { // the native one first
		isNative := func(x policy.ArchPolicy) int { return map[bool]int{true: 0, false: 1}[x.Arch == a.native] }
		return isNative(p) - isNative(q)
	})
	only, err := compile.Policy(pol, compile.Options{})
	if err != nil {
		return x, err
	}
	stack, err := compile.NewStack(append([]*compile.Filter{only}, a.stack.Filters()...)...)
	if err != nil {
		return x, err
	}
	list, err := compile.Answers(stack)
	return answersOf(list, a.native), err
}

var dangerousCalls = check{Rule{
	Code: "dangerous-calls", Severity: Info,
	Title:   "calls pass that start programs, reach other processes or open sockets",
	Why:     "Most programs need some of them. Each is listed with the exact arguments that pass, for a reviewer to compare with what the program does.",
	Sources: []string{"https://github.com/david942j/seccomp-tools", seccompMan},
}, func(a *audit) error {
	list := a.answers.subjects("execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "io_uring_setup", "socket", "setns", "mount", "personality")
	a.addEach(Info, "", list, func(list []Subject) Finding { return Finding{Text: passText(list)} })
	return nil
}}

var openReadWrite = check{Rule{
	Code: "open-read-write", Severity: Info,
	Title:   "files can be opened, read and written",
	Why:     "An attacker who takes over the process can read all that it may read, such as keys and tokens. A process that opens no more files can do without one of the three.",
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
			list = a.placed(list)
			a.add(Info, a.first(Finding{Text: fmt.Sprintf("files can be opened, read and written on %s, by %s", abi, some(calls(list)))}, list))
			return nil
		}
	}
	return nil
}}

// classOf returns a check that finds which calls of a class pass.
func classOf(fix string, names ...string) func(*audit) error {
	return func(a *audit) error {
		a.addEach(a.unlessPermissive(Warning), "", a.open(names...), func(list []Subject) Finding {
			return Finding{Text: passText(list), Fix: fix}
		})
		return nil
	}
}

// unlessPermissive returns a severity, and Info where calls pass that nobody names: that is
// the finding to act on.
func (a *audit) unlessPermissive(s Severity) Severity {
	if a.permissive(a.native) {
		return Info
	}
	return s
}
