// Package install puts a compiled seccomp filter into the kernel, says what is
// installed already, and asks the kernel for the filters that a live thread has.
//
//	cmd := exec.Command("sh", "-c", "id")
//	if _, err := install.Start(insns, install.Options{}, cmd); err != nil {
//		return err
//	}
//	return cmd.Wait()
//
// It takes finished instructions and does the raw system calls, with nothing
// else of this module linked in, so it fits into the small child that a
// container runtime starts. A filter cannot be taken out again: threads and
// processes that a filtered thread starts inherit it, execve keeps it, and
// more filters can only be added (kernel/seccomp.c, seccomp_attach_filter).
//
// # Three ways in
//
// A filter belongs to a thread of the kernel, and so does no_new_privs; a
// goroutine moves between threads, and the Go runtime goes on with calls of its
// own on all of them. There is one way for each of three programs:
//
//   - [Start] is for a program that goes on without a filter and starts a command
//     under one. It takes the place of cmd.Start of os/exec; the program's main
//     begins with [Child].
//   - [Exec] is for a launcher, which becomes the command: one thread gets the
//     filter and calls execve, which ends all others and takes the filter along
//     (fs/exec.c, de_thread).
//   - [Filter] with SECCOMP_FILTER_FLAG_TSYNC is for a program that goes on under
//     the filter itself: all threads get it, and no_new_privs if that is set, or
//     none does (kernel/seccomp.c, seccomp_sync_threads). It must allow what a Go
//     process needs.
//
// TSYNC is wrong for a launcher: if the filter kills what the runtime needs,
// another thread may die between the installation and the exec. TSYNC is refused
// if another thread has a filter that the calling one has not; the same program
// installed twice counts as two filters. So syscall.AllThreadsSyscall, which gives
// each thread a filter of its own, rules out every later TSYNC.
//
// Filter without TSYNC is what these are made of. Threads that the runtime starts
// while the goroutine is locked come from an unfiltered one.
//
// # Several filters
//
// All filters of a thread are asked about each call, the newest first, and the
// strictest answer counts: KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, USER_NOTIF,
// TRACE, LOG, ALLOW, in this order. Of equal ones the newest filter's counts, with
// its errno (kernel/seccomp.c, seccomp_run_filters). So a filter can only take
// away, and what an outer one refuses stays refused. [Status] says how many there
// are, and [Room] and [Cost] whether one more fits. A policy that is too large for one
// filter is installed as several, by Options.Before.
//
// # What a filtered Go process needs
//
// At the least futex, nanosleep, sched_yield, epoll_pwait, tgkill, getpid,
// rt_sigreturn, rt_sigprocmask, sigaltstack, mmap, munmap, madvise, clone,
// exit and exit_group. The child of Start needs execve alone, a caller of Exec
// rt_sigreturn besides, as the runtime preempts goroutines by signal.
//
// SECCOMP_RET_KILL_THREAD, the old SECCOMP_RET_KILL, does not end a Go
// process: it takes away one thread of the runtime with whatever that holds,
// and the next garbage collection waits for it for ever. Use
// SECCOMP_RET_KILL_PROCESS. SECCOMP_RET_TRAP ends the process by SIGSYS, which
// os/signal cannot catch.
//
// # What is not promised
//
// Nobody here judges a program: the kernel does, and any filter that it
// accepts is installed, be it one that kills the next call. On systems other
// than Linux everything returns ErrNotSupported; there, [Child] does nothing.
package install

