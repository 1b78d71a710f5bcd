package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// job builds the runner, and returns a function that runs a script by it, as a user that has
// no rights if user is not zero. An empty script is no file.
func job(t *testing.T) func(user uint32, script string, args ...string) (out string, status int) {
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
	path := filepath.Join(dir, "job")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%s%v", out, err)
	}
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
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && strings.HasPrefix(string(text), "sleep\x0031.4159") {
			t.Errorf("%s has outlived its job", file)
		}
	}
}
