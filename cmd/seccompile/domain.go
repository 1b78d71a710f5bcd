package main

import (
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// A domain is what an argument of some calls is: constants that start with a prefix, but for
// those that share it and are something else, or a second name. Lists have blanks, and * at
// the end of a name stands for the rest of it. No two constants of a domain have one value.
type domain struct {
	calls  string
	arg    int
	prefix string
	not    string
}

var domains = []domain{
	{"socket socketpair", 0, "AF_", "AF_LOCAL AF_ROUTE AF_MAX"},
	{"socket socketpair", 1, "SOCK_", "SOCK_TYPE_MASK"},
	{"clone unshare", 0, "CLONE_", "CLONE_ARGS_*"},
	{"setns", 1, "CLONE_", "CLONE_ARGS_*"},
	{"prctl", 0, "PR_SET_", "PR_SET_MM_* PR_SET_PTRACER_ANY"},
	{"ptrace", 0, "PTRACE_", "PTRACE_EVENT* PTRACE_O_* PTRACE_SYSCALL_INFO_* PTRACE_PEEKSIGINFO_* PTRACE_GETFDPIC_* PTRACE_PROT"},
	{"bpf", 0, "BPF_", "BPF_PROG_TEST_RUN"},
	{"keyctl", 0, "KEYCTL_", "KEYCTL_CAPS0_* KEYCTL_CAPS1_* KEYCTL_MOVE_EXCL KEYCTL_SUPPORTS_*"},
	{"fcntl fcntl64", 1, "F_", "F_OWNER_* F_SEAL_* F_RDLCK F_WRLCK F_UNLCK F_EXLCK F_SHLCK F_LINUX_SPECIFIC_BASE"},
	{"open", 1, "O_", "O_NDELAY"},
	{"openat", 2, "O_", "O_NDELAY"},
	{"mmap mprotect pkey_mprotect", 2, "PROT_", ""},
	{"madvise", 2, "MADV_", ""},
	{"setpriority getpriority", 0, "PRIO_", "PRIO_MIN PRIO_MAX"},
	{"mount", 3, "MS_", "MS_ASYNC MS_INVALIDATE MS_SYNC MS_VERBOSE"},
	{"setrlimit getrlimit", 0, "RLIMIT_", ""},
	{"prlimit64", 1, "RLIMIT_", ""},
}

// domainOf returns what an argument of a call is; ok is false if the table does not say.
func domainOf(call string, arg int) (d domain, ok bool) {
	for _, d := range domains {
		if d.arg == arg && hasWord(d.calls, call) {
			return d, true
		}
	}
	return d, false
}

// names returns the constants on an ABI that have no bits but a mask's, by value. Those that
// are negative are in the low word.
func (d domain) names(a arch.Arch, mask uint64) map[uint64]string {
	list := map[uint64]string{}
	for name := range syscalls.Constants() {
		n, ok := syscalls.Constant(a, name)
		if ok && int64(n) < 0 && mask == 1<<32-1 {
			n &= mask
		}
		if ok && n&^mask == 0 && strings.HasPrefix(name, d.prefix) && !hasWord(d.not, name) && list[n] == "" {
			list[n] = name
		}
	}
	return list
}

// hasWord reports whether a list has a word, or one with * that stands for it.
func hasWord(list, word string) bool {
	for own := range strings.FieldsSeq(list) {
		if start, ok := strings.CutSuffix(own, "*"); own == word || ok && strings.HasPrefix(word, start) {
			return true
		}
	}
	return false
}