import (
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// Options says how a filter is installed. The zero value is right for commands: no
// flags, so one thread only, and no_new_privs set.
type Options struct {
	// Flags are SECCOMP_FILTER_FLAG_* bits of include/uapi/linux/seccomp.h,
	// which golang.org/x/sys/unix names. None is ever added or dropped.
	Flags uint

	// Before are filters to install before the one that Filter, Exec or Start is
	// given: in this order, on the same threads, and with the same flags except
	// NEW_LISTENER and WAIT_KILLABLE_RECV. They are for a policy that is too large
	// for one filter (compile.Split). Each must allow seccomp(2), or prctl(2) on
	// kernels older than 3.17, since the next is installed under it; no other call
	// is made in between. Filter says what remains if one is refused.
	Before [][]bpf.RawInstruction

	// AllowNewPrivs leaves no_new_privs as it is, so that programs started
	// later may gain privileges by set-user-ID bits or file capabilities.
	// Where no_new_privs is not set already, the kernel then wants
	// CAP_SYS_ADMIN in the user namespace of the process
	// (kernel/seccomp.c, seccomp_prepare_filter).
	AllowNewPrivs bool

	// Bounding are the capabilities, by their numbers in
	// include/uapi/linux/capability.h, that stay in the bounding set of the
	// thread; nil leaves the set alone, and an empty slice drops all. It is
	// done before the filter is there and needs CAP_SETPCAP. What the thread
	// itself can do stays as it is; a program that it becomes gets no
	// capability outside the set, root included (security/commoncap.c,
	// cap_bprm_creds_from_file). As a part of what a thread is, it does not go
	// with TSYNC.
	Bounding []uintptr
}

// Filter installs insns on the calling thread, or with TSYNC on all threads of
// the process. It returns the listener, close-on-exec and in blocking mode, if
// NEW_LISTENER is among the flags, else nil.
//
// Unless o.Flags has TSYNC, Filter returns with the goroutine locked to its
// thread (runtime.LockOSThread), for the filter is on that thread only. Locks
// nest, so a caller's own pairs of lock and unlock change nothing. Let the
// goroutine end locked, and the runtime ends the thread with it; one
// UnlockOSThread more than the caller's own locks would put the filtered
// thread back among those that run any goroutine. With TSYNC, and after an
// error, the lock that Filter took is released.
//
// After an error nothing is installed, unless o.Before has filters. What can be checked is checked before
// anything changes: length, flags, and by a call with no program whether
// kernel and outer filters let the installation through. Then the bounding set is
// cut down, if o says so, and no_new_privs set on the thread, which cannot be
// undone: both stay if the kernel refuses the installation afterwards, because of
// the program (EINVAL), another listener (EBUSY), too much code (ENOMEM) or
// another thread's filter. A program cannot be tried without: for a thread with
// neither no_new_privs nor CAP_SYS_ADMIN the kernel does not look at it
// (kernel/seccomp.c, seccomp_prepare_filter). A caller that goes on after such an
// error and cares should have locked the goroutine and let it end.
//
// Filter makes no call under the filter. The filter governs all that follows, the
// runtime's calls on the thread included: a thread that has made a call which the
// filter hands over waits for the supervisor, and if the supervisor is in the same
// process it must not need the waiting thread. A garbage collection does, so a
// filter that hands over futex or rt_sigreturn needs a supervisor in another
// process.
//
// With o.Before each filter is installed by a call of its own, and none can be taken
// out again. That all of them together fit into MaxPath is checked before anything
// changes; filters that the thread already has are not counted. If one is refused,
// for lack of room beside these (ENOMEM) or for one of the reasons above, the filters
// installed before it stay, and the error's Before says how many. The goroutine then
// remains locked, unless o.Flags has TSYNC; its thread should report the error and
// end. Only insns, which is installed last, can have a listener, so an error never
// leaves one open. With TSYNC each filter is put on all threads or on none, but until
// the last one is installed other threads run under the earlier ones alone.
//
// Errors are of type *Error. ErrNotSupported is among them if kernel or
// system lack seccomp filters or one of the flags. Filter does not keep insns
// and is safe for concurrent use.
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
	if err := checkBefore(caller, insns, o.Before); err != nil {
		return err
	}
	op := caller + "(" + flagString(o.Flags) + ")"
	if e := unknownFlag(op, o.Flags); e != nil {
		return e
	}
	switch flags := o.Flags; {
	case flags&abi.FlagTSync != 0 && flags&abi.FlagNewListener != 0 && flags&abi.FlagTSyncESRCH == 0:
		return refusal(op, "TSYNC and NEW_LISTENER together need TSYNC_ESRCH", "else a thread and a listener would be the same answer")
	case flags&abi.FlagWaitKillableRecv != 0 && flags&abi.FlagNewListener == 0:
		return refusal(op, "WAIT_KILLABLE_RECV needs NEW_LISTENER", "it says how calls wait for a listener")
	case flags&abi.FlagTSync != 0 && o.Bounding != nil:
		return refusal(op, "TSYNC and Bounding exclude each other", "a bounding set is a thread's own")
	}
	return nil
}

// checkBefore is what can be said of several filters: each has the length of one, and
// together they leave room for themselves (kernel/seccomp.c, seccomp_attach_filter).
func checkBefore(caller string, insns []bpf.RawInstruction, before [][]bpf.RawInstruction) error {
	total := Cost(insns)
	for i, other := range before {
		if n := len(other); n < 1 || n > abi.MaxInsns {
			return refusal(caller, fmt.Sprintf("%d instructions in Before[%d]", n, i), fmt.Sprintf("a filter has 1 to %d", abi.MaxInsns))
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
