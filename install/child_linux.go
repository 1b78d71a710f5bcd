package install

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// childName is os.Args[0] of a child, which has the socket's descriptor as its
// one argument. Unlike a variable of the environment, it is not inherited.
const childName = "seccompile-child"

// What a child sends over the socket: a ready before it installs, then the thread if
// that is to be traced, then perhaps a listener, as SCM_RIGHTS, then nothing or a failure
// with an Error after it. That execve closes the socket says that it has succeeded.
const (
	sentReady    = 'R'
	sentThread   = 'T'
	sentListener = 'L'
	sentFailure  = 'E'
)

// child is Child. Its goroutine stays on a thread without filter, to speak for
// the one that gets it.
func child() {
	if len(os.Args) != 2 || os.Args[0] != childName {
		return
	}
	conn, err := strconv.Atoi(os.Args[1])
	if err == nil {
		err = mayBeChild()
	}
	l := &launch{}
	if err == nil {
		unix.CloseOnExec(conn)
		err = l.receive(conn)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "install.Child: %v\n", err)
		os.Exit(1)
	}
	for _, n := range l.ignored.list() {
		signal.Ignore(n) // the runtime had its own way with it
	}
	if _, err := unix.Write(conn, []byte{sentReady}); err != nil {
		os.Exit(1) // nobody listens
	}

	// A processor of the scheduler each for this thread and the other, neither of
	// which gives its own away, and none for which threads would be created.
	if runtime.GOMAXPROCS(0) != 2 {
		runtime.GOMAXPROCS(2)
	}
	t := &childThread{path: l.path}
	go onOwnThread(func() { t.run(l, conn) })
	t.watch(conn)
}

// mayBeChild refuses to take orders where the process has privileges that whoever
// executed it may not have (fs/binfmt_elf.c, create_elf_tables: AT_SECURE).
func mayBeChild() error {
	const atSecure = 23
	auxv, err := unix.Auxv()
	for _, a := range auxv {
		if a[0] == atSecure && a[1] != 0 {
			return errors.New("a program that gains privileges when it is executed cannot be its own child")
		}
	}
	return err
}

// receive reads the launch.
func (l *launch) receive(conn int) error {
	length := make([]byte, 4)
	if err := readFull(conn, length); err != nil {
		return err
	}
	text := make([]byte, binary.NativeEndian.Uint32(length))
	if err := readFull(conn, text); err != nil {
		return err
	}
	return l.unmarshal(text)
}

func readFull(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := unix.Read(fd, b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return fmt.Errorf("read from the parent: %w", err)
		case n == 0:
			return errors.New("the parent has ended")
		default:
			b = b[n:]
		}
	}
	return nil
}

// A childThread is the one that becomes the command.
type childThread struct {
	path    string
	tid     atomic.Int32
	error   atomic.Pointer[Error] // before the filter is there
	set     atomic.Pointer[setter]
	mailbox mailbox
}

// run does it. The thread is not the first of the process, so that the other can
// see it end.
func (t *childThread) run(l *launch, conn int) {
	t.tid.Store(int32(unix.Gettid()))
	err := mayWait()
	var j *execCall
	if err == nil {
		j, err = l.prepare()
	}
	if err == nil && l.deathSignal != 0 {
		err = setDeathSignal(l.deathSignal)
	}
	if err == nil && l.traced {
		err = waitForTracer(conn)
	}
	if err == nil {
		set := j.set
		t.set.Store(&set)
		_, err = j.set.result(j.exec(&t.mailbox))
	}
	t.error.Store(err.(*Error))
	select {} // until the process ends
}

// mayWait refuses real-time scheduling. Under the filter the thread can only wait
// by spinning, and under these policies it would keep the thread that it waits for
// off the processor forever (kernel/sched/rt.c, kernel/sched/deadline.c).
func mayWait() error {
	const op = "sched_getscheduler"
	policy, _, errno := unix.RawSyscall(unix.SYS_SCHED_GETSCHEDULER, 0, 0, 0)
	if errno != 0 {
		return &Error{Op: op, Errno: errno, Advice: outerAdvice}
	}
	for _, p := range []struct {
		policy uintptr
		name   string
	}{{unix.SCHED_FIFO, "SCHED_FIFO"}, {unix.SCHED_RR, "SCHED_RR"}, {unix.SCHED_DEADLINE, "SCHED_DEADLINE"}} {
		if policy&^unix.SCHED_RESET_ON_FORK == p.policy {
			return &Error{
				Op:     op,
				Errno:  unix.EINVAL,
				Fault:  "the thread that calls Start has the policy " + p.name,
				Advice: "call Start under SCHED_OTHER, or set SCHED_RESET_ON_FORK, and let the command choose its own policy; Exec starts commands under any",
			}
		}
	}
	return nil
}

// setDeathSignal has the thread, and so the command, have what the first thread
// has: it is a thread's own (kernel/fork.c, copy_process).
func setDeathSignal(n int) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(n), 0); errno != 0 {
		return &Error{Op: fmt.Sprintf("prctl(PR_SET_PDEATHSIG, %d)", n), Errno: errno, Advice: outerAdvice}
	}
	return nil
}

// watch looks after the thread until execve ends this one. It waits by raw calls:
// the scheduler has no reason to create threads meanwhile.
func (t *childThread) watch(conn int) {
	const first, longest = 50_000, 10_000_000 // ns; execve can wait for a supervisor
	pid, listener := unix.Getpid(), uint32(0)
	for pause := (unix.Timespec{Nsec: first}); ; pause.Nsec = min(pause.Nsec+pause.Nsec/8, longest) {
		unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&pause)), 0, 0)
		_, _, gone := unix.RawSyscall(unix.SYS_TGKILL, uintptr(pid), uintptr(t.tid.Load()), 0)
		if fd := t.mailbox.listener.load(); fd != listener {
			listener = fd
			if err := unix.Sendmsg(conn, []byte{sentListener}, unix.UnixRights(int(fd-1)), nil, unix.MSG_NOSIGNAL); err != nil {
				fail(conn, &Error{Op: "sendmsg(SCM_RIGHTS)", Errno: err.(syscall.Errno), Advice: outerAdvice})
			}
			// With a descriptor here calls would wait although the parent's is closed.
			unix.Close(int(fd - 1))
			t.mailbox.taken.store(1)
		}
		if err := t.error.Load(); err != nil {
			fail(conn, err)
		}
		if n := t.mailbox.partial.load(); n != 0 {
			set := *t.set.Load()
			set.done = int(n >> 16)
			_, err := set.result(0, syscall.Errno(n&0xffff))
			fail(conn, err.(*Error))
		}
		if n := t.mailbox.refused.load(); n != 0 {
			fail(conn, refusedExec(t.path, syscall.Errno(n-1)))
		}
		if gone == unix.ESRCH {
			fail(conn, &Error{
				Op:     "execve(" + t.path + ")",
				Fault:  "the filter kills the thread",
				Advice: "allow execve",
			})
		}
	}
}

// fail tells the parent, or standard error if the parent does not listen any more,
// and ends the process, raw: a filtered thread cannot be stopped for more. The status is
// for whoever called Start, if that has returned before execve was refused.
func fail(conn int, e *Error) {
	text, _ := e.marshal()
	if _, err := unix.Write(conn, append([]byte{sentFailure}, text...)); err != nil {
		unix.Write(2, []byte("install.Child: "+e.Error()+"\n"))
	}
	status := uintptr(statusNotExecuted)
	if e.Errno == unix.ENOENT {
		status = statusNotFound
	}
	for {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, status, 0, 0)
	}
}
