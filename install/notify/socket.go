package notify

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/seccompile/seccompile/install"
)

// Send sends a listener to the agent that listens on the Unix socket at path, as a
// runtime does for the listenerPath of a profile. It connects, sends the state as JSON
// with the descriptor, and closes the connection. Send sets the FDs of the state. The
// caller's listener remains open; close it, so that only the agent has one.
//
// A thread under the filter must not call Send, since the filter may hand over the calls
// that Send needs.
func Send(ctx context.Context, path string, listener *os.File, s ContainerProcessState) error {
	const op = "notify.Send"
	if listener == nil {
		return &install.Error{Op: op, Errno: syscall.EBADF, Fault: "no file", Advice: "install.Start returns one with the flag NEW_LISTENER alone"}
	}
	if _, err := connection(op, listener); err != nil {
		return err
	}
	text, err := s.text()
	if err != nil {
		return err
	}
	conn, err := dial(ctx, path)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer endWith(ctx, conn.SetWriteDeadline)()
	if err := send(conn, text, listener); errors.Is(err, os.ErrDeadlineExceeded) {
		return context.Cause(ctx)
	} else if err != nil {
		return err
	}
	return nil
}

// A Socket is a Unix socket on which an agent receives listeners. Its path is the
// listenerPath of profiles.
type Socket struct {
	file *os.File
	conn syscall.RawConn
	path string
	turn chan struct{} // full while somebody accepts
}

// Listen creates a Unix socket at path. Only this process's user and root can connect to
// it. The path must not exist: remove, for example, the socket of an earlier agent first.
func Listen(path string) (*Socket, error) {
	file, err := listen(path)
	if err != nil {
		return nil, err
	}
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &Socket{file, conn, path, make(chan struct{}, 1)}, nil
}

// Close ends [Socket.Accept] with an error that is os.ErrClosed, and removes the path.
func (s *Socket) Close() error {
	if s == nil || s.file == nil {
		return closed("notify.Socket.Close")
	}
	return errors.Join(os.Remove(s.path), s.file.Close())
}

// stateWithin is how long a runtime may take to send a state. It has all of it
// ready when it connects.
const stateWithin = 10 * time.Second

// Accept returns the listener and the state that the next runtime sends. It closes any
// other descriptors. The runtime has ten seconds to send a state of at most [MaxState]
// bytes. An error that is [ErrBadState] is the runtime's fault, and Accept may be called
// again. Several goroutines may call Accept at once, so that a slow runtime does not
// delay others. When ctx ends, Accept returns its cause.
func (s *Socket) Accept(ctx context.Context) (*Listener, *ContainerProcessState, error) {
	conn, err := s.next(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	within, cancel := context.WithTimeoutCause(ctx, stateWithin, badState("no end within "+stateWithin.String()))
	defer cancel()
	defer endWith(within, conn.SetReadDeadline)()

	text, files, err := receiveState(conn)
	defer func() {
		for _, f := range files {
			f.Close() // but for the listener, which New has closed
		}
	}()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, nil, context.Cause(within)
	} else if err != nil {
		return nil, nil, err
	}
	state, i, err := parseState(text, len(files))
	if err != nil {
		return nil, nil, err
	}
	l, err := New(files[i])
	if err != nil && !errors.Is(err, install.ErrNotSupported) {
		return nil, nil, badState(err.Error())
	}
	return l, state, err
}

// next returns the next connection.
func (s *Socket) next(ctx context.Context) (conn *os.File, err error) {
	const op = "notify.Socket.Accept"
	if s == nil || s.turn == nil { // Listen has not made it
		return nil, closed(op)
	}
	if err := take(ctx, s.turn); err != nil {
		return nil, err
	}
	defer func() { <-s.turn }()
	defer endWith(ctx, s.file.SetReadDeadline)()
	waited := s.conn.Read(func(fd uintptr) (done bool) {
		conn, err = accept(fd)
		return conn != nil || err != nil
	})
	switch {
	case errors.Is(waited, os.ErrDeadlineExceeded):
		return nil, context.Cause(ctx)
	case waited != nil:
		return nil, closed(op)
	}
	return conn, err
}
