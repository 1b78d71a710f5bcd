package install

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"github.com/seccompile/seccompile/internal/abi"
)

// ErrNotSupported is reported, by errors.Is, for all errors of this package and of
// packages notify and trace that mean that the system, the kernel or its configuration lacks a
// feature. It is not reported if an outer filter prevents the package from asking the
// kernel.
var ErrNotSupported = errors.New("seccomp not supported")

// ErrNoChild is reported, by errors.Is, for an error of [Start] that means that the
// program's main does not call [Child]. The child would run, or has run, that main.
var ErrNoChild = errors.New("install.Child not called")

// An Error describes a failure to install a filter, to read installed filters, or of
// packages notify and trace, with a remedy. No filter is installed unless Installed or Before says
// so.
type Error struct {
	// Op is the call that failed, such as "seccomp(SECCOMP_SET_MODE_FILTER, TSYNC|LOG)",
	// "execve(/bin/sh)" or "ptrace(PTRACE_SEIZE, 12)". If no call failed, it is the
	// function of this package, such as "install.Filter".
	Op string

	// Errno is the kernel's answer. If this package found the fault itself, it is the
	// answer that the kernel would have given. It is ESRCH if a thread cannot be
	// synchronized, with or without TSYNC_ESRCH. It is 0 if no errno fits; Unwrap then
	// returns nil.
	Errno syscall.Errno

	// Installed says whether the filter is installed in spite of the error. It is set
	// only if the execve of Exec failed.
	Installed bool

	// Before is the number of filters of Options.Before that are installed, although a
	// later one was refused. They are on the thread, or with TSYNC on all threads, and
	// they remain.
	Before int

	// Thread is the thread that prevents TSYNC, by its gettid(2) number, or 0. With
	// TSYNC_ESRCH the kernel does not report it.
	Thread int

	// Lacks has the flags that the kernel or this package does not know. A caller can try
	// again without a flag that it does not require, such as SPEC_ALLOW.
	Lacks uint

	// Since is the release that added what the kernel lacks; for several flags, the
	// newest one. A kernel of that release or a newer one can be built without it. It is
	// zero if nothing is lacking, or if the release is unknown, as for an unknown flag.
	Since Release

	// Advice is a remedy or a place to look, or empty.
	Advice string

	// Fault describes the fault if neither Thread nor Errno does.
	Fault string

	// Cause is what the error means in addition to its errno, or nil. It is
	// ErrNotSupported, ErrNoChild, the error of the context that ended a command,
	// os.ErrClosed, or an error of package notify.
	Cause error
}

// Error returns the operation, the fault and the advice on one line.
func (e *Error) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(": ")
	switch {
	case e.Fault != "":
		b.WriteString(e.Fault)
	case e.Thread != 0:
		b.WriteString("thread " + strconv.Itoa(e.Thread) + " has a filter of its own")
	default:
		b.WriteString(e.Errno.Error())
	}
	if e.Before > 0 {
		b.WriteString("; filters of Before that are installed and stay: " + strconv.Itoa(e.Before))
	}
	if e.Advice != "" {
		b.WriteString(" (" + e.Advice + ")")
	}
	return b.String()
}

// Unwrap returns the errno.
func (e *Error) Unwrap() error {
	if e == nil || e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// Is reports whether target is e's Cause. It also reports true for errors.ErrUnsupported
// if the Cause is [ErrNotSupported].
func (e *Error) Is(target error) bool {
	return e != nil && e.Cause != nil && (target == e.Cause || e.Cause == ErrNotSupported && target == errors.ErrUnsupported)
}

// advice is what the errnos of an installation mean, once the probe has shown
// that kernel and outer filters let seccomp(2) and the flags through. The
// functions are in kernel/seccomp.c.
var advice = []struct {
	errno syscall.Errno
	of    requested // without which it is not the kernel's answer
	text  string
}{
	// seccomp_prepare_filter
	{syscall.EACCES, requested{newPrivs: true}, "needs no_new_privs or CAP_SYS_ADMIN: leave AllowNewPrivs false"},
	// seccomp_check_filter, and bpf_check_classic of net/core/filter.c
	{syscall.EINVAL, requested{}, "the kernel refuses the program: an instruction that seccomp does not allow, a jump or load out of bounds, or no return at the end"},
	// has_duplicate_listener
	{syscall.EBUSY, requested{flags: abi.FlagNewListener}, "a filter of this thread already has an open listener, and a thread can have only one: use that, close it, or install without NEW_LISTENER"},
	// seccomp_attach_filter: MAX_INSNS_PER_PATH
	{syscall.ENOMEM, requested{}, "out of memory, or the filters of this thread exceed 32768 instructions, counted as the kernel converts them: install fewer or smaller filters; Status, Cost and Room say what fits"},
	// seccomp_can_sync_threads
	{syscall.ESRCH, requested{flags: abi.FlagTSync}, tsyncAdvice + "; without TSYNC_ESRCH the kernel names the thread"},
	// seccomp_set_mode_filter: get_unused_fd_flags, init_listener
	{syscall.EMFILE, requested{flags: abi.FlagNewListener}, "no descriptor left for the listener: see RLIMIT_NOFILE"},
	{syscall.ENFILE, requested{flags: abi.FlagNewListener}, "no open file left for the listener: see /proc/sys/fs/file-max"},
	// bpf_prog_select_runtime of kernel/bpf/core.c; bpf_jit_charge_modmem lets those
	// with CAP_BPF or CAP_SYS_ADMIN exceed the limit
	{errnoNotSupp, requested{}, "ENOTSUPP: the kernel has no room for the code of its BPF JIT compiler, of which the filters of all processes take some: raise /proc/sys/net/core/bpf_jit_limit, or install as root; or an outer filter or a tracer answers so"},
}

// errnoNotSupp is ENOTSUPP of include/linux/errno.h, an errno that the kernel has
// for itself and no library names.
const errnoNotSupp syscall.Errno = 524

const (
	tsyncAdvice = "install before other threads install theirs, or without TSYNC"
	outerAdvice = "not the kernel's answer: an outer filter or a tracer refuses the call"
	ownAdvice   = "not the kernel's answer: one of the filters just installed refuses the call, and must be the last, or an outer filter or a tracer does"
)

// refusedCall is the error of a call that the kernel has no reason to refuse.
func refusedCall(op string, err error) *Error {
	e := &Error{Op: op, Advice: outerAdvice}
	errors.As(err, &e.Errno)
	return e
}

// asked is what an installation asks for, and what an answer is about.
type requested struct {
	flags    uint
	newPrivs bool // Options.AllowNewPrivs
}

// adviceFor returns what to do about errno for an installation that asked so.
func adviceFor(errno syscall.Errno, by requested) string {
	for _, a := range advice {
		if a.errno == errno && a.of.flags&^by.flags == 0 && (by.newPrivs || !a.of.newPrivs) {
			return a.text
		}
	}
	return outerAdvice
}
