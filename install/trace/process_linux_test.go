package trace

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/selftest"
)

// Every case of the tests on the live kernel is a process of its own, a part in the words
// of package selftest. What it traces are shells, and parts that targets has.

// In a part, goroutine 1 holds the first thread, so that the others are on other threads.
func init() {
	if selftest.Part() != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	install.Child()
	selftest.Main(func(name string) func() {
		for _, c := range cases {
			if "case "+c.name == name {
				return c.run
			}
		}
		if f := starters[name]; f != nil {
			return f
		}
		return targets[name]
	})
	if why := noTracing(); why != "" && flag.Lookup("test.skip").Value.String() == "" { // examples cannot skip themselves
		fmt.Fprintln(os.Stderr, "without examples:", why)
		flag.Set("test.skip", "^Example")
	}
	os.Exit(m.Run())
}

var failf = selftest.Failf

// TestTraceOnKernel runs the cases, as root also those as a user without privileges.
func TestTraceOnKernel(t *testing.T) {
	requireTracing(t)
	for _, c := range cases {
		if os.Geteuid() == 0 || !c.root {
			t.Run(c.name, func(t *testing.T) { runCase(t, c.name, nil) })
		}
		if os.Geteuid() == 0 && !c.root {
			const nobody = 65534
			t.Run(c.name+"/nobody", func(t *testing.T) {
				runCase(t, c.name, &syscall.Credential{Uid: nobody, Gid: nobody})
			})
		}
	}
}

func runCase(t *testing.T, name string, cred *syscall.Credential) {
	r := selftest.Child{Part: "case " + name, Dir: "/", Cred: cred}.Run(t)
	r.Succeeds(t)
	if testing.Verbose() && r.Err.Len() > 0 {
		t.Logf("%s", r.Err.Bytes())
	}
}

// noTracing returns why calls cannot be traced here, as under qemu-user, or "".
func noTracing() string {
	if why := selftest.NoLive(); why != "" {
		return why
	}
	if err := install.Supported(); errors.Is(err, install.ErrNotSupported) {
		return err.Error()
	}
	var i syscallInfo
	if errno := i.read(0); errno == unix.EIO || errno == unix.ENOSYS { // of qemu-user
		return "ptrace: " + errno.Error()
	}
	return "" // what forbids tracing has the tests fail
}

func requireTracing(t testing.TB) {
	t.Helper()
	if why := noTracing(); why != "" {
		t.Skip(why)
	}
}

// marked is a call that nothing makes but the targets, with an argument that the kernel
// ignores and by which it is theirs.
const (
	marked = unix.SYS_GETPPID
	mark   = 0x5ecc
)

// makeMarked makes the call n times.
//
//go:norace
//go:nosplit
func makeMarked(n int) {
	for range n {
		unix.RawSyscall(marked, mark, 0, 0)
	}
}

// marks is a handler's: how many marked calls there were, by process, thread and
// executable.
type marks struct {
	total                 int
	processes, threads    map[int]int
	executables           map[string]int
	calls                 int // of all kinds
	first                 Call
	nativeNumbers, others map[uint32]int // calls of this ABI, and of others
	bits                  uint64         // that arguments of the others have
}

func newMarks() *marks {
	return &marks{processes: map[int]int{}, threads: map[int]int{}, executables: map[string]int{}, nativeNumbers: map[uint32]int{}, others: map[uint32]int{}}
}

// handle is the handler.
func (m *marks) handle(c *Call) {
	if m.calls++; m.calls == 1 {
		m.first = *c
	}
	if c.Arch != m.first.Arch {
		m.others[c.Nr]++
		m.bits |= c.Args[0]
		return
	}
	m.nativeNumbers[c.Nr]++
	if c.Nr == marked && c.Args[0] == mark {
		m.total++
		m.processes[c.Process]++
		m.threads[c.Thread]++
		m.executables[c.Executable]++
	}
}

// target is a command that is a part of this binary.
func target(name string, env ...string) *exec.Cmd {
	cmd := exec.Command(selftest.Self)
	cmd.Env = append(selftest.Env(name), env...)
	cmd.Stderr = os.Stderr
	// A group of its own is not orphaned: in one that is, the kernel ignores stops of the terminal
	// (kernel/signal.c, get_signal).
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// traced traces a command whose calls are all traced.
func traced(cmd *exec.Cmd) (*marks, error) {
	m := newMarks()
	err := Run(context.Background(), AllCalls(), install.Options{}, cmd, m.handle)
	if n := len(openTracees()); n != 0 {
		failf("%d processes are left", n)
	}
	return m, err
}

// openTracees returns the children of this process.
func openTracees() []string {
	var list []string
	threads, err := os.ReadDir("/proc/self/task")
	must("threads", err)
	for _, thread := range threads {
		text, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/children")
		if err == nil {
			list = append(list, strings.Fields(string(text))...)
		}
	}
	return list
}

func must(what string, err error) {
	if err != nil {
		failf("%s: %v", what, err)
	}
}

// wantStatus ends the case unless the error is that of a command with this exit status.
func wantStatus(what string, err error, status int) {
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		must(what, err)
	}
	if got != status {
		failf("%s: status %d (%v), want %d", what, got, err, status)
	}
}
