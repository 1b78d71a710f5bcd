package textfile

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Nonblock keeps open(2) from waiting for the other end of a FIFO, and read(2)
// from waiting at all.
const Nonblock = unix.O_NONBLOCK

// A reader reads by raw calls: os.File.Read waits where the kernel says EAGAIN.
type reader struct{ f *os.File }

func (r reader) Read(p []byte) (n int, err error) {
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
		return 0, errWaits
	case err != nil:
		return 0, &os.PathError{Op: "read", Path: r.f.Name(), Err: err}
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}
