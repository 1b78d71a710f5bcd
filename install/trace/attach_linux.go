package trace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

// attach is Attach after its checks.
func attach(ctx context.Context, pid int, handle func(*Call)) (err error) {
	thread := 0
	// The tracees are let go by the end of the tracing thread, not by PTRACE_DETACH: a
	// tracee has to stop for that, which ends some calls with EINTR. When its tracer ends,
	// one that runs or waits goes on, and one that has stopped makes its call or gets its
	// signal (kernel/ptrace.c, exit_ptrace and __ptrace_unlink).
	defer func() {
		for thread != 0 && isThread(unix.Getpid(), thread) {
			giveWay()
		}
	}()
	onChildlessThread(func() {
		thread = unix.Gettid()
		err = attachHere(ctx, pid, handle)
	})
	return err
}

// attachHere is attach on a thread that nothing else uses, and that then ends.
func attachHere(ctx context.Context, pid int, handle func(*Call)) error {
	if err := attachable(pid); err != nil {
		return err
	}
	t := newTracer(handle)
	t.attach(pid)
	if err := t.seizeAll(pid); err != nil {
		return err // none has stopped
	}
	defer quietChildren()()
	w, ok := newWaker(&t.waits)
	defer w.close()
	t.polls = !ok
	defer context.AfterFunc(ctx, func() {
		t.ending.Store(true)
		w.wake()
	})()
	defer t.letGo()
	t.interrupt()
	if err := t.loop(); err != nil || !hasChildren() {
		return err
	}
	return context.Cause(ctx)
}

// attach has the tracer be that of a process that outlives it.
func (t *tracer) attach(pid int) {
	t.attached = pid
	t.outlived, t.executing = true, true
	t.op, t.resume = unix.PTRACE_SYSCALL_INFO_ENTRY, unix.PTRACE_SYSCALL
}

// interrupt has those stop that have been seized since the last time. Those that wait where they
// cannot be interrupted stop later. Those that tracees create stop by themselves.
func (t *tracer) interrupt() {
	for _, tid := range t.seized {
		t.unstopped[tid] = true
		request(unix.PTRACE_INTERRUPT, tid, 0, 0)
	}
	t.seized = nil
}

// seizeMissed makes those threads tracees that came while the others became it: a thread that was
// creating one when it was seized creates no tracee (kernel/fork.c, kernel_clone), and it may
// have been listed only now that its creator has stopped.
func (t *tracer) seizeMissed() error {
	t.stoppedFirst = false
	if t.processes[t.attached] == nil { // it has ended, and its ID may be another's
		return nil
	}
	err := t.seizeAll(t.attached)
	t.interrupt()
	return err
}

// letGo has those go on that have stopped, before the tracing thread ends. A signal among
// what has been waited for would be lost. The kernel wakes others as for a signal
// (kernel/signal.c, ptrace_signal_wake_up), so one that has stopped at the entry of a call
// that a stop ends would get EINTR from it. Those that go on here stop for no more calls, and
// soon there is nothing to see; a program that gets signals all the time cannot hold it up.
// One that comes later than that, on a busy machine, may get EINTR.
func (t *tracer) letGo() {
	t.handle, t.resume = func(*Call) {}, unix.PTRACE_CONT
	t.handleQueue()
	const enough, most, pause = time.Millisecond, 20 * time.Millisecond, 50 * time.Microsecond
	start := time.Now()
	for last := start; time.Since(last) < enough && time.Since(start) < most; {
		if t.round(); len(t.queue) > 0 {
			last = time.Now()
		} else {
			time.Sleep(pause)
		}
	}
}

// seizeAll makes all threads of a process tracees.
func (t *tracer) seizeAll(pid int) error {
	for {
		list, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ESRCH) {
			return notRead(pid, err)
		}
		fresh := false // threads may have come since those that create them were not traced yet
		for _, entry := range list {
			tid, err := strconv.Atoi(entry.Name())
			if err != nil || t.threads[tid] != nil {
				continue
			}
			seized, err := t.seizeThread(pid, tid)
			if err != nil {
				return err
			}
			fresh = fresh || seized
		}
		switch {
		case fresh:
		case len(t.threads) == 0:
			return notAttached(pid, unix.ESRCH, hasEnded)
		default:
			return nil
		}
	}
}

// seizeThread makes a thread a tracee. It returns false for one that has ended, or that is
// a tracee already as others have created it. One that ends since another one of its process executes
// a program gets EPERM (kernel/ptrace.c, ptrace_attach), and its ID is the other's a moment later
// (fs/exec.c, de_thread).
func (t *tracer) seizeThread(pid, tid int) (seized bool, err error) {
	const most, pause = 10, time.Millisecond
	for i := range most {
		if i > 0 {
			time.Sleep(pause)
		}
		var e *install.Error
		if seized, err = t.seizeOnce(pid, tid); !errors.As(err, &e) || e.Errno != unix.EPERM || e.Advice != mayNot {
			return seized, err
		}
	}
	return seized, err
}

