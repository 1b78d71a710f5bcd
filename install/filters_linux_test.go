package install

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// Filters is asked about a target: one process more, this binary with the case
// targeted, which has the first filters of targetFilters and on another thread
// one more. It answers SIGUSR1 and lines with lines, and ends with its input.
const (
	targeted  = "targeted"
	vforking  = "vforking"
	targetEnv = "SECCOMPILE_INSTALL_TEST_FILTERS"
)

// targetFilters are a short program, one with the flag that the kernel tells,
// and the longest that there is.
var targetFilters = []Installed{
	{Insns: refuseGetppid, Told: abi.FlagLog},
	{Insns: answer(abi.RetTrap, unix.SYS_GETPGID, unix.SYS_GETSID), Flags: abi.FlagLog, Told: abi.FlagLog},
	{Insns: retAllow(abi.MaxInsns), Told: abi.FlagLog},
	{Insns: only(abi.RetAllow), Told: abi.FlagLog},
}

func caseTargeted() {
	n, err := strconv.Atoi(os.Getenv(targetEnv))
	if err != nil {
		failf("%s: %v", targetEnv, err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGUSR1)
	install := func(list []Installed) {
		for _, in := range list {
			if _, err := Filter(in.Insns, Options{Flags: in.Flags}); err != nil {
				failf("Filter of the target: %v", err)
			}
		}
	}
	install(targetFilters[:n])
	other := newThread()
	other.do(func() { install(targetFilters[:n+1]) })
	lines := make(chan bool)
	go func() {
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			lines <- true
		}
		os.Exit(0)
	}()
	fmt.Println(other.tid)
	for {
		select {
		case <-signals:
			fmt.Println("signal")
		case <-lines:
			fmt.Println("line")
		}
	}
}

// A target is such a process.
type target struct {
	*exec.Cmd
	pid, other int // its first thread and another
	in         io.WriteCloser
	out        *bufio.Reader
}

func newTarget(kind string, filters int) *target {
	t := &target{Cmd: exec.Command(self)}
	t.Env = append(selftest.Env(kind), fmt.Sprintf("%s=%d", targetEnv, filters))
	t.Stderr = os.Stderr
	t.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // else SIGTTIN and the like could be for it
	in, err := t.StdinPipe()
	if err != nil {
		failf("%v", err)
	}
	out, err := t.StdoutPipe()
	if err != nil {
		failf("%v", err)
	}
	t.in, t.out = in, bufio.NewReader(out)
	if err := t.Start(); err != nil {
		failf("%v", err)
	}
	t.pid = t.Process.Pid
	if t.other, err = strconv.Atoi(t.line()); err != nil {
		failf("target: %v", err)
	}
	return t
}

// line returns the target's next line.
func (t *target) line() string {
	s, err := t.out.ReadString('\n')
	if err != nil {
		failf("target: %v", err)
	}
	return strings.TrimSpace(s)
}

// wantAlive ends the case unless the target is nobody's tracee and runs.
func (t *target) wantAlive() {
	t.wantState("RS")
	if _, err := io.WriteString(t.in, "\n"); err != nil {
		failf("%v", err)
	}
	if got := t.line(); got != "line" {
		failf("target answers %q to a line", got)
	}
}

