package notify

import (
	"os"
	"sync"
	"syscall"

	"github.com/seccompile/seccompile/install"
)

// A Call is one that a target makes and that waits for its answer: the fields
// of struct seccomp_notif (include/uapi/linux/seccomp.h).
type Call struct {
	ID     uint64 // of this call alone, for this listener
	Thread int    // the target, as this process's PID namespace numbers threads; 0 if it is not in there
	Arch   uint32 // the audit value of the ABI
	Nr     uint32 // the number as a filter sees it
	IP     uint64 // the address behind the instruction that made the call
	Args   [6]uint64

	listener *Listener
	mu       sync.Mutex
	answered bool
	gone     error // that the target has gone, once that is known
}

// Respond answers the call. A call is answered once: the second answer is an
// error, EINPROGRESS, and the first one stays. If the target does not wait any
// more the error is ErrGone. After any other error the call still waits.
func (c *Call) Respond(a Answer) error {
	op := "notify.Call.Respond(" + a.String() + ")"
	return c.answer(op, true, func() error {
		r, err := a.response(c.ID)
		if err != nil {
			return err
		}
		return c.listener.control(op, func(fd uintptr) error { return c.listener.abi.send(fd, &r) })
	})
}

// notReceived is the error of a Call that no Listener has received.
func notReceived(op string) error {
	return &install.Error{Op: op, Errno: syscall.EINVAL, Fault: "no listener has received this call", Advice: "Receive and Serve return calls"}
}

// answer calls f, which answers the call if it says so and has no error, unless
// there is nothing to answer any more.
func (c *Call) answer(op string, answers bool, f func() error) error {
	if c == nil || c.listener == nil {
		return notReceived(op)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.gone != nil:
		return c.gone
	case c.answered:
		return &install.Error{Op: op, Errno: syscall.EINPROGRESS, Fault: "the call is answered already", Advice: "a call has one answer, by Respond, by AddFD or by what a handler returns"}
	}
	err := f()
	if isGone(err) {
		c.gone = err
	}
	c.answered = answers && err == nil
	return err
}

// Waiting returns nil if the target waited for an answer at some time during
// this function, and an error that is ErrGone if not. While that is so c.Thread
// is the target; afterwards it may number another thread.
func (c *Call) Waiting() error {
	const op = "notify.Call.Waiting"
	if c == nil || c.listener == nil {
		return notReceived(op)
	}
	l := c.listener
	return l.control(op, func(fd uintptr) error { return l.abi.valid(fd, c.ID) })
}

// An FD is a file descriptor for a target.
type FD struct {
	File        *os.File // stays open here
	Replace     bool     // it gets Number, in the place of what has that
	Number      int      // 0 unless Replace is set
	CloseOnExec bool
	Answer      bool // the call is answered with the number of the descriptor
}

// AddFD gives the target a descriptor for the file that f has, and returns its
// number there: the lowest that is free unless f.Replace is set. With f.Answer
// both happen or neither: a target that goes away does not leave a descriptor
// behind. It needs Linux 5.9, with f.Answer 5.14.
//
// EMFILE and, with Replace, EBADF mean the limit on the target's open files. EBUSY
// with f.Answer means that another AddFD for this call is not done.
func (c *Call) AddFD(f FD) (number int, err error) {
	const op = "notify.Call.AddFD"
	switch {
	case f.File == nil:
		return 0, &install.Error{Op: op, Errno: syscall.EBADF, Fault: "no file"}
	case f.Number < 0 || int64(f.Number) > 1<<31-1:
		return 0, &install.Error{Op: op, Errno: syscall.EBADF, Fault: "the number is none of a descriptor", Advice: "these have 31 bits"}
	case f.Number != 0 && !f.Replace:
		return 0, &install.Error{Op: op, Errno: syscall.EINVAL, Fault: "a number without Replace", Advice: "the target's lowest free number is taken"}
	}
	conn, err := connection(op, f.File)
	if err != nil {
		return 0, err
	}
	err = c.answer(op, f.Answer, func() (err error) {
		failed := conn.Control(func(src uintptr) {
			err = c.listener.control(op, func(fd uintptr) error {
				number, err = c.listener.abi.addFD(fd, c.ID, f, src)
				return err
			})
		})
		if failed != nil {
			return &install.Error{Op: op, Errno: syscall.EBADF, Fault: "the file is closed", Cause: os.ErrClosed}
		}
		return err
	})
	return number, err
}
