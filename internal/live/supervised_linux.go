package live

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"github.com/seccompile/seccompile/internal/abi"
	"golang.org/x/sys/unix"
)

// supervisedArg is the argument of the call that a supervisor answers, so that no other is.
const supervisedArg = 0x5ecc0de4

// A supervised call is made on a thread that ends after it.
type supervised struct {
	listener, tid int
	replied       chan reply
}

// A reply is what a call returns.
type reply struct {
	value int64
	errno syscall.Errno
	err   error // why it was not made
}

// Supervised returns what a call returns on the running kernel that a supervisor answers with
// a value, or with an errno if that is not 0. It makes the ioctls of a listener itself. The
// process must not have a filter with a listener yet.
func Supervised(value int64, errno syscall.Errno) (got int64, e syscall.Errno, err error) {
	s, err := supervise()
	if err != nil {
		return 0, 0, err
	}
	id, err := s.receive(patience)
	if err == nil {
		err = s.send(id, value, errno)
	}
	r := s.end(err)
	return r.value, r.errno, r.err
}

// Interrupted returns what a call returns on the running kernel that a supervisor has received when
// a signal comes whose handler has SA_RESTART: 0 if it is made again, and the errno if it
// returns. That is ERESTARTSYS, which programs should not see, on MIPS.
func Interrupted() (errno syscall.Errno, err error) {
	s, err := supervise()
	if err != nil {
		return 0, err
	}
	id, err := s.receive(patience)
	if err == nil {
		err = unix.Tgkill(os.Getpid(), s.tid, unix.SIGURG) // which the runtime handles
	}
	for again := id; err == nil && again == id; {
		select {
		case r := <-s.replied:
			s.replied <- r
			r = s.end(nil)
			return r.errno, r.err
		default:
		}
		if again, err = s.receive(time.Second / 10); errors.Is(err, os.ErrDeadlineExceeded) {
			again, err = id, nil
		} else if err == nil {
			err = s.send(again, 0, 0)
		}
	}
	r := s.end(err)
	return r.errno, r.err
}

// supervise has a thread make the call under a filter with a listener.
func supervise() (*supervised, error) {
	s := &supervised{replied: make(chan reply, 1)}
	ready := make(chan error, 1)
	var call func()
	call = func() {
		runtime.LockOSThread()            // and stays so: the thread ends with its filter
		if unix.Gettid() == os.Getpid() { // but for the first one
			go call()
			select {}
		}
		var err error
		s.tid = unix.Gettid()
		s.listener, err = listen()
		if ready <- err; err != nil {
			return
		}
		v, _, e := syscall.Syscall(unix.SYS_GETPPID, supervisedArg, 0, 0)
		s.replied <- reply{value: int64(int(v)), errno: e}
	}
	go call()
	return s, <-ready
}

// end closes the listener, which ends a call that waits, and returns the reply, or err, once
// the thread has ended.
func (s *supervised) end(err error) reply {
	unix.Close(s.listener)
	select {
	case r := <-s.replied:
		for start := time.Now(); unix.Tgkill(os.Getpid(), s.tid, 0) != unix.ESRCH && time.Since(start) < patience; {
			time.Sleep(time.Millisecond)
		}
		r.err = err
		return r
	case <-time.After(patience):
		return reply{err: errors.Join(err, errors.New("the supervised call does not come back"))}
	}
}

// listen installs the filter on this thread and returns the listener.
func listen() (fd int, err error) {
	low := uint32(abi.DataArgs)
	if nativeBig() {
		low += 4
	}
	filter := []unix.SockFilter{ // sigreturn may have the interrupted call's argument
		{Code: abi.ModeABS, K: abi.DataNr},
		{Code: abi.ClassJMP | abi.OpJEQ, Jf: 3, K: unix.SYS_GETPPID},
		{Code: abi.ModeABS, K: low},
		{Code: abi.ClassJMP | abi.OpJEQ, Jf: 1, K: supervisedArg},
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

// receive returns the ID of a call that is handed over within the time. The error is
// os.ErrDeadlineExceeded if none is.
func (s *supervised) receive(within time.Duration) (id uint64, err error) {
	for end := time.Now().Add(within); time.Now().Before(end); {
		poll := []unix.PollFd{{Fd: int32(s.listener), Events: unix.POLLIN}}
		switch n, err := unix.Poll(poll, 10); {
		case n == 0 || err == unix.EINTR:
			continue
		case err != nil:
			return 0, fmt.Errorf("poll: %w", err)
		case poll[0].Revents&unix.POLLIN == 0: // the thread has ended, and the request below could wait forever
			return 0, fmt.Errorf("no thread is left that makes a call: %w", os.ErrDeadlineExceeded)
		}
		var call struct { // struct seccomp_notif (include/uapi/linux/seccomp.h)
			id   uint64
			rest [72]byte
		}
		switch e := s.ioctl(unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&call)); e {
		case 0:
			return call.id, nil
		case unix.EINTR, unix.ENOENT: // the runtime interrupts threads, and the call is made again
			time.Sleep(time.Millisecond)
		default:
			return 0, fmt.Errorf("SECCOMP_IOCTL_NOTIF_RECV: %w", e)
		}
	}
	return 0, fmt.Errorf("no call is handed over: %w", os.ErrDeadlineExceeded)
}

// send answers a call, and those that it is made again as.
func (s *supervised) send(id uint64, value int64, errno syscall.Errno) (err error) {
	for err == nil {
		answer := struct { // struct seccomp_notif_resp
			id    uint64
			value int64
			errno int32
			flags uint32
		}{id: id, value: value, errno: -int32(errno)}
		switch e := s.ioctl(unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&answer)); e {
		case 0:
			return nil
		case unix.EINTR:
		case unix.ENOENT:
			id, err = s.receive(patience)
		default:
			return fmt.Errorf("SECCOMP_IOCTL_NOTIF_SEND: %w", e)
		}
	}
	return err
}

func (s *supervised) ioctl(request uintptr, arg unsafe.Pointer) syscall.Errno {
	_, _, e := syscall.Syscall(unix.SYS_IOCTL, uintptr(s.listener), request, uintptr(arg))
	return e
}
