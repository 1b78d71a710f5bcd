package profile

import "github.com/seccompile/seccompile/profile/policy"

// The calls that the runtime of a Go program makes on its own once main runs, in the
// releases from 1.25 to 1.27 (src/runtime, files os_linux.go, sys_linux_*.s,
// netpoll_epoll.go and cgroup_linux.go), and restart_syscall, by which the kernel
// continues a sleep after a stop.
var goCalls = []string{
	"clock_gettime", "epoll_create1", "epoll_ctl", "epoll_pwait", "eventfd2", "exit", "exit_group",
	"futex", "futex_time64", "getpid", "gettid", "madvise", "munmap", "nanosleep", "pread64",
	"restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity",
	"sched_yield", "sigaltstack", "tgkill",
}

// namespaces has clone's flags for namespaces that a thread can be started in.
const namespaces = "CLONE_NEWCGROUP|CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWUSER|CLONE_NEWUTS"

// AllowGo adds rules that allow the calls that the Go runtime makes by itself. It is for a
// program that installs the filter on its own process, with SECCOMP_FILTER_FLAG_TSYNC. It
// includes only calls that the runtime makes after main has started. A program that is built
// without cgo needs nothing else until it makes calls of its own. Printing a panic is such a
// call: it needs write(2).
//
// Some calls pass under conditions: clone if it starts a thread in the same namespaces,
// mmap if the memory is not executable, and prctl if it names memory (PR_SET_VMA). On
// s390x, where clone has its flags in another argument, a program has to allow clone
// itself.
//
// tgkill passes for all processes, because a profile does not know the program's. If the
// program makes the profile itself, it should limit tgkill to its own process:
//
//	b.Errno("EPERM", "tgkill").If(profile.Arg(0).Not(os.Getpid()))
//
// Otherwise it can signal every process that its user may signal.
//
// The calls are those of Go 1.25 to 1.27. A program that is built with a newer release
// should be tested under its filter: with Log as the default action, the kernel's log has
// the calls that are missing.
func (b *Builder) AllowGo() *Builder {
	pos := caller()
	b = b.orZero()
	limited := func(c Condition, names ...string) {
		c.pos = pos
		b.rule(pos, policy.Allow, "", names).If(c)
	}
	b.rule(pos, policy.Allow, "", goCalls)
	limited(Arg(0).Masked("CLONE_THREAD|"+namespaces, "CLONE_THREAD"), "clone")
	limited(Arg(2).Without("PROT_EXEC"), "mmap", "mmap2")
	limited(Arg(0).Is("PR_SET_VMA"), "prctl")
	return b
}
