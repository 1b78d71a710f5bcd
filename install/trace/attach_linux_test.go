package trace

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/selftest"
)

// An apart is a target that is the child of another process than the case.
type apart struct {
	name string
	pid  int
	in   io.WriteCloser
	out  *bufio.Reader
}

// startApart starts a target, whose output is followed by its status.
func startApart(name string, env ...string) *apart {
	cmd := target("parent", append(env, targetEnv+"="+name)...)
	in, err := cmd.StdinPipe()
	must("pipe", err)
	out, err := cmd.StdoutPipe()
	must("pipe", err)
	id, w, err := os.Pipe() // of its own: the target may print before its parent does
	must("pipe", err)
	defer id.Close()
	cmd.ExtraFiles = []*os.File{w}
	must("start", cmd.Start())
	w.Close()
	a := &apart{name: name, in: in, out: bufio.NewReader(out)}
	_, err = fmt.Fscanln(id, &a.pid)
	must("ID", err)
	return a
}

// ends closes the target's input, and returns its output and status.
func (a *apart) ends() string {
	a.in.Close()
	text, err := io.ReadAll(a.out)
	must("output", err)
	return string(text)
}

// state returns the state of a thread, such as "S (sleeping)", and its tracer.
func stateOf(tid int) (string, int) {
	s, err := statusOf(tid)
	must("status", err)
	return s.state, s.tracer
}

// A watch is what is seen of an attached process.
type watch struct {
	mu sync.Mutex
	*marks
	waits  map[int]map[uint32]int // calls of a thread that wait for the input
	each   func()                 // called for each marked call
	cancel context.CancelCauseFunc
	done   chan error
}

var errDetach = errors.New("detach")

// attach attaches to the target.
func (a *apart) attach() *watch {
	ctx, cancel := context.WithCancelCause(context.Background())
	w := &watch{marks: newMarks(), waits: map[int]map[uint32]int{}, cancel: cancel, done: make(chan error, 1)}
	go func() {
		w.done <- Attach(ctx, a.pid, w.handle)
	}()
	return w
}

func (w *watch) handle(c *Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.total
	w.marks.handle(c)
	if w.total > n && w.each != nil {
		w.each()
	}
	if w.waits[c.Thread] == nil {
		w.waits[c.Thread] = map[uint32]int{}
	}
	w.waits[c.Thread][c.Nr]++
}

// waiting returns how many threads have made a call so many times.
func (w *watch) waiting(nr uint32, times int) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, calls := range w.waits {
		if calls[nr] >= times {
			n++
		}
	}
	return n
}

// called reports whether there was a call.
func (w *watch) called() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls > 0
}

// until waits for a condition.
func until(what string, holds func() bool) {
	if !selftest.Eventually(holds) {
		failf("%s: not in time", what)
	}
}

// detach lets the target go.
func (w *watch) detach(a *apart) {
	w.cancel(errDetach)
	if err := <-w.done; err != errDetach {
		failf("%s: error %v of a context that ended", a.name, err)
	}
	if s, tracer := stateOf(a.pid); tracer != 0 {
		failf("%s: %s, traced by %d after Attach has returned", a.name, s, tracer)
	}
}

// attachedTo attaches to a target before that makes its calls, and returns what is seen
// and its output and status.
func attachedTo(name string) (*apart, *marks, string) {
	a := startApart(name)
	w := a.attach()
	until("read", func() bool { return w.waiting(unix.SYS_READ, 1) > 0 })
	_, err := a.in.Write([]byte{1})
	must("write", err)
	out := a.ends()
	must(name, <-w.done)
	return a, w.marks, out
}

// wantOut ends the case unless a target has ended so.
func wantOut(what, got, want string) {
	if got != want {
		failf("%s: output and status\n%swant\n%s", what, got, want)
	}
}

// caseAttachCalls: calls from then on are counted exactly, and after it the process goes on.
func caseAttachCalls() {
	const threads = 8
	a := startApart("reads")
	w := a.attach()
	// The calls that they wait in are made again.
	until("read", func() bool { return w.waiting(unix.SYS_READ, 1) >= threads })
	bytes8 := make([]byte, threads)
	for range 2 {
		_, err := a.in.Write(bytes8)
		must("write", err)
	}
	until("marked calls", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		n := 0
		for _, calls := range w.waits {
			n += calls[unix.SYS_READ]
		}
		return w.total == 2*threads*manyCalls && n >= 3*threads
	})
	w.detach(a)
	if w.total != 2*threads*manyCalls || len(w.processes) != 1 {
		failf("%d marked calls of processes %v, want %d of one", w.total, w.processes, 2*threads*manyCalls)
	}
	time.Sleep(20 * time.Millisecond)
	_, err := a.in.Write(bytes8)
	must("write", err)
	wantOut("reads", a.ends(), fmt.Sprintf("%d marked calls, reads failed 0 times\nstatus 9\n", 3*threads*manyCalls))
	if w.total != 2*threads*manyCalls {
		failf("%d marked calls are reported after the end", w.total-2*threads*manyCalls)
	}
}

