package install

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/selftest"
)

// Every case of the tests on the live kernel is a process of its own, a part in
// the words of package selftest.
const (
	stateEnv = "SECCOMPILE_INSTALL_TEST_STATE"

	// executed is not a case but what cases execute, as shown, targeted,
	// vforking and limited are, becoming for TestLaunches and handing for
	// TestHandedOver.
	executed = "executed"
	shown    = "shown"
	becoming = "becoming"
	handing  = "handing"
	limited  = "limited"

	// childlessEnv has a child that does not call Child: it exits or, unless
	// the value is exit, goes on.
	childlessEnv = "SECCOMPILE_INSTALL_TEST_CHILDLESS"

	// processorsEnv is how many processors a child has before it calls Child, as
	// an init function may have it.
	processorsEnv = "SECCOMPILE_INSTALL_TEST_PROCESSORS"

	self = selftest.Self

	nobody = 65534
)

// In a case, goroutine 1 holds the first thread, so that the others are on
// threads that end when a locked goroutine does.
func init() {
	if selftest.Part() != "" {
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
	if n, err := strconv.Atoi(os.Getenv(processorsEnv)); err == nil {
		runtime.GOMAXPROCS(n)
	}
	Child()
	selftest.Main(part)
	// Examples cannot skip themselves.
	if why := noFilters(); why != "" && flag.Lookup("test.skip").Value.String() == "" {
		fmt.Fprintln(os.Stderr, "without examples:", why)
		flag.Set("test.skip", "^Example")
	}
	os.Exit(m.Run())
}

// part returns what the process of that name does, nil if it has no such part.
func part(name string) func() {
	for _, c := range cases {
		if c.name == name {
			return c.run
		}
	}
	return map[string]func(){
		executed: caseExecuted, shown: caseShown, targeted: caseTargeted, vforking: caseVforking, becoming: caseBecome, handing: caseHanding,
		limited: caseLimited, headless: caseHeadless,
	}[name]
}

var (
	failf = selftest.Failf
	skipf = selftest.Skipf
)

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
	if why := selftest.NoLive(); why != "" {
		return why
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
	r := selftest.Child{Part: name, Cred: u.cred, Dir: "/"}.Run(t)
	if dies != 0 {
		r.Dies(t, dies)
		return
	}
	r.Succeeds(t)
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
