package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestClaim: what is in a directory of somebody else stays.
func TestClaim(t *testing.T) {
	dir := t.TempDir()
	theirs := filepath.Join(dir, "child", "thesis.txt")
	if err := errors.Join(os.Mkdir(filepath.Dir(theirs), 0o755), os.WriteFile(theirs, []byte("x"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if _, err := build(dir, "v0.0.0-none"); err == nil || !strings.Contains(err.Error(), "has child and was not made by this command") {
		t.Errorf("build in a directory with a child: %v", err)
	}
	if _, err := os.Stat(theirs); err != nil {
		t.Error(err)
	}
	ours := filepath.Join(t.TempDir(), "new", "dir")
	for range 2 {
		if err := claim(ours); err != nil {
			t.Errorf("claim: %v", err)
		}
		if err := os.MkdirAll(filepath.Join(ours, "child"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAbsolute: a relative directory is relative to that of the script's caller.
func TestAbsolute(t *testing.T) {
	t.Setenv(fromVariable, "/from")
	for in, want := range map[string]string{"a": "/from/a", "../a": "/a", "/b": "/b"} {
		if got, err := absolute(in); got != want || err != nil {
			t.Errorf("absolute(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	text, err := os.ReadFile("run")
	if err != nil || !strings.Contains(string(text), "export "+fromVariable+"=\"$PWD\"") {
		t.Errorf("the script does not set %s: %v", fromVariable, err)
	}
}

// TestInterrupted: a signal removes the temporary directory, and so does a reader that ends.
func TestInterrupted(t *testing.T) {
	const variable = "RUNC_TEST_INTERRUPTED"
	if os.Getenv(variable) != "" {
		for range 600 {
			os.Stdout.WriteString("ready\n")
			time.Sleep(100 * time.Millisecond)
		}
		return
	}
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE} {
		tmp := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^TestInterrupted$")
		cmd.Env = append(os.Environ(), variable+"=1", "TMPDIR="+tmp)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timeout := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		if _, err := out.Read(make([]byte, 16)); err != nil {
			t.Fatal(err)
		}
		if list, err := os.ReadDir(tmp); err != nil || len(list) != 1 {
			t.Errorf("while it runs: %v, %v", list, err)
		}
		if s == syscall.SIGPIPE {
			out.Close()
		} else {
			cmd.Process.Signal(s)
		}
		cmd.Wait()
		timeout.Stop()
		list, err := os.ReadDir(tmp)
		if got := cmd.ProcessState.ExitCode(); got != 128+int(s) || err != nil || len(list) != 0 {
			t.Errorf("%v: status %d, and %v remains, %v", s, got, list, err)
		}
	}
}

// TestMeasureInterrupted: a signal while containers are measured leaves none, with their cgroup.
func TestMeasureInterrupted(t *testing.T) {
	const variable = "RUNC_TEST_MEASURE"
	runc, err := exec.LookPath("runc")
	if err != nil || os.Geteuid() != 0 || os.Getenv("SECCOMPILE_NO_LIVE") != "" {
		t.Skip("containers are for root, with some runc: ", err)
	}
	if os.Getenv(variable) != "" {
		w, err := newBench(*dirFlag)
		for err == nil {
			os.Stdout.WriteString("ready\n")
			_, err = w.create(variant{name: "runc", runc: runc}, nil)
		}
		t.Fatal(err)
	}
	for _, more := range [][]string{nil, {"-dir=" + t.TempDir()}} {
		cmd := exec.Command(os.Args[0], append([]string{"-test.run=^TestMeasureInterrupted$"}, more...)...)
		cmd.Env = append(os.Environ(), variable+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timeout := time.AfterFunc(2*time.Minute, func() { cmd.Process.Kill() })
		if _, err := out.Read(make([]byte, 16)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) // as a terminal does
		says, _ := io.ReadAll(out)
		cmd.Wait()
		timeout.Stop()
		if got := cmd.ProcessState.ExitCode(); got != 128+int(syscall.SIGINT) {
			t.Errorf("%q: status %d\n%s", more, got, says)
		}
		cgroup := fmt.Sprintf("seccompile-runc-%d", cmd.Process.Pid)
		for _, dir := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/*"} {
			left, err := filepath.Glob(filepath.Join(dir, cgroup))
			if err != nil || len(left) > 0 {
				t.Errorf("%q: %q remains, %v", more, left, err)
			}
		}
	}
}

// TestModules: the error of a release that does not exist says why.
func TestModules(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	_, _, err := modules("v0.0.99")
	if err == nil || !strings.Contains(err.Error(), "v0.0.99") || !strings.Contains(err.Error(), "GOPROXY=off") {
		t.Errorf("modules of an unknown release: %v", err)
	}
}