// caseAttachMissed: threads that come while the others become tracees, of which all but one are
// played here, are tracees.
func caseAttachMissed() {
	a := startApart("reads")
	until("threads", func() bool {
		list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", a.pid))
		return len(list) > 8
	})
	w := &watch{marks: newMarks(), waits: map[int]map[uint32]int{}, done: make(chan error, 1)}
	go onChildlessThread(func() {
		t := newTracer(w.handle)
		t.attach(a.pid)
		if _, err := t.seizeThread(a.pid, a.pid); err != nil {
			w.done <- err
			return
		}
		t.interrupt()
		w.done <- t.loop()
	})
	until("read", func() bool { return w.waiting(unix.SYS_READ, 1) >= 8 })
	wantOut("reads", a.ends(), "0 marked calls, reads failed 0 times\nstatus 9\n")
	must("reads", <-w.done)
}

// caseAttachWaits: calls in progress go on, but for those that any stop ends, once.
func caseAttachWaits() {
	a := startApart("waits")
	const times = 10
	for i := range times {
		w := a.attach()
		for _, nr := range []uint32{unix.SYS_READ, unix.SYS_FUTEX, unix.SYS_PPOLL, unix.SYS_EPOLL_PWAIT, unix.SYS_NANOSLEEP} {
			until(fmt.Sprintf("call %d, attached %d times", nr, i), func() bool { return w.waiting(nr, 1) > 0 })
		}
		w.detach(a)
	}
	time.Sleep(20 * time.Millisecond)
	out := a.ends()
	n := -1
	fmt.Sscanf(out, "epoll_pwait: EINTR %d times\n", &n)
	if n < 1 || n > times { // the first time it may not wait yet
		failf("epoll_pwait ends with EINTR %d times, want %d at most", n, times)
	}
	wantOut("waits", out, fmt.Sprintf("epoll_pwait: EINTR %d times\nfutex: EINTR 0 times\nnanosleep: EINTR 0 times\nppoll: EINTR 0 times\nread: EINTR 0 times\nstatus 0\n", n))
}

// caseAttachFollows: threads and processes are followed from their first call on, as by Run.
func caseAttachFollows() {
	for _, tt := range []struct {
		target           string
		total, processes int
		status           int
	}{
		{"threads", manyThreads * manyCalls, 1, 0},
		{"fork", 100, 10, 0},
		{"leaderend", manyCalls, 1, 6},
		{"filter", 20, 1, 0}, // also those that its filter refuses
	} {
		a, m, out := attachedTo(tt.target)
		if m.total != tt.total || len(m.processes) != tt.processes {
			failf("%s: %d marked calls of %d processes, want %d of %d", tt.target, m.total, len(m.processes), tt.total, tt.processes)
		}
		wantOut(tt.target, out, fmt.Sprintf("status %d\n", tt.status))
		if tt.processes == 1 && m.processes[a.pid] != m.total {
			failf("%s: processes %v, want %d", tt.target, m.processes, a.pid)
		}
	}
	a, m, out := attachedTo("exec")
	wantOut("exec", out, "status 9\n")
	if len(m.processes) != 1 || m.processes[a.pid] != m.total || m.threads[a.pid] != 10 {
		failf("marked calls: processes %v, first thread %d, want process %d alone and 10", m.processes, m.threads[a.pid], a.pid)
	}
	_, m, out = attachedTo("kill")
	wantOut("kill", out, "status 0\n")
	if m.total < 20 || len(m.processes) != 20 {
		failf("%d marked calls of %d processes, want 20 or more of 20", m.total, len(m.processes))
	}
}

// caseAttachSame: stops, signals and exit statuses are as without a tracer.
func caseAttachSame() {
	for _, name := range []string{"stop", "signals"} {
		cmd := target(name)
		want, err := cmd.Output()
		must(name, err)
		_, m, out := attachedTo(name)
		wantOut(name, out, string(want)+"status 0\n")
		if m.calls == 0 {
			failf("%s: no calls", name)
		}
	}
}

