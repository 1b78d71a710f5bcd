package notify

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"
	"unsafe"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
	"golang.org/x/sys/unix"
)

// kernelABI is what the running kernel's interface to a listener is like.
type kernelABI struct {
	notif, resp uintptr // sizes of struct seccomp_notif and seccomp_notif_resp, in bytes
	idValid     request // of the number that this kernel knows
}

// A request is one of ioctl(2)'s on a listener. The kernel functions are in
// kernel/seccomp.c, seccomp_notify_ioctl and below.
type request struct {
	nr   uintptr
	name string
}

var (
	recvRequest  = request{unix.SECCOMP_IOCTL_NOTIF_RECV, "SECCOMP_IOCTL_NOTIF_RECV"}
	sendRequest  = request{unix.SECCOMP_IOCTL_NOTIF_SEND, "SECCOMP_IOCTL_NOTIF_SEND"}
	validRequest = request{unix.SECCOMP_IOCTL_NOTIF_ID_VALID, "SECCOMP_IOCTL_NOTIF_ID_VALID"}
	addFDRequest = request{unix.SECCOMP_IOCTL_NOTIF_ADDFD, "SECCOMP_IOCTL_NOTIF_ADDFD"}
	flagsRequest = request{unix.SECCOMP_IOCTL_NOTIF_SET_FLAGS, "SECCOMP_IOCTL_NOTIF_SET_FLAGS"}

	// oldValidRequest has the wrong direction of data, as before Linux 5.8
	// (SECCOMP_IOCTL_NOTIF_ID_VALID_WRONG_DIR).
	oldValidRequest = request{unix.SECCOMP_IOCTL_NOTIF_ID_VALID ^ 3<<30, "SECCOMP_IOCTL_NOTIF_ID_VALID"}
)

// on makes a request again for as long as signals interrupt it.
func (r request) on(fd uintptr, arg unsafe.Pointer) (uintptr, syscall.Errno) {
	for {
		n, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, r.nr, uintptr(arg))
		if errno != unix.EINTR {
			return n, errno
		}
	}
}

// A notification is struct seccomp_notif (include/uapi/linux/seccomp.h).
type notification struct {
	id    uint64
	pid   uint32
	flags uint32
	nr    uint32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

// open makes a Listener with a duplicate of the file's descriptor.
//
// The runtime's poller does not watch the listener itself, but an epoll that
// does: where a signal is pending while another thread holds the filter's lock,
// a listener tells whoever polls it that it has failed (kernel/seccomp.c,
// seccomp_notify_poll), and the poller gives up what has. An epoll is readable
// then (fs/eventpoll.c, __ep_eventpoll_poll).
func open(file *os.File) (*Listener, error) {
	const op = "notify.New"
	conn, err := connection(op, file)
	if err != nil {
		return nil, err
	}
	l := &Listener{}
	if l.abi, err = kernel(); err != nil {
		return nil, err
	}
	failed := conn.Control(func(fd uintptr) {
		if err = l.abi.probe(fd); err != nil {
			return
		}
		var own int
		if own, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err != nil {
			err = asError("fcntl", err)
			return
		}
		l.file = os.NewFile(uintptr(own), "seccomp-listener")
		l.ready, err = watch(own)
	})
	if failed != nil {
		return nil, closed(op)
	}
	if err == nil {
		l.conn, err = l.file.SyscallConn()
	}
	if err == nil {
		l.waiter, err = l.ready.SyscallConn()
	}
	if err != nil {
		l.ready.Close() // of nil, too
		l.file.Close()
		return nil, asError(op, err)
	}
	return l, nil
}

// watch makes an epoll that is readable when fd is.
func watch(fd int) (*os.File, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, asError("epoll_create1", err)
	}
	op := "epoll_ctl"
	err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN})
	if err == nil {
		op = "fcntl"
		err = unix.SetNonblock(epoll, true) // else os.NewFile keeps it from the poller
	}
	ready := os.NewFile(uintptr(epoll), "seccomp-listener-epoll")
	if err == nil {
		op = "notify.New"
		err = ready.SetReadDeadline(time.Time{}) // fails if the poller does not take it
	}
	if err != nil {
		ready.Close()
		return nil, asError(op, err)
	}
	return ready, nil
}

