package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestMain makes this program one that connects to the socket CONNECT, or types into its
// terminal if TYPE is set, and says how.
func TestMain(m *testing.M) {
	socket := os.Getenv("CONNECT")
	switch {
	case socket != "":
		_, err := net.Dial("unix", socket)
		fmt.Println(err)
	case os.Getenv("TYPE") != "":
		terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
		if err != nil {
			fmt.Println(err)
		}
		all := ^uintptr(0)
		high := all >> 31 << 31 << 1 // the bits of an argument that the kernel ignores
		for _, request := range []uintptr{unix.TIOCSTI, unix.TIOCSTI | high, unix.TIOCLINUX} {
			b := []byte("x")
			_, _, errno := unix.Syscall(unix.SYS_IOCTL, terminal.Fd(), request, uintptr(unsafe.Pointer(&b[0])))
			fmt.Println(errno)
		}
	default:
		os.Exit(m.Run())
	}
}

// build returns a directory that everybody can read, with the runner as job. It skips the
// test if the machine cannot run it.
func build(t *testing.T) (dir string) {
	t.Helper()
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	namespace := exec.Command("true")
	namespace.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	if err := namespace.Run(); err != nil {
		t.Skip("user namespaces: ", err)
	}
	dir, err := os.MkdirTemp("", "job")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // nobody executes the program
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "job"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%s%v", out, err)
	}
	return dir
}

// job builds the runner, and returns a function that runs a script by it, as a user that has
// no rights if user is not zero. An empty script means no file.
func job(t *testing.T) func(user uint32, script string, args ...string) (out string, status int) {
	t.Helper()
	dir := build(t)
	path := filepath.Join(dir, "job")
	return func(user uint32, script string, args ...string) (string, int) {
		t.Helper()
		if script != "" {
			file := filepath.Join(dir, "script")
			if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
				t.Fatal(err)
			}
			args = append(args, file)
		}
		cmd := exec.Command(path, args...)
		cmd.Dir = dir
		if user != 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
		}
		timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		defer timeout.Stop()
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
}

// TestNobody: the runner needs no root.
func TestNobody(t *testing.T) {
	run := job(t)
	if os.Geteuid() != 0 {
		return // all tests show it
	}
	out, status := run(65534, "touch file || echo no file; grep CapBnd /proc/self/status; exit 5")
	if !strings.Contains(out, "no file") || !strings.Contains(out, "CapBnd:\t0000000000000000\n") || status != 5 {
		t.Errorf("%q, status %d, want no file and no capabilities, 5", out, status)
	}
}

func TestNoScript(t *testing.T) {
	run := job(t)
	if out, status := run(0, ""); !strings.Contains(out, "no script") || status != 1 {
		t.Errorf("%q, status %d, want 1", out, status)
	}
}

func TestJob(t *testing.T) {
	run := job(t)
	for _, tt := range []struct {
		name, script string
		want         string // in the output
		status       int
	}{
		{"status", "echo built >file; cat file; exit 3", "built\n", 3},
		{"fails", "false\necho not reached", "", 1},
		{"capabilities", "grep CapBnd /proc/self/status", "CapBnd:\t0000000000000000\n", 0},
		{"filter", "grep ^Seccomp: /proc/self/status", "Seccomp:\t2\n", 0},
		{"namespace", "unshare -m true", "Operation not permitted", 1},
		{"network", `bash -c ': </dev/tcp/127.0.0.1/9'`, "Permission denied", 1},
		{"killed", "kill -9 $(sh -c 'echo $PPID') || echo first", "", 0}, // a namespace's first process is not killed from within
	} {
		out, status := run(0, tt.script)
		if !strings.Contains(out, tt.want) || strings.Contains(out, "not reached") || status != tt.status {
			t.Errorf("%s: %q, status %d, want %q, %d", tt.name, out, status, tt.want, tt.status)
		}
	}
}

