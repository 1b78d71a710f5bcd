package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/seccompile/seccompile/install"
	"golang.org/x/sys/unix"
)

// maxPath is the length of sockaddr_un.sun_path, and with it of a path and the
// byte 0 after it (include/uapi/linux/un.h).
const maxPath = 108

func socketError(op, path string, err error) error {
	e := &install.Error{Op: op + "(" + path + ")"}
	if !errors.As(err, &e.Errno) {
		e.Fault = err.Error()
	}
	switch e.Errno {
	case unix.ENOENT:
		e.Advice = "nothing listens there"
	case unix.ECONNREFUSED:
		e.Advice = "the agent that listened there has ended"
	case unix.EADDRINUSE:
		e.Advice = "another agent listens there, or has ended without removing it: remove it"
	case unix.EPROTOTYPE:
		e.Advice = "the socket is not a stream socket"
	}
	return e
}

// unixSocket returns a stream socket that the poller takes.
func unixSocket(op, path string) (*os.File, error) {
	if path == "" || len(path) >= maxPath {
		return nil, &install.Error{Op: op + "(" + path + ")", Errno: unix.ENAMETOOLONG, Fault: fmt.Sprintf("a path of %d bytes", len(path)),
			Advice: fmt.Sprintf("1 to %d fit into the address of a Unix socket", maxPath-1)}
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, socketError("socket", "AF_UNIX", err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

// withFD calls f with the descriptor of a file that is open.
func withFD(file *os.File, f func(fd int) error) (err error) {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	failed := conn.Control(func(fd uintptr) { err = f(int(fd)) })
	return errors.Join(failed, err)
}

// dial connects. A queue of connections that is full does not wake who waits for
// room in it (net/unix/af_unix.c, unix_stream_connect), so it is tried again.
func dial(ctx context.Context, path string) (*os.File, error) {
	const op = "connect"
	file, err := unixSocket(op, path)
	if err != nil {
		return nil, err
	}
	for {
		err := withFD(file, func(fd int) error { return unix.Connect(fd, &unix.SockaddrUnix{Name: path}) })
		switch {
		case err == nil:
			return file, nil
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			file.Close()
			return nil, socketError(op, path, err)
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			file.Close()
			return nil, context.Cause(ctx)
		}
	}
}

// send writes text, with the listener beside its first bytes.
func send(conn *os.File, text []byte, listener *os.File) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	return withFD(listener, func(fd int) error {
		rights := unix.UnixRights(fd)
		for len(text) > 0 {
			var n int
			var err error
			waited := raw.Write(func(to uintptr) (done bool) {
				n, err = unix.SendmsgN(int(to), text, rights, nil, unix.MSG_NOSIGNAL)
				return err != unix.EAGAIN
			})
			switch {
			case waited != nil:
				return waited
			case err == unix.EINTR:
			case err != nil:
				return socketError("sendmsg", conn.Name(), err)
			default:
				text, rights = text[n:], nil
			}
		}
		return nil
	})
}

// listen binds. The mode is the socket's before it has a name, so that there is
// no time at which others could connect (net/unix/af_unix.c, unix_bind_bsd).
func listen(path string) (*os.File, error) {
	const op = "bind"
	file, err := unixSocket(op, path)
	if err != nil {
		return nil, err
	}
	err = withFD(file, func(fd int) error {
		if err := unix.Fchmod(fd, 0o600); err != nil {
			return err
		}
		if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
			return err
		}
		return unix.Listen(fd, unix.SOMAXCONN)
	})
	if err != nil {
		file.Close()
		return nil, socketError(op, path, err)
	}
	return file, nil
}

// accept returns a connection if one waits, and nil if none does.
func accept(fd uintptr) (*os.File, error) {
	conn, _, err := unix.Accept4(int(fd), unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
	switch err {
	case nil:
		return os.NewFile(uintptr(conn), "runtime"), nil
	case unix.EAGAIN, unix.EINTR, unix.ECONNABORTED:
		return nil, nil
	}
	return nil, asError("accept", err)
}

// receiveState reads up to the end of the connection. The files are the
// caller's to close, with and without an error.
func receiveState(conn *os.File) (text []byte, files []*os.File, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	buf := make([]byte, 64<<10)
	oob := make([]byte, unix.CmsgSpace(4*maxFDs))
	for {
		var n, oobn, flags int
		var err error
		waited := raw.Read(func(fd uintptr) (done bool) {
			n, oobn, flags, _, err = unix.Recvmsg(int(fd), buf, oob, unix.MSG_CMSG_CLOEXEC)
			return err != unix.EAGAIN
		})
		if waited != nil {
			return nil, files, waited
		}
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, files, badState(err.Error())
		}
		received, err := rights(oob[:oobn])
		files = append(files, received...)
		text = append(text, buf[:n]...)
		switch {
		case err != nil:
			return nil, files, badState(err.Error())
		case flags&unix.MSG_CTRUNC != 0 || len(files) > maxFDs:
			return nil, files, badState(fmt.Sprintf("more than %d descriptors, or none can be opened any more", maxFDs))
		case len(text) > MaxState:
			return nil, files, badState(fmt.Sprintf("more than %d bytes", MaxState))
		case n == 0:
			return text, files, nil
		}
	}
}

// rights returns the descriptors of a message.
func rights(oob []byte) (files []*os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	for _, m := range messages {
		if m.Header.Level != unix.SOL_SOCKET || m.Header.Type != unix.SCM_RIGHTS {
			continue
		}
		fds, failed := unix.ParseUnixRights(&m)
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
		err = errors.Join(err, failed)
	}
	return files, err
}
