// Package install installs compiled seccomp filters. It also reports which filters a
// thread has.
//
//	cmd := exec.Command("sh", "-c", "id")
//	if _, err := install.Start(insns, install.Options{}, cmd); err != nil {
//		return err
//	}
//	return cmd.Wait()
//
// The package takes finished instructions and makes the raw system calls. It links no
// compiler, so it fits into the small child process that a container runtime starts.
//
// A filter cannot be removed. Threads and processes that a filtered thread starts inherit
// it, and execve keeps it. A thread can only add more filters (kernel/seccomp.c,
// seccomp_attach_filter).
//
// # Start, Exec and Filter
//
// A filter belongs to a kernel thread, and so does no_new_privs. Goroutines move between
// threads, and the Go runtime makes its own calls on all of them. There is therefore one
// function for each of three kinds of programs:
//
//   - [Start] is for a program that stays unfiltered and starts a command under a filter.
//     It replaces cmd.Start of os/exec. The program's main must begin with [Child].
//   - [Exec] is for a launcher, which becomes the command. One thread installs the filter
//     and calls execve. execve ends all other threads and keeps the filter (fs/exec.c,
//     de_thread).
//   - [Filter] with SECCOMP_FILTER_FLAG_TSYNC is for a program that runs under the filter
//     itself. Either all threads get the filter, and no_new_privs if it is set, or none
//     does (kernel/seccomp.c, seccomp_sync_threads). The filter must allow what a Go
//     process needs.
//
// A launcher must not use TSYNC. If the filter kills calls that the Go runtime makes,
// another thread may die between the installation and execve.
//
// The kernel refuses TSYNC if another thread has a filter that the calling thread does
// not have. The same program installed twice counts as two filters. So after
// syscall.AllThreadsSyscall, which installs a separate filter on each thread, TSYNC no
// longer works.
//
// Start and Exec use the installation on one thread, which Filter without TSYNC does.
// While a goroutine is locked to a filtered thread, the runtime starts new threads from
// an unfiltered one.
//
// # Several filters
//
// For each call, the kernel runs all filters of the thread, the newest first. The
// strictest answer counts: KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, USER_NOTIF, TRACE,
// LOG, ALLOW, in this order. Of equally strict answers, the newest filter's counts, with
// its errno (kernel/seccomp.c, seccomp_run_filters). So a new filter can only refuse
// more: it cannot allow what an older one refuses.
//
// [Status] returns the number of filters. [Room] and [Cost] tell whether one more fits.
// Options.Before installs a policy that is too large for one filter.
//
// # What a filtered Go process needs
//
// The runtime of Go makes calls at any time, on any thread: once a second, for example, it
// looks at the processors and at the limits of its cgroup. If such a call is refused, the
// process hangs, crashes or is killed. A filter on a Go process must therefore allow
// futex, nanosleep, sched_yield, sched_getaffinity, clock_gettime, restart_syscall,
// epoll_create1, epoll_ctl, epoll_pwait, eventfd2, pread64, tgkill, getpid, gettid,
// rt_sigaction, rt_sigreturn, rt_sigprocmask, sigaltstack, mmap, munmap, madvise, clone
// for threads, prctl(PR_SET_VMA), exit and exit_group. AllowGo of profile.Builder adds
// rules for these. The child of [Start] needs only execve. A caller of [Exec] also needs
// rt_sigreturn, since the runtime preempts goroutines by signal.
//
// SECCOMP_RET_KILL_THREAD, also named SECCOMP_RET_KILL, does not end a Go process. It
// ends one thread of the runtime, which may hold locks. The next garbage collection then
// waits for that thread forever. Use SECCOMP_RET_KILL_PROCESS instead. SECCOMP_RET_TRAP
// ends the process by SIGSYS, which os/signal cannot catch.
//
// # What is not promised
//
// The package does not judge programs. It installs every filter that the kernel accepts,
// even one that kills the next call.
//
// On systems other than Linux, [Child] does nothing, and all other functions that use the
// kernel return [ErrNotSupported].
package install

