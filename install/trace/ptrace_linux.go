package trace

import (
	"fmt"
	"math/bits"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

// Options of a tracee. Those that it creates inherit them. Each of the events is needed,
// the first three also to trace what is created.
const (
	events = unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC

	// Without a tracer, calls for which a filter returns TRACE fail.
	runOptions = events | unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_EXITKILL

	// A process that was there before the tracer outlives it. Calls for which its own
	// filters return TRACE fail as without a tracer.
	attachOptions = events | unix.PTRACE_O_TRACESYSGOOD
)

// callStop is the status of a stop at the entry or exit of a call (PTRACE_O_TRACESYSGOOD).
const callStop = uint32(unix.SIGTRAP) | 0x80

// request makes a call of ptrace(2). No request of a tracee that has stopped waits for
// anything, so the scheduler need not know.
func request(nr uintptr, tid int, addr uintptr, data uintptr) (uintptr, syscall.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, nr, uintptr(tid), addr, data, 0, 0)
	return n, errno
}

// A syscallInfo is struct ptrace_syscall_info (include/uapi/linux/ptrace.h) of a stop for
// a filter, or at the entry of a call, which has no data.
type syscallInfo struct {
	op   uint8
	_    [3]uint8
	arch uint32
	ip   uint64
	sp   uint64
	nr   uint64
	args [6]uint64
	data uint32
	_    uint32
}

// read fills the struct.
func (i *syscallInfo) read(tid int) syscall.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid), unsafe.Sizeof(*i), uintptr(unsafe.Pointer(i)), 0, 0)
	return errno
}

// eventMessage returns the number that comes with an event.
func eventMessage(tid int) (n uint, errno syscall.Errno) {
	_, _, errno = unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GETEVENTMSG, uintptr(tid), 0, uintptr(unsafe.Pointer(&n)), 0, 0)
	return n, errno
}

// Codes of include/uapi/asm-generic/siginfo.h for a child that has ended.
const (
	cldExited = 1
	cldKilled = 2
	cldDumped = 3
)

// childIn returns si_pid and si_status, with si_uid between them in a union that is
// aligned as pointers are (include/uapi/asm-generic/siginfo.h).
func childIn(info *unix.Siginfo) (tid int, status uint32) {
	const pointer = bits.UintSize / 8
	const union = (3*4 + pointer - 1) &^ (pointer - 1) // after si_signo, si_errno and si_code
	at := unsafe.Add(unsafe.Pointer(info), union)
	return int(*(*int32)(at)), *(*uint32)(unsafe.Add(at, 2*4))
}

// notSeized is the error of PTRACE_SEIZE (kernel/ptrace.c, ptrace_attach).
func notSeized(tid int, errno syscall.Errno) error {
	e := &install.Error{Op: fmt.Sprintf("ptrace(PTRACE_SEIZE, %d)", tid), Errno: errno, Advice: "an outer filter or a security module refuses ptrace"}
	switch errno {
	case unix.EPERM:
		e.Advice = "the child has a tracer already, as under strace -f, or this process may trace no other: needs /proc/sys/kernel/yama/ptrace_scope 0 or 1 and a program file that its user may read, or CAP_SYS_PTRACE"
	case unix.ESRCH:
		e.Advice = "the child has ended"
	}
	return e
}

// noInfo is the error of PTRACE_GET_SYSCALL_INFO.
func noInfo(tid int, errno syscall.Errno) error {
	e := &install.Error{Op: fmt.Sprintf("ptrace(PTRACE_GET_SYSCALL_INFO, %d)", tid), Errno: errno, Advice: "an outer filter refuses ptrace"}
	if errno == unix.EIO { // ptrace_request: unknown
		e.Advice, e.Since, e.Cause = "the kernel is older than Linux 5.3", install.Release{Major: 5, Minor: 3}, install.ErrNotSupported
	}
	return e
}
