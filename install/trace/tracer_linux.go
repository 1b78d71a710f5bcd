package trace

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
)

// A tracer is what the tracing thread knows.
type tracer struct {
	tracees
	handle       func(*Call)
	op           uint8         // of the stops for which it is called: PTRACE_SYSCALL_INFO_SECCOMP or ENTRY
	resume       uintptr       // the request by which tracees go on
	command      int           // the process of the command
	commandEnded chan struct{} // closed when it waits for os/exec, or cannot come any more
	commandOnce  sync.Once
	executing    bool         // the command runs, no more the child that installs the filter
	ending       atomic.Bool  // of a tracer that is outlived
	attached     int          // the process whose threads have been seized
	seized       []int        // of its threads, those that have yet to be interrupted
	unstopped    map[int]bool // those that have been, and have not stopped since
	stoppedFirst bool         // one of them has stopped, or ended
	waits        atomic.Bool  // in waitid, until something happens
	polls        bool         // the tracer would not learn of ending while it waits

	info  unix.Siginfo
	call  syscallInfo
	event Call
	queue []stop // that have been waited for
	done  int    // how many of them have been handled
}

// A stop is what a tracee stopped at: a signal, with an event above it or none.
type stop struct {
	tid    int
	status uint32
}

func newTracer(handle func(*Call)) *tracer {
	return &tracer{
		tracees:      tracees{threads: map[int]*process{}, processes: map[int]*process{}},
		handle:       handle,
		op:           unix.PTRACE_SYSCALL_INFO_SECCOMP,
		resume:       unix.PTRACE_CONT,
		commandEnded: make(chan struct{}),
		unstopped:    map[int]bool{},
	}
}

// seize makes the thread that becomes the command a tracee. Unlike PTRACE_ATTACH it sends
// no signal, and tells stops of a process apart from those of its tracer.
func (t *tracer) seize(tid int) error {
	if _, errno := request(unix.PTRACE_SEIZE, tid, 0, runOptions); errno != 0 {
		return notSeized(tid, errno)
	}
	t.add(tid, t.command)
	return nil
}

// loop follows the tracees until all have ended. After an error, which it returns, they
// are killed. Some are left if the kernel does not let it wait for them. A tracer that is
// outlived leaves all, after an error and when it is ending.
func (t *tracer) loop() (err error) {
	fail := func(e error) {
		if e != nil && err == nil {
			err = e
			t.giveUp()
		}
	}
	fail(t.handleQueue()) // what a panic of the handler has left
	for !t.ending.Load() {
		// What is seen here stays to be waited for. Most stops need not be: they are over
		// once the tracee goes on.
		s, ended, errno := t.wait(unix.WEXITED | unix.WSTOPPED | unix.WNOWAIT)
		switch {
		case errno == unix.EINTR: // ending
		case errno != 0:
			if errno != unix.ECHILD { // that they have ended
				fail(&install.Error{Op: "waitid", Errno: errno, Advice: "an outer filter refuses the call"})
			}
			t.endCommand()
			return err
		case ended:
			t.ended(s.tid)
		default:
			fail(t.stopped(s))
		}
		if len(t.threads) > 1 {
			fail(t.round())
		}
		if t.stoppedFirst && err == nil {
			fail(t.seizeMissed())
		}
	}
	return err
}

// giveUp has the tracer end, with its tracees unless these outlive it.
func (t *tracer) giveUp() {
	if t.outlived {
		t.ending.Store(true)
	} else {
		t.kill()
	}
}

// round handles all that can be waited for, once. Without it the kernel's order counts, in
// which a few busy threads hold up the others (kernel/exit.c, ptrace_do_wait), forever if
// those are what the busy ones wait for. A stop that has been waited for is not seen
// again, so that the next one is: the kernel tells of stops of tracees even if it is told
// to tell of ends alone (kernel/exit.c, wait_task_stopped).
func (t *tracer) round() error {
	t.queue, t.done = t.queue[:0], 0
	for {
		s, ended, errno := t.wait(unix.WEXITED | unix.WSTOPPED | unix.WNOHANG | unix.WNOWAIT)
		if errno != 0 || s.tid == 0 {
			break
		}
		if ended {
			t.ended(s.tid)
		} else if s, _, errno = t.wait(unix.WSTOPPED | unix.WNOHANG); errno == 0 && s.tid != 0 {
			t.queue = append(t.queue, s)
		}
	}
	return t.handleQueue()
}

// handleQueue handles the stops that have been waited for. It returns the first error.
func (t *tracer) handleQueue() (err error) {
	for t.done < len(t.queue) {
		s := t.queue[t.done]
		t.done++
		if e := t.stopped(s); err == nil {
			err = e
		}
	}
	return err
}

