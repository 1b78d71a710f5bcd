package install

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What a filter does cannot be undone, so every case of the tests on the live
// kernel is a process of its own: the test binary, executed again with the
// case's name in caseEnv. It ends with status 0, or with 1 and what is wrong,
// or with skipped and why, on standard error.
const (
	caseEnv  = "SECCOMPILE_INSTALL_TEST_CASE"
	stateEnv = "SECCOMPILE_INSTALL_TEST_STATE"
	skipped  = 77

	// executed is not a case but what cases execute, as shown, targeted and
	// vforking are, becoming for TestLaunches and handing for TestHandedOver.
	executed = "executed"
	shown    = "shown"
	becoming = "becoming"
	handing  = "handing"

	// childlessEnv has a child that does not call Child: it exits or, unless
	// the value is exit, goes on.
	childlessEnv = "SECCOMPILE_INSTALL_TEST_CHILDLESS"

	// self executes the binary where an ordinary user may not search the
	// directory that go test puts it into.
	self = "/proc/self/exe"

	nobody = 65534
)

// In a case, goroutine 1 holds the first thread, so that the others are on
// threads that end when a locked goroutine does.
func init() {
	if os.Getenv(caseEnv) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	if until := os.Getenv(childlessEnv); until != "" {
		if until != "exit" {
			time.Sleep(time.Hour)
		}
		os.Exit(3)
	}
	Child()
	name := os.Getenv(caseEnv)
	if name == "" {
		// Examples cannot skip themselves.
		if why := noFilters(); why != "" && flag.Lookup("test.skip").Value.String() == "" {
			fmt.Fprintln(os.Stderr, "without examples:", why)
			flag.Set("test.skip", "^Example")
		}
		os.Exit(m.Run())
	}
	if run := map[string]func(){executed: caseExecuted, shown: caseShown, targeted: caseTargeted, vforking: caseVforking, becoming: caseBecome, handing: caseHanding}[name]; run != nil {
		run()
		os.Exit(0)
	}
	for _, c := range cases {
		if c.name == name {
			c.run()
			os.Exit(0)
		}
	}
	failf("no case %q", name)
}

func failf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

func skipf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(skipped)
}

// A user is whom a case runs as.
type user struct {
	name string
	cred *syscall.Credential
}

func users() []user {
	if os.Geteuid() != 0 {
		return []user{{name: "uid" + strconv.Itoa(os.Geteuid())}}
	}
	return []user{
		{name: "root"},
		{name: "nobody", cred: &syscall.Credential{Uid: nobody, Gid: nobody}},
	}
}

// TestFilterOnKernel runs the cases, each as every user that this one can be.
func TestFilterOnKernel(t *testing.T) {
	requireFilters(t)
	for _, c := range cases {
		for _, u := range users() {
			t.Run(c.name+"/"+u.name, func(t *testing.T) {
				t.Parallel()
				for range max(c.times, 1) {
					runCase(t, c.name, u, c.dies)
				}
			})
		}
	}
}

// noFilters returns why there are none to be had, or "".
func noFilters() string {
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		return why // .ci/run says so of a kernel that hangs in seccomp(2)
	}
	if err := Supported(); errors.Is(err, ErrNotSupported) {
		return err.Error()
	}
	return ""
}

// requireFilters skips a test where the kernel has no filters, as qemu-user
// has none. An outer filter that forbids them makes it fail instead.
func requireFilters(t testing.TB) {
	t.Helper()
	if why := noFilters(); why != "" {
		t.Skip(why)
	}
	if err := Supported(); err != nil {
		t.Fatal(err)
	}
}

// runCase runs one case, which has to end well, or by signal dies if that is
// not 0.
func runCase(t *testing.T, name string, u user, dies syscall.Signal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self)
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGQUIT) } // shows the goroutines
	cmd.WaitDelay = 5 * time.Second
	// Under the race detector a process would take a second to end.
	cmd.Env = append(os.Environ(), caseEnv+"="+name, "GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	cmd.Dir = "/"
	if u.cred != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: u.cred}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		if u.cred != nil && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL)) {
			t.Skipf("this root cannot become uid %d: %v", u.cred.Uid, err)
		}
		t.Fatal(err)
	}
	err := cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case status.ExitStatus() == skipped:
		t.Skip(strings.TrimSpace(out.String()))
	case dies != 0:
		if !status.Signaled() || status.Signal() != dies {
			t.Fatalf("%s: %v, want signal %v\n%s", name, cmd.ProcessState, dies, out.Bytes())
		}
	case err != nil:
		t.Fatalf("%s: %v\n%s", name, err, out.Bytes())
	}
}

// A state is what the kernel says of one thread.
type state struct {
	NoNewPrivs int
	Mode       int           // 2: filters
	Filters    int           // -1 before Linux 5.9
	Probe      syscall.Errno // what getppid(2) answers: 0 unless a filter refuses it
}

// with returns s after n more filters of which at least one refuses getppid
// with errno.
func (s state) with(n int, errno syscall.Errno) state {
	s.Mode = unix.SECCOMP_MODE_FILTER
	s.Probe = errno
	if s.Filters >= 0 {
		s.Filters += n
	}
	return s
}

// current returns the state of the calling thread, which must be locked.
func current() state {
	s := state{NoNewPrivs: -1, Mode: -1, Filters: -1}
	text, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		failf("%v", err)
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		field := map[string]*int{"NoNewPrivs": &s.NoNewPrivs, "Seccomp": &s.Mode, "Seccomp_filters": &s.Filters}[key]
		if field == nil {
			continue
		}
		if *field, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
			failf("/proc/thread-self/status: %v", err)
		}
	}
	_, _, s.Probe = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
	return s
}

// wantState ends the case unless the calling thread's state is want.
func wantState(when string, want state) {
	if got := current(); got != want {
		failf("%s: thread %d: state %+v, want %+v", when, unix.Gettid(), got, want)
	}
}

// privileged reports whether the process has CAP_SYS_ADMIN.
func privileged() bool {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		failf("capget: %v", err)
	}
	return data[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}

// A thread does what it is told on one thread of the kernel.
type thread struct {
	tid  int
	work chan func()
	done chan bool
}

func newThread() *thread {
	t := &thread{work: make(chan func()), done: make(chan bool)}
	go func() {
		runtime.LockOSThread()
		t.tid = unix.Gettid()
		t.done <- true
		for f := range t.work {
			f()
			t.done <- true
		}
	}()
	<-t.done
	return t
}

func (t *thread) do(f func()) {
	t.work <- f
	<-t.done
}

// addressOf is for calls that write a number.
func addressOf(p *uint32) uintptr { return uintptr(unsafe.Pointer(p)) }
