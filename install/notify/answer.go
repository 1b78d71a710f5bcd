package notify

import (
	"fmt"
	"syscall"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
)

// Refusal is the errno of the zero [Answer]. It is also the answer if a handler panics,
// or if its answer cannot be given.
const Refusal = syscall.EPERM

// An Answer is the result of a call for its target. The zero value refuses the call with
// [Refusal].
type Answer struct {
	kind  answerKind
	value int64 // the errno or the value
}

type answerKind uint8

const (
	refuses answerKind = iota
	fails
	returns
	continues
)

// Errno returns the answer of a call that failed with errno e, which must be 1 to 4095.
func Errno(e syscall.Errno) Answer { return Answer{fails, int64(e)} }

// Value returns the answer of a call that succeeded with result v. Values from -4095 to
// -1 are refused, since programs on most ABIs take them for errnos. A 32-bit target gets
// the low half. Linux 7.2 on ppc64 and ppc64le loses values: the call returns 0
// (system_call_exception in arch/powerpc/kernel/syscall.c). Errnos arrive.
func Value(v int64) Answer { return Answer{returns, v} }

// Continue returns the answer that lets the kernel execute the call as if the filter had
// allowed it. It is not suitable for decisions on security; see the package
// documentation.
func Continue() Answer { return Answer{kind: continues} }

// String returns the answer as "ERRNO(1)", "VALUE(7)" or "CONTINUE".
func (a Answer) String() string {
	switch a.kind {
	case returns:
		return fmt.Sprintf("VALUE(%d)", a.value)
	case continues:
		return "CONTINUE"
	case fails:
		return fmt.Sprintf("ERRNO(%d)", a.value)
	}
	return fmt.Sprintf("ERRNO(%d)", int(Refusal))
}

// continueFlag is SECCOMP_USER_NOTIF_FLAG_CONTINUE.
const continueFlag = 1

// A response is struct seccomp_notif_resp (include/uapi/linux/seccomp.h).
type response struct {
	id    uint64
	val   int64
	errno int32 // negative
	flags uint32
}

// response returns the answer as the kernel takes it. The kernel would take any
// errno and value (kernel/seccomp.c, seccomp_notify_send).
func (a Answer) response(id uint64) (response, error) {
	switch {
	case a.kind == refuses:
		return response{id: id, errno: -int32(Refusal)}, nil
	case a.kind == continues:
		return response{id: id, flags: continueFlag}, nil
	case a.kind == fails && a.value >= 1 && a.value <= abi.MaxErrno:
		return response{id: id, errno: -int32(a.value)}, nil
	case a.kind == returns && (a.value < -abi.MaxErrno || a.value >= 0):
		return response{id: id, val: a.value}, nil
	}
	e := &install.Error{Op: "notify.Call.Respond(" + a.String() + ")", Errno: syscall.EINVAL}
	if a.kind == fails {
		e.Fault = fmt.Sprintf("%d is not an errno", a.value)
		e.Advice = "these are 1 to 4095; a call without error has a Value"
	} else {
		e.Fault = fmt.Sprintf("the value %d is an errno to programs", a.value)
		e.Advice = "answer with Errno"
	}
	return response{}, e
}
