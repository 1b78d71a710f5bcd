package install

import (
	"fmt"
	"syscall"

	"github.com/seccompile/seccompile/internal/abi"
)

// Supported says whether Filter can install here, without flags: nil if so,
// ErrNotSupported if kernel or system lack seccomp filters. Any other error
// means that it cannot be told, because an outer filter or a tracer answers
// in the kernel's place; the error has that answer. These calls go by what
// seccomp(2) and prctl(2) answer to an installation without a program, and
// change nothing; they do not ask for the kernel's release, which distributions
// patch.
func Supported() error {
	return haveFlag("install.Supported", 0)
}

// HaveFlag says whether the kernel knows all of these SECCOMP_FILTER_FLAG_*
// bits, as Supported does. Each is asked for by itself: which go together,
// Filter says. If one is missing, the error's Lacks has it.
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

// HaveAction says whether the kernel knows an action, as Supported does: the
// high half of a SECCOMP_RET_* word of include/uapi/linux/seccomp.h. Its low
// half, the action's data, is ignored. What a kernel does not know it takes for
// KILL_PROCESS, and before Linux 4.14 for KILL_THREAD (kernel/seccomp.c,
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
