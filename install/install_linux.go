package install

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

// filter is Filter after check. It holds the goroutine on one thread and
// allocates what the kernel will read before the first call.
func filter(insns []bpf.RawInstruction, o Options) (*os.File, error) {
	code := make([]unix.SockFilter, len(insns))
	for i, in := range insns {
		code[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	prog := &unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}

	runtime.LockOSThread()
	listener, err := installOnThread(prog, o)
	if err != nil || o.Flags&abi.FlagTSync != 0 {
		runtime.UnlockOSThread()
	}
	return listener, err
}

// installOnThread does the calls, in the order that Filter documents. All of
// them must come from one thread. They are raw: the scheduler does not know of
// them, so that it neither hands the processor on nor, by taking it back, makes
// calls of its own under the new filter.
func installOnThread(prog *unix.SockFprog, o Options) (*os.File, error) {
	set, err := probe(o.Flags)
	if err != nil {
		return nil, err
	}
	if !o.AllowNewPrivs {
		if err := setNoNewPrivs(); err != nil {
			return nil, err
		}
	}

	r, errno := set.call(o.Flags, prog)
	runtime.KeepAlive(prog)

	// What an answer that is no error means depends on the flags
	// (kernel/seccomp.c, seccomp_set_mode_filter and seccomp_attach_filter).
	// With TSYNC alone it is 0 or a thread; with NEW_LISTENER, which check
	// lets come with TSYNC only if TSYNC_ESRCH does, it is the listener.
	switch {
	case errno != 0:
		return nil, &Error{Op: set.op(o.Flags), Errno: errno, Advice: adviceFor(errno)}
	case o.Flags&abi.FlagNewListener != 0:
		return os.NewFile(r, "seccomp-listener"), nil
	case o.Flags&abi.FlagTSync != 0 && r != 0:
		return nil, &Error{Op: set.op(o.Flags), Errno: unix.ESRCH, Thread: int(r), Advice: tsyncAdvice}
	}
	return nil, nil
}

// A setter is one of the two calls that install a filter.
type setter struct {
	call func(flags uint, prog *unix.SockFprog) (uintptr, syscall.Errno)
	op   func(flags uint) string
}

var (
	bySeccomp = setter{seccomp, seccompOp}
	byPrctl   = setter{prctlSeccomp, func(uint) string { return "prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER)" }}
)

func seccompOp(flags uint) string {
	return "seccomp(SECCOMP_SET_MODE_FILTER, " + flagString(flags) + ")"
}

func seccomp(flags uint, prog *unix.SockFprog) (uintptr, syscall.Errno) {
	r, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, abi.SetModeFilter, uintptr(flags), uintptr(unsafe.Pointer(prog)))
	return r, errno
}

// prctlSeccomp is the call of kernels older than seccomp(2). It has no flags:
// kernel/seccomp.c:prctl_set_seccomp passes 0.
func prctlSeccomp(_ uint, prog *unix.SockFprog) (uintptr, syscall.Errno) {
	r, _, errno := unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_SECCOMP, abi.ModeFilter, uintptr(unsafe.Pointer(prog)), 0, 0, 0)
	return r, errno
}

// probe finds the call that can install with flags, and changes nothing. A
// call without a program is answered EFAULT, once the flags are found good and
// before anything else is looked at (kernel/seccomp.c, seccomp_set_mode_filter
// and seccomp_prepare_user_filter). No other answer says that the kernel knows
// the flags; success in particular can only come from an outer filter that
// answers in the kernel's place, and it would answer so to an installation.
func probe(flags uint) (setter, error) {
	op := seccompOp(flags)
	switch _, errno := seccomp(flags, nil); errno {
	case unix.EFAULT:
		return bySeccomp, nil
	case unix.EINVAL:
		return setter{}, lacking(flags)
	case unix.ENOSYS:
		if flags == 0 {
			return probePrctl()
		}
		return setter{}, &Error{
			Op:           op,
			Errno:        errno,
			Advice:       "the kernel is older than Linux 3.17 or an outer filter hides seccomp(2): flags need it, and prctl has none",
			Lacks:        flags,
			notSupported: true,
		}
	case 0:
		return setter{}, pretended(op)
	default:
		return setter{}, &Error{Op: op, Errno: errno, Advice: outerAdvice}
	}
}

// probePrctl is probe where there is no seccomp(2).
func probePrctl() (setter, error) {
	op := byPrctl.op(0)
	switch _, errno := prctlSeccomp(0, nil); errno {
	case unix.EFAULT:
		return byPrctl, nil
	case unix.EINVAL, unix.ENOSYS:
		return setter{}, withoutFilters(op, errno)
	case 0:
		return setter{}, pretended(op)
	default:
		return setter{}, &Error{Op: op, Errno: errno, Advice: outerAdvice}
	}
}

// lacking explains the EINVAL that a probe with flags got, by probing without
// flags and then with each alone; WAIT_KILLABLE_RECV is not valid alone.
func lacking(flags uint) error {
	op := seccompOp(flags)
	if _, errno := seccomp(0, nil); errno != unix.EFAULT {
		return withoutFilters(op, unix.EINVAL)
	}
	e := &Error{Op: op, Errno: unix.EINVAL, fault: "the kernel lacks "}
	for _, f := range flagNames {
		if flags&f.bit == 0 {
			continue
		}
		with := f.bit
		if f.bit == abi.FlagWaitKillableRecv {
			with |= abi.FlagNewListener
		}
		if _, errno := seccomp(with, nil); errno == unix.EINVAL {
			if e.Lacks != 0 {
				e.fault += ", "
			}
			e.fault += f.name + " (since Linux " + f.since + ")"
			e.Lacks |= f.bit
		}
	}
	if e.Lacks == 0 {
		return &Error{Op: op, Errno: unix.EINVAL, Advice: "each flag alone is accepted: an outer filter or a tracer refuses them together"}
	}
	e.notSupported = true
	return e
}

// withoutFilters is the error of a kernel that has the call but no filters
// (kernel/seccomp.c, the seccomp_set_mode_filter of builds without
// CONFIG_SECCOMP_FILTER; kernel/sys.c, prctl).
func withoutFilters(op string, errno syscall.Errno) error {
	return &Error{Op: op, Errno: errno, Advice: "the kernel is built without CONFIG_SECCOMP_FILTER", notSupported: true}
}

// pretended is the error of a call that succeeds where it cannot have.
func pretended(op string) error {
	return &Error{Op: op, fault: "success without effect", Advice: "an outer filter or a tracer answers in the kernel's place"}
}

// setNoNewPrivs sets no_new_privs on the calling thread and looks whether it
// is set: a process with CAP_SYS_ADMIN would not learn it from seccomp(2) if
// an outer filter had answered instead of the kernel. If the question itself
// is refused, the first answer counts (kernel/sys.c, prctl).
func setNoNewPrivs() error {
	const op = "prctl(PR_SET_NO_NEW_PRIVS, 1)"
	if _, _, errno := unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
		e := &Error{Op: op, Errno: errno, Advice: outerAdvice}
		if errno == unix.EINVAL {
			e.Advice = "the kernel is older than Linux 3.5"
			e.notSupported = true
		}
		return e
	}
	r, _, errno := unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0, 0)
	if errno == 0 && r != 1 {
		return pretended(op)
	}
	return nil
}