// caseAttachShell: a shell and what it starts.
func caseAttachShell() {
	a := startApart("shell")
	w := a.attach()
	until("read", w.called)
	_, err := a.in.Write([]byte("go\n"))
	must("write", err)
	wantOut("shell", a.ends(), "1\n2\n3\ncaught\nstatus 3\n")
	must("shell", <-w.done)
	sh, err := exec.LookPath("sh")
	must("sh", err)
	sh, err = filepath.EvalSymlinks(sh)
	must("sh", err)
	kills := w.nativeNumbers[unix.SYS_KILL]
	if w.first.Nr != unix.SYS_READ { // numbers of another ABI
		kills = 1
	}
	if w.first.Executable != sh || w.first.Process != a.pid || kills != 1 {
		failf("the first call is %+v, and kill was made %d times", w.first, kills)
	}
}

// caseAttachStopped: a stopped process remains so, before, between and after.
func caseAttachStopped() {
	a := startApart("busy")
	_, err := a.out.ReadByte() // it runs
	must("read", err)
	stopped := func() bool {
		s, _ := stateOf(a.pid)
		return strings.HasPrefix(s, "T") || strings.HasPrefix(s, "t")
	}
	remains := func(what string) {
		// Its threads run for a moment from one kind of stop to the other. A process that does
		// not stop makes calls all the time.
		until(what, func() bool {
			before := contextSwitches(a.pid)
			time.Sleep(30 * time.Millisecond)
			return stopped() && contextSwitches(a.pid) == before
		})
	}
	traced := func(w *watch) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.total > 0
	}
	unix.Kill(a.pid, unix.SIGSTOP)
	until("stop", stopped)
	w := a.attach()
	until("attach", func() bool { _, tracer := stateOf(a.pid); return tracer != 0 })
	remains("attached")
	if traced(w) {
		failf("a stopped process has made calls")
	}
	w.detach(a)
	remains("detached")
	w = a.attach()
	until("attach", func() bool { _, tracer := stateOf(a.pid); return tracer != 0 })
	remains("attached again")
	unix.Kill(a.pid, unix.SIGCONT)
	until("calls", func() bool { return traced(w) })
	unix.Kill(a.pid, unix.SIGTSTP)
	remains("stopped while it is traced")
	w.detach(a)
	remains("detached after that")
	unix.Kill(a.pid, unix.SIGCONT)
	until("continue", func() bool { return !stopped() })
	w = a.attach()
	until("calls", func() bool { return traced(w) })
	unix.Kill(a.pid, unix.SIGKILL)
	must("killed", <-w.done)
	wantOut("busy", a.ends(), "status -1\n")
}

// detachedFrom returns the output and status of a target from which the tracer detaches after 50 marked calls.
func detachedFrom(name string) string {
	a := startApart(name)
	w := a.attach()
	until("read", func() bool { return w.waiting(unix.SYS_READ, 1) > 0 })
	w.mu.Lock()
	w.each = func() {
		if w.total == 50 {
			w.cancel(errDetach)
		}
	}
	w.mu.Unlock()
	_, err := a.in.Write([]byte{1})
	must("write", err)
	if err := <-w.done; err != errDetach {
		failf("%s: error %v", name, err)
	}
	return a.ends()
}

// caseAttachEnds: the process lives on, whatever ends the tracer.
func caseAttachEnds() {
	// It detaches in the middle of calls and signals. On a busy machine a call may then get EINTR, as
	// letGo says, and there is another chance.
	for range 10 {
		for _, name := range []string{"threads", "fork", "signals"} {
			cmd := target(name)
			text, err := cmd.Output()
			must(name, err)
			want := string(text) + "status 0\n"
			got := detachedFrom(name)
			for chances := 2; got != want && strings.Contains(got, unix.EINTR.Error()) && chances > 0; chances-- {
				got = detachedFrom(name)
			}
			wantOut(name, got, want)
		}
	}
	// The handler panics.
	a := startApart("threads")
	recovered := make(chan any)
	go func() {
		defer func() { recovered <- recover() }()
		n := 0
		Attach(context.Background(), a.pid, func(c *Call) {
			if c.Nr == unix.SYS_READ && n == 0 {
				a.in.Write([]byte{1})
			}
			if c.Nr == marked && c.Args[0] == mark {
				if n++; n == 100 {
					panic("why")
				}
			}
		})
		failf("Attach returns")
	}()
	if v := <-recovered; v != "why" {
		failf("recover returns %v", v)
	}
	wantOut("panic", a.ends(), "status 0\n")
	// The tracer is killed.
	a = startApart("threads")
	cmd := target("attaching", targetEnv+"="+strconv.Itoa(a.pid))
	out, err := cmd.StdoutPipe()
	must("pipe", err)
	must("start", cmd.Start())
	_, err = out.Read(make([]byte, 1))
	must("attaching", err)
	_, err = a.in.Write([]byte{1})
	must("write", err)
	if err := cmd.Wait(); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != unix.SIGKILL {
		failf("the tracer was not killed: %v", err)
	}
	wantOut("killed tracer", a.ends(), "status 0\n")
}

