package install

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

var allowAll = []bpf.RawInstruction{{Op: abi.ClassRET, K: abi.RetAllow}}

// TestStartTraced: attach gets the thread that becomes the command, before it has the
// filter.
func TestStartTraced(t *testing.T) {
	requireFilters(t)
	before, err := statusOf(unix.Gettid())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", "grep ^Seccomp: /proc/self/status")
	var out bytes.Buffer
	cmd.Stdout = &out
	calls := 0
	err = StartTraced(allowAll, Options{}, cmd, func(thread int) error {
		calls++
		s, err := statusOf(thread)
		if err != nil {
			return err
		}
		if s.filters != before.filters {
			t.Errorf("attach: the thread has %d filters, want %d", s.filters, before.filters)
		}
		if pid := cmd.Process.Pid; thread == pid || unix.Tgkill(pid, thread, 0) != nil {
			t.Errorf("attach(%d): not a thread of process %d, or its first", thread, pid)
		}
		return nil
	})
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil || calls != 1 {
		t.Fatalf("StartTraced: error %v, %d calls of attach", err, calls)
	}
	if got := strings.TrimSpace(out.String()); got != "Seccomp:\t2" {
		t.Errorf("the command has %q, want a filter", got)
	}
}

func TestStartTracedErrors(t *testing.T) {
	requireFilters(t)
	why := errors.New("why")
	ok := func(int) error { return nil }
	var cmd *exec.Cmd
	tests := []struct {
		what   string
		o      Options
		attach func(int) error
		is     error
		text   string
	}{
		{"no attach", Options{}, nil, unix.EINVAL, "install.StartTraced: no function attach"},
		{"listener", Options{Flags: abi.FlagNewListener}, ok, unix.EINVAL, "install.StartTraced(NEW_LISTENER): a traced command has no listener"},
		{"TSYNC", Options{Flags: abi.FlagTSync}, ok, unix.EINVAL, "install.StartTraced(TSYNC)"},
		{"attach fails", Options{}, func(int) error { return why }, why, "why"},
		{"attach ends the child", Options{}, func(int) error { return cmd.Process.Kill() }, nil, ""},
	}
	for _, tt := range tests {
		cmd = exec.Command("true")
		err := StartTraced(allowAll, tt.o, cmd, tt.attach)
		if tt.what == "attach ends the child" && err == nil {
			// That it executes the command and that it ends look alike.
			err = cmd.Wait()
		}
		if err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: error %v, want %v, %q", tt.what, err, tt.is, tt.text)
		}
		if cmd.Process != nil {
			if _, err := os.Stat(fmt.Sprintf("/proc/%d", cmd.Process.Pid)); err == nil {
				t.Errorf("%s: process %d is left", tt.what, cmd.Process.Pid)
			}
		}
	}
}

// TestThreadOf: a thread has a number in each PID namespace.
func TestThreadOf(t *testing.T) {
	tid := unix.Gettid()
	if got, err := threadOf(os.Getpid(), tid); err != nil || got != tid {
		t.Errorf("threadOf(this process, %d) = %d, %v", tid, got, err)
	}
	if got, err := threadOf(os.Getpid(), 1<<22+1); err == nil {
		t.Errorf("threadOf a number beyond all = %d, want an error", got)
	}
	var e *Error
	if _, err := threadOf(1<<22+1, 1); !errors.As(err, &e) || e.Errno != unix.ENOENT || e.Advice == outerAdvice {
		t.Errorf("threadOf of no process: %v", err)
	}
}
