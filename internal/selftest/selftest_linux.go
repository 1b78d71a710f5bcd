package selftest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// partEnv has the name of the part that a process is.
	partEnv = "SECCOMPILE_TEST_PART"

	// numberEnv and the name of a number of IntVar has its value.
	numberEnv = "SECCOMPILE_TEST_NUMBER_"

	// noLiveEnv has the reason why the running kernel is not to be given filters:
	// .ci/run sets it for one that hangs in seccomp(2).
	noLiveEnv = "SECCOMPILE_NO_LIVE"

	// Skipped is the status of a part that has its test skipped.
	Skipped = 77

	// Self executes the binary, also for a user who may not search the directory
	// that go test puts it into.
	Self = "/proc/self/exe"

	// Patience is how long anything that should happen may take on an ordinary machine,
	// however busy it is, and Within(Patience) on any. Only what hangs takes longer.
	Patience = 2 * time.Minute
)

// Within returns the time that the running machine may take for what an ordinary one does
// in d. Emulated machines are many times slower.
func Within(d time.Duration) time.Duration { return time.Duration(float64(d) * slower()) }

// slower is how many times slower than an ordinary machine this one is, 1 at least.
var slower = sync.OnceValue(func() float64 {
	const ordinary = 5 * time.Millisecond // no call is made, which a filter may hand over
	start, x := time.Now(), uint32(1)
	for range 5_000_000 {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
	}
	if x == 0 { // it never is, which the compiler does not know
		return 1
	}
	return max(1, float64(time.Since(start))/float64(ordinary))
})

// Part returns the name of the part that this process is, "" in the tests.
func Part() string { return os.Getenv(partEnv) }

// numbers are what IntVar has defined.
var numbers = map[string]*int{}

// IntVar is flag.IntVar, for a number that is least at least, and that parts have from the tests.
func IntVar(p *int, name string, value, least int, usage string) {
	*p = value
	flag.Func(name, fmt.Sprintf("%s (default %d)", usage, value), func(text string) error {
		v, err := strconv.Atoi(text)
		if err == nil && v < least {
			err = fmt.Errorf("want %d at least", least)
		}
		if err == nil {
			*p = v
		}
		return err
	})
	if v, err := strconv.Atoi(os.Getenv(numberEnv + name)); err == nil && Part() != "" {
		*p = v
	}
	numbers[name] = p
}

// Env returns the environment of a process that is a part. It keeps the race detector from
// delaying the exit by a second.
func Env(part string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, partEnv+"=") || strings.HasPrefix(v, "GORACE=") // of two, execve's first counts
	})
	for name, value := range numbers {
		env = append(env, numberEnv+name+"="+strconv.Itoa(*value))
	}
	return append(env, partEnv+"="+part, "GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE"))
}

// Main runs the part that this process is, and ends the process. In the test process itself
// it does nothing.
func Main(parts func(name string) (part func())) {
	name := Part()
	if name == "" {
		return
	}
	part := parts(name)
	if part == nil {
		Failf("no part %q", name)
	}
	part()
	os.Exit(0)
}

// Failf ends a part: something is wrong.
func Failf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// Skipf ends a part and causes its test to be skipped.
func Skipf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(Skipped)
}

// NoLive says why tests must not install filters on the running kernel. It returns "" if they
// may.
func NoLive() string { return os.Getenv(noLiveEnv) }

// Live skips a test that gives the running kernel filters if NoLive says why not, or the kernel
// is too old for seccomp(2). It fails the test if something else forbids filters.
func Live(t testing.TB) {
	t.Helper()
	if why := NoLive(); why != "" {
		t.Skip(why)
	}
	switch _, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, 0); errno {
	case unix.EFAULT: // it misses the filter
	case unix.ENOSYS, unix.EINVAL:
		t.Skipf("seccomp(2) says %v: the kernel has no filters", errno)
	default:
		t.Fatalf("seccomp(2) says %v: something forbids filters here", errno)
	}
}

// A Child is a process that is a part.
type Child struct {
	Part  string
	Env   []string // beside those of the test
	Args  []string // such as -test.run, if the part is a test's
	Stdin io.Reader
	Cred  *syscall.Credential
	Dir   string // the test's own, if ""
}

