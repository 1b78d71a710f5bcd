package install

import "os"

// A Listener is the descriptor on which a supervisor receives calls that a filter hands
// over. It is not an *os.File, because making one calls fcntl(F_GETFL), which the filter
// may hand over. Only Close closes it; garbage collection does not. A nil Listener, which
// [Filter] returns without NEW_LISTENER, and the zero value have no descriptor.
//
// A filtered thread may be unable to send the listener to another process. An unfiltered
// thread can then use the descriptor's number. Another process can use pidfd_getfd(2);
// /proc/PID/fd shows the descriptor as "anon_inode:seccomp notify".
type Listener struct {
	next int // the descriptor plus 1; 0 once it is closed or handed out
}

// FD returns the number of the descriptor, which the Listener still owns. It returns -1
// after File or Close.
func (l *Listener) FD() int {
	if l == nil {
		return -1
	}
	return l.next - 1
}

// take returns the number of the descriptor, which is the caller's from now on; -1
// if there is none.
func (l *Listener) take() int {
	fd := l.FD()
	if fd >= 0 {
		l.next = 0
	}
	return fd
}

// File returns the listener as a file, which then owns the descriptor. It returns nil
// after File or Close. It calls fcntl(2).
func (l *Listener) File() *os.File {
	fd := l.take()
	if fd < 0 {
		return nil
	}
	return os.NewFile(uintptr(fd), listenerName)
}

// Close closes the listener, by close(2). It does nothing after File or Close. If no
// other descriptor of the listener is open, calls that wait for an answer, and later
// ones, fail with ENOSYS.
func (l *Listener) Close() error {
	fd := l.take()
	if fd < 0 {
		return nil
	}
	return closeDescriptor(fd)
}

const listenerName = "seccomp-listener"