// TestLimit: a job that takes too long ends, and so does what it started, in time or not.
func TestLimit(t *testing.T) {
	run := job(t)
	begin := time.Now()
	out, status := run(0, "setsid sleep 31.4159 &\nsleep 31.4159", "-limit", "500ms")
	if status != 124 || !strings.Contains(out, "longer than 500ms") || time.Since(begin) > 20*time.Second {
		t.Errorf("%q, status %d after %s, want 124", out, status, time.Since(begin))
	}
	if out, status := run(0, "setsid sleep 31.4159 & exit 0"); status != 0 {
		t.Errorf("%q, status %d", out, status)
	}
	for _, file := range running(t, "sleep\x0031.4159") {
		t.Errorf("%s has outlived its job", file)
	}
}

// running returns the files cmdline of the processes whose command begins with prefix.
func running(t *testing.T, prefix string) (list []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && strings.HasPrefix(string(text), prefix) {
			list = append(list, file)
		}
	}
	return list
}

// TestInterrupt: the job ends if the runner is told to end, or killed.
func TestInterrupt(t *testing.T) {
	dir := build(t)
	for i, tt := range []struct {
		signal syscall.Signal
		user   uint32
		out    string
		status int
	}{
		{unix.SIGHUP, 0, "", -1},
		{unix.SIGINT, 0, "the job was interrupted\n", 130},
		{unix.SIGTERM, 0, "the job was interrupted\n", 130},
		{unix.SIGKILL, 0, "", -1},
		{unix.SIGTERM, 65534, "the job was interrupted\n", 130},
		{unix.SIGKILL, 65534, "", -1},
	} {
		if signal.Ignored(tt.signal) { // SIGHUP under nohup
			continue
		}
		file := filepath.Join(dir, "script")
		seconds := fmt.Sprintf("32.%d%d", os.Getpid(), i) // tells the jobs apart
		if err := os.WriteFile(file, []byte("setsid sleep "+seconds+" &\nsleep "+seconds), 0o644); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		cmd := exec.Command(filepath.Join(dir, "job"), file)
		cmd.Stderr = &out
		if tt.user != 0 && os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: tt.user, Gid: tt.user}}
		}
		cmd.WaitDelay = time.Second // in which the job must have ended
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		sleeps := "sleep\x00" + seconds
		for end := time.Now().Add(20 * time.Second); len(running(t, sleeps)) < 2; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				cmd.Process.Kill()
				t.Fatalf("%s: the job has not started", tt.signal)
			}
		}
		cmd.Process.Signal(tt.signal)
		cmd.Wait()
		if status := cmd.ProcessState.ExitCode(); !strings.HasSuffix(out.String(), tt.out) || status != tt.status {
			t.Errorf("%s: %q, status %d, want %q, %d", tt.signal, out.String(), status, tt.out, tt.status)
		}
		left := running(t, sleeps)
		for end := time.Now().Add(10 * time.Second); len(left) > 0 && time.Now().Before(end); left = running(t, sleeps) {
			time.Sleep(10 * time.Millisecond)
		}
		if len(left) > 0 {
			t.Errorf("%s: %s have outlived the runner", tt.signal, left)
		}
	}
}

// TestSockets: the job reaches sockets that are files, and no others of this machine.
func TestSockets(t *testing.T) {
	run := job(t)
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"@seccompile-job-" + strconv.Itoa(os.Getpid()): "connection refused\n",
		filepath.Join(t.TempDir(), "socket"):           "<nil>\n",
	} {
		l, err := net.Listen("unix", name)
		if err != nil {
			t.Fatal(err)
		}
		out, status := run(0, "CONNECT="+name+" "+self)
		if l.Close(); !strings.HasSuffix(out, want) || status != 0 {
			t.Errorf("%s: %q, status %d, want %q", name, out, status, want)
		}
	}
}

// TestTerminal: the job cannot type into the runner's terminal.
func TestTerminal(t *testing.T) {
	dir := build(t)
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	self, err := filepath.Abs(os.Args[0])
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "script"), []byte("TYPE=1 "+self), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "job"), filepath.Join(dir, "script"))
	cmd.Stdin = terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	out, err := cmd.CombinedOutput()
	if want := strings.Repeat("operation not permitted\n", 3); string(out) != want || err != nil {
		t.Errorf("%q, %v, want %q", out, err, want)
	}
}
