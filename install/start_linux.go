package install

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/bits"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

const childAdvice = "call it first in main, whatever the arguments"

// childWithin is how long a child may take until main calls Child.
const childWithin = time.Minute

// start is Start after its checks.
func start(l *launch, cmd *exec.Cmd) (*os.File, error) {
	return l.start(cmd, childWithin)
}

func (l *launch) start(cmd *exec.Cmd, within time.Duration) (*os.File, error) {
	const op = "install.Start"
	if !childCalled.Load() {
		return nil, &Error{Op: op, Fault: "this program has not called install.Child", Advice: childAdvice, Cause: ErrNoChild}
	}
	if sys := cmd.SysProcAttr; sys != nil {
		if sys.Ptrace {
			return nil, refusal(op, "SysProcAttr.Ptrace", "the tracer would see this program, not the command")
		}
		l.deathSignal = int(sys.Pdeathsig)
	}
	l.env = cmd.Environ()
	l.ignored = signalsThat(func(n syscall.Signal) bool { return signal.Ignored(n) })
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer ours.Close()
	again := *cmd
	var canceled atomic.Bool
	if cancel := cmd.Cancel; cancel != nil {
		cmd.Cancel = func() error {
			canceled.Store(true)
			return cancel()
		}
	}
	err = startChild(cmd, l.env, theirs)
	theirs.Close()
	if err != nil {
		cmd.Cancel = again.Cancel
		return nil, err
	}
	l.pid = cmd.Process.Pid
	listener, err := l.handle(ours, within)
	if err == nil && canceled.Load() && endedEarly(cmd.Process.Pid) {
		err = errCanceled
	}
	if err == nil {
		return listener, nil
	}
	listener.Close() // of nil, too
	state := reap(cmd)
	if errors.Is(err, errSilent) || errors.Is(err, errNoListener) || errors.Is(err, errCanceled) {
		if canceled := canceledBy(&again); canceled != nil {
			return nil, &Error{Op: op, Fault: canceled.Error(), Cause: canceled}
		}
	}
	switch {
	case errors.Is(err, errSilent):
		err = silent(state, memoryLimited())
	case errors.Is(err, errNoListener), errors.Is(err, errCanceled):
		err = &Error{Op: op, Fault: err.Error() + ": " + state.String()}
	}
	return nil, err
}

// signalsThat returns the set of those for which in reports true.
func signalsThat(in func(n syscall.Signal) bool) (s signals) {
	for n := range 64 * len(s) {
		if in(syscall.Signal(n + 1)) {
			s[n/64] |= 1 << (n % 64)
		}
	}
	return s
}

// list returns the signals of the set, ascending.
func (s signals) list() (list []syscall.Signal) {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			list = append(list, syscall.Signal(64*i+bits.TrailingZeros64(word)+1))
		}
	}
	return list
}

// exited is CLD_EXITED of include/uapi/asm-generic/siginfo.h.
const exited = 1

// childStatus returns si_status, which is after si_pid and si_uid, in a union that
// is aligned as pointers are (include/uapi/asm-generic/siginfo.h).
func childStatus(info *unix.Siginfo) int32 {
	const pointer = bits.UintSize / 8
	const union = (3*4 + pointer - 1) &^ (pointer - 1) // after si_signo, si_errno and si_code
	return *(*int32)(unsafe.Add(unsafe.Pointer(info), union+2*4))
}

// killedBy returns the signal that killed a process, and its name; 0 if it exited.
func killedBy(state *os.ProcessState) (n int, name string) {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return 0, ""
	}
	n = int(status.Signal())
	switch name = unix.SignalName(status.Signal()); {
	case name == "": // of real time
		name = "signal " + strconv.Itoa(n)
	case n == int(unix.SIGSYS):
		name += ", which is how a filter kills"
	}
	return n, name
}

// How a child can end that does not say why.
var (
	errSilent     = errors.New("the child ended before install.Child reported")
	errNoListener = errors.New("the child ended before it sent the listener")
	errCanceled   = errors.New("the child ended before it executed the command")
)

// silent is the error of a child that ended with state before Child said
// anything. Whatever exits by itself has run a main without Child, unless memory is
// limited and the status is that of the Go runtime where it gets none; signals are
// of others.
func silent(state *os.ProcessState, limited bool) *Error {
	e := &Error{Op: "install.Start", Fault: errSilent.Error() + ": " + state.String(), Advice: childAdvice, Cause: ErrNoChild}
	switch {
	case state == nil:
		e.Advice, e.Cause = "how is not known: is SIGCHLD ignored?", nil
	case !state.Exited():
		e.Advice, e.Cause = "it was killed, or its limits leave it no memory: see RLIMIT_AS, RLIMIT_DATA and RLIMIT_STACK", nil
	case state.ExitCode() == runtimeStatus && limited:
		e.Advice, e.Cause = "its limits leave the Go runtime no memory: see RLIMIT_AS and RLIMIT_DATA; or main does not call install.Child first", nil
	case state.ExitCode() == runtimeStatus:
		e.Advice += "; or the Go runtime got no memory or threads"
	}
	return e
}