// caseAttachErrors: what cannot be traced is said, and goes on.
func caseAttachErrors() {
	ctx, none := context.Background(), func(*Call) {}
	a := startApart("reads")
	w := a.attach()
	until("read", func() bool { return w.waiting(unix.SYS_READ, 1) >= 8 })
	b := startApart("reads")
	thread := 0
	until("threads", func() bool {
		list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", b.pid))
		for _, entry := range list {
			if tid, _ := strconv.Atoi(entry.Name()); tid != b.pid {
				thread = tid
			}
		}
		return thread != 0
	})
	child := target("busy")
	must("start", child.Start())
	zombie := exec.Command("sh", "-c", "sleep 0.2 & echo $!; exec sleep 1000")
	out, err := zombie.StdoutPipe()
	must("pipe", err)
	must("start", zombie.Start())
	defer zombie.Process.Kill()
	dead := 0
	_, err = fmt.Fscan(out, &dead)
	must("ID", err)
	until("zombie", func() bool { s, _ := stateOf(dead); return strings.HasPrefix(s, "Z") })
	gone := exec.Command("true")
	must("true", gone.Run())
	large := int64(math.MaxInt32) + 1 // negative in 32 bits
	for _, tt := range []struct {
		what string
		pid  int
		is   error
		text string
	}{
		{"0", 0, unix.ESRCH, "0 is not a process ID"},
		{"negative", -1, unix.ESRCH, "-1 is not a process ID"},
		{"large", int(large), unix.ESRCH, "is not a process ID"},
		{"gone", gone.Process.Pid, unix.ESRCH, "no process has this ID in this PID namespace"},
		{"ended", dead, unix.ESRCH, "the process has ended"},
		{"own", os.Getpid(), unix.EPERM, "no thread can trace its own process"},
		{"own thread", unix.Gettid(), unix.EPERM, "no thread can trace its own process"},
		{"thread", thread, unix.EINVAL, fmt.Sprintf("this is a thread of process %d: pass that", b.pid)},
		{"child", child.Process.Pid, unix.EINVAL, "it is a child of this process"},
		{"traced", a.pid, unix.EPERM, "traces it already, and there can be one tracer"},
		{"kernel thread", 2, unix.EPERM, "it is a thread of the kernel"},
		{"another's", 1, unix.EPERM, "needs CAP_SYS_PTRACE over the process"},
	} {
		switch {
		case tt.pid == 2 && !isKernelThread(2), tt.pid == 1 && os.Geteuid() == 0:
			continue
		}
		err := Attach(ctx, tt.pid, none)
		var e *install.Error
		if !errors.As(err, &e) || !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) || e.Advice == "" {
			failf("%s: error %v, want %v, %q", tt.what, err, tt.is, tt.text)
		}
	}
	if err := Attach(ctx, b.pid, nil); !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), "trace.Attach: no handler") {
		failf("no handler: %v", err)
	}
	ended, cancel := context.WithCancelCause(ctx)
	cancel(errDetach)
	if err := Attach(ended, b.pid, none); err != errDetach {
		failf("a context that has ended: %v", err)
	}
	w.detach(a)
	child.Process.Kill()
	child.Wait()
	for _, x := range []*apart{a, b} {
		wantOut("reads", x.ends(), "0 marked calls, reads failed 0 times\nstatus 9\n")
	}
}

// caseAttachOthers: several at the same time, a run among them.
func caseAttachOthers() {
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			_, m, out := attachedTo("fork")
			if wantOut("fork", out, "status 0\n"); m.total != 100 {
				failf("%d marked calls, want 100", m.total)
			}
		})
		wg.Go(func() {
			m := newMarks()
			wantStatus("traced", Run(context.Background(), AllCalls(), install.Options{}, target("executed"), m.handle), 9)
			if m.total != 10 {
				failf("%d marked calls, want 10", m.total)
			}
		})
	}
	wg.Wait()
	// Where the signal cannot interrupt, the tracer looks now and then.
	t := newTracer(func(*Call) {})
	t.polls = true
	t.ending.Store(true)
	if err := t.loop(); err != nil {
		failf("a loop that is ending: %v", err)
	}
}

// caseAttach32Bits: calls of a program of 32 bits have its ABI.
func caseAttach32Bits() {
	path, getppid, exit, remove := program32()
	defer remove()
	a := startApart("shell")
	w := a.attach()
	until("read", w.called)
	_, err := a.in.Write([]byte(path + "\n"))
	must("write", err)
	out := a.ends()
	must("shell", <-w.done)
	if !strings.Contains(out, "status ") {
		failf("the shell says %s", out)
	}
	w.want32(getppid, exit)
}
