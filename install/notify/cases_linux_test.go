package notify

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/live"
	"github.com/seccompile/seccompile/internal/selftest"
)

// cases are the processes of TestListenerOnKernel.
var cases = []struct {
	name string
	run  func()
	long bool
}{
	{name: "call", run: caseCall},
	{name: "answers", run: caseAnswers},
	{name: "answered twice", run: caseTwice},
	{name: "no listener", run: caseNoListener},
	{name: "closed", run: caseClosed},
	{name: "nobody left", run: caseNobodyLeft},
	{name: "receive ends", run: caseReceiveEnds},
	{name: "nested", run: caseNested},
	{name: "interrupted", run: caseInterrupted},
	{name: "wait killable", run: caseWaitKillable},
	{name: "flags", run: caseFlags},
	{name: "add fd", run: caseAddFD},
	{name: "add fd, answered", run: caseAddFDAnswered},
	{name: "add fd, refused", run: caseAddFDRefused},
	{name: "add fd, answered, refused", run: caseAddFDAnsweredRefused},
	{name: "memory", run: caseMemory},
	{name: "older kernels", run: caseOlder},
	{name: "larger structures", run: caseLarger},
	{name: "serve", run: caseServe},
	{name: "serve, cancelled", run: caseServeCancelled},
	{name: "serve, failing", run: caseServeFailing},
	{name: "serve, first failure", run: caseServeFirstFailure},
	{name: "serve, refused", run: caseServeRefused},
	{name: "serve, bounded", run: caseServeBounded},
	{name: "serve, 64 handlers", run: caseServeHandlers},
	{name: "serve, thousands at once", run: caseServeThousands, long: true},
	{name: "send", run: caseSend},
	{name: "bad states", run: caseBadStates},
	{name: "signals", run: caseSignals},
	{name: "killed", run: caseKilled, long: true},
	{name: "load", run: caseLoad, long: true},
}

// A call has the registers of who makes it.
func caseCall() {
	l, t := filtered(0)
	wide := ^uintptr(5) // as a register
	done := t.begin(func() { unix.Syscall6(notified, 1, 2, 3, 4, 5, wide) })
	c := next(l)
	if c.ID == 0 || c.Thread != t.tid || c.Nr != notified || c.IP == 0 || c.Args != [6]uint64{1, 2, 3, 4, 5, uint64(wide)} {
		failf("the call is %+v of thread %d", c, t.tid)
	}
	must("Waiting", c.Waiting())
	must("Respond", c.Respond(Continue()))
	<-done
	wantErrors("Waiting after the answer", c.Waiting(), ErrGone, unix.ENOENT)
}

func caseAnswers() {
	l, t := filtered(0)
	wide := int64(1<<40 + 3) // of which a 32-bit target gets the low half
	for _, tt := range []struct {
		answer Answer
		want   reply
	}{
		{Answer{}, reply{-1, unix.EPERM}},
		{Errno(1), reply{-1, 1}},
		{Errno(unix.ENOSYS), reply{-1, unix.ENOSYS}},
		{Errno(4094), reply{-1, 4094}},
		{Errno(4095), reply{-1, 4095}},
		{Value(0), reply{}},
		{Value(7), value(7)},
		{Value(1<<40 + 3), value(int64(int(wide)))},
		{Value(-4096), value(-4096)},
		{Continue(), reply{Value: int64(os.Getppid())}},
	} {
		replied := t.asks(0)
		must("Respond with "+tt.answer.String(), next(l).Respond(tt.answer))
		want(tt.answer.String(), replied, tt.want)
	}
}

