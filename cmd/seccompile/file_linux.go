package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// nonblock keeps open(2) from waiting for the other end of a FIFO, and read(2) from
// waiting at all.
const nonblock = unix.O_NONBLOCK

// regular returns the reader for a regular file that was opened with nonblock. Some, such
// as /proc/kmsg, have text only once something happens: these are errors.
func regular(f *os.File) io.Reader { return rawReader{f} }

// A rawReader reads by raw calls: os.File.Read waits where the kernel says EAGAIN. The
// library has one, too, in a package that another module must not import.
type rawReader struct{ f *os.File }

func (r rawReader) Read(p []byte) (n int, err error) {
	conn, err := r.f.SyscallConn()
	if err != nil {
		return 0, err
	}
	failed := conn.Control(func(fd uintptr) {
		for {
			if n, err = unix.Read(int(fd), p); err != unix.EINTR {
				return
			}
		}
	})
	switch {
	case failed != nil:
		return 0, failed
	case err == unix.EAGAIN:
		return 0, errors.New("it has no text yet, and reading it would wait (is it the right file?)")
	case err != nil:
		return 0, &fs.PathError{Op: "read", Path: r.f.Name(), Err: err}
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}

// chownLike gives a file the owner and the group of another one.
func chownLike(f *os.File, info fs.FileInfo) error {
	now, err := f.Stat()
	if err != nil {
		return err
	}
	own, like := now.Sys().(*syscall.Stat_t), info.Sys().(*syscall.Stat_t)
	if own.Uid == like.Uid && own.Gid == like.Gid {
		return nil
	}
	return f.Chown(int(like.Uid), int(like.Gid))
}
