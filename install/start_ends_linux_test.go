package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// A context that ends early is what an error of Start says, whenever that is and
// whatever cmd.Cancel does.
func caseStartCanceled() {
	files := openFiles()
	for i := range 40 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*200*time.Microsecond)
		cmd := exec.CommandContext(ctx, "/bin/true")
		if i%2 == 0 {
			cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
		}
		cmd.Stdout = &bytes.Buffer{}
		if _, err := cmd.StderrPipe(); err != nil {
			failf("%v", err)
		}
		listener, err := Start(retAllow(abi.MaxInsns), Options{Flags: abi.FlagNewListener * uint(i&1)}, cmd)
		switch {
		case err == nil:
			cmd.Wait() // whatever of it comes first
			if listener != nil {
				listener.Close()
			}
		case !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrNoChild) || strings.Contains(err.Error(), "install.Child"):
			failf("Start with a context that ends after %d times 200 us: %v", i, err)
		}
		cancel()
		wantNothingLeft(fmt.Sprint(err), files)
	}
	// A command that cannot be executed has never started.
	refusal := answer(errno(unix.EPERM), unix.SYS_EXECVE)
	for i := range 200 {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Duration(i%50)*100*time.Microsecond, cancel)
		cmd := exec.CommandContext(ctx, "/bin/true")
		_, err := Start(refusal, Options{}, cmd)
		if !errors.Is(err, context.Canceled) && !errors.Is(err, unix.EPERM) {
			failf("Start of what cannot be executed, canceled after %d times 100 us: %v", i%50, err)
		}
		cancel()
		wantNothingLeft(fmt.Sprint(err), files)
	}
	// A cancellation that the command survives is its own affair.
	for i := range 40 {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Duration(i)*200*time.Microsecond, cancel)
		cmd := exec.CommandContext(ctx, "/bin/sh", "-c", "exit 3")
		cmd.Cancel = func() error { return nil }
		var exit *exec.ExitError
		if _, err := Start(retAllow(1), Options{}, cmd); err == nil {
			err = cmd.Wait()
			if !errors.As(err, &exit) || exit.ExitCode() != 3 {
				failf("a command that survives: %v, want exit status 3", err)
			}
		} else if !errors.Is(err, context.Canceled) { // it has not been there, or ended at once
			failf("Start of a command that survives: %v", err)
		}
		cancel()
		wantNothingLeft("a command that survives", files)
	}
}

// An error of Start waits for nobody: not for a reader that the caller gave it.
func caseStartBlockedInput() {
	never, unused := io.Pipe()
	defer unused.Close()
	ctx, cancel := context.WithTimeout(context.Background(), selftest.Within(selftest.Patience))
	defer cancel()
	for _, cmd := range []*exec.Cmd{exec.Command("/bin/true"), exec.CommandContext(ctx, "/bin/true")} {
		cmd.Stdin = never
		cmd.Stdout = new(bytes.Buffer)
		start := time.Now()
		_, err := Start([]bpf.RawInstruction{{Op: 0xffff}}, Options{}, cmd)
		if !errors.Is(err, unix.EINVAL) {
			failf("Start: %v, want EINVAL", err)
		}
		if took := time.Since(start); took > selftest.Within(selftest.Patience/4) {
			failf("Start of a command whose input blocks takes %v", took)
		}
		if err := unix.Kill(cmd.Process.Pid, 0); err != unix.ESRCH {
			failf("the child after an error: %v", err)
		}
	}
}

// What has closed the socket and goes on, or ends well, is a command; what ends
// otherwise, or how nobody knows, need not be.
func caseStartEndedEarly() {
	for _, tt := range []struct {
		script string
		want   bool
	}{
		{"read forever", false},
		{"exit 0", false},
		{"exit 3", true},
		{"kill -9 $$", true},
	} {
		cmd := exec.Command("/bin/sh", "-c", tt.script)
		in, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			failf("%s: %v", tt.script, err)
		}
		if tt.script != "read forever" { // it stays for its parent to see
			unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		}
		if got := endedEarly(cmd.Process.Pid); got != tt.want {
			failf("endedEarly(%s) = %t, want %t", tt.script, got, tt.want)
		}
		in.Close()
		cmd.Wait()
		if !endedEarly(cmd.Process.Pid) {
			failf("endedEarly(%s) = false after it was reaped, want true", tt.script)
		}
	}
}

