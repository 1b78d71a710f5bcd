package install

import (
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

// probe finds the call that can install with flags, and changes nothing. A
// call without a program is answered EFAULT, once the flags are found good and
// before anything else is looked at (kernel/seccomp.c, seccomp_set_mode_filter
// and seccomp_prepare_user_filter). No other answer says that the kernel knows
// the flags; success in particular can only come from an outer filter that
// answers in the kernel's place, and it would answer so to an installation.
func probe(flags uint) (setter, error) {
	set := bySeccomp(flags)
	op := set.op
	switch _, errno := set.call(nil); errno {
	case unix.EFAULT:
		return set, nil
	case unix.EINVAL:
		return setter{}, lacking(flags)
	case unix.ENOSYS:
		if flags == 0 {
			return probePrctl()
		}
		e := withoutSeccomp(op, errno)
		e.Lacks = flags
		return setter{}, e
	case 0:
		return setter{}, pretended(op)
	default:
		return setter{}, hidden(op, errno)
	}
}

// probePrctl is probe where there is no seccomp(2).
func probePrctl() (setter, error) {
	op := byPrctl.op
	switch _, errno := byPrctl.call(nil); errno {
	case unix.EFAULT:
		return byPrctl, nil
	case unix.EINVAL, unix.ENOSYS:
		return setter{}, withoutFilters(op, errno)
	case 0:
		return setter{}, pretended(op)
	default:
		return setter{}, hidden(op, errno)
	}
}

// lacking explains the EINVAL that a probe with flags got, by probing without
// flags and then with each alone.
func lacking(flags uint) error {
	op := bySeccomp(flags).op
	if !accepts(0) {
		return withoutFilters(op, unix.EINVAL)
	}
	e := &Error{Op: op, Errno: unix.EINVAL, Fault: "the kernel lacks "}
	for _, f := range abi.Flags {
		if flags&f.Flag == 0 {
			continue
		}
		if !accepts(f.Flag | f.Needs) {
			if e.Lacks != 0 {
				e.Fault += ", "
			}
			e.Since = Release(f.Since) // the newest is last
			e.Fault += strings.TrimPrefix(f.Name, "SECCOMP_FILTER_FLAG_") + " (since Linux " + e.Since.String() + ")"
			e.Lacks |= f.Flag
		}
	}
	if e.Lacks == 0 {
		return &Error{Op: op, Errno: unix.EINVAL, Advice: "each flag alone is accepted: an outer filter or a tracer refuses them together"}
	}
	e.Cause = ErrNotSupported
	return e
}

// accepts reports whether flags alone are no reason to refuse an installation.
func accepts(flags uint) bool {
	set := bySeccomp(flags)
	_, errno := set.call(nil)
	return errno == unix.EFAULT
}

// withoutFilters is the error of a kernel that has the call but no filters
// (kernel/seccomp.c, the seccomp_set_mode_filter of builds without
// CONFIG_SECCOMP_FILTER; kernel/sys.c, prctl).
func withoutFilters(op string, errno syscall.Errno) *Error {
	return without(op, errno, firstFilters, "filters need Linux 3.5 and CONFIG_SECCOMP_FILTER")
}

// withoutSeccomp is the error of a kernel without seccomp(2).
func withoutSeccomp(op string, errno syscall.Errno) *Error {
	return without(op, errno, seccompCall, "flags need seccomp(2), which came with Linux 3.17: prctl(2) has none")
}

// without is the error of a kernel that lacks something, unless the thread has a
// filter, which may have answered in its place.
func without(op string, errno syscall.Errno, since Release, advice string) *Error {
	if filtered() {
		return hidden(op, errno)
	}
	return &Error{Op: op, Errno: errno, Since: since, Advice: advice, Cause: ErrNotSupported}
}

// hidden is the error where the kernel cannot be asked. It has filters if the
// thread has one, whatever that answers.
func hidden(op string, errno syscall.Errno) *Error {
	return &Error{Op: op, Errno: errno, Advice: outerAdvice}
}

// pretended is the error of a call that succeeds where it cannot have.
func pretended(op string) *Error {
	return &Error{Op: op, Fault: "success without effect", Advice: "a filter or a tracer answers in the kernel's place"}
}

// haveFlag is HaveFlag for flags that go together.
func haveFlag(_ string, flags uint) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_, err := probe(flags)
	return err
}

// haveAction is HaveAction for an action without data. Before Linux 4.14 the
// question is answered EINVAL, as all operations are that the kernel does not
// know (kernel/seccomp.c, do_seccomp).
func haveAction(action uint32) error {
	const op = "seccomp(SECCOMP_GET_ACTION_AVAIL)"
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if actionAvail(action|1) == 0 { // with data it is no action
		return pretended(op)
	}
	switch errno := actionAvail(action); errno {
	case 0:
		return nil
	case unix.EOPNOTSUPP:
		return noAction(op, errno, action)
	case unix.EINVAL, unix.ENOSYS:
		if _, err := probe(0); err != nil {
			return err
		}
		for _, a := range abi.Actions {
			if a.Ret == action && a.Since == abi.FirstFilters {
				return nil
			}
		}
		if filtered() {
			return hidden(op, errno)
		}
		return noAction(op, errno, action)
	default:
		return hidden(op, errno)
	}
}

// actionAvail asks for an action (kernel/seccomp.c, seccomp_get_action_avail).
func actionAvail(action uint32) syscall.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, abi.GetActionAvail, 0, uintptr(unsafe.Pointer(&action)))
	return errno
}
