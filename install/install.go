// Package install puts a compiled seccomp filter into the kernel, and asks it
// for those that a live thread has.
//
//	runtime.LockOSThread() // this thread is filtered, then becomes the command
//	if _, err := install.Filter(insns, install.Options{}); err != nil {
//		return err
//	}
//	return syscall.Exec(path, argv, env)
//
// It takes finished instructions and does the raw system calls, with nothing
// else of this module linked in, so it fits into the small child that a
// container runtime starts. A filter cannot be taken out again: threads and
// processes that a filtered thread starts inherit it, execve keeps it, and
// more filters can only be added (kernel/seccomp.c, seccomp_attach_filter).
//
// # Which threads
//
// A filter belongs to a thread of the kernel, and so does no_new_privs; a
// goroutine moves between threads. There are two sound ways.
//
// Thread and exec, for a launcher: no flag, then syscall.Exec or os/exec from
// the same goroutine. The other threads of the Go runtime, which go on with
// calls the filter may not know (nanosleep, futex, epoll_pwait, tgkill, ...),
// are not filtered, and execve replaces them all: the thread that calls it
// takes its filter along (fs/exec.c, de_thread). While the goroutine stays
// locked, threads that the runtime starts come from an unfiltered one.
//
// TSYNC, for a process that goes on under the filter itself:
// SECCOMP_FILTER_FLAG_TSYNC puts the filter, and no_new_privs if it is set, on
// all threads or on none (kernel/seccomp.c, seccomp_sync_threads). It is wrong for a
// launcher: if the filter kills what the runtime needs, another thread may die
// between the installation and the exec. TSYNC is refused if another thread
// has a filter that the calling one has not; the same program installed twice
// counts as two filters. So syscall.AllThreadsSyscall, which gives each thread
// a filter of its own, rules out every later TSYNC.
//
// # What a filtered Go process needs
//
// At the least futex, nanosleep, sched_yield, epoll_pwait, tgkill, getpid,
// rt_sigreturn, rt_sigprocmask, sigaltstack, mmap, munmap, madvise, clone,
// exit and exit_group. A launcher needs execve, prlimit64 (syscall.Exec puts
// back the soft limit on files if package os raised it) and rt_sigreturn (the
// runtime preempts goroutines by signal).
//
// SECCOMP_RET_KILL_THREAD, the old SECCOMP_RET_KILL, does not end a Go
// process: it takes away one thread of the runtime with whatever that holds,
// and the next garbage collection waits for it for ever. Use
// SECCOMP_RET_KILL_PROCESS. SECCOMP_RET_TRAP ends the process by SIGSYS, which
// os/signal cannot catch.
//
// # What is not promised
//
// Filter does not judge a program: the kernel does, and any filter that it
// accepts is installed, be it one that kills the next call. On systems other
// than Linux, Filter and Filters return ErrNotSupported.
package install

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// Options says how Filter installs. The zero value is right for a launcher:
// no flags, so the calling thread only, and no_new_privs set.
type Options struct {
	// Flags are SECCOMP_FILTER_FLAG_* bits of include/uapi/linux/seccomp.h,
	// which golang.org/x/sys/unix names. None is ever added or dropped.
	Flags uint

	// AllowNewPrivs leaves no_new_privs as it is, so that programs started
	// later may gain privileges by set-user-ID bits or file capabilities.
	// Where no_new_privs is not set already, the kernel then wants
	// CAP_SYS_ADMIN in the user namespace of the process
	// (kernel/seccomp.c, seccomp_prepare_filter).
	AllowNewPrivs bool
}

