package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// echo answers with the call's argument.
func echo(_ context.Context, c *Call) Answer {
	a, _ := distinct(int64(c.Args[0]))
	return a
}

// echoed is the reply to a call with the argument.
func echoed(arg int) reply {
	_, r := distinct(int64(arg))
	return r
}

// served is Serve in the background, and what it returns.
func served(ctx context.Context, l *Listener, h Handler, o Options) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx, h, o) }()
	return ended
}

func caseServe() {
	l, t := filtered(0)
	ended := served(context.Background(), l, echo, Options{})
	for i := range 1000 {
		want("serve", t.asks(uintptr(i)), echoed(i))
	}
	t.end()
	if err := <-ended; err != nil {
		failf("Serve: %v, want nil when no thread is left", err)
	}
}

// Serve ends within 100 ms of its context, with and without calls, and leaves no
// goroutine and no thread.
func caseServeCancelled() {
	l, t := filtered(0)
	before := runtime.NumGoroutine()
	var busy int
	slow, late := 0, selftest.Within(100*time.Millisecond)
	for i := range 100 {
		ctx, cancel := context.WithCancel(context.Background())
		entered := make(chan bool, 1)
		ended := served(ctx, l, func(ctx context.Context, c *Call) Answer {
			entered <- true
			<-ctx.Done()
			return Errno(unix.EINTR)
		}, Options{})
		var replied <-chan reply
		if i%2 == 0 {
			replied = t.asks(0)
			<-entered
		} else {
			time.Sleep(time.Millisecond)
		}
		start := time.Now()
		cancel()
		if err := <-ended; err != context.Canceled {
			failf("Serve: %v, want %v", err, context.Canceled)
		}
		if time.Since(start) > late {
			slow++
		}
		if replied != nil {
			want("the call of a cancelled Serve", replied, reply{-1, unix.EINTR})
		}
		if n := goroutines(before); n > before {
			failf("%d goroutines after Serve, %d before", n, before)
		}
		if i == 50 {
			busy = threads()
		}
	}
	if slow > 50 { // a busy machine may stop this process as long, but not each time
		failf("Serve ended %d of 100 times later than %v after its context", slow, late)
	}
	if n := threads(); n > busy+10 {
		failf("%d threads after 100 times Serve, %d after 50", n, busy)
	}
	// A call that nobody received waits for the next Serve.
	replied := t.asks(8)
	time.Sleep(5 * time.Millisecond)
	ctx, cancel := context.WithCancel(context.Background())
	ended := served(ctx, l, echo, Options{})
	want("the next Serve", replied, echoed(8))
	cancel()
	<-ended
}

// Whatever a handler does, the call is answered.
func caseServeFailing() {
	l, t := filtered(0)
	handlers := []struct {
		name    string
		handler Handler
		want    reply
		failure string // "" for none
	}{
		{"returns nothing", func(context.Context, *Call) Answer { return Answer{} }, reply{-1, Refusal}, ""},
		{"panics", func(context.Context, *Call) Answer { panic("oh") }, reply{-1, Refusal}, "the handler panicked: oh"},
		{"panics with nil", func(context.Context, *Call) Answer { panic(nil) }, reply{-1, Refusal},
			"the handler panicked: panic called with nil argument"},
		{"exits", func(context.Context, *Call) Answer { runtime.Goexit(); return Value(1) }, reply{-1, Refusal},
			"the handler ended its goroutine (return an Answer)"},
		{"errno 0", func(context.Context, *Call) Answer { return Errno(0) }, reply{-1, Refusal},
			"notify.Call.Respond(ERRNO(0)): 0 is not an errno (these are 1 to 4095; a call without error has a Value)"},
		{"errno 4096", func(context.Context, *Call) Answer { return Errno(4096) }, reply{-1, Refusal},
			"notify.Call.Respond(ERRNO(4096)): 4096 is not an errno (these are 1 to 4095; a call without error has a Value)"},
		{"value -1", func(context.Context, *Call) Answer { return Value(-1) }, reply{-1, Refusal},
			"notify.Call.Respond(VALUE(-1)): the value -1 is an errno to programs (answer with Errno)"},
		{"answers itself", func(_ context.Context, c *Call) Answer { c.Respond(Value(6)); return Answer{} }, value(6), ""},
		{"answers, then panics", func(_ context.Context, c *Call) Answer { c.Respond(Value(6)); panic("late") }, value(6), "the handler panicked: late"},
		{"answers twice", func(_ context.Context, c *Call) Answer { c.Respond(Value(6)); return Value(7) }, value(6),
			"notify.Call.Respond(VALUE(7)): the call is already answered (a call has one answer, by Respond, by AddFD or by what a handler returns)"},
		{"answers badly, then well", func(_ context.Context, c *Call) Answer { c.Respond(Errno(0)); return Value(7) }, value(7), ""},
	}
	failures := make(chan string, 1)
	ctx, cancel := context.WithCancel(context.Background())
	ended := served(ctx, l, func(ctx context.Context, c *Call) Answer {
		return handlers[c.Args[0]].handler(ctx, c)
	}, Options{Handlers: 1, Failed: func(c *Call, err error) {
		var p *PanicError
		if errors.As(err, &p) && len(p.Stack) == 0 {
			failf("PanicError without stack")
		}
		failures <- err.Error()
	}})
	for i, h := range handlers {
		want("a handler that "+h.name, t.asks(uintptr(i)), h.want)
		if h.failure == "" {
			continue
		}
		if got := <-failures; got != h.failure {
			failf("a handler that %s: failure %q, want %q", h.name, got, h.failure)
		}
	}
	cancel()
	if err := <-ended; err != context.Canceled || len(failures) > 0 {
		failf("Serve: %v, and %d failures", err, len(failures))
	}
}