// A call has one answer, through whatever descriptor. One that is not taken
// leaves it waiting.
func caseTwice() {
	l, t := filtered(0)
	replied := t.asks(0)
	c := next(l)
	wantErrors("Respond(Errno(0))", c.Respond(Errno(0)), unix.EINVAL)
	must("Waiting after a bad answer", c.Waiting())
	must("Respond", c.Respond(Value(1)))
	wantErrors("the second Respond", c.Respond(Value(2)), unix.EINPROGRESS)
	_, err := c.AddFD(FD{File: os.Stderr})
	wantErrors("AddFD after Respond", err, unix.EINPROGRESS)
	want("answered once", replied, value(1))

	replied = t.asks(0)
	c = next(l)
	other := &Call{ID: c.ID, listener: l} // as if another process had it
	must("Respond", other.Respond(Value(3)))
	wantErrors("Respond after another", c.Respond(Value(4)), ErrGone)
	want("answered once", replied, value(3))
}

// What is no listener is told by the first question.
func caseNoListener() {
	r, w, err := os.Pipe()
	must("pipe", err)
	files := map[string]*os.File{"nil": nil, "a pipe": r}
	null, err := os.Open("/dev/null")
	must("open", err)
	files["a device"] = null
	for name, file := range files {
		l, err := New(file)
		var e *install.Error
		if l != nil || !errors.As(err, &e) || e.Advice == "" || errors.Is(err, install.ErrNotSupported) {
			failf("New of %s = %v, %v", name, l, err)
		}
	}
	if _, err := w.Write([]byte("x")); err != nil {
		failf("the pipe after New: %v", err) // still open
	}
	r.Close()
	if l, err := New(r); l != nil || !errors.Is(err, os.ErrClosed) {
		failf("New of a closed file = %v, %v", l, err)
	}
}

// Closing the listener ends who receives, calls that wait and calls to come.
func caseClosed() {
	l, t := filtered(0)
	replied := t.asks(0)
	c := next(l)
	received := make(chan error)
	go func() {
		_, err := l.Receive(context.Background())
		received <- err
	}()
	time.Sleep(10 * time.Millisecond)
	must("Close", l.Close())
	wantErrors("Receive of a closed listener", <-received, os.ErrClosed)
	want("waiting", replied, reply{-1, unix.ENOSYS})
	want("to come", t.asks(0), reply{-1, unix.ENOSYS})
	wantErrors("Respond", c.Respond(Value(1)), os.ErrClosed)
	wantErrors("Waiting", c.Waiting(), os.ErrClosed)
	wantErrors("SetFlags", l.SetFlags(0), os.ErrClosed)
	wantErrors("Serve", l.Serve(context.Background(), nil, Options{}), os.ErrClosed)
	if err := l.Close(); err == nil {
		failf("the second Close = nil")
	}
}

// When the last thread with the filter has ended, nobody will call.
func caseNobodyLeft() {
	l, t := filtered(0)
	received := make(chan error)
	go func() {
		_, err := l.Receive(context.Background())
		received <- err
	}()
	time.Sleep(10 * time.Millisecond)
	t.end()
	if err := <-received; err != io.EOF {
		failf("Receive without threads: %v, want EOF", err)
	}
	if err := l.Serve(context.Background(), nil, Options{}); err != nil {
		failf("Serve without threads: %v, want nil", err)
	}
}

// Receive ends with its context and loses nothing.
func caseReceiveEnds() {
	l, t := filtered(0)
	for range 50 {
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(context.Background())
		received := make(chan error)
		go func() {
			_, err := l.Receive(ctx)
			received <- err
		}()
		waiting, cancelWaiting := context.WithCancelCause(context.Background())
		go func() { // behind the other one
			_, err := l.Receive(waiting)
			received <- err
		}()
		time.Sleep(time.Millisecond)
		cancelWaiting(why)
		cancel(why)
		if a, b := <-received, <-received; a != why || b != why {
			failf("Receive: %v and %v, want %v", a, b, why)
		}
	}
	replied := t.asks(0)
	must("Respond", next(l).Respond(Value(9)))
	want("after 50 cancelled Receives", replied, value(9))
}

