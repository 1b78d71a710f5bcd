package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/seccompile/seccompile/install"
)

// SyncWakeUp is SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP. The kernel then wakes the target and
// the supervisor on the processor that the other one leaves. This is faster if each of
// them waits only for the other.
const SyncWakeUp = 1

// A Listener receives the calls that one filter hands over. Its methods are safe for
// concurrent use. Only one Listener, in one process, should receive from a descriptor and
// its duplicates. The kernel's receive call blocks, so if another process takes the call
// first, the receiver may wait beyond the end of its context.
type Listener struct {
	file   *os.File
	conn   syscall.RawConn // of file
	ready  *os.File        // readable when the listener is
	waiter syscall.RawConn // of ready
	abi    kernelABI
	turn   chan struct{} // full while somebody receives
}

// New returns a Listener for a descriptor that install.Filter returned or that was
// received over a socket. The Listener takes ownership of file and closes it: closing the
// Listener must release waiting calls, which wait as long as any descriptor is open.
// After an error, file is still open.
func New(file *os.File) (*Listener, error) {
	if file == nil {
		return nil, &install.Error{Op: "notify.New", Errno: syscall.EBADF, Fault: "no file", Advice: "install.Filter returns one with the flag NEW_LISTENER alone"}
	}
	l, err := open(file)
	if err != nil {
		return nil, err
	}
	l.turn = make(chan struct{}, 1)
	file.Close()
	return l, nil
}

// connection returns a file's descriptor as the runtime guards it. Package os
// panics for the zero File.
func connection(op string, file *os.File) (syscall.RawConn, error) {
	if *file == (os.File{}) {
		return nil, &install.Error{Op: op, Errno: syscall.EBADF, Fault: "the zero os.File has no descriptor", Cause: os.ErrClosed}
	}
	return file.SyscallConn()
}

// Close ends [Listener.Receive] and [Listener.Serve] with an error that is os.ErrClosed.
// Unless another process also has the listener, waiting and later calls fail with ENOSYS.
func (l *Listener) Close() error {
	if l == nil || l.file == nil {
		return closed("notify.Listener.Close")
	}
	l.ready.Close() // ends the waiting
	return l.file.Close()
}

// Receive waits for the next call. It returns io.EOF when no thread with the filter is
// left. If ctx ends first, it returns the cause. It skips calls whose target stops
// waiting before the call is received.
func (l *Listener) Receive(ctx context.Context) (c *Call, err error) {
	err = l.during(ctx, "notify.Listener.Receive", func() error {
		c, err = l.receive()
		return err
	})
	return c, err
}

// during calls f when it is this one's turn to receive, and ends the waiting in
// it when ctx ends. It is for the method op.
func (l *Listener) during(ctx context.Context, op string, f func() error) error {
	if l == nil || l.turn == nil { // New has not made it
		return closed(op)
	}
	if err := take(ctx, l.turn); err != nil {
		return err
	}
	defer func() { <-l.turn }()
	defer endWith(ctx, l.ready.SetReadDeadline)()
	err := f()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}

// take fills a place in a channel, or returns what ended ctx.
func take(ctx context.Context, places chan<- struct{}) error {
	if ctx.Err() == nil {
		select {
		case places <- struct{}{}:
			return nil
		case <-ctx.Done():
		}
	}
	return context.Cause(ctx)
}

// endWith has a file's waiting end with ctx, until the returned function is
// called.
func endWith(ctx context.Context, setDeadline func(time.Time) error) (release func()) {
	set := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		setDeadline(time.Unix(1, 0))
		close(set)
	})
	return func() {
		if !stop() {
			<-set
			setDeadline(time.Time{})
		}
	}
}

// receive is Receive for whoever has the turn.
func (l *Listener) receive() (c *Call, err error) {
	const op = "notify.Listener.Receive"
	waited := l.waiter.Read(func(uintptr) (done bool) {
		err = l.control(op, func(fd uintptr) error {
			c, err = l.abi.receive(fd)
			return err
		})
		return c != nil || err != nil
	})
	switch {
	case errors.Is(waited, os.ErrDeadlineExceeded):
		return nil, waited
	case waited != nil:
		return nil, closed(op)
	case err != nil:
		return nil, err
	}
	c.listener = l
	return c, nil
}

// SetFlags sets the flags of the listener. The only flag is [SyncWakeUp]. SetFlags needs
// Linux 6.6.
func (l *Listener) SetFlags(flags uint64) error {
	const op = "notify.Listener.SetFlags"
	if unknown := flags &^ SyncWakeUp; unknown != 0 {
		return &install.Error{Op: op, Errno: syscall.EINVAL, Fault: fmt.Sprintf("unknown flag %#x", unknown), Cause: install.ErrNotSupported}
	}
	return l.control(op, func(fd uintptr) error { return l.abi.setFlags(fd, flags) })
}

// control calls f with the descriptor, which stays open for as long.
func (l *Listener) control(op string, f func(fd uintptr) error) (err error) {
	if l == nil || l.conn == nil {
		return closed(op)
	}
	if l.conn.Control(func(fd uintptr) { err = f(fd) }) != nil {
		return closed(op)
	}
	return err
}
