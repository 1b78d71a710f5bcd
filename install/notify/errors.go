package notify

import (
	"errors"
	"fmt"
	"os"

	"github.com/seccompile/seccompile/install"
)

var (
	// ErrGone is reported by errors about a call that no longer waits for an answer. Its
	// target was killed or interrupted, or the call was answered through another
	// descriptor.
	ErrGone = errors.New("the call no longer waits")

	// ErrBadState is reported by errors of Socket.Accept that the connecting process
	// caused. Accept may be called again.
	ErrBadState = errors.New("not a container process state")
)

// closed is the error of what is done with a closed listener or socket.
func closed(op string) error {
	return &install.Error{Op: op, Fault: "it is closed", Cause: os.ErrClosed}
}

// A PanicError says that a handler panicked, or ended its goroutine by runtime.Goexit.
// After Goexit, Value is nil.
type PanicError struct {
	Value any
	Stack []byte // the goroutine's stack, in the format of runtime/debug.Stack
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