// Filter installs insns on the calling thread, or with TSYNC on all threads of
// the process. It returns the listener, close-on-exec and in blocking mode, if
// NEW_LISTENER is among the flags, else nil. Closing the listener, or losing
// the last reference to it, makes calls that the filter hands to it fail with
// ENOSYS.
//
// Unless o.Flags has TSYNC, Filter returns with the goroutine locked to its
// thread (runtime.LockOSThread), for the filter is on that thread only. Locks
// nest, so a caller's own pairs of lock and unlock change nothing. Let the
// goroutine end locked, and the runtime ends the thread with it; one
// UnlockOSThread more than the caller's own locks would put the filtered
// thread back among those that run any goroutine. With TSYNC, and after an
// error, the lock that Filter took is released.
//
// After an error nothing is installed. What can be checked is checked before
// anything changes: length, flags, and by a call with no program whether
// kernel and outer filters let the installation through. Then no_new_privs is
// set on the thread, and that cannot be undone: it stays if the kernel refuses
// the installation afterwards, because of the program (EINVAL), another
// listener (EBUSY), too much code (ENOMEM) or another thread's filter. A
// program cannot be tried without: for a thread with neither no_new_privs nor
// CAP_SYS_ADMIN the kernel does not look at it (kernel/seccomp.c,
// seccomp_prepare_filter). A caller that goes on after such an error and cares
// should have locked the goroutine and let it end.
//
// The filter governs all that follows, the runtime's calls on the thread
// included. Filter makes no call under it, with one exception: for a listener,
// os.NewFile asks fcntl(F_GETFL). A filter that hands fcntl to the listener
// therefore hangs here for ever, and one that kills it kills here.
//
// Errors are of type *Error. ErrNotSupported is among them if kernel or
// system lack seccomp filters or one of the flags. Filter does not keep insns
// and is safe for concurrent use.
func Filter(insns []bpf.RawInstruction, o Options) (listener *os.File, err error) {
	if err := check(len(insns), o.Flags); err != nil {
		return nil, err
	}
	return filter(insns, o)
}

// flagNames is every flag that Filter knows, with the Linux release that
// brought it.
var flagNames = []struct {
	bit   uint
	name  string
	since string
}{
	{abi.FlagTSync, "TSYNC", "3.17"},
	{abi.FlagLog, "LOG", "4.14"},
	{abi.FlagSpecAllow, "SPEC_ALLOW", "4.17"},
	{abi.FlagNewListener, "NEW_LISTENER", "5.0"},
	{abi.FlagTSyncESRCH, "TSYNC_ESRCH", "5.7"},
	{abi.FlagWaitKillableRecv, "WAIT_KILLABLE_RECV", "5.19"},
}

// flagString prints flags as the kernel's header names them, without the
// prefix SECCOMP_FILTER_FLAG_; bits that have no name come last, in hex.
func flagString(flags uint) string {
	if flags == 0 {
		return "0"
	}
	var names []string
	for _, f := range flagNames {
		if flags&f.bit != 0 {
			names = append(names, f.name)
			flags &^= f.bit
		}
	}
	if flags != 0 {
		names = append(names, fmt.Sprintf("%#x", flags))
	}
	return strings.Join(names, "|")
}

// check is what can be said without a kernel. The rules on length are those of
// kernel/seccomp.c:seccomp_prepare_filter, those on flags of its
// seccomp_set_mode_filter; a flag without a name here is refused even if the
// kernel knows it, because it may change what the answer of seccomp(2) means.
func check(n int, flags uint) error {
	if n < 1 || n > abi.MaxInsns {
		return &Error{
			Op:     "install.Filter",
			Errno:  syscall.EINVAL,
			fault:  fmt.Sprintf("%d instructions", n),
			Advice: fmt.Sprintf("a filter has 1 to %d", abi.MaxInsns),
		}
	}
	unnamed := flags
	for _, f := range flagNames {
		unnamed &^= f.bit
	}
	op := "install.Filter(" + flagString(flags) + ")"
	switch {
	case unnamed != 0:
		return &Error{
			Op:           op,
			Errno:        syscall.EINVAL,
			Lacks:        unnamed,
			fault:        "unknown flag " + flagString(unnamed),
			notSupported: true,
		}
	case flags&abi.FlagTSync != 0 && flags&abi.FlagNewListener != 0 && flags&abi.FlagTSyncESRCH == 0:
		return &Error{
			Op:     op,
			Errno:  syscall.EINVAL,
			fault:  "TSYNC and NEW_LISTENER together need TSYNC_ESRCH",
			Advice: "else a thread and a listener would be the same answer",
		}
	case flags&abi.FlagWaitKillableRecv != 0 && flags&abi.FlagNewListener == 0:
		return &Error{
			Op:     op,
			Errno:  syscall.EINVAL,
			fault:  "WAIT_KILLABLE_RECV needs NEW_LISTENER",
			Advice: "it says how calls wait for a listener",
		}
	}
	return nil
}
