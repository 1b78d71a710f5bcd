package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain makes this program the server, or the server after an attack.
func TestMain(m *testing.M) {
	switch os.Getenv("SERVER_TEST") {
	case "serve":
		main()
	case "attack":
		attack()
	default:
		os.Exit(m.Run())
	}
}

// start starts this program as what is, and returns the command and its standard error.
func start(t *testing.T, what string, args ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	path := filepath.Join(t.TempDir(), "server")
	build := exec.Command("go", "test", "-c", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // AllowGo is for programs without cgo
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s%v", out, err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "SERVER_TEST="+what)
	out, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		timeout.Stop()
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, bufio.NewReader(out)
}

// TestServe: the server serves what is in its directory, under a filter on all threads.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	large := strings.Repeat("0123456789abcdef", 1<<16)
	for name, text := range map[string]string{"a.txt": "hello\n", "large.txt": large, "sub/b.txt": "below\n"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	cmd, stderr := start(t, "serve", "-addr", "127.0.0.1:0", "-dir", dir)
	line, err := stderr.ReadString('\n')
	_, addr, found := strings.Cut(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		t.Fatalf("the server says %q, %v", line, err)
	}
	client := &http.Client{Timeout: 20 * time.Second}
	for _, tt := range []struct {
		path   string
		status int
		text   string // in the body
	}{
		{"/a.txt", 200, "hello\n"},
		{"/large.txt", 200, large},
		{"/sub/", 200, "b.txt"},
		{"/sub/b.txt", 200, "below\n"},
		{"/none", 404, ""},
		{"/out", 500, ""},
	} {
		r, err := client.Get("http://" + addr + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != tt.status || !strings.Contains(string(body), tt.text) {
			t.Errorf("GET %s = %d, %d bytes, %v, want %d", tt.path, r.StatusCode, len(body), err, tt.status)
		}
	}
	time.Sleep(1500 * time.Millisecond) // the runtime looks at the processors once a second
	if r, err := client.Get("http://" + addr + "/a.txt"); err != nil || r.StatusCode != 200 {
		t.Errorf("after a while: %v", err)
	}
	tasks, err := filepath.Glob("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/task/*/status")
	if err != nil || len(tasks) < 2 {
		t.Errorf("%d threads, %v, want several", len(tasks), err)
	}
	for _, task := range tasks {
		if status, err := os.ReadFile(task); err == nil && !strings.Contains(string(status), "\nSeccomp:\t2\n") {
			t.Errorf("no filter in %s", task)
		}
	}
}

// attack does what code in the server's place would, and says what worked.
func attack() {
	parent := os.Getppid() // which the filter refuses to tell
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		err = sandbox()
	}
	say := func(what string, err error) {
		os.Stderr.WriteString(what + ": " + map[bool]string{true: "worked", false: "refused"}[err == nil] + "\n")
	}
	say("sandbox", err)
	_, err = os.ReadFile("/proc/self/status")
	say("read", err)
	say("write", os.WriteFile(os.DevNull, nil, 0o644))
	_, err = net.Dial("tcp", l.Addr().String())
	say("connect", err)
	say("run", syscall.Exec("/bin/true", []string{"true"}, nil))
	_, err = syscall.ForkExec("/bin/true", []string{"true"}, nil)
	say("start", err)
	say("remove", os.Remove("/nowhere"))
	say("kill", syscall.Kill(parent, 0))
	say("kill a thread", unix.Tgkill(parent, parent, 0))
	say("kill itself", unix.Tgkill(os.Getpid(), unix.Gettid(), 0))
	say("chroot", syscall.Chroot("/"))
}

// TestAttack: what the server does not do is refused.
func TestAttack(t *testing.T) {
	_, stderr := start(t, "attack")
	got, err := io.ReadAll(stderr)
	if err != nil {
		t.Fatal(err)
	}
	want := "sandbox: worked\nread: worked\nwrite: refused\nconnect: refused\nrun: refused\nstart: refused\nremove: refused\nkill: refused\n" +
		"kill a thread: refused\nkill itself: worked\nchroot: refused\n"
	if string(got) != want {
		t.Errorf("after the attack:\n%s\nwant\n%s", got, want)
	}
}
