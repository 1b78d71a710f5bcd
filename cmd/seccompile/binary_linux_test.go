package main

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

// The tests of run execute the command as users have it: run takes the place of
// its process, and would take that of the test.

func TestMain(m *testing.M) {
	install.Child() // where a test has started this program, to become a command
	if kind := os.Getenv(threadedEnv); kind != "" {
		threaded(kind)
	}
	status := m.Run()
	if binary.dir != "" {
		os.RemoveAll(binary.dir)
	}
	os.Exit(status)
}

// patience is how long anything that should happen may take, however busy the machine
// is. Only what hangs takes longer.
const patience = 2 * time.Minute

var binary struct {
	once    sync.Once
	dir     string
	path    string
	missing string // why there is none
	err     error
}

// build returns the path of the command, built without cgo.
func build(t *testing.T) string {
	t.Helper()
	b := &binary
	b.once.Do(func() {
		tool, err := exec.LookPath("go")
		if err != nil {
			b.missing = err.Error()
			return
		}
		if b.dir, b.err = os.MkdirTemp("", "seccompile"); b.err != nil {
			return
		}
		path := filepath.Join(b.dir, "seccompile")
		cmd := exec.Command(tool, "build", "-race=false", "-o", path, ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.err = errors.New(cmd.String() + ": " + err.Error() + "\n" + string(out))
			return
		}
		for _, file := range []string{b.dir, path} { // for other users
			b.err = errors.Join(b.err, os.Chmod(file, 0o755))
		}
		b.path = path
	})
	if b.missing != "" {
		t.Skipf("the command cannot be built: %s", b.missing)
	}
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.path
}

// requireRun skips a test where the kernel has no filters or the shell would not
// run under one for this program's ABI.
func requireRun(t *testing.T) string {
	t.Helper()
	path := build(t)
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, 0); errno != unix.EFAULT {
		t.Skipf("no filters here: seccomp(SECCOMP_SET_MODE_FILTER, 0, NULL): %v", errno)
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	of := func(path string) (elf.Machine, elf.Class) {
		f, err := elf.Open(path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		defer f.Close()
		return f.Machine, f.Class
	}
	m1, c1 := of(path)
	if m2, c2 := of(shell); m1 != m2 || c1 != c2 {
		t.Skipf("%s is a program of %v %v, and filters here are for %v %v", shell, m2, c2, m1, c1)
	}
	return path
}

// A user is whom a command runs as.
type user struct {
	name string
	cred *syscall.Credential
}

const nobody = 65534

func users() []user {
	if os.Geteuid() != 0 {
		return []user{{name: "uid" + strconv.Itoa(os.Geteuid())}}
	}
	return []user{
		{name: "root"},
		{name: "nobody", cred: &syscall.Credential{Uid: nobody, Gid: nobody}},
	}
}

// A launch is a command line to execute, in the test's working directory.
type launch struct {
	user  user
	stdin string
	env   []string // nil: the test's own
	args  []string
}

// execute returns what the launch leaves, and how it ended.
func (l launch) execute(t *testing.T) (result, syscall.WaitStatus) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, l.args[0], l.args[1:]...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Stdin = strings.NewReader(l.stdin)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if cmd.Env = l.env; l.env == nil {
		cmd.Env = append(os.Environ(), "LC_ALL=C")
	}
	if l.user.cred != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: l.user.cred}
	}
	if err := cmd.Start(); err != nil {
		if l.user.cred != nil && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EACCES)) {
			t.Skipf("no command as uid %d: %v", l.user.cred.Uid, err)
		}
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || ctx.Err() != nil {
			t.Fatalf("%q: %v, %v\n%s%s", l.args, err, ctx.Err(), out.Bytes(), stderr.Bytes())
		}
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return result{out.String(), stderr.String(), status.ExitStatus()}, status
}

// under is the launch of a command under a filter.
func (l launch) under(path string, flags ...string) launch {
	l.args = append(append(append([]string{path, "run"}, flags...), "--"), l.args...)
	return l
}

func sh(script string, args ...string) launch {
	return launch{args: append([]string{"sh", "-c", script}, args...)}
}

// TestStatic: the command needs nothing of the machine that it runs on.
func TestStatic(t *testing.T) {
	f, err := elf.Open(build(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the command built without cgo has a %v segment", p.Type)
		}
	}
	if libs, err := f.ImportedLibraries(); len(libs) != 0 {
		t.Errorf("the command built without cgo needs %v, %v", libs, err)
	}
}

// TestStart: the command starts in less than 10 ms, as what shells ask for
// completions must. The fastest of some starts counts: machines are busy.
func TestStart(t *testing.T) {
	path := build(t)
	fastest := time.Hour
	for range 20 {
		version := exec.Command(path, "version")
		if out, err := version.CombinedOutput(); err != nil {
			t.Fatalf("version: %v\n%s", err, out)
		}
		// Of the processor: others may use it, too.
		fastest = min(fastest, version.ProcessState.UserTime()+version.ProcessState.SystemTime())
	}
	if t.Logf("the fastest start takes %v", fastest); fastest > 10*time.Millisecond {
		t.Errorf("the fastest start takes %v", fastest)
	}
}