// wantState waits until the target's threads are no tracees and in one of these
// states.
func (t *target) wantState(states string) {
	var got [2]status
	for deadline := time.Now().Add(selftest.Within(selftest.Patience / 2)); time.Now().Before(deadline); {
		ok := true
		for i, tid := range []int{t.pid, t.other} {
			s, err := statusOf(tid)
			if err != nil {
				failf("%v", err)
			}
			got[i] = s
			ok = ok && s.tracer == 0 && strings.Contains(states, s.state[:1])
		}
		if ok {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	failf("target's threads are %+v, want states %s and no tracer", got, states)
}

// end ends the target well: what Filters saw of it is not taken from its parent.
func (t *target) end() {
	t.in.Close()
	if err := t.Wait(); err != nil {
		failf("target: %v", err)
	}
}

// kill kills it and waits until the kernel has it as dead.
func (t *target) kill() {
	if err := unix.Kill(t.pid, unix.SIGKILL); err != nil {
		failf("kill: %v", err)
	}
	for {
		s, err := statusOf(t.pid)
		if err != nil {
			failf("%v", err)
		}
		if strings.HasPrefix(s.state, "Z") {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// wantKilled waits for a target that was killed.
func (t *target) wantKilled() {
	t.Wait()
	if s := t.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != unix.SIGKILL {
		failf("target ended with %v, want SIGKILL", t.ProcessState)
	}
}

// wantFilters ends the case unless Filters returns want. Who has no privileges
// gets an error unless want is empty.
func wantFilters(tid int, want []Installed) {
	got, err := Filters(tid)
	if !privileged() && len(want) > 0 {
		wantRefused(got, err, Error{
			Op:     fmt.Sprintf("ptrace(PTRACE_SECCOMP_GET_FILTER, %d)", tid),
			Errno:  unix.EACCES,
			Advice: "needs CAP_SYS_ADMIN in the initial user namespace: ask as root of the machine",
		}, false)
		return
	}
	if err != nil {
		if errors.Is(err, ErrNotSupported) {
			skipf("%v", err)
		}
		failf("Filters: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		failf("Filters (-want +got):\n%s", diff)
	}
}

// wantRefused ends the case unless err is want in all exported fields.
func wantRefused(list []Installed, err error, want Error, notSupported bool) {
	var got *Error
	if list != nil || !errors.As(err, &got) {
		failf("Filters = %v, %v, want *Error", list, err)
	}
	if got.Op != want.Op || got.Errno != want.Errno || got.Advice != want.Advice {
		failf("Filters: error is %+v, want %+v", got, want)
	}
	if is := errors.Is(err, ErrNotSupported); is != notSupported {
		failf("Filters: errors.Is(%v, ErrNotSupported) = %t", err, is)
	}
}

// Each thread has its own filters, oldest first, and goes on afterwards.
func caseFilters() {
	for _, n := range []int{0, 1, 3} {
		t := newTarget(targeted, n)
		wantFilters(t.pid, targetFilters[:n])
		t.wantAlive()
		wantFilters(t.other, targetFilters[:n+1])
		t.wantAlive()
		t.end()
	}
}

// A process that was stopped stays stopped, and goes on when it is told to.
func caseFiltersStopped() {
	t := newTarget(targeted, 1)
	unix.Kill(t.pid, unix.SIGSTOP)
	t.wantState("T")
	for range 3 {
		wantFilters(t.pid, targetFilters[:1])
		t.wantState("T")
	}
	unix.Kill(t.pid, unix.SIGCONT)
	t.wantAlive()
	t.end()
}

// A signal at which the thread stops is delivered.
func caseFiltersSignal() {
	t := newTarget(targeted, 1)
	onOwnThread(func() {
		tr, err := seize(t.pid)
		if err != nil {
			failf("%v", err)
		}
		if err := unix.Tgkill(t.pid, t.pid, unix.SIGUSR1); err != nil {
			failf("%v", err)
		}
		t.wantTraced()
		if err := tr.stop(selftest.Within(20 * time.Second)); err != nil {
			failf("%v", err)
		}
		if tr.signal != uintptr(unix.SIGUSR1) {
			failf("stopped at signal %d, want %d", tr.signal, unix.SIGUSR1)
		}
		tr.detach()
	})
	if got := t.line(); got != "signal" {
		failf("target says %q, want signal", got)
	}
	t.wantAlive()
	t.end()
}

// wantTraced waits until the target's first thread is a tracee that has stopped.
func (t *target) wantTraced() {
	for deadline := time.Now().Add(selftest.Within(selftest.Patience / 2)); time.Now().Before(deadline); {
		if s, err := statusOf(t.pid); err != nil || strings.HasPrefix(s.state, "t") {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	failf("target does not stop")
}

// What ends meanwhile is told, and its parent gets its exit.
func caseFiltersDies() {
	ended := func(err error, op string, pid int) {
		wantRefused(nil, err, Error{Op: fmt.Sprintf("ptrace(%s, %d)", op, pid), Errno: unix.ESRCH, Advice: "the thread has ended"}, false)
	}
	t := newTarget(targeted, 1)
	onOwnThread(func() {
		tr, err := seize(t.pid)
		if err != nil {
			failf("%v", err)
		}
		t.kill()
		ended(tr.stop(selftest.Within(20*time.Second)), "PTRACE_INTERRUPT", t.pid)
	})
	t.wantKilled()

	t = newTarget(targeted, 1)
	onOwnThread(func() {
		tr, err := seize(t.pid)
		if err == nil {
			err = tr.stop(selftest.Within(20 * time.Second))
		}
		if err != nil {
			failf("%v", err)
		}
		t.kill()
		_, err = tr.filter(0)
		ended(err, "PTRACE_SECCOMP_GET_FILTER", t.pid)
		tr.detach()
	})
	t.wantKilled()

	// Before: no longer waited for, then not at all.
	t = newTarget(targeted, 1)
	t.kill()
	list, err := Filters(t.pid)
	wantRefused(list, err, Error{
		Op:     fmt.Sprintf("ptrace(PTRACE_SEIZE, %d)", t.pid),
		Errno:  unix.EPERM,
		Advice: "the thread has ended and only waits for its parent or the other threads of its process",
	}, false)
	t.wantKilled()
	list, err = Filters(t.pid)
	wantRefused(list, err, Error{
		Op:     fmt.Sprintf("ptrace(PTRACE_SEIZE, %d)", t.pid),
		Errno:  unix.ESRCH,
		Advice: "no thread has this ID in this PID namespace: it may have ended",
	}, false)
}

// A thread that waits for a child of vfork(2) does not stop, and is let go.
func caseFiltersBusy() {
	t := newTarget(vforking, 0)
	t.wantState("D")
	var err error
	onOwnThread(func() { _, err = readFilters(t.pid, 50*time.Millisecond) })
	wantRefused(nil, err, Error{
		Op:     fmt.Sprintf("ptrace(PTRACE_INTERRUPT, %d)", t.pid),
		Errno:  unix.ETIMEDOUT,
		Advice: "it waits where it cannot be interrupted, for a disk, for a child of vfork(2) or in a frozen cgroup: try again later",
	}, false)
	t.wantState("D")
	t.in.Close()
	if err := t.Wait(); err != nil {
		failf("target: %v", err)
	}
}

// caseVforking is a target whose first thread waits so until its input ends.
func caseVforking() {
	fmt.Println(unix.Gettid())
	var b [1]byte
	flags, stack := unix.CLONE_VFORK|uintptr(unix.SIGCHLD), uintptr(0)
	if runtime.GOARCH == "s390x" { // kernel/fork.c, CONFIG_CLONE_BACKWARDS2
		flags, stack = stack, flags
	}
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, flags, stack, 0, 0, 0, 0)
	if pid == 0 && errno == 0 {
		unix.RawSyscall(unix.SYS_READ, 0, uintptr(unsafe.Pointer(&b)), 1)
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	if errno != 0 {
		failf("clone: %v", errno)
	}
}

// Who may not trace is told why.
func caseFiltersRefused() {
	const advice = "needs CAP_SYS_PTRACE over the process, or its user and /proc/sys/kernel/yama/ptrace_scope 0: ask as root; kernel threads cannot be asked"
	refusal := func(pid int, advice string) {
		list, err := Filters(pid)
		wantRefused(list, err, Error{Op: fmt.Sprintf("ptrace(PTRACE_SEIZE, %d)", pid), Errno: unix.EPERM, Advice: advice}, false)
	}
	if !privileged() {
		refusal(1, advice)
	}
	refusal(os.Getpid(), "no thread can trace its own process: ask from another")
	refusal(newThread().tid, "no thread can trace its own process: ask from another")
	t := newTarget(targeted, 0)
	onOwnThread(func() {
		tr, err := seize(t.pid)
		if err != nil {
			failf("%v", err)
		}
		refusal(t.pid, fmt.Sprintf("thread %d traces it already, and there can be one tracer: end that first", unix.Gettid()))
		if err := tr.stop(selftest.Within(20 * time.Second)); err != nil {
			failf("%v", err)
		}
		tr.detach()
	})
	t.wantAlive()
	t.end()
}

// ptraceAnswers is a filter that answers errno to a request of ptrace(2).
func ptraceAnswers(r request, e syscall.Errno) []bpf.RawInstruction {
	return firstArg(unix.SYS_PTRACE, uint32(r.nr), e)
}

// A process with a filter of its own is not told of others'. Under one, older
// kernels and other builds are played.
func caseFiltersFiltered() {
	const own = "this process has a filter itself, so the kernel does not show it the filters of others: ask from outside the container or sandbox"
	t, free := newTarget(targeted, 1), newTarget(targeted, 0)
	for _, tt := range []struct {
		outer        []bpf.RawInstruction
		op           request
		errno        syscall.Errno
		advice       string
		notSupported bool
	}{
		{retAllow(1), getFilter, unix.EACCES, own, false},
		{ptraceAnswers(getFilter, unix.EMEDIUMTYPE), getFilter, unix.EMEDIUMTYPE, "the filter is not classic BPF", true},
		{ptraceAnswers(getFilter, unix.EINVAL), getFilter, unix.EINVAL, "the kernel is built without CONFIG_CHECKPOINT_RESTORE", true},
		{ptraceAnswers(getFilter, unix.EIO), getFilter, unix.EIO, "the kernel is older than Linux 4.4", true},
		{ptraceAnswers(getFilter, unix.EPERM), getFilter, unix.EPERM, outerAdvice, false},
		{ptraceAnswers(getFilter, 0), getFilter, 0, "a filter or a tracer answers in the kernel's place", false},
		{ptraceAnswers(interrupting, unix.EPERM), interrupting, unix.EPERM, outerAdvice, false},
		{ptraceAnswers(seizing, unix.EIO), seizing, unix.EIO, "the kernel is older than Linux 3.4", true},
		{answer(errno(unix.EPERM), unix.SYS_PTRACE), seizing, unix.EPERM,
			"needs CAP_SYS_PTRACE, and this process has a filter itself, which may refuse the call: ask from outside the container or sandbox", false},
		{answer(errno(unix.ENOSYS), unix.SYS_PTRACE), seizing, unix.ENOSYS, outerAdvice, false},
	} {
		if _, err := Filter(tt.outer, Options{Flags: abi.FlagTSync}); err != nil {
			failf("Filter of the outer filter: %v", err)
		}
		list, err := Filters(t.pid)
		wantRefused(list, err, Error{Op: fmt.Sprintf("ptrace(%s, %d)", tt.op.name, t.pid), Errno: tt.errno, Advice: tt.advice}, tt.notSupported)
		t.wantAlive()
		if tt.op == getFilter { // not asked where there are none
			wantFilters(free.pid, nil)
			free.wantAlive()
		}
	}
	t.end()
	free.end()
}

// TestTraceAdvice: advice that names a release has it for programs, too.
func TestTraceAdvice(t *testing.T) {
	for _, a := range traceAdvice {
		_, release, older := strings.Cut(a.text, "older than Linux ")
		if older && a.since.String() != release || !older && a.since != (Release{}) {
			t.Errorf("%q has the release %s", a.text, a.since)
		}
	}
}
