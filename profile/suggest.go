package profile

import (
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/syscalls"
)

// libraryCalls are functions of C libraries, and Go's, with the system calls that
// they make (man pages of sections 2 and 3; glibc, sysdeps/unix/sysv/linux).
var libraryCalls = map[string]string{
	"creat64":         "creat",
	"eaccess":         "faccessat2",
	"euidaccess":      "faccessat2",
	"execl":           "execve",
	"execle":          "execve",
	"execlp":          "execve",
	"execv":           "execve",
	"execvp":          "execve",
	"execvpe":         "execve",
	"fexecve":         "execveat",
	"fstatat":         "newfstatat, on 32-bit ABIs fstatat64",
	"futimens":        "utimensat",
	"futimes":         "utimes",
	"getdirentries":   "getdents64",
	"gethostname":     "uname",
	"initgroups":      "setgroups",
	"keyctl_chown":    "keyctl, whose argument 0 is 4",
	"llseek":          "_llseek",
	"lockf":           "fcntl",
	"lutimes":         "utimensat",
	"mkfifo":          "mknodat",
	"mkfifoat":        "mknodat",
	"mkstemp":         "openat",
	"open64":          "openat",
	"openat64":        "openat",
	"opendir":         "openat",
	"popen":           "clone and execve",
	"posix_fadvise":   "fadvise64",
	"posix_fallocate": "fallocate",
	"posix_madvise":   "madvise",
	"posix_spawn":     "clone and execve",
	"pread":           "pread64",
	"prlimit":         "prlimit64",
	"pselect":         "pselect6",
	"pthread_create":  "clone, with newer libraries clone3",
	"pthread_kill":    "tgkill",
	"pwrite":          "pwrite64",
	"raise":           "tgkill",
	"readdirent":      "getdents64",
	"sbrk":            "brk",
	"sem_wait":        "futex",
	"shm_open":        "openat",
	"shm_unlink":      "unlink",
	"sigqueue":        "rt_sigqueueinfo",
	"sigtimedwait":    "rt_sigtimedwait",
	"sigwait":         "rt_sigtimedwait",
	"sigwaitinfo":     "rt_sigtimedwait",
	"sleep":           "clock_nanosleep",
	"sysctl":          "_sysctl",
	"system":          "clone and execve",
	"usleep":          "clock_nanosleep",
	"fopen":           "openat",
	"isatty":          "ioctl",
	"tcgetattr":       "ioctl",
	"tcsetattr":       "ioctl",
	"clock":           "clock_gettime",
	"setpgrp":         "setpgid",
	"umount1":         "umount2",
	"wait":            "wait4",
	"wait3":           "wait4",
}

// covers reports whether the entry names all the calls that a library's function
// makes.
func (e *entry) covers(function string) bool {
	what, _, _ := strings.Cut(libraryCalls[function], ",")
	if what == "" {
		return false
	}
	for call := range strings.SplitSeq(what, " and ") {
		if !slices.ContainsFunc(e.Names, func(n callName) bool { return n.Name == call }) {
			return false
		}
	}
	return true
}

// Suggestion returns a hint at the call that an unknown name may mean, such as " (did you mean
// uname?)" for newuname. It returns "" if no name is similar.
func Suggestion(call string) string { return callHint(call) }

// callHint suggests the system call that an unknown name may mean, "" if none is
// near: of a function in a library, of a function in the kernel, with another
// spelling of 64-bit times, or misspelt.
func callHint(name string) string {
	if call, ok := libraryCalls[name]; ok {
		return " (a library's function, which calls " + call + ")"
	}
	for _, near := range kernelSpellings(name) {
		if syscalls.Known(near) {
			return " (did you mean " + near + "?)"
		}
	}
	return spell.Hint(name, syscalls.Names())
}

// kernelSpellings returns what a name may be in the tables of calls that is
// spelt otherwise in the kernel's source (include/linux/syscalls.h: sys_newuname
// is uname's) or by its time type: each of the calls with 64-bit times on 32-bit
// ABIs is called so in one of two ways (arch/x86/entry/syscalls/syscall_32.tbl,
// 403 to 423).
func kernelSpellings(name string) (list []string) {
	for _, prefix := range [...]string{"sys_", "__x64_sys_", "__ia32_sys_", "__arm64_sys_", "compat_sys_", "ksys_", "do_sys_", "__NR_", "SYS_"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			name = rest
			list = append(list, name)
		}
	}
	if rest, ok := strings.CutPrefix(name, "new"); ok {
		list = append(list, rest)
	}
	if base, ok := strings.CutSuffix(name, "_time64"); ok {
		return append(list, base+"64", base)
	}
	if base, ok := strings.CutSuffix(name, "_time32"); ok {
		return append(list, base)
	}
	if base, ok := strings.CutSuffix(name, "64"); ok {
		list = append(list, base+"_time64")
	}
	return list
}