// A chain of filters has one open listener, and the newest filter that says
// USER_NOTIF gets the call.
func caseNested() {
	outer, t := filtered(0, notified, unix.SYS_GETSID)
	getsid := func() <-chan reply {
		replied := make(chan reply, 1)
		t.begin(func() { replied <- call(unix.SYS_GETSID, 0) })
		return replied
	}
	inner := func() (listener *install.Listener, err error) {
		t.do(func() {
			listener, err = install.Filter(handOver(notified), install.Options{Flags: abi.FlagNewListener})
		})
		return listener, err
	}
	_, err := inner()
	wantErrors("a second listener", err, unix.EBUSY)

	must("Close", outer.Close())
	listener, err := inner()
	must("a second listener after the first was closed", err)
	l := mustNew(listener.File())
	replied := t.asks(0)
	must("Respond", next(l).Respond(Value(5)))
	want("the newest filter's listener", replied, value(5))
	want("the call of the closed listener", getsid(), reply{-1, unix.ENOSYS})

	// A newer filter without a listener takes the call away.
	t.do(func() {
		if _, err := install.Filter(handOver(notified), install.Options{}); err != nil {
			failf("%v", err)
		}
	})
	want("a newest filter without listener", t.asks(0), reply{-1, unix.ENOSYS})
}

// interrupt sends a signal that the runtime has a handler for to a thread.
func interrupt(t *thread) {
	must("tgkill", unix.Tgkill(unix.Getpid(), t.tid, unix.SIGURG))
}

// requireRestart skips the case if the kernel does not make a call again that a signal takes back.
func requireRestart() {
	if errno, err := live.Interrupted(); err == nil && errno != 0 {
		selftest.Skipf("this kernel does not make such a call again: it fails with errno %d", int(errno))
	}
}

// A signal takes a call back, which comes again with another ID.
func caseInterrupted() {
	requireRestart()
	l, t := filtered(0)
	replied := t.asks(0)
	c := next(l)
	interrupt(t)
	again := next(l)
	if again.ID == c.ID || again.Thread != c.Thread {
		failf("the call that was interrupted is %+v, and then %+v", c, again)
	}
	wantErrors("Waiting", c.Waiting(), ErrGone)
	wantErrors("Respond", c.Respond(Value(1)), ErrGone, unix.ENOENT)
	_, err := again.AddFD(FD{File: os.Stderr, Number: 1})
	wantErrors("AddFD", err, unix.EINVAL)
	must("Respond", again.Respond(Value(2)))
	want("the call made again", replied, value(2))

	// One that is interrupted before it is received is passed over.
	replied = t.asks(0)
	time.Sleep(20 * time.Millisecond)
	for range 20 {
		interrupt(t)
		time.Sleep(time.Millisecond)
	}
	must("Respond", next(l).Respond(Value(3)))
	want("the call interrupted before", replied, value(3))
}

// With WAIT_KILLABLE_RECV a call that is received is not taken back.
func caseWaitKillable() {
	l, t := filtered(abi.FlagWaitKillableRecv)
	replied := t.asks(0)
	c := next(l)
	for range 20 {
		interrupt(t)
		time.Sleep(time.Millisecond)
	}
	must("Waiting", c.Waiting())
	must("Respond", c.Respond(Value(1)))
	want("the call", replied, value(1))
}

func caseFlags() {
	l, t := filtered(0)
	wantErrors("SetFlags(2)", l.SetFlags(2), unix.EINVAL, install.ErrNotSupported)
	for _, flags := range []uint64{SyncWakeUp, 0, SyncWakeUp} {
		if err := l.SetFlags(flags); err != nil {
			if errors.Is(err, install.ErrNotSupported) {
				selftest.Skipf("the kernel refuses the flag: %v", err)
			}
			failf("SetFlags(%d): %v", flags, err)
		}
		replied := t.asks(0)
		must("Respond", next(l).Respond(Value(1)))
		want("with flags", replied, value(1))
	}
}

