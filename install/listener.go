package install

import "os"

// A Listener is the descriptor by which a supervisor receives the calls that a
// filter hands over. It is not an *os.File from the start: making one calls
// fcntl(F_GETFL), which the filter may hand over.
// The listener is closed by Close alone, not when it becomes unreachable. A nil
// Listener, which Filter returns without NEW_LISTENER, and the zero value have no
// descriptor.
//
// A filtered thread that cannot send the listener anywhere leaves it where it is.
// A thread without the filter can use the number, as can another process by
// pidfd_getfd(2): /proc/PID/fd shows the descriptor as "anon_inode:seccomp
// notify".
type Listener struct {
	next int // 1 more than the descriptor; 0 once it is closed or handed out
}

// FD returns the number of the descriptor, which stays the Listener's; -1 after
// File and Close.
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

// File returns the listener as a file, to which the descriptor then belongs; nil
// after File and Close. It calls fcntl(2).
func (l *Listener) File() *os.File {
	fd := l.take()
	if fd < 0 {
		return nil
	}
	return os.NewFile(uintptr(fd), listenerName)
}

// Close closes the listener; it does nothing after File and Close. It calls
// close(2). The calls that wait for an answer, and those to come, fail with ENOSYS
// if no other descriptor of the listener is open.
func (l *Listener) Close() error {
	fd := l.take()
	if fd < 0 {
		return nil
	}
	return closeDescriptor(fd)
}

const listenerName = "seccomp-listener"