// memoryLimited reports whether a limit is on the memory of this process, and so of
// its children.
func memoryLimited() bool {
	for _, resource := range []int{unix.RLIMIT_AS, unix.RLIMIT_DATA} {
		var limit unix.Rlimit
		if err := unix.Getrlimit(resource, &limit); err == nil && uint64(limit.Cur) != uint64(unix.RLIM_INFINITY) {
			return true
		}
	}
	return false
}

// runtimeStatus is what the Go runtime exits with where it cannot go on.
const runtimeStatus = 2

// settleWithin is how long Start waits, after an error, for what os/exec copies
// from and to the streams of the command. A Read or Write of the caller's may
// block forever.
const settleWithin = 200 * time.Millisecond

// reap ends the child and waits for it. What os/exec still copies may end later.
func reap(cmd *exec.Cmd) *os.ProcessState {
	cmd.Process.Kill()
	state, _ := cmd.Process.Wait()
	if cmd.Cancel == nil && cmd.WaitDelay == 0 { // with Cancel, os/exec may be reading it
		cmd.WaitDelay = time.Second
	}
	settled := make(chan struct{})
	go func() {
		defer close(settled)
		cmd.Wait() // closes the pipes
	}()
	select {
	case <-settled:
		cmd.ProcessState = state
	case <-time.After(settleWithin):
	}
	return state
}

// endedEarly reports whether a child that has closed the socket, and whose context
// has ended, did not execute the command or has been ended by its context at once.
// A process that ends gives its memory back before its files (kernel/exit.c,
// do_exit), and what /proc calls exe with it; one that has executed the command has
// both (fs/exec.c, begin_new_exec).
func endedEarly(pid int) bool {
	const within = time.Second
	for end := time.Now().Add(within); ; time.Sleep(100 * time.Microsecond) {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		if err == nil && info.Signo != 0 {
			return info.Code != exited || childStatus(&info) != 0
		}
		if err == unix.ECHILD { // it has ended, and SIGCHLD is ignored
			return true
		}
		if _, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe"); err == nil || time.Now().After(end) {
			return false
		}
	}
}

// canceledBy returns the error of the context that has ended cmd, a copy of a
// command that was made before this was started; nil if the context goes on or
// the command has none. Package exec returns it only from Start of a command whose
// context has ended.
func canceledBy(cmd *exec.Cmd) error {
	if cmd.Cancel == nil {
		return nil
	}
	// If the context goes on after all, an execve that cannot be.
	cmd.Path, cmd.Dir, cmd.SysProcAttr = "/proc/self/exe/", "", nil
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, nil, nil
	err := cmd.Start()
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// socketPair returns the parent's end, which can have deadlines, and the child's.
func socketPair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fds[0], true)
	}
	if err != nil {
		e := refusedCall("socketpair(AF_UNIX)", err)
		switch e.Errno {
		case unix.EMFILE:
			e.Advice = "no descriptor left for the socket to the child: see RLIMIT_NOFILE"
		case unix.ENFILE:
			e.Advice = "no open file left for the socket to the child: see /proc/sys/fs/file-max"
		}
		return nil, nil, e
	}
	return os.NewFile(uintptr(fds[0]), "seccompile-child"), os.NewFile(uintptr(fds[1]), "seccompile-parent"), nil
}

// startChild starts cmd as this program and puts its fields back. The child's
// runtime has two processors, and does not preempt goroutines by signals nor
// collect garbage: that could be for the filtered thread to do.
func startChild(cmd *exec.Cmd, env []string, conn *os.File) error {
	path, args, environ, files := cmd.Path, cmd.Args, cmd.Env, cmd.ExtraFiles
	defer func() { cmd.Path, cmd.Args, cmd.Env, cmd.ExtraFiles = path, args, environ, files }()
	if environ == nil {
		cmd.Env = env
	}
	godebug := "asyncpreemptoff=1"
	for _, v := range env {
		if old, ok := strings.CutPrefix(v, "GODEBUG="); ok && old != "" {
			godebug = old + "," + godebug
		}
	}
	cmd.Path = "/proc/self/exe"
	cmd.Args = []string{childName, strconv.Itoa(3 + len(files))}
	cmd.Env = append(slices.Clip(cmd.Env), "GODEBUG="+godebug, "GOGC=off", "GOMAXPROCS=2")
	cmd.ExtraFiles = append(slices.Clip(files), conn)
	err := cmd.Start()

	var at *fs.PathError
	var errno syscall.Errno
	if errors.As(err, &at) && at.Path == cmd.Path && errors.As(err, &errno) {
		return &Error{Op: at.Op + " " + at.Path, Errno: errno, Advice: forkAdviceFor(errno)}
	}
	return err
}

// forkAdvice is what the errnos of a child that does not become this program mean,
// for clone and execve and what cmd.SysProcAttr asks for (syscall,
// forkAndExecInChild).
var forkAdvice = []struct {
	errno syscall.Errno
	text  string
}{
	{unix.ENOENT, "/proc is not mounted, or not in the root that Chroot names"},
	{unix.EACCES, "this program's file must be executable for the command's user, and outer filters and security modules must allow execve"},
	{unix.EPERM, "SysProcAttr needs privileges that this process does not have, or an outer filter refuses clone or execve"},
	{unix.EAGAIN, "too many processes: see RLIMIT_NPROC, pids.max of the cgroup and /proc/sys/kernel/pid_max"},
	{unix.ENOMEM, "out of memory"},
	{unix.ENOSYS, "an outer filter refuses clone, clone3 or execve"},
	{unix.EMFILE, "no descriptor left: see RLIMIT_NOFILE"},
}

