package notify

import (
	"os"
	"sync"
	"syscall"

	"github.com/seccompile/seccompile/install"
)

// A Call is a call that a target made, and for which it waits. It has the fields of
// struct seccomp_notif (include/uapi/linux/seccomp.h).
type Call struct {
	ID     uint64    // unique to this call, for this listener
	Thread int       // the target, as numbered in this process's PID namespace; 0 if it is not in that namespace
	Arch   uint32    // the audit value of the ABI
	Nr     uint32    // as in seccomp_data.nr
	IP     uint64    // the address after the instruction that made the call
	Args   [6]uint64 // of ABIs of 32 bits the lower halves alone, which is what the kernel takes

	listener *Listener
	mu       sync.Mutex
	answered bool
	gone     error // that the target has gone, once that is known
}

// Respond answers the call. A call can be answered once; a second answer is the error
// EINPROGRESS, and the first one counts. The error is [ErrGone] if the target no longer
// waits. After any other error the call still waits.
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
		return &install.Error{Op: op, Errno: syscall.EINPROGRESS, Fault: "the call is already answered", Advice: "a call has one answer, by Respond, by AddFD or by what a handler returns"}
	}
	err := f()
	if isGone(err) {
		c.gone = err
	}
	c.answered = answers && err == nil
	return err
}

// Waiting returns nil if the target waited for an answer at some time while Waiting ran,
// and an error that is [ErrGone] if not. While the target waits, c.Thread is its number.
// Later the kernel may give that number to another thread.
func (c *Call) Waiting() error {
	return c.waiting("notify.Call.Waiting")
}

// waiting is Waiting for the method op.
func (c *Call) waiting(op string) error {
	if c == nil || c.listener == nil {
		return notReceived(op)
	}
	l := c.listener
	return l.control(op, func(fd uintptr) error { return l.abi.valid(fd, c.ID) })
}

// An FD is a file descriptor to add to a target.
type FD struct {
	File        *os.File // remains open in the supervisor
	Replace     bool     // use Number, and replace an open descriptor with that number
	Number      int      // must be 0 unless Replace is set
	CloseOnExec bool
	Answer      bool // also answer the call, with the number of the descriptor
}

// AddFD gives the target a descriptor for the file of f. It returns the descriptor's
// number in the target: the lowest free number, unless f.Replace is set. With f.Answer,
// the kernel adds the descriptor and answers the call in one step, so a target that no
// longer waits does not get a descriptor. AddFD needs Linux 5.9, or 5.14 with f.Answer.
// Where [Value] is lost, f.Answer also has the call return 0, the number of another
// descriptor.
//
// EMFILE, and with Replace also EBADF, means that the target's limit on open files is
// reached. EBUSY with f.Answer means that another AddFD for this call is in progress.
func (c *Call) AddFD(f FD) (number int, err error) {
	const op = "notify.Call.AddFD"
	switch {
	case f.File == nil:
		return 0, &install.Error{Op: op, Errno: syscall.EBADF, Fault: "no file"}
	case f.Number < 0 || int64(f.Number) > 1<<31-1:
		return 0, &install.Error{Op: op, Errno: syscall.EBADF, Fault: "the number is not that of a descriptor", Advice: "these have 31 bits"}
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