// wait returns what the kernel tells of a tracee, the zero stop if nothing. The error is
// EINTR if the tracer is ending.
func (t *tracer) wait(flags int) (s stop, ended bool, errno syscall.Errno) {
	blocks := flags&unix.WNOHANG == 0
	polls := t.polls && blocks
	if polls {
		flags |= unix.WNOHANG
	} else if blocks {
		t.waits.Store(true)
		defer t.waits.Store(false)
	}
	for {
		t.info = unix.Siginfo{}
		err := unix.Waitid(unix.P_ALL, 0, &t.info, flags|unix.WALL|unix.WNOTHREAD, nil)
		if err == unix.EINTR && !t.ending.Load() {
			continue
		}
		if err != nil {
			return s, false, err.(syscall.Errno)
		}
		s.tid, s.status = childIn(&t.info)
		if polls && s.tid == 0 {
			if t.ending.Load() {
				return s, false, unix.EINTR
			}
			time.Sleep(time.Millisecond)
			continue
		}
		return s, t.info.Code >= cldExited && t.info.Code <= cldDumped, 0
	}
}

// ended is for a thread, or the last one of a process, that has ended. Its parent can
// wait for it after this; that of the command is os/exec.
func (t *tracer) ended(tid int) {
	t.noteFirst(tid)
	t.remove(tid)
	if tid != t.command {
		unix.Wait4(tid, nil, unix.WALL|unix.WNOTHREAD|unix.WNOHANG, nil)
		return
	}
	t.endCommand()
	for unix.Waitid(unix.P_PID, tid, nil, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil) != unix.ECHILD {
		giveWay()
	}
}

// giveWay waits for a moment, after the other goroutines that can run. On one slow processor the
// moment alone is over before any of them runs, each time.
func giveWay() {
	runtime.Gosched()
	time.Sleep(20 * time.Microsecond)
}

// noteFirst is for the first stop, or the end, of a thread that was interrupted.
func (t *tracer) noteFirst(tid int) {
	if t.unstopped[tid] {
		delete(t.unstopped, tid)
		t.stoppedFirst = true
	}
}

// endCommand has os/exec wait for the command, which has ended: of a child that this
// process traces, the kernel would tell it of a stop as if that were the end
// (kernel/exit.c, wait_consider_task and wait_task_stopped).
func (t *tracer) endCommand() { t.commandOnce.Do(func() { close(t.commandEnded) }) }

// stopped has a tracee go on, after its call is handled if it makes one. One that has been
// killed is none of a request's any more (ESRCH), and ends.
func (t *tracer) stopped(s stop) error {
	t.noteFirst(s.tid)
	var signal uintptr
	switch event := s.status >> 8; {
	case event == unix.PTRACE_EVENT_SECCOMP, s.status == callStop:
		if err := t.called(s.tid); err != nil {
			return err
		}
	case event == unix.PTRACE_EVENT_EXEC:
		// Until this stop has been waited for, the kernel refuses requests if the thread had
		// another ID before (kernel/ptrace.c, looks_like_a_spurious_pid).
		unix.Waitid(unix.P_PID, s.tid, nil, unix.WSTOPPED|unix.WNOHANG|unix.WALL|unix.WNOTHREAD, nil)
		if former, errno := eventMessage(s.tid); errno == 0 {
			t.executed(s.tid, int(former))
			t.executing = t.executing || s.tid == t.command
		}
	case event == unix.PTRACE_EVENT_STOP:
		if _, err := t.of(s.tid); err != nil { // it may be new
			return err
		}
		switch s.status & 0x7f {
		case uint32(unix.SIGSTOP), uint32(unix.SIGTSTP), uint32(unix.SIGTTIN), uint32(unix.SIGTTOU):
			// Its process has stopped: so it does, until SIGCONT.
			request(unix.PTRACE_LISTEN, s.tid, 0, 0)
			return nil
		}
	case event == 0:
		signal = uintptr(s.status)
	}
	request(t.resume, s.tid, 0, signal)
	return nil
}

// called handles the call of a tracee.
func (t *tracer) called(tid int) error {
	if !t.executing || t.isKilling() {
		return nil
	}
	p, err := t.of(tid)
	if p == nil {
		return err
	}
	switch errno := t.call.read(tid); {
	case errno == unix.ESRCH:
		return nil
	case errno != 0:
		return noInfo(tid, errno)
	case t.call.op == unix.PTRACE_SYSCALL_INFO_EXIT:
		return nil
	case t.call.op != t.op:
		return noInfo(tid, unix.EINVAL)
	}
	t.event = Call{
		Process:    p.pid,
		Thread:     tid,
		Executable: p.readExecutable(),
		Arch:       t.call.arch,
		Nr:         uint32(t.call.nr),
		IP:         t.call.ip,
		SP:         t.call.sp,
		Args:       abi.Arguments(t.call.arch, t.call.args),
		Data:       uint16(t.call.data),
	}
	t.handle(&t.event)
	return nil
}