func forkAdviceFor(errno syscall.Errno) string {
	for _, a := range forkAdvice {
		if a.errno == errno {
			return a.text
		}
	}
	return "SysProcAttr asks for something impossible, or an outer filter refuses clone or execve"
}

// handle sends the launch and reads to the end what the child says to it.
func (l *launch) handle(conn *os.File, within time.Duration) (*os.File, error) {
	const op = "install.Start"
	text, err := l.marshal()
	if err != nil {
		return nil, &Error{Op: op, Fault: err.Error()}
	}
	conn.SetDeadline(time.Now().Add(within))
	if _, err := conn.Write(text); err != nil && !errors.Is(err, unix.EPIPE) && !errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, refusedCall("write to the child", err)
	}
	said, listener, err := l.hear(conn)
	switch {
	case l.notTraced != nil:
		err = l.notTraced
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = &Error{
			Op:     op,
			Errno:  unix.ETIMEDOUT,
			Fault:  "the child has not called install.Child within " + within.String(),
			Advice: childAdvice,
			Cause:  ErrNoChild,
		}
	case err != nil:
		err = refusedCall("recvmsg from the child", err)
	default:
		err = understand(said)
		if err == nil && listener == nil && l.o.Flags&abi.FlagNewListener != 0 {
			err = errNoListener
		}
	}
	if err != nil {
		listener.Close() // of nil, too
		return nil, err
	}
	return listener, nil
}

// hear reads what the child says until it has no socket any more, or a call
// waits at the listener: of the child, only the thread that makes no call but
// execve is under the filter, so execve is handed over, and only the caller of
// Start can answer it. The socket is shut down then, which tells the child to report
// elsewhere. There is no deadline once the child has said something.
func (l *launch) hear(conn *os.File) (text []byte, listener *os.File, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	for {
		if listener != nil {
			waits, err := callWaits(raw, listener)
			if err != nil || waits {
				return text, listener, err
			}
		}
		b, oob := make([]byte, 4096), make([]byte, unix.CmsgSpace(4))
		var n, oobn int
		wait := raw.Read(func(fd uintptr) bool {
			n, oobn, _, _, err = unix.Recvmsg(int(fd), b, oob, unix.MSG_CMSG_CLOEXEC)
			return err != unix.EAGAIN && err != unix.EINTR
		})
		if wait != nil {
			return text, listener, wait
		}
		if err == unix.ECONNRESET { // it has ended without reading all
			n, err = 0, nil
		}
		if err != nil || n == 0 {
			return text, listener, err
		}
		text = append(text, b[:n]...)
		if l.traced {
			if text, err = l.attachThread(conn, text); err != nil {
				return text, listener, err
			}
		}
		if fd, ok := sentDescriptor(oob[:oobn]); ok && listener == nil {
			listener = os.NewFile(uintptr(fd), listenerName)
		}
		conn.SetDeadline(time.Time{})
	}
}

// callWaits waits until the child says something, ends or executes the command,
// or until a call waits at the listener, which it reports. Of both, what the child
// says comes first.
func callWaits(conn syscall.RawConn, listener *os.File) (waits bool, err error) {
	failed := conn.Control(func(fd uintptr) {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(listener.Fd()), Events: unix.POLLIN}}
		for {
			_, err = unix.Poll(ready, -1)
			switch {
			case err == unix.EINTR:
			case err != nil || ready[0].Revents != 0:
				return
			case ready[1].Revents&unix.POLLIN != 0:
				waits = true
				err = unix.Shutdown(int(fd), unix.SHUT_RDWR)
				return
			case ready[1].Revents&unix.POLLHUP != 0:
				ready[1].Fd = -1 // nothing is under the filter any more: the child ends
			}
			// POLLERR is for whoever is interrupted (kernel/seccomp.c, seccomp_notify_poll).
		}
	})
	return waits, errors.Join(failed, err)
}

func sentDescriptor(oob []byte) (int, bool) {
	list, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(list) == 0 {
		return 0, false
	}
	fds, err := unix.ParseUnixRights(&list[0])
	if err != nil || len(fds) == 0 {
		return 0, false
	}
	return fds[0], true
}

// understand returns what the child's words mean.
func understand(text []byte) error {
	text, ready := bytes.CutPrefix(text, []byte{sentReady})
	if !ready {
		return errSilent
	}
	text, _ = bytes.CutPrefix(text, []byte{sentListener})
	text, failed := bytes.CutPrefix(text, []byte{sentFailure})
	if !failed {
		return nil
	}
	e := &Error{}
	if err := e.unmarshal(text); err != nil {
		return &Error{Op: "install.Start", Fault: "the child: " + err.Error()}
	}
	return e
}
