package live

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"github.com/seccompile/seccompile/internal/abi"
	"golang.org/x/sys/unix"
)

// supervised is the argument of the call that a supervisor answers, so that no other is.
const supervised = 0x5ecc0de4

// Supervised returns what a call returns on the running kernel that a supervisor answers with
// a value, or with an errno if that is not 0. It makes the ioctls of a listener itself, on a
// thread that ends after it; that thread must not have a filter with a listener yet.
func Supervised(value int64, errno syscall.Errno) (got int64, e syscall.Errno, err error) {
	type reply struct {
		got int64
		e   syscall.Errno
		err error
	}
	replied := make(chan reply, 2)
	listener := make(chan int, 1)
	go func() {
		runtime.LockOSThread() // and stays so: the thread ends with its filter
		fd, err := listen()
		if err != nil {
			replied <- reply{err: err}
			return
		}
		listener <- fd
		v, _, e := syscall.Syscall(unix.SYS_GETPPID, supervised, 0, 0)
		replied <- reply{got: int64(int(v)), e: e}
	}()
	select {
	case r := <-replied:
		return 0, 0, r.err
	case fd := <-listener:
		err = respond(fd, value, errno)
		unix.Close(fd) // which ends a call that waits
	}
	select {
	case r := <-replied:
		return r.got, r.e, err
	case <-time.After(patience):
		return 0, 0, errors.Join(err, errors.New("the supervised call does not come back"))
	}
}

// listen installs the filter on this thread and returns the listener.
func listen() (fd int, err error) {
	low := uint32(abi.DataArgs)
	if nativeBig() {
		low += 4
	}
	filter := []unix.SockFilter{
		{Code: abi.ModeABS, K: low},
		{Code: abi.ClassJMP | abi.OpJEQ, Jf: 1, K: supervised},
		{Code: abi.ClassRET, K: abi.RetUserNotif},
		{Code: abi.ClassRET, K: abi.RetAllow},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return 0, fmt.Errorf("prctl: %w", err)
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	r, _, e := syscall.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, abi.FlagNewListener, uintptr(unsafe.Pointer(&prog)))
	runtime.KeepAlive(filter)
	if e != 0 {
		return 0, fmt.Errorf("seccomp: %w", e)
	}
	return int(r), nil
}

// respond answers one call of the listener.
func respond(fd int, value int64, errno syscall.Errno) error {
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for end := time.Now().Add(patience); ; {
		n, err := unix.Poll(poll, 1000)
		if n > 0 {
			break
		}
		if err != nil && err != unix.EINTR || time.Now().After(end) {
			return fmt.Errorf("the supervised call is not handed over: %v", err)
		}
	}
	for {
		var call struct { // struct seccomp_notif (include/uapi/linux/seccomp.h)
			id   uint64
			rest [72]byte
		}
		_, _, e := syscall.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&call)))
		if e == 0 {
			answer := struct { // struct seccomp_notif_resp
				id    uint64
				value int64
				errno int32
				flags uint32
			}{id: call.id, value: value, errno: -int32(errno)}
			_, _, e = syscall.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&answer)))
		}
		switch e {
		case 0:
			return nil
		case unix.EINTR, unix.ENOENT: // the runtime interrupts threads, and the call is made again
		default:
			return fmt.Errorf("ioctl: %w", e)
		}
	}
}