// asError is err as an *install.Error.
func asError(op string, err error) error {
	if e := (*install.Error)(nil); errors.As(err, &e) {
		return err
	}
	e := &install.Error{Op: op, Fault: err.Error()}
	if errors.As(err, &e.Errno) {
		e.Fault = ""
	}
	return e
}

// kernel asks for the sizes, which grow with the kernel
// (kernel/seccomp.c, seccomp_get_notif_sizes).
func kernel() (kernelABI, error) {
	const op = "seccomp(SECCOMP_GET_NOTIF_SIZES)"
	var sizes struct{ notif, resp, data uint16 }
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_NOTIF_SIZES, 0, uintptr(unsafe.Pointer(&sizes)))
	k := kernelABI{notif: uintptr(sizes.notif), resp: uintptr(sizes.resp), idValid: validRequest}
	switch {
	case errno == unix.EINVAL || errno == unix.ENOSYS:
		return k, &install.Error{Op: op, Errno: errno, Advice: "the kernel is older than Linux 5.0, built without CONFIG_SECCOMP_FILTER, or hidden by an outer filter", Since: install.Release{Major: 5}, Cause: install.ErrNotSupported}
	case errno != 0:
		return k, &install.Error{Op: op, Errno: errno, Advice: outerAdvice}
	case k.notif < unsafe.Sizeof(notification{}) || k.resp < unsafe.Sizeof(response{}):
		return k, &install.Error{Op: op, Fault: "impossible sizes", Advice: "an outer filter or a tracer answers in the kernel's place"}
	}
	return k, nil
}

// probe finds out whether fd is a listener and which number of
// SECCOMP_IOCTL_NOTIF_ID_VALID it knows. No call has the ID 0: they start at a
// random number of 64 bits (kernel/seccomp.c, init_listener).
func (k *kernelABI) probe(fd uintptr) error {
	for _, k.idValid = range []request{validRequest, oldValidRequest} {
		var id uint64
		switch _, errno := k.idValid.on(fd, unsafe.Pointer(&id)); errno {
		case unix.ENOENT, 0:
			return nil
		case unix.EINVAL: // of a number that it does not know
		case unix.ENOTTY, unix.EBADF:
			return &install.Error{Op: k.idValid.op(), Errno: errno, Fault: "the file is not a listener", Advice: "install.Filter returns one with the flag NEW_LISTENER"}
		default:
			return k.idValid.refused(errno)
		}
	}
	return &install.Error{Op: k.idValid.op(), Errno: unix.EINVAL, Fault: "the file is not a listener", Advice: "or an outer filter refuses ioctl(2)"}
}

// words are n bytes, aligned as the kernel's structs are.
func words(n uintptr) []uint64 { return make([]uint64, (n+7)/8) }

// receive returns a call if one waits to be received, and nil if none does. A
// listener that is readable does not keep RECV waiting, for each call that is
// there has been counted before it could be seen (kernel/seccomp.c,
// seccomp_do_user_notification, recv_wait_event).
func (k *kernelABI) receive(fd uintptr) (*Call, error) {
	for {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		_, err := unix.Poll(ready, 0)
		switch events := ready[0].Revents; {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, asError("poll", err)
		case events&unix.POLLIN != 0:
		case events&unix.POLLHUP != 0:
			return nil, io.EOF
		case events&unix.POLLERR != 0: // seccomp_notify_poll was interrupted
			continue
		default:
			return nil, nil
		}

		buf := words(k.notif) // zeroed, as the kernel demands
		switch _, errno := recvRequest.on(fd, unsafe.Pointer(&buf[0])); errno {
		case 0:
			n := (*notification)(unsafe.Pointer(&buf[0]))
			return &Call{ID: n.id, Thread: int(n.pid), Arch: n.arch, Nr: n.nr, IP: n.ip, Args: abi.Arguments(n.arch, n.args)}, nil
		case unix.ENOENT: // the target went away in between
		default:
			return nil, recvRequest.refused(errno)
		}
	}
}

