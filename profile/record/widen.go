package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// A Level says how much more than the recorded calls a profile allows.
type Level uint8

const (
	Usual Level = iota // also what programs of the same kind do in other runs
	Tight              // almost nothing more: the telling arguments of all calls are as recorded
	Loose              // also the calls that other C libraries make instead, and other ABIs of the machine
)

// A Reason says why a profile allows something that was not recorded.
type Reason struct {
	Calls []string // the calls, or the one whose arguments are not compared
	Why   string
}

// anytime are calls that a kernel or a C library makes on a program's behalf in some runs and
// not in others: on a signal, to wait for a lock, to end, to take and give back memory.
var anytime = strings.Fields(`
	restart_syscall rt_sigreturn sigreturn exit exit_group futex sched_yield madvise munmap brk rt_sigprocmask clock_gettime
	gettid getpid set_robust_list rseq`)

// Anytime returns the calls that a kernel or a C library makes on a program's behalf in some
// runs and not in others, such as restart_syscall. The caller owns the slice.
func Anytime() []string { return slices.Clone(anytime) }

// older has what C libraries call where a newer call gets ENOSYS.
var older = map[string]string{
	"faccessat2": "faccessat", "fchmodat2": "fchmodat", "statx": "newfstatat", "openat2": "openat", "renameat2": "renameat",
	"preadv2": "preadv", "pwritev2": "pwritev", "epoll_pwait2": "epoll_pwait", "clone3": "clone",
}

// spellings are calls for the same of different C libraries and releases.
var spellings = [][]string{
	{"open", "openat"}, {"stat", "newfstatat", "statx"}, {"lstat", "newfstatat", "statx"}, {"fstat", "newfstatat", "statx"}, {"access", "faccessat", "faccessat2"},
	{"pipe", "pipe2"}, {"dup2", "dup3"}, {"poll", "ppoll"}, {"select", "pselect6"}, {"epoll_wait", "epoll_pwait"}, {"epoll_create", "epoll_create1"},
	{"getdents", "getdents64"}, {"readlink", "readlinkat"}, {"mkdir", "mkdirat"}, {"unlink", "unlinkat"}, {"rmdir", "unlinkat"}, {"rename", "renameat", "renameat2"},
	{"symlink", "symlinkat"}, {"link", "linkat"}, {"chmod", "fchmodat"}, {"chown", "fchownat"}, {"accept", "accept4"}, {"eventfd", "eventfd2"},
	{"inotify_init", "inotify_init1"}, {"signalfd", "signalfd4"}, {"wait4", "waitid"}, {"getrlimit", "prlimit64"}, {"setrlimit", "prlimit64"}, {"fork", "vfork", "clone"},
	{"nanosleep", "clock_nanosleep"}, {"time", "gettimeofday", "clock_gettime"}, {"utimes", "utimensat"}, {"sendfile", "sendfile64"},
}

// widened returns the calls that a profile allows besides those that were recorded, for
// which reasons, by name; soft are calls that get ENOSYS so that programs make older ones.
func widened(names []string, arches []arch.Arch, level Level) (list []Reason, soft []string) {
	has := func(name string) bool {
		return slices.ContainsFunc(arches, func(a arch.Arch) bool { _, ok := syscalls.Number(a, name); return ok })
	}
	taken := slices.Clone(names)
	add := func(why string, calls ...string) {
		var fresh []string
		for _, c := range calls {
			if has(c) && !slices.Contains(taken, c) {
				fresh, taken = append(fresh, c), append(taken, c)
			}
		}
		if len(fresh) > 0 {
			list = append(list, Reason{fresh, why})
		}
	}
	add("a launcher executes the program with it, after it installs the filter", "execve")
	add("the kernel or a C library makes them in some runs", anytime...)
	if level == Tight {
		return list, nil
	}
	for _, name := range names {
		if old := older[name]; old != "" && name != "clone3" {
			add(fmt.Sprintf("older kernels have it instead of %s", name), old)
		}
	}
	if level == Loose {
		for _, group := range spellings {
			if i := slices.IndexFunc(group, func(c string) bool { return slices.Contains(names, c) }); i >= 0 {
				add(fmt.Sprintf("other C libraries call it instead of %s", group[i]), group...)
			}
		}
	}
	for _, name := range slices.Clone(taken) {
		for _, suffix := range []string{"_time64", "64"} {
			if newer := name + suffix; strings.HasSuffix(newer, "time64") {
				add(fmt.Sprintf("C libraries with 64 bits for times call it instead of %s", name), newer)
			}
		}
	}
	for name := range syscalls.Names() {
		if profile.FallsBack(name) && has(name) && !slices.Contains(taken, name) {
			soft = append(soft, name)
		}
	}
	slices.Sort(soft)
	return list, soft
}
