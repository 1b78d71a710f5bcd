package notify

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

var (
	// ErrNotSupported is reported, by errors.Is, by every error that means:
	// this system or kernel cannot do what is asked, whoever asks. An outer
	// filter that refuses the call can look the same.
	ErrNotSupported = errors.New("seccomp user notification not supported")

	// ErrGone is reported by errors about a call that does not wait for an
	// answer any more: its target was killed or interrupted, or the call has
	// been answered through another descriptor.
	ErrGone = errors.New("the call does not wait any more")

	// ErrBadState is reported by errors of Socket.Accept that are the fault of
	// who connected. The socket is good for the next.
	ErrBadState = errors.New("no container process state")
)

// An Error says what was refused and what can be done about it.
type Error struct {
	// Op is the call that was refused, as in "ioctl(SECCOMP_IOCTL_NOTIF_SEND)",
	// or the function of this package that refused it itself.
	Op string

	// Errno is the answer of the kernel, or the one that it would have given. It
	// is 0 if no errno fits; Unwrap then returns nil.
	Errno syscall.Errno

	// Advice is what to do or where to look, or empty.
	Advice string

	fault string // what is wrong, if Errno does not say it
	is    error  // what it stands for besides Errno: one of this package's errors or os.ErrClosed
}

// Error returns operation, fault and advice on one line.
func (e *Error) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(": ")
	if e.fault != "" {
		b.WriteString(e.fault)
	} else {
		b.WriteString(e.Errno.Error())
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

// Is reports whether target is what e stands for besides its errno: one of the
// errors of this package, with ErrNotSupported errors.ErrUnsupported, or
// os.ErrClosed.
func (e *Error) Is(target error) bool {
	return e != nil && e.is != nil && (target == e.is || e.is == ErrNotSupported && target == errors.ErrUnsupported)
}

// closed is the error of what is done with a closed listener or socket.
func closed(op string) error {
	return &Error{Op: op, fault: "it is closed", is: os.ErrClosed}
}

// A PanicError says that a handler panicked, or ended its goroutine by
// runtime.Goexit: then Value is nil.
type PanicError struct {
	Value any
	Stack []byte // of the goroutine, as runtime/debug.Stack prints it
}

// Error returns the value, without the stack.
func (e *PanicError) Error() string {
	if e == nil {
		return "<nil>"
	}
	if e.Value == nil {
		return "the handler ended its goroutine (return an Answer)"
	}
	return "the handler panicked: " + fmt.Sprint(e.Value)
}
