package install

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A tracee is a thread that the calling thread traces.
type tracee struct {
	tid    int
	signal uintptr // that it stopped at, to be delivered when it is let go
}

// A request is one of ptrace(2)'s.
type request struct {
	nr   uintptr
	name string
}

var (
	seizing      = request{unix.PTRACE_SEIZE, "PTRACE_SEIZE"}
	interrupting = request{unix.PTRACE_INTERRUPT, "PTRACE_INTERRUPT"}
	getFilter    = request{unix.PTRACE_SECCOMP_GET_FILTER, "PTRACE_SECCOMP_GET_FILTER"}
	getMetadata  = request{unix.PTRACE_SECCOMP_GET_METADATA, "PTRACE_SECCOMP_GET_METADATA"}
)

// request makes a call; the error is *Error.
func (t *tracee) request(r request, addr uintptr, data unsafe.Pointer) (uintptr, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, r.nr, uintptr(t.tid), addr, uintptr(data), 0, 0)
	if errno != 0 {
		return 0, t.refused(r, errno)
	}
	return n, nil
}

// seize makes a thread a tracee, which goes on running. Unlike PTRACE_ATTACH it
// sends no signal.
func seize(tid int) (*tracee, error) {
	t := &tracee{tid: tid}
	_, err := t.request(seizing, 0, nil)
	return t, err
}

// cldTrapped is CLD_TRAPPED (include/uapi/asm-generic/siginfo.h): what waitid(2)
// says of a tracee that has stopped.
const cldTrapped = 4

// stop has the tracee stop. If it does not in time, or ends, there is nothing to
// detach: the calling thread has to end.
func (t *tracee) stop(within time.Duration) error {
	if _, err := t.request(interrupting, 0, nil); err != nil {
		return err
	}
	// Nothing is taken from the queue of what a parent may wait for: the tracee
	// can be a child of this process, and end.
	const options = unix.WSTOPPED | unix.WEXITED | unix.WNOHANG | unix.WNOWAIT | unix.WALL
	for deadline := time.Now().Add(within); ; time.Sleep(time.Millisecond) {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, t.tid, &info, options, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return t.refused(interrupting, unix.ESRCH) // ECHILD: it has ended, and its parent has seen it
		case info.Signo != 0 && info.Code != cldTrapped:
			return t.refused(interrupting, unix.ESRCH)
		case info.Signo != 0:
			// A signal alone, or an event above it that goes with none.
			if s := childStatus(&info); s>>8 == 0 {
				t.signal = uintptr(s)
			}
			return nil
		}
		if time.Now().After(deadline) {
			return &Error{
				Op:     t.op(interrupting),
				Errno:  unix.ETIMEDOUT,
				Fault:  "the thread did not stop within " + within.String(),
				Advice: "it waits where it cannot be interrupted, for a disk, for a child of vfork(2) or in a frozen cgroup: try again later",
			}
		}
	}
}

// detach lets a stopped tracee go on. The one error that can be, that it has been
// killed, is not for whoever has read it before.
func (t *tracee) detach() {
	unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, uintptr(t.tid), 0, t.signal, 0, 0)
}

// status returns the tracee's. /proc counts in the PID namespace that it was
// mounted for: it is the right one if it has the tracee traced from here.
func (t *tracee) status() (status, error) {
	s, err := statusOf(t.tid)
	if err == nil && s.tracer != unix.Gettid() {
		err = &Error{
			Op:     fmt.Sprintf("read /proc/%d/status", t.tid),
			Fault:  "this is another thread",
			Advice: "/proc is of another PID namespace: mount one for this",
		}
	}
	return s, err
}

func (t *tracee) op(r request) string {
	return fmt.Sprintf("ptrace(%s, %d)", r.name, t.tid)
}

// traceAdvice is what the errnos of requests mean. The functions are in
// kernel/ptrace.c and kernel/seccomp.c.
var traceAdvice = []struct {
	request      request
	errno        syscall.Errno
	text         string
	notSupported bool
	since        Release // zero: not a matter of the release
}{
	// ptrace_check_attach: the tracee was killed
	{interrupting, unix.ESRCH, "the thread has ended", false, Release{}},
	{getFilter, unix.ESRCH, "the thread has ended", false, Release{}},
	{getMetadata, unix.ESRCH, "the thread has ended", false, Release{}},
	// find_get_task_by_vpid
	{seizing, unix.ESRCH, "no thread has this ID in this PID namespace: it may have ended", false, Release{}},
	// ptrace_attach
	{seizing, unix.EIO, "the kernel is older than Linux 3.4", true, Release{3, 4}},
	// ptrace_request: EIO is for requests that it does not know
	{getFilter, unix.EIO, "the kernel is older than Linux 4.4", true, Release{4, 4}},
	// the seccomp_get_filter of include/linux/seccomp.h
	{getFilter, unix.EINVAL, "the kernel is built without CONFIG_CHECKPOINT_RESTORE", true, Release{}},
	// seccomp_get_filter
	{getFilter, unix.EMEDIUMTYPE, "the filter is not classic BPF", true, Release{}},
}

// refused is the error of a request.
func (t *tracee) refused(r request, errno syscall.Errno) *Error {
	e := &Error{Op: t.op(r), Errno: errno, Advice: outerAdvice}
	for _, a := range traceAdvice {
		if a.request == r && a.errno == errno {
			if e.Advice, e.Since = a.text, a.since; a.notSupported {
				e.Cause = ErrNotSupported
			}
		}
	}
	switch {
	case r == seizing && errno == unix.EPERM:
		e.Advice = t.whyNotSeized()
	case r == getFilter && errno == unix.EACCES && filtered():
		e.Advice = "this process has a filter itself, so the kernel does not show it the filters of others: ask from outside the container or sandbox"
	case r == getFilter && errno == unix.EACCES:
		e.Advice = "needs CAP_SYS_ADMIN in the initial user namespace: ask as root of the machine"
	}
	return e
}

// whyNotSeized explains EPERM (kernel/ptrace.c, ptrace_attach).
func (t *tracee) whyNotSeized() string {
	s, err := statusOf(t.tid)
	switch {
	case unix.Tgkill(unix.Getpid(), t.tid, 0) == nil:
		return "no thread can trace its own process: ask from another"
	case err == nil && strings.HasPrefix(s.state, "Z"):
		return "the thread has ended and only waits for its parent or the other threads of its process"
	case err == nil && s.tracer != 0:
		return fmt.Sprintf("thread %d traces it already, and there can be one tracer: end that first", s.tracer)
	case filtered():
		return "needs CAP_SYS_PTRACE, and this process has a filter itself, which may refuse the call: ask from outside the container or sandbox"
	}
	return "needs CAP_SYS_PTRACE over the process, or its user and /proc/sys/kernel/yama/ptrace_scope 0: ask as root; kernel threads cannot be asked"
}

// filtered reports whether the calling thread has a filter. One that refuses
// the question shows itself: the kernel has no error but EINVAL, if it is built
// without CONFIG_SECCOMP (kernel/seccomp.c, prctl_get_seccomp).
func filtered() bool {
	mode, _, errno := unix.RawSyscall(unix.SYS_PRCTL, unix.PR_GET_SECCOMP, 0, 0)
	return errno != 0 && errno != unix.EINVAL || errno == 0 && mode != unix.SECCOMP_MODE_DISABLED
}