import (
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// Options control how a filter is installed. The zero value is suitable for commands: no
// flags, so the filter is on one thread, and no_new_privs is set.
type Options struct {
	// Flags has SECCOMP_FILTER_FLAG_* bits of include/uapi/linux/seccomp.h, which
	// golang.org/x/sys/unix names. They are passed unchanged to the kernel.
	Flags uint

	// Before has filters to install before the one that is passed to Filter, Exec or
	// Start. They are installed in order, on the same threads, and with the same flags
	// except NEW_LISTENER and WAIT_KILLABLE_RECV. They are for a policy that is too large
	// for one filter (compile.Split). Each must allow seccomp(2), or prctl(2) on kernels
	// older than 3.17, since the next one is installed under it. No other call is made in
	// between. Filter says what remains installed if one is refused.
	Before [][]bpf.RawInstruction

	// AllowNewPrivs leaves no_new_privs unchanged, so that programs started later can
	// gain privileges by set-user-ID bits or file capabilities. Unless no_new_privs is
	// already set, the kernel then requires CAP_SYS_ADMIN in the user namespace of the
	// process (kernel/seccomp.c, seccomp_prepare_filter).
	AllowNewPrivs bool

	// Bounding has the capabilities that remain in the bounding set of the thread, by
	// their numbers in include/uapi/linux/capability.h; profile.CapNumbers returns them
	// for names. Nil leaves the set unchanged, and an empty slice removes all. The set is
	// reduced before the filter is installed, which requires CAP_SETPCAP. The inheritable
	// and ambient sets are reduced with it, because a program gains from them what the
	// bounding set lacks. Permitted and effective capabilities of the thread do not
	// change, except that they end with its program: one that it executes gets no
	// capability outside the set, even as root (security/commoncap.c,
	// cap_bprm_creds_from_file). Bounding cannot be used with TSYNC, since it applies to
	// one thread.
	Bounding []uintptr
}

// Filter installs insns on the calling thread, or with TSYNC on all threads of the
// process. It returns the listener, close-on-exec and in blocking mode, if the flags
// include NEW_LISTENER, else nil.
//
// Without TSYNC, Filter returns with the goroutine locked to its thread
// (runtime.LockOSThread), since only that thread has the filter. Locks nest, so the
// caller's own pairs of lock and unlock change nothing. If the goroutine ends while
// locked, the runtime ends the thread. One UnlockOSThread too many would let the filtered
// thread run any goroutine. With TSYNC, and after an error, Filter releases its lock.
//
// After an error nothing is installed, unless o.Before has filters. Filter checks as much
// as possible before it changes anything: the length, the flags, and, by a call without a
// program, whether the kernel and outer filters permit the installation. Then it reduces
// the capability sets, if o says so, and sets no_new_privs on the thread. Neither can be
// undone. Both remain if the kernel then refuses the installation, because of the program
// (EINVAL), another listener (EBUSY), too much code (ENOMEM) or another thread's filter.
// Filter cannot try a program first: if a thread has neither no_new_privs nor
// CAP_SYS_ADMIN, the kernel does not look at the program (kernel/seccomp.c,
// seccomp_prepare_filter). A caller that goes on after such an error should lock the
// goroutine first, and let it end with its thread.
//
// Filter makes no call after the installation. The filter applies to all later calls on
// the thread, including those of the runtime. If the thread makes a call that the filter
// hands over, it waits for the supervisor. A supervisor in the same process must not need
// the waiting thread. Garbage collection does, so a filter that hands over futex or
// rt_sigreturn requires a supervisor in another process.
//
// With o.Before, each filter is installed by a separate call, and none can be removed.
// Filter first checks that all of them together fit into [MaxPath]; it does not count
// filters that the thread already has. If a filter is refused, because there is no room
// (ENOMEM) or for one of the reasons above, the earlier ones remain, and the error's
// Before has their number. The goroutine then remains locked, unless o.Flags has TSYNC;
// it should report the error and end. Only insns, which is installed last, can have a
// listener, so an error never leaves one open. With TSYNC each filter is installed on all
// threads or on none, but until the last one is installed, other threads run under the
// earlier ones alone.
//
// Errors are of type [*Error]. The error is [ErrNotSupported] if the kernel or the system
// lacks seccomp filters or one of the flags. Filter does not retain insns. It is safe for
// concurrent use.
func Filter(insns []bpf.RawInstruction, o Options) (listener *Listener, err error) {
	if err := check("install.Filter", insns, o); err != nil {
		return nil, err
	}
	return filter(insns, o)
}

// flagString prints flags as the kernel's header names them, without the
// prefix SECCOMP_FILTER_FLAG_; bits that have no name come last, in hex.
func flagString(flags uint) string {
	if flags == 0 {
		return "0"
	}
	var names []string
	for _, f := range abi.Flags {
		if flags&f.Flag != 0 {
			names = append(names, strings.TrimPrefix(f.Name, "SECCOMP_FILTER_FLAG_"))
			flags &^= f.Flag
		}
	}
	if flags != 0 {
		names = append(names, fmt.Sprintf("%#x", flags))
	}
	return strings.Join(names, "|")
}

// check is what can be said without a kernel; the caller is the function's name.
// The rules on length are those of kernel/seccomp.c:seccomp_prepare_filter, those
// on flags of its seccomp_set_mode_filter.
func check(caller string, insns []bpf.RawInstruction, o Options) error {
	if n := len(insns); n < 1 || n > abi.MaxInsns {
		return &Error{
			Op:     caller,
			Errno:  syscall.EINVAL,
			Fault:  fmt.Sprintf("%d instructions", n),
			Advice: fmt.Sprintf("a filter has 1 to %d", abi.MaxInsns),
		}
	}
	if err := checkBefore(caller, insns, o); err != nil {
		return err
	}
	op := caller + "(" + flagString(o.Flags) + ")"
	if e := unknownFlag(op, o.Flags); e != nil {
		return e
	}
	switch flags := o.Flags; {
	case flags&abi.FlagTSync != 0 && flags&abi.FlagNewListener != 0 && flags&abi.FlagTSyncESRCH == 0:
		return refusal(op, "TSYNC and NEW_LISTENER together need TSYNC_ESRCH", "otherwise the answer could be a thread or a listener")
	case flags&abi.FlagWaitKillableRecv != 0 && flags&abi.FlagNewListener == 0:
		return refusal(op, "WAIT_KILLABLE_RECV needs NEW_LISTENER", "it says how calls wait for a listener")
	case flags&abi.FlagTSync != 0 && o.Bounding != nil:
		return refusal(op, "TSYNC and Bounding exclude each other", "each thread has its own bounding set")
	}
	return nil
}

// checkBefore is what can be said of several filters: each has the length of one, and
// together they leave room for themselves (kernel/seccomp.c, seccomp_attach_filter). Where
// calls go to a listener, an earlier filter that computes its answers could mean NOTIFY,
// which the kernel would answer with ENOSYS.
func checkBefore(caller string, insns []bpf.RawInstruction, o Options) error {
	total, before := Cost(insns), o.Before
	for i, other := range before {
		if n := len(other); n < 1 || n > abi.MaxInsns {
			return refusal(caller, fmt.Sprintf("%d instructions in Before[%d]", n, i), fmt.Sprintf("a filter has 1 to %d", abi.MaxInsns))
		}
		for _, in := range other {
			switch {
			case in.Op == abi.ClassRET && in.K&abi.RetActionFull == abi.RetUserNotif:
				return refusal(caller, fmt.Sprintf("Before[%d] returns NOTIFY", i), "only the filter that is installed last can have a listener")
			case in.Op == abi.ClassRET|abi.RvalA && o.Flags&abi.FlagNewListener != 0:
				return refusal(caller, fmt.Sprintf("Before[%d] computes an answer, which could be NOTIFY", i), "only the filter that is installed last can have a listener: return constants before it")
			}
		}
		total += Cost(other) + abi.PerFilter
	}
	if len(before) > 0 && total > MaxPath {
		e := refusal(caller, fmt.Sprintf("%d filters take %d instructions as the kernel converts them", len(before)+1, total), fmt.Sprintf("all of a thread can take %d", MaxPath))
		e.Errno = syscall.ENOMEM
		return e
	}
	return nil
}

// unknownFlag is the error for flags without a name here, nil if there are none.
// One is refused even if the kernel knows it, because it may change what the
// answer of seccomp(2) means.
func unknownFlag(op string, flags uint) error {
	for _, f := range abi.Flags {
		flags &^= f.Flag
	}
	if flags == 0 {
		return nil
	}
	return &Error{
		Op:    op,
		Errno: syscall.EINVAL,
		Lacks: flags,
		Fault: "unknown flag " + flagString(flags),
		Cause: ErrNotSupported,
	}
}

// refusal is the error for what is wrong with the arguments of op.
func refusal(op, fault, advice string) *Error {
	return &Error{Op: op, Errno: syscall.EINVAL, Fault: fault, Advice: advice}
}
