package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// TestCgroups: the cgroup of a runtime that is killed, or fails, is removed.
func TestCgroups(t *testing.T) {
	p := requireContainers(t)
	dir := t.TempDir()
	marker := filepath.Join(dir, "made")
	for name, end := range map[string]string{"hangs": "while :; do :; done", "fails": "echo $$ >/sys/fs/cgroup/cgroup.procs; exit 1"} {
		script := filepath.Join(dir, name)
		text := "#!/bin/sh\nfor id; do :; done\ncd /sys/fs/cgroup && mkdir -p $id/inner && echo $$ >$id/inner/cgroup.procs && echo $id >" + marker + "\n" + end + "\n"
		if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		a, err := newAsker(t.Context(), p, dir, script)
		if err != nil {
			t.Fatal(err)
		}
		_, fault, err := a.ask(&specs.LinuxSeccomp{DefaultAction: specs.ActAllow}, []call{{call: syscalls.Call{Audit: arch.X86_64.Audit()}}})
		if fault == "" || err != nil || strings.HasPrefix(fault, neverEnds) != (name == "hangs") {
			t.Errorf("%s: %q, %v", name, fault, err)
		}
		id, err := os.ReadFile(marker)
		if err != nil {
			t.Fatalf("%s: it has made no cgroup: %v", name, err)
		}
		out, _, err := guarded(t.Context(), p, "find", "/sys/fs/cgroup", "-name", strings.TrimSpace(string(id)))
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %s remains, %v", name, out, err)
		}
		os.Remove(marker)
	}
}

// TestInterrupted: a signal ends the kit without a directory, a cgroup or a process left.
func TestInterrupted(t *testing.T) {
	p := requireContainers(t)
	dir := t.TempDir()
	program := filepath.Join(dir, "kit")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%s%v", out, err)
	}
	script, marker, temp := filepath.Join(dir, "slow"), filepath.Join(dir, "made"), filepath.Join(dir, "temp")
	text := `#!/bin/sh
[ "$1" = --version ] && exec echo slow
for id; do :; done
cd /sys/fs/cgroup && mkdir $id && echo $$ >$id/cgroup.procs && echo $id >` + marker + `
exec sleep 4.3217
`
	if err := errors.Join(os.WriteFile(script, []byte(text), 0o755), os.Mkdir(temp, 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE} {
		os.Remove(marker)
		cmd := exec.Command(program, "-runtime", script)
		cmd.Env = append(os.Environ(), "TMPDIR="+temp)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		var says bytes.Buffer
		cmd.Stderr = &says
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var id []byte
		for end := time.Now().Add(time.Minute); len(id) == 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the runtime is not started: %s", says.Bytes())
			}
			id, _ = os.ReadFile(marker)
		}
		cmd.Process.Signal(sent)
		cmd.Wait()
		if !strings.HasSuffix(says.String(), "interrupted\n") || cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("%v: %q, %v, want that it is interrupted, status 1", sent, says.Bytes(), cmd.ProcessState)
		}
		if list, err := os.ReadDir(temp); err != nil || len(list) > 0 {
			t.Errorf("%v: %v remain, %v", sent, list, err)
		}
		out, _, err := guarded(t.Context(), p, "find", "/sys/fs/cgroup", "-name", strings.TrimSpace(string(id)))
		if err != nil || len(out) > 0 {
			t.Errorf("%v: %s remains, %v", sent, out, err)
		}
		if out, err := exec.Command("pgrep", "-f", "^sleep 4.3217$").Output(); err == nil {
			t.Errorf("%v: processes %s remain", sent, out)
		}
	}
}
