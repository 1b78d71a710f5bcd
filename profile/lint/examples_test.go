package lint

import (
	"fmt"
	"strings"
)

// A codeTest is a minimal example of a code, and a text like it in which it must not come up.
// The entries are for x86_64, with the calls of start besides; def is the default action.
type codeTest struct {
	code   Code
	fires  string // a profile, or its entries
	says   string
	silent string
	filter bool // the same comes up in the filter without its text
}

// start are entries with which programs start, and no check finds anything.
const start = `{"names": ["execve", "close", "write", "read", "futex", "openat", "fstat", "getpid", "mmap", "mprotect", "munmap", "brk", "exit_group", "rt_sigreturn",
"arch_prctl", "set_tid_address", "epoll_ctl", "fstatfs", "getdents64", "statx", "faccessat2", "fchmodat2"], "action": "SCMP_ACT_ALLOW"}`

// wrap returns entries as a profile, after those of start.
func wrap(entries string) string {
	if strings.HasPrefix(entries, "{\"defaultAction\"") {
		return entries
	}
	return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [%s,
%s]}`, start, entries)
}

func allowed(names string) string {
	return fmt.Sprintf(`{"names": [%s], "action": "SCMP_ACT_ALLOW"}`, names)
}

// codeTests have an example of each code, in the order of Rules.
var codeTests = []codeTest{
	{
		code:   "permissive-default",
		fires:  `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["ptrace"], "action": "SCMP_ACT_ERRNO"}]}`,
		says:   "1:19: warning: permissive-default: the default action, ALLOW, lets calls pass that the profile does not name, including those of future kernels (answer ERRNO by default and allow what the program needs)",
		silent: allowed(`"getuid"`), filter: true,
	},
	{code: "no-abi-check"},
	{code: "abi-gap"},
	{
		code:   "missing-abi",
		fires:  allowed(`"getuid"`),
		says:   "1:1: info: missing-abi: programs of x86 are killed, although x86_64 kernels run them (list them in architectures or archMap if such programs are to run)",
		silent: `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`,
	},
	{
		code: "sibling-open",
		fires: `{"names": ["chmod"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
` + allowed(`"fchmodat"`),
		says: `3:12: warning: sibling-open: chmod is refused, and fchmodat, fchmodat2 pass, which do the same (refuse or limit the calls that do the same, or drop the entry for chmod, which has no effect alone)`,
		silent: `{"names": ["chmod", "fchmodat", "fchmodat2"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
` + allowed(`"getuid"`),
		filter: false,
	},
	{
		code: "mux-open",
		fires: `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
{"names": ["socketcall"], "action": "SCMP_ACT_ALLOW"},
{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`,
		says: `2:12: warning: mux-open: socketcall makes socket with any arguments, in spite of the rules for these (refuse socketcall, or leave out the ABI; "seccompile harden --close socketcall" refuses it, which breaks 32-bit programs with old C libraries)`,
		silent: `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
{"names": ["socketcall"], "action": "SCMP_ACT_ALLOW"},
{"names": ["socket"], "action": "SCMP_ACT_ALLOW"}]}`,
		filter: true,
	},
	{
		code: "io-uring",
		fires: allowed(`"io_uring_setup", "io_uring_enter"`) + `,
{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}`,
		says:   `3:12: warning: io-uring: io_uring_setup passes, so a ring can do what the filter refuses to socket (refuse io_uring_setup with ENOSYS)`,
		silent: `{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}`, filter: true,
	},
	{
		code:   "runc-weaker",
		fires:  `{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]}`,
		says:   `3:12: warning: runc-weaker: under runc, x86_64 socket(0x100000028) passes, but the text refuses it with ERRNO(1) EPERM: libseccomp compares bits of the argument that the kernel ignores ("seccompile harden" writes the conditions so that runc reads them as the kernel does)`,
		silent: `{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]}`,
	},
	{
		code: "clone3-errno",
		fires: `{"names": ["clone3"], "action": "SCMP_ACT_ERRNO"},
{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 268435456, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}`,
		says: `3:12: warning: clone3-errno: clone3 gets ERRNO(1) EPERM and clone passes, but glibc falls back to clone only on ENOSYS (answer ENOSYS to clone3)`,
		silent: `{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 268435456, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}`,
		filter: true,
	},
	{
		code:   "no-fallback",
		fires:  allowed(`"openat2", "close_range", "copy_file_range", "preadv"`),
		says:   "1:19: info: no-fallback: preadv2 gets ERRNO(1) EPERM, but C libraries fall back to older calls only on ENOSYS (answer ENOSYS, or allow what is refused)",
		silent: allowed(`"openat2", "close_range", "copy_file_range", "preadv", "preadv2"`), filter: true,
	},
	{
		code:   "kill-thread",
		fires:  `{"names": ["reboot"], "action": "SCMP_ACT_KILL"}`,
		says:   "3:12: warning: kill-thread: reboot ends the thread, and the rest of the process continues without it (use SCMP_ACT_KILL_PROCESS, or an errno)",
		silent: `{"names": ["reboot"], "action": "SCMP_ACT_KILL_PROCESS"}`, filter: true,
	},
	{
		code:   "launcher-calls",
		fires:  `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + strings.Replace(start, `"close", `, "", 1) + `]}`,
		says:   "1:19: warning: launcher-calls: runc's init, with no_new_privs, or the loader of glibc cannot start a program without close (allow what is refused)",
		silent: allowed(`"getuid"`), filter: true,
	},
	{
		code:   "notify-launcher",
		fires:  `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["write"], "action": "SCMP_ACT_NOTIFY"}]}`,
		says:   "1:61: warning: notify-launcher: write waits for the listener, but launchers call it before they send the listener (allow what launchers call)",
		silent: `{"names": ["mount"], "action": "SCMP_ACT_NOTIFY"}`, filter: true,
	},
	{
		code:   "kernel-code",
		fires:  allowed(`"kexec_load"`),
		says:   "3:12: warning: kernel-code: kexec_load passes (refuse them, or allow them by an entry that includes the capability that they need)",
		silent: `{"names": ["kexec_load"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_BOOT"]}}`, filter: true,
	},
	{
		code:   "host-files",
		fires:  allowed(`"open_by_handle_at"`),
		says:   "3:12: warning: host-files: open_by_handle_at passes (refuse it, or allow it by an entry that includes CAP_DAC_READ_SEARCH)",
		silent: `{"names": ["open_by_handle_at"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_DAC_READ_SEARCH"]}}`, filter: true,
	},
	{
		code:   "kernel-surface",
		fires:  allowed(`"keyctl"`),
		says:   "3:12: warning: kernel-surface: keyctl passes (refuse those that the program does not need)",
		silent: `{"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}}`, filter: true,
	},
	{
		code:  "user-namespaces",
		fires: allowed(`"clone"`),
		says:  "3:12: warning: user-namespaces: clone can make user namespaces (refuse CLONE_NEWUSER (0x10000000), and clone3 with ENOSYS since its flags are in memory)",
		silent: `{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 268435456, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
{"names": ["unshare"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 268435456, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}`, filter: true,
	},
	{
		code:   "dangerous-calls",
		fires:  `{"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]}`,
		says:   "1:61: info: dangerous-calls: execve passes; ptrace passes for some arguments",
		silent: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`, filter: true,
	},
	{
		code:   "open-read-write",
		fires:  allowed(`"getuid"`),
		says:   "1:80: info: open-read-write: files can be opened, read and written on x86_64, by openat, read, mmap, write",
		silent: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["openat", "read", "readv", "exit"], "action": "SCMP_ACT_ALLOW"}]}`, filter: true,
	},
	{
		code: "runtime-unsupported",
		fires: `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64"]}}]}`,
		says:   `1:1: info: runtime-unsupported: containerd ignores includes and excludes of a Localhost profile of Kubernetes, so all entries apply ("seccompile resolve" prints the section for one target)`,
		silent: allowed(`"getuid"`),
	},
	{code: "over-budget"},
	{
		code:   "unused-ignore",
		fires:  `{"names": ["getuid"], "action": "SCMP_ACT_ALLOW", "comment": "lint:ignore kernel-code:bpf the agent loads its programs"}`,
		says:   `3:62: warning: unused-ignore: no finding is accepted by "kernel-code:bpf the agent loads its programs" (delete it)`,
		silent: `{"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "comment": "lint:ignore kernel-surface:bpf the agent loads its programs"}`,
	},
}
