package install

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestExitStatus: a launcher ends as env(1) and shells do.
func TestExitStatus(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no shell and signals of Linux here")
	}
	sigsys := 31
	if strings.HasPrefix(runtime.GOARCH, "mips") {
		sigsys = 12 // arch/mips/include/uapi/asm/signal.h
	}
	sh := func(script string) error { return exec.Command("sh", "-c", script).Run() }
	for _, tt := range []struct {
		name   string
		err    error
		status int
		text   string
	}{
		{"success", sh("exit 0"), 0, ""},
		{"own status", sh("exit 7"), 7, ""},
		{"status like a signal's", sh("exit 143"), 143, ""},
		{"SIGTERM", sh("kill -TERM $$"), 128 + 15, "the command was killed by SIGTERM"},
		{"SIGSYS", sh("kill -SYS $$"), 128 + sigsys, "the command was killed by SIGSYS, which is how a filter kills"},
		{"real time", sh("kill -40 $$"), 128 + 40, "the command was killed by signal 40"},
		{"wrapped", errors.Join(sh("kill -TERM $$")), 128 + 15, "the command was killed by SIGTERM"},
		{"wrapped with a text", fmt.Errorf("network: %w", sh("exit 7")), 7, "network: exit status 7"},
		{"joined", errors.Join(errors.New("x"), sh("kill -KILL $$")), 128 + 9, "x\nsignal: killed"},
		{"not found", exec.Command("seccompile-no-such-command").Run(), 127, `exec: "seccompile-no-such-command": executable file not found in $PATH`},
		{"no such file", exec.Command("/no/such/command").Run(), 127, "fork/exec /no/such/command: no such file or directory"},
		{"not executable", exec.Command("/dev/null").Run(), 126, "fork/exec /dev/null: permission denied"},
		{"no such file, Exec", &Error{Op: "execve(/no/such)", Errno: syscall.ENOENT}, 127, "execve(/no/such): no such file or directory"},
		{"not executable, Exec", &Error{Op: "execve(/dev/null)", Errno: syscall.EACCES}, 126, "execve(/dev/null): permission denied"},
		{"killed at execve", &Error{Op: "execve(/bin/sh)", Fault: "the filter kills the thread"}, 126, "execve(/bin/sh): the filter kills the thread"},
		{"no directory", (&exec.Cmd{Path: "/bin/true", Dir: "/no/such/directory"}).Run(), 125, "chdir /no/such/directory: no such file or directory"},
		{"of the installation", &Error{Op: "seccomp(2)", Errno: syscall.ENOENT}, 125, "seccomp(2): no such file or directory"},
		{"any other", errors.New("x"), 125, "x"},
		{"no process", &exec.ExitError{}, 125, "<nil>"},
	} {
		if status, text := ExitStatus(tt.err); status != tt.status || text != tt.text {
			t.Errorf("%s: ExitStatus(%v) = %d, %q, want %d, %q", tt.name, tt.err, status, text, tt.status, tt.text)
		}
	}
}
