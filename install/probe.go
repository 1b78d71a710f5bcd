package install

import (
	"fmt"
	"syscall"

	"github.com/seccompile/seccompile/internal/abi"
)

// Supported reports whether [Filter] can install filters here, without flags. It returns
// nil if so, and [ErrNotSupported] if the kernel or the system lacks seccomp filters. Any
// other error means that the answer is unknown, because an outer filter or a tracer
// answered instead of the kernel; the error has that answer.
//
// Supported, [HaveFlag] and [HaveAction] test what seccomp(2) and prctl(2) answer to an
// installation without a program, which changes nothing. They do not use the kernel's
// release, since distributions backport features.
func Supported() error {
	return haveFlag("install.Supported", 0)
}

// HaveFlag reports whether the kernel knows all of the given SECCOMP_FILTER_FLAG_* bits,
// with errors as in [Supported]. It tests each flag alone; [Filter] says which
// combinations are valid. If a flag is unknown, the error's Lacks has it.
func HaveFlag(flags uint) error {
	const op = "install.HaveFlag"
	if e := unknownFlag(op, flags); e != nil {
		return e
	}
	if flags == 0 {
		return haveFlag(op, 0)
	}
	for _, f := range abi.Flags {
		if flags&f.Flag == 0 {
			continue
		}
		if err := haveFlag(op, f.Flag|f.Needs); err != nil {
			return err
		}
	}
	return nil
}

// HaveAction reports whether the kernel knows an action, with errors as in [Supported].
// The action is the high half of a SECCOMP_RET_* word of include/uapi/linux/seccomp.h;
// the low half, its data, is ignored. The kernel treats an unknown action as
// KILL_PROCESS, and before Linux 4.14 as KILL_THREAD (kernel/seccomp.c,
// __seccomp_filter).
func HaveAction(action uint32) error {
	return haveAction(action & abi.RetActionFull)
}

// noAction is the error for an action that the kernel does not have.
func noAction(op string, errno syscall.Errno, action uint32) error {
	e := &Error{Op: op, Errno: errno, Fault: fmt.Sprintf("unknown action %#x", action), Cause: ErrNotSupported}
	for _, a := range abi.Actions {
		if a.Ret == action && a.Name != "" {
			e.Since = Release(a.Since)
			e.Fault = "the kernel lacks " + a.Name + " (since Linux " + e.Since.String() + ")"
		}
	}
	return e
}