// A child that says nothing is told to call Child only if its end can be that of a
// main without it; memory and limits are named for the others.
func caseStartSilent() {
	for _, tt := range []struct {
		script  string
		limited bool
		noChild bool
		want    string
	}{
		{"exit 0", true, true, "exit status 0 (" + childAdvice + ")"},
		{"exit 1", true, true, "exit status 1 (" + childAdvice + ")"},
		{"exit 2", false, true, "exit status 2 (" + childAdvice + "; or the Go runtime got no memory or threads)"},
		{"exit 2", true, false, "exit status 2 (its limits leave the Go runtime no memory: see RLIMIT_AS and RLIMIT_DATA; or main"},
		{"kill -9 $$", false, false, "signal: killed (it was killed, or its limits leave it no memory: see RLIMIT_AS,"},
		{"ulimit -c 0; kill -SEGV $$", false, false, "signal: segmentation fault (it was killed"},
	} {
		cmd := exec.Command("/bin/sh", "-c", tt.script)
		cmd.Run()
		e := silent(cmd.ProcessState, tt.limited)
		if (e.Cause == ErrNoChild) != tt.noChild || !strings.Contains(e.Error(), tt.want) {
			failf("%s: %v, ErrNoChild %t, want %s", tt.script, e, e.Cause == ErrNoChild, tt.want)
		}
	}
}

// With SIGCHLD ignored nobody learns how a child ends, and errors come all the same.
func caseStartNoReaping() {
	signal.Ignore(unix.SIGCHLD)
	if e := silent(nil, false); e.Cause == ErrNoChild || !strings.Contains(e.Error(), "SIGCHLD") {
		failf("a child whose end nobody knows: %v", e)
	}
	for i := range 60 {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Duration(i)*100*time.Microsecond, cancel)
		_, err := Start(answer(errno(unix.EPERM), unix.SYS_EXECVE), Options{}, exec.CommandContext(ctx, "/bin/true"))
		if !errors.Is(err, context.Canceled) && !errors.Is(err, unix.EPERM) {
			failf("Start with SIGCHLD ignored, canceled after %d times 100 us: %v", i, err)
		}
		cancel()
	}
}

// Real-time scheduling, under which one thread could wait for another forever, is
// an error on one processor as on several. What resets it is fine.
func caseStartRealTime() {
	runtime.LockOSThread()
	var one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &one); err != nil {
		failf("%v", err)
	}
	first := 0
	for !one.IsSet(first) {
		first++
	}
	one.Zero()
	one.Set(first)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		failf("%v", err)
	}
	for _, tt := range []struct {
		policy uint32
		flags  uint64
		name   string // of the policy, if it is refused
	}{
		{unix.SCHED_FIFO, 0, "SCHED_FIFO"},
		{unix.SCHED_RR, 0, "SCHED_RR"},
		{unix.SCHED_FIFO, unix.SCHED_FLAG_RESET_ON_FORK, ""},
		{unix.SCHED_BATCH, 0, ""},
		{unix.SCHED_NORMAL, 0, ""},
	} {
		attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: tt.policy, Flags: tt.flags}
		if tt.policy == unix.SCHED_FIFO || tt.policy == unix.SCHED_RR {
			attr.Priority = 1
		}
		if err := unix.SchedSetAttr(0, &attr, 0); errors.Is(err, unix.EPERM) {
			continue // for root, and not for every one
		} else if err != nil {
			failf("sched_setattr: %v", err)
		}
		for _, insns := range [][]bpf.RawInstruction{answer(abi.RetUserNotif, unix.SYS_GETPPID), answer(errno(unix.EPERM), unix.SYS_EXECVE)} {
			o := Options{}
			if insns[len(insns)-1].K == abi.RetUserNotif {
				o.Flags = abi.FlagNewListener
			}
			cmd := exec.Command("/bin/true")
			listener, err := Start(insns, o, cmd)
			var e *Error
			switch {
			case tt.name == "" && o.Flags == 0:
				if !errors.Is(err, unix.EPERM) || err.(*Error).Op != "execve(/bin/true)" {
					failf("Start under policy %d: %v, want EPERM of execve", tt.policy, err)
				}
			case tt.name == "":
				if err != nil || listener.Close() != nil || cmd.Wait() != nil {
					failf("Start under policy %d: %v", tt.policy, err)
				}
			case !errors.As(err, &e) || e.Op != "sched_getscheduler" || !strings.Contains(e.Error(), tt.name):
				failf("Start under policy %d: %v, want an error about %s", tt.policy, err, tt.name)
			}
		}
	}
}