func (k *kernelABI) send(fd uintptr, r *response) error {
	buf := words(k.resp)
	*(*response)(unsafe.Pointer(&buf[0])) = *r
	_, errno := sendRequest.on(fd, unsafe.Pointer(&buf[0]))
	if errno == unix.EINVAL && r.flags&continueFlag != 0 {
		return sendRequest.since(install.Release{Major: 5, Minor: 5}, "to continue calls")
	}
	return sendRequest.refused(errno)
}

func (k *kernelABI) valid(fd uintptr, id uint64) error {
	_, errno := k.idValid.on(fd, unsafe.Pointer(&id))
	return k.idValid.refused(errno)
}

func (k *kernelABI) addFD(fd uintptr, id uint64, f FD, src uintptr) (int, error) {
	// struct seccomp_notif_addfd
	a := struct {
		id                              uint64
		flags, srcfd, newfd, newfdFlags uint32
	}{id: id, srcfd: uint32(src), newfd: uint32(f.Number)}
	if f.Replace {
		a.flags |= unix.SECCOMP_ADDFD_FLAG_SETFD
	}
	if f.Answer {
		a.flags |= unix.SECCOMP_ADDFD_FLAG_SEND
	}
	if f.CloseOnExec {
		a.newfdFlags = unix.O_CLOEXEC
	}
	n, errno := addFDRequest.on(fd, unsafe.Pointer(&a))
	switch {
	case errno == unix.EINVAL && f.Answer:
		return 0, addFDRequest.since(install.Release{Major: 5, Minor: 14}, "to answer with a descriptor, 5.9 to add one")
	case errno == unix.EINVAL:
		return 0, addFDRequest.since(install.Release{Major: 5, Minor: 9}, "")
	case errno != 0:
		return 0, addFDRequest.refused(errno)
	}
	return int(n), nil
}

// setFlags sets flags, which are the argument itself.
func (k *kernelABI) setFlags(fd uintptr, flags uint64) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, flagsRequest.nr, uintptr(flags))
	if errno == unix.EINVAL {
		return flagsRequest.since(install.Release{Major: 6, Minor: 6}, "")
	}
	return flagsRequest.refused(errno)
}

func (r request) op() string { return "ioctl(" + r.name + ")" }

// since is the error of a kernel that answers EINVAL to arguments which a newer
// one takes.
func (r request) since(release install.Release, what string) error {
	if what != "" {
		what = " " + what
	}
	return &install.Error{Op: r.op(), Errno: unix.EINVAL, Advice: "needs Linux " + release.String() + what, Since: release, Cause: install.ErrNotSupported}
}

const outerAdvice = "not the kernel's answer: an outer filter or a tracer refuses the call"

// advice is what the errnos of requests mean.
var advice = []struct {
	request request
	errno   syscall.Errno
	text    string
	is      error
}{
	// find_notification
	{sendRequest, unix.ENOENT, goneAdvice, ErrGone},
	{validRequest, unix.ENOENT, goneAdvice, ErrGone},
	{oldValidRequest, unix.ENOENT, goneAdvice, ErrGone},
	{addFDRequest, unix.ENOENT, goneAdvice, ErrGone},
	// seccomp_do_user_notification, of a target that goes away before it takes the descriptor
	{addFDRequest, unix.ESRCH, goneAdvice, ErrGone},
	// answered through another descriptor, and the target has not run since
	{sendRequest, unix.EINPROGRESS, goneAdvice, ErrGone},
	{addFDRequest, unix.EINPROGRESS, goneAdvice, ErrGone},
	// seccomp_notify_addfd
	{addFDRequest, unix.EBUSY, "another AddFD for this call is not done: wait for that first", nil},
	// receive_fd, in the target
	{addFDRequest, unix.EMFILE, "the target has as many files open as RLIMIT_NOFILE lets it", nil},
	// receive_fd_replace
	{addFDRequest, unix.EBADF, "the number is beyond the target's RLIMIT_NOFILE", nil},
}

const goneAdvice = "the target was killed or interrupted, or has its answer: go on with the next call"

// refused is the error of a request, nil if there is none.
func (r request) refused(errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	e := &install.Error{Op: r.op(), Errno: errno, Advice: outerAdvice}
	for _, a := range advice {
		if a.request == r && a.errno == errno {
			e.Advice, e.Cause = a.text, a.is
		}
	}
	return e
}