// Without Failed, the first failure ends Serve, also if it is the last call's.
func caseServeFirstFailure() {
	l, t := filtered(0)
	ended := served(context.Background(), l, func(context.Context, *Call) Answer { panic("first") }, Options{})
	want("a handler that panics", t.asks(0), reply{-1, Refusal})
	var p *PanicError
	if err := <-ended; !errors.As(err, &p) || p.Value != "first" {
		failf("Serve: %v, want the panic", err)
	}
	ended = served(context.Background(), l, func(_ context.Context, c *Call) Answer {
		c.Respond(Value(1))
		time.Sleep(50 * time.Millisecond) // until the thread has ended
		panic("last")
	}, Options{})
	want("a handler that panics late", t.asks(0), value(1))
	t.end()
	if err := <-ended; !errors.As(err, &p) || p.Value != "last" {
		failf("Serve: %v, want the panic", err)
	}
}

// A supervisor that is kept from answering says so; its listener's end answers.
func caseServeRefused() {
	requireRestart()
	refuseIoctl(sendRequest.nr, unix.EACCES, abi.FlagTSync)
	l, t := filtered(0)
	requireAddFD(l, true)
	for _, a := range []Answer{{}, Value(1)} {
		ended := served(context.Background(), l, func(context.Context, *Call) Answer { return a }, Options{})
		replied := t.asks(0)
		wantErrors("Serve that cannot answer", <-ended, unix.EACCES)
		interrupt(t) // the call comes again
		c := next(l)
		must("Waiting", c.Waiting())
		if a != (Answer{}) {
			must("Close", l.Close())
			want("closed", replied, reply{-1, unix.ENOSYS})
			return
		}
		n, err := c.AddFD(FD{File: os.Stderr, Answer: true})
		must("AddFD", err)
		want("answered by AddFD", replied, value(int64(n)))
	}
}