const mayNot = "needs CAP_SYS_PTRACE over the process, or to be its user, with /proc/sys/kernel/yama/ptrace_scope 0 and a program file that this user may read: ask as root"

// seizeOnce is seizeThread without a second attempt.
func (t *tracer) seizeOnce(pid, tid int) (bool, error) {
	_, errno := request(unix.PTRACE_SEIZE, tid, 0, attachOptions)
	if errno == unix.ESRCH {
		return false, nil
	}
	s, err := statusOf(tid)
	switch {
	case err != nil:
		return false, err
	case s.process == 0 || strings.HasPrefix(s.state, "Z") || strings.HasPrefix(s.state, "X"):
		return false, nil
	case errno == 0 && s.process == pid && s.tracer == unix.Gettid():
		t.add(tid, pid)
		t.seized = append(t.seized, tid)
		return true, nil
	case errno == 0 && s.process == pid:
		return false, notAttached(pid, 0, "/proc is of another PID namespace: mount one for this")
	case errno == 0:
		return false, notAttached(pid, unix.ESRCH, "the process has changed: try again")
	case s.tracer == unix.Gettid():
		return false, nil
	case s.tracer != 0:
		return false, tracedAlready(tid, s.tracer)
	case errno == unix.EPERM:
		return false, notAttached(tid, errno, mayNot)
	}
	return false, notAttached(tid, errno, "not the kernel's answer: an outer filter or a security module refuses ptrace")
}

const hasEnded = "the process has ended, and perhaps its parent has not waited for it yet"

// attachable reports why a process cannot be traced, as far as that can be told before.
func attachable(pid int) error {
	if pid < 1 || pid > math.MaxInt32 {
		return &install.Error{Op: "trace.Attach", Errno: unix.ESRCH, Fault: fmt.Sprintf("%d is not a process ID", pid), Advice: "these are positive and have 31 bits"}
	}
	if isThread(unix.Getpid(), pid) {
		return notAttached(pid, unix.EPERM, "no thread can trace its own process: ask from another")
	}
	s, err := statusOf(pid)
	switch {
	case err != nil:
		return err
	case s.process == 0 && unix.Kill(pid, 0) != unix.ESRCH:
		return notRead(pid, unix.ENOENT)
	case s.process == 0:
		return notAttached(pid, unix.ESRCH, "no process has this ID in this PID namespace: it may have ended")
	case s.process != pid:
		return notAttached(pid, unix.EINVAL, fmt.Sprintf("this is a thread of process %d: pass that", s.process))
	case s.tracer != 0:
		return tracedAlready(pid, s.tracer)
	case isKernelThread(pid):
		return notAttached(pid, unix.EPERM, "it is a thread of the kernel, which makes no calls")
	case isChild(pid):
		return notAttached(pid, unix.EINVAL, "it is a child of this process, which could then not wait for it: use Run, or ask from another process")
	}
	return nil
}

// isChild reports whether a process is a child of this one. The kernel tells a parent that is
// the tracer, too, of stops and not of the end (kernel/exit.c, wait_consider_task).
func isChild(pid int) bool {
	var info unix.Siginfo
	return unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT|unix.WALL, nil) == nil
}

// isKernelThread reports whether the kernel has created a process for itself, by its flags
// (fs/proc/array.c, do_task_stat).
func isKernelThread(pid int) bool {
	const pfKthread = 0x00200000 // include/linux/sched.h
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 7 {
		return false
	}
	flags, _ := strconv.ParseUint(fields[6], 10, 64)
	return flags&pfKthread != 0
}

func tracedAlready(tid, tracer int) error {
	return notAttached(tid, unix.EPERM, fmt.Sprintf("thread %d traces it already, and there can be one tracer: end that first", tracer))
}

// notAttached is the error of PTRACE_SEIZE, made or spared.
func notAttached(tid int, errno syscall.Errno, advice string) error {
	e := &install.Error{Op: fmt.Sprintf("ptrace(PTRACE_SEIZE, %d)", tid), Errno: errno, Advice: advice}
	if errno == 0 {
		e.Fault = "the tracer is another thread"
	}
	return e
}

func notRead(pid int, err error) error {
	e := &install.Error{Op: fmt.Sprintf("read /proc/%d", pid), Fault: err.Error(), Advice: "/proc is not mounted, is of another PID namespace, or hides processes of others (hidepid): mount one for this, or ask as root"}
	if errors.As(err, &e.Errno) {
		e.Fault = ""
	}
	return e
}