// Run runs the child to its end. One that hangs shows its goroutines and fails the
// test; one that cannot be started as the user of Cred, or emulated, skips it.
func (c Child) Run(t testing.TB) *Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Within(Patience))
	defer cancel()
	cmd := exec.CommandContext(ctx, Self, c.Args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGQUIT) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(Env(c.Part), c.Env...)
	cmd.Dir, cmd.Stdin = c.Dir, c.Stdin
	if c.Cred != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.Cred}
	}
	r := &Result{part: c.Part}
	cmd.Stdout, cmd.Stderr = &r.Out, &r.Err
	switch err := cmd.Start(); {
	case errors.Is(err, unix.ENOEXEC):
		t.Skip("this test is emulated and cannot start itself again:", err)
	case c.Cred != nil && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL)):
		t.Skipf("this root cannot become uid %d: %v", c.Cred.Uid, err)
	case err != nil:
		t.Fatal(err)
	}
	err := cmd.Wait()
	r.State = cmd.ProcessState
	if ctx.Err() != nil {
		t.Fatalf("%s: it has not ended after %v: %v\n%s%s", r.part, Within(Patience), err, r.Out.Bytes(), r.Err.Bytes())
	}
	return r
}

// A Result says how a child has ended, and has its output.
type Result struct {
	State    *os.ProcessState
	Out, Err bytes.Buffer

	part string
}

// Signal returns the signal that ended the child, 0 if none did.
func (r *Result) Signal() syscall.Signal { return signal(r.State) }

// Succeeds fails the test unless the child has ended with status 0. It skips the test if the
// child does.
func (r *Result) Succeeds(t testing.TB) {
	t.Helper()
	r.Skips(t)
	if !r.State.Success() {
		t.Fatalf("%s: %s\n%s%s", r.part, How(r.State), r.Out.Bytes(), r.Err.Bytes())
	}
}

// Dies fails the test unless that signal has ended the child.
func (r *Result) Dies(t testing.TB, by syscall.Signal) {
	t.Helper()
	r.Skips(t)
	if r.Signal() != by {
		t.Fatalf("%s: %s, want signal %v\n%s%s", r.part, How(r.State), by, r.Out.Bytes(), r.Err.Bytes())
	}
}

// Skips skips the test if the child does.
func (r *Result) Skips(t testing.TB) {
	t.Helper()
	if r.State.ExitCode() == Skipped {
		t.Skip(strings.TrimSpace(r.Err.String()))
	}
}

func signal(s *os.ProcessState) syscall.Signal {
	if w := s.Sys().(syscall.WaitStatus); w.Signaled() {
		return w.Signal()
	}
	return 0
}

// How says how a process has ended. If a filter ended it, How also says by which call, as far
// as the kernel's log has it.
func How(s *os.ProcessState) string {
	if s == nil || signal(s) != unix.SIGSYS {
		return fmt.Sprint(s)
	}
	return fmt.Sprintf("%v at %s", s, killedAt(s.Pid()))
}

// killedAt returns what the kernel's log has of the call at which a filter killed
// the process, or why it has nothing: root alone may read it, and the kernel
// writes no more than some lines a second (kernel/auditsc.c, audit_seccomp), by a
// thread of its own and so some time after the process has ended.
func killedAt(pid int) string {
	for deadline := time.Now().Add(2 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		at, ok := loggedAt(pid)
		if ok || time.Now().After(deadline) {
			return at
		}
	}
}

// loggedAt is killedAt at once. ok is false if the log may have the line later.
func loggedAt(pid int) (at string, ok bool) {
	const unknown = "a call that the kernel's log does not tell"
	fd, err := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return unknown + ": " + err.Error(), true
	}
	defer unix.Close(fd)
	at = unknown
	for line := make([]byte, 8192); ; {
		n, err := unix.Read(fd, line)
		switch {
		case err == unix.EPIPE || err == unix.EINTR: // lines were overwritten
			continue
		case err != nil || n <= 0:
			return at, ok
		}
		fields := strings.Fields(string(line[:n]))
		if !strings.Contains(string(line[:n]), "type=1326") || field(fields, "pid") != strconv.Itoa(pid) || field(fields, "sig") != "31" {
			continue
		}
		at, ok = fmt.Sprintf("call %s of audit value 0x%s", field(fields, "syscall"), field(fields, "arch")), true
	}
}

func field(fields []string, key string) string {
	for _, f := range fields {
		if value, ok := strings.CutPrefix(f, key+"="); ok {
			return value
		}
	}
	return ""
}

// Eventually waits until a condition holds, and reports whether it did in time.
func Eventually(holds func() bool) bool {
	for deadline := time.Now().Add(Within(Patience)); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