// child starts a process under the thread's filter.
func (t *thread) child(env string) *exec.Cmd {
	cmd := exec.Command(self)
	cmd.Env = append(selftest.Env(env), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	t.do(func() { must("start", cmd.Start()) })
	return cmd
}

// No more handlers run at once than are wanted, and no fewer.
func caseServeBounded() {
	l, t := filtered(0)
	const targets, bound = 6, 3
	var now, most atomic.Int32
	full := make(chan bool)
	var once sync.Once
	ctx, cancel := context.WithCancel(context.Background())
	ended := served(ctx, l, func(ctx context.Context, c *Call) Answer {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == bound {
			once.Do(func() { close(full) })
		}
		select {
		case <-full:
			time.Sleep(time.Millisecond)
		case <-ctx.Done():
		}
		return Continue()
	}, Options{Handlers: bound})
	var children []*exec.Cmd
	for range targets {
		children = append(children, t.child(asking))
	}
	select {
	case <-full:
	case <-time.After(patience()):
		failf("there were %d handlers at once, want %d", most.Load(), bound)
	}
	time.Sleep(50 * time.Millisecond)
	for _, c := range children {
		c.Process.Kill()
		c.Wait()
	}
	cancel()
	<-ended
	if n := most.Load(); n != bound {
		failf("there were %d handlers at once, want %d", n, bound)
	}
}

// The zero value of Options is 64 handlers at once.
func caseServeHandlers() {
	const targets, bound = 70, 64
	l, asking := askers(targets)
	var now, most atomic.Int32
	full := make(chan bool)
	open := sync.OnceFunc(func() { close(full) })
	ctx, cancel := context.WithCancel(context.Background())
	ended := served(ctx, l, func(ctx context.Context, c *Call) Answer {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == bound {
			time.AfterFunc(50*time.Millisecond, open) // for one more
		}
		select {
		case <-full:
		case <-time.After(selftest.Within(10 * time.Second)):
		}
		return echo(ctx, c)
	}, Options{})
	asking.Wait()
	cancel()
	<-ended
	if n := most.Load(); n != bound {
		failf("there were %d handlers at once, want %d", n, bound)
	}
}

// askers has so many threads wait for an answer at once, which is to be their
// number.
func askers(n int) (l *Listener, asking *sync.WaitGroup) {
	listener, err := install.Filter(handOver(notified), install.Options{Flags: abi.FlagTSync | abi.FlagTSyncESRCH | abi.FlagNewListener})
	must("Filter", err)
	l = mustNew(listener.File())
	var begun atomic.Int32
	asking = new(sync.WaitGroup)
	for i := range n {
		asking.Go(func() {
			runtime.LockOSThread()
			begun.Add(1)
			if got := ask(uintptr(i)); got != echoed(i) {
				failf("call %d of %d at once returned %+v", i, n, got)
			}
		})
	}
	for begun.Load() < int32(n) {
		time.Sleep(time.Millisecond)
	}
	return l, asking
}

// Thousands of calls can wait, and each gets its answer.
func caseServeThousands() {
	l, asking := askers(2000)
	ctx, cancel := context.WithCancel(context.Background())
	ended := served(ctx, l, echo, Options{})
	asking.Wait()
	cancel()
	<-ended
}

// Targets that are killed at any moment leave nothing behind.
func caseKilled() {
	const kills, minimal, atOnce, enough = 1000, 20, 4, 30 * time.Second
	most := selftest.Within(enough) // for so many: a slow machine takes minutes for all
	l, t := filtered(0)
	requireAddFD(l, true)
	var handled, gone atomic.Int64
	ended := served(context.Background(), l, func(_ context.Context, c *Call) Answer {
		f := FD{File: os.Stderr, CloseOnExec: true, Replace: true, Number: 100}
		var err error
		switch rand.IntN(5) {
		case 0:
			_, err = c.AddFD(f)
		case 1:
			f.Answer = true
			_, err = c.AddFD(f)
		case 2:
			err = c.ReadMemory(c.IP, make([]byte, 16))
		case 3:
			err = c.Waiting()
		}
		if errors.Is(err, ErrGone) {
			gone.Add(1)
		} else if err != nil {
			failf("%+v: %v", c, err)
		}
		handled.Add(1)
		if f.Answer {
			return Answer{}
		}
		return []Answer{Continue(), Errno(unix.EAGAIN), Value(1)}[rand.IntN(3)]
	}, Options{})
	start := time.Now()
	first := t.child(asking) // opens what os/exec keeps
	if !selftest.Eventually(func() bool { return handled.Load() > 0 }) {
		failf("a target does not ask")
	}
	until := time.Since(start) // it asks
	first.Process.Kill()
	first.Wait()
	files := openFiles()
	start = time.Now()
	var wg sync.WaitGroup
	var killed atomic.Int64
	for range atOnce {
		wg.Go(func() {
			for range kills / atOnce {
				if took := time.Since(start); took > most || took > enough && killed.Load() >= minimal {
					return
				}
				cmd := t.child(asking)
				time.Sleep(time.Duration(rand.Int64N(int64(2 * until))))
				killed.Add(1)
				cmd.Process.Kill()
				cmd.Wait()
			}
		})
	}
	wg.Wait()
	if n := openFiles(); n > files {
		failf("%d open files after %d kills, %d before", n, killed.Load(), files)
	}
	t.end()
	select {
	case err := <-ended:
		if err != nil {
			failf("Serve: %v", err)
		}
	case <-time.After(patience()):
		failf("Serve does not end")
	}
	if killed.Load() < minimal {
		failf("%d kills in %v, want %d at least", killed.Load(), most, minimal)
	}
	fmt.Fprintf(os.Stderr, "%d kills: %d calls handled, %d found gone by the handler\n", killed.Load(), handled.Load(), gone.Load())
}

// The benchmark's unit is one call of a target, answered.
func BenchmarkServe(b *testing.B) {
	requireListeners(b)
	for _, bb := range []struct {
		name  string
		flags uint64
		o     Options
	}{
		{"one handler", 0, Options{Handlers: 1}},
		{"default", 0, Options{}},
		{"sync wake up", SyncWakeUp, Options{}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			l, t := filtered(0)
			if err := l.SetFlags(bb.flags); err != nil && bb.flags != 0 {
				b.Skip(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			ended := served(ctx, l, echo, bb.o)
			t.do(func() {
				for b.Loop() {
					if got := ask(7); got != echoed(7) {
						b.Fatalf("the call returned %+v", got)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
			t.end() // which does not end the thread if it is the first one
			cancel()
			<-ended
			l.Close()
		})
	}
}
