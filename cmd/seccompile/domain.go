package main

import (
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// A domain is what an argument of some calls is: constants that start with a prefix.
type domain struct {
	calls  string // separated by blanks
	arg    int
	prefix string
	not    string // constants that are second names, or bounds
}

var domains = []domain{
	{"socket socketpair", 0, "AF_", "AF_LOCAL AF_ROUTE AF_MAX"},
	{"socket socketpair", 1, "SOCK_", "SOCK_MAX"},
	{"socketcall", 0, "SYS_", ""},
	{"clone unshare", 0, "CLONE_", "CLONE_ARGS_SIZE_VER0 CLONE_ARGS_SIZE_VER1 CLONE_ARGS_SIZE_VER2"},
	{"setns", 1, "CLONE_", "CLONE_ARGS_SIZE_VER0 CLONE_ARGS_SIZE_VER1 CLONE_ARGS_SIZE_VER2"},
	{"prctl", 0, "PR_", ""},
	{"ptrace", 0, "PTRACE_", ""},
	{"bpf", 0, "BPF_", ""},
	{"keyctl", 0, "KEYCTL_", ""},
	{"fcntl fcntl64", 1, "F_", "F_LINUX_SPECIFIC_BASE"},
	{"open", 1, "O_", "O_NDELAY"},
	{"openat", 2, "O_", "O_NDELAY"},
	{"mmap mprotect pkey_mprotect", 2, "PROT_", ""},
	{"madvise", 2, "MADV_", ""},
	{"futex futex_time64", 1, "FUTEX_", ""},
	{"setpriority getpriority", 0, "PRIO_", ""},
	{"mount", 3, "MS_", ""},
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

// hasWord reports whether a list, separated by blanks, has a word.
func hasWord(list, word string) bool {
	return strings.Contains(" "+list+" ", " "+word+" ")
}