// Under a filter that answers as older kernels do, errors say what is missing.
func caseOlder() {
	l, t := filtered(0)
	newThread().do(func() {
		replied := t.asks(0)
		c := next(l)
		for _, tt := range []struct {
			name    string
			request request
			do      func() error
			want    string
		}{
			{"continue", sendRequest, func() error { return c.Respond(Continue()) },
				"ioctl(SECCOMP_IOCTL_NOTIF_SEND): invalid argument (needs Linux 5.5 to continue calls)"},
			{"add", addFDRequest, func() error { _, err := c.AddFD(FD{File: os.Stderr}); return err },
				"ioctl(SECCOMP_IOCTL_NOTIF_ADDFD): invalid argument (needs Linux 5.9)"},
			{"add and answer", addFDRequest, func() error { _, err := c.AddFD(FD{File: os.Stderr, Answer: true}); return err },
				"ioctl(SECCOMP_IOCTL_NOTIF_ADDFD): invalid argument (needs Linux 5.14 to answer with a descriptor, 5.9 to add one)"},
			{"set flags", flagsRequest, func() error { return l.SetFlags(SyncWakeUp) },
				"ioctl(SECCOMP_IOCTL_NOTIF_SET_FLAGS): invalid argument (needs Linux 6.6)"},
		} {
			u := newThread() // a filter cannot be taken away
			u.do(func() {
				refuseIoctl(tt.request.nr, unix.EINVAL, 0)
				err := tt.do()
				wantErrors(tt.name, err, install.ErrNotSupported, errors.ErrUnsupported, unix.EINVAL)
				if err.Error() != tt.want {
					failf("%s: error %q, want %q", tt.name, err, tt.want)
				}
			})
			u.end()
			must("Waiting after "+tt.name, c.Waiting())
		}
		must("Respond", c.Respond(Value(1)))
		want("the call", replied, value(1))
	})

	// The number of ID_VALID that all kernels know.
	older := newThread()
	older.do(func() {
		refuseIoctl(validRequest.nr, unix.EINVAL, 0)
		must("the old number", l.control("", l.abi.probe))
		if l.abi.idValid != oldValidRequest {
			failf("probe found %+v, want %+v", l.abi.idValid, oldValidRequest)
		}
		replied := t.asks(0)
		c := next(l)
		must("Waiting by the old number", c.Waiting())
		must("Respond", c.Respond(Value(1)))
		want("the call", replied, value(1))
		wantErrors("Waiting by the old number", c.Waiting(), ErrGone)
	})
	none := newThread()
	none.do(func() {
		if _, err := install.Filter(answer(abi.RetErrno|uint32(unix.EINVAL), unix.SYS_SECCOMP), install.Options{}); err != nil {
			failf("%v", err)
		}
		_, err := New(os.Stderr)
		wantErrors("New before Linux 5.0", err, install.ErrNotSupported, unix.EINVAL)
	})
}

// refuseIoctl has the calling thread get an errno for one request, or all
// threads with the flag TSYNC.
func refuseIoctl(nr uintptr, errno syscall.Errno, flags uint) {
	low := uint32(abi.DataArgs + 8*1)
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		low += 4
	}
	insns := []bpf.RawInstruction{
		{Op: abi.ModeABS, K: abi.DataNr},
		{Op: abi.ClassJMP | abi.OpJEQ, Jf: 2, K: unix.SYS_IOCTL},
		{Op: abi.ModeABS, K: low},
		{Op: abi.ClassJMP | abi.OpJEQ, Jt: 1, K: uint32(nr)},
		{Op: abi.ClassRET, K: abi.RetAllow},
		{Op: abi.ClassRET, K: abi.RetErrno | uint32(errno)},
	}
	if _, err := install.Filter(insns, install.Options{Flags: flags}); err != nil {
		failf("%v", err)
	}
}

// Buffers are as large as the kernel says, whatever it will say.
func caseLarger() {
	l, t := filtered(0)
	l.abi.notif += 64
	l.abi.resp += 64
	replied := t.asks(0)
	must("Respond", next(l).Respond(Value(1)))
	want("the call", replied, value(1))
}

// threads counts those of this process.
func threads() int {
	list, err := os.ReadDir("/proc/self/task")
	must("threads", err)
	return len(list)
}

func goroutines(most int) int {
	selftest.Eventually(func() bool { return runtime.NumGoroutine() <= most })
	return runtime.NumGoroutine()
}
