package install

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// Several filters are installed in order: of equal answers the newest filter's counts.
func caseBefore() {
	refuse := func(e syscall.Errno) []bpf.RawInstruction { return answer(errno(e), unix.SYS_GETPPID) }
	newThread().do(func() {
		want := current().with(3, 3)
		want.NoNewPrivs = 1
		if _, err := Filter(refuse(3), Options{Before: [][]bpf.RawInstruction{refuse(1), refuse(2)}}); err != nil {
			failf("Filter with two before it: %v", err)
		}
		wantState("with three filters", want)
	})
	newThread().do(func() {
		want := current().with(2, refused)
		want.NoNewPrivs = 1
		listener, err := Filter(retAllow(1), Options{Before: [][]bpf.RawInstruction{refuseGetppid}, Flags: abi.FlagNewListener | abi.FlagLog})
		if err != nil {
			failf("Filter with one before it, and a listener: %v", err)
		}
		wantListener(listener.File())
		wantState("with two filters and a listener", want)
	})
}

// With TSYNC all threads have all filters.
func caseBeforeTSync() {
	want := current().with(3, refused)
	want.NoNewPrivs = 1
	other := newThread()
	if _, err := Filter(retAllow(1), Options{Flags: abi.FlagTSync, Before: [][]bpf.RawInstruction{retAllow(1), refuseGetppid}}); err != nil {
		failf("Filter with TSYNC and two before it: %v", err)
	}
	wantState("after TSYNC", want)
	for _, t := range []*thread{other, newThread()} {
		t.do(func() { wantState("after TSYNC, another thread", want) })
	}
}

// What is installed when a later filter is refused stays, and the error says so.
func caseBeforeRefused() {
	broken := []bpf.RawInstruction{{Op: 0xffff}}
	noSeccomp := answer(errno(refused), unix.SYS_SECCOMP)
	for _, tt := range []struct {
		o    Options
		last []bpf.RawInstruction
		want Error // Op and Advice are looked at below
		op   string
	}{
		{Options{Before: [][]bpf.RawInstruction{broken, retAllow(1)}}, retAllow(1), Error{Errno: unix.EINVAL}, "(SECCOMP_SET_MODE_FILTER, 0)"},
		{Options{Before: [][]bpf.RawInstruction{retAllow(1), broken}}, retAllow(1), Error{Errno: unix.EINVAL, Before: 1}, "(SECCOMP_SET_MODE_FILTER, 0)"},
		{Options{Before: [][]bpf.RawInstruction{retAllow(1), retAllow(1)}}, broken, Error{Errno: unix.EINVAL, Before: 2}, "(SECCOMP_SET_MODE_FILTER, 0)"},
		{Options{Before: [][]bpf.RawInstruction{noSeccomp}}, retAllow(1), Error{Errno: refused, Before: 1}, "(SECCOMP_SET_MODE_FILTER, 0)"},
		{Options{Flags: abi.FlagLog | abi.FlagNewListener, Before: [][]bpf.RawInstruction{retAllow(1), broken}}, retAllow(1), Error{Errno: unix.EINVAL, Before: 1}, "(SECCOMP_SET_MODE_FILTER, LOG)"},
		{Options{Flags: abi.FlagLog | abi.FlagNewListener, Before: [][]bpf.RawInstruction{retAllow(1)}}, broken, Error{Errno: unix.EINVAL, Before: 1}, "(SECCOMP_SET_MODE_FILTER, LOG|NEW_LISTENER)"},
	} {
		newThread().do(func() {
			before, _ := Status()
			listener, err := Filter(tt.last, tt.o)
			var e *Error
			if listener != nil || !errors.As(err, &e) || e.Errno != tt.want.Errno || e.Before != tt.want.Before || !strings.HasSuffix(e.Op, tt.op) {
				failf("Filter: %v, %+v, want errno %d with %d filters installed", listener, err, int(tt.want.Errno), tt.want.Before)
			}
			if said := fmt.Sprintf("installed and stay: %d", tt.want.Before); strings.Contains(err.Error(), said) != (tt.want.Before > 0) {
				failf("Filter: %v, want %q", err, said)
			}
			if tt.want.Errno == refused && e.Advice != ownAdvice {
				failf("Filter under a filter that refuses seccomp(2): %v, want the advice %q", err, ownAdvice)
			}
			if after, err := Status(); err != nil || before.Filters >= 0 && after.Filters != before.Filters+tt.want.Before {
				failf("%d filters, then %d (%v), want %d more", before.Filters, after.Filters, err, tt.want.Before)
			}
		})
	}
}

// A filter that answers for the kernel is found out before the next one.
func caseBeforeFeigned() {
	newThread().do(func() {
		feigns := answer(errno(0), unix.SYS_SECCOMP)
		_, err := Filter(refuseGetppid, Options{Before: [][]bpf.RawInstruction{feigns}})
		var e *Error
		if !errors.As(err, &e) || e.Before != 1 || !strings.Contains(e.Error(), "success without effect") {
			failf("Filter after one that answers seccomp(2) with success: %v, want an error", err)
		}
	})
	notifies := []bpf.RawInstruction{{Op: abi.ClassRET, K: abi.RetUserNotif}}
	if _, err := Filter(retAllow(1), Options{Before: [][]bpf.RawInstruction{notifies}, Flags: abi.FlagNewListener}); err == nil || !strings.Contains(err.Error(), "Before[0] returns NOTIFY") {
		failf("Filter with NOTIFY before the last: %v", err)
	}
}

// caseBeforeExec becomes the program that caseExecuted is, under three filters.
func caseBeforeExec() {
	newThread().do(func() {
		want := current().with(3, refused)
		want.NoNewPrivs = 1
		env := append(selftest.Env(executed), fmt.Sprintf("%s=%+v", stateEnv, want))
		err := Exec(retAllow(1), Options{Before: [][]bpf.RawInstruction{refuseGetppid, retAllow(2)}}, self, os.Args, env)
		failf("Exec: %v", err)
	})
}

// A command is started under all filters, or not at all.
func caseBeforeStart() {
	want := current().with(3, refused)
	want.NoNewPrivs = 1
	command := func() (*exec.Cmd, *bytes.Buffer) {
		cmd, out := exec.Command(self), &bytes.Buffer{}
		cmd.Env = append(selftest.Env(executed), fmt.Sprintf("%s=%+v", stateEnv, want))
		cmd.Stdout, cmd.Stderr = out, out
		return cmd, out
	}
	cmd, out := command()
	listener, err := Start(retAllow(1), Options{Flags: abi.FlagNewListener, Before: [][]bpf.RawInstruction{refuseGetppid, retAllow(abi.MaxInsns)}}, cmd)
	if err != nil || listener == nil {
		failf("Start: %v, %v", listener, err)
	}
	if err := cmd.Wait(); err != nil {
		failf("Wait: %v\n%s", err, out)
	}
	for _, b := range [][]bpf.RawInstruction{{{Op: 0xffff}}, answer(errno(refused), unix.SYS_SECCOMP)} {
		cmd, _ := command()
		_, err := Start(retAllow(1), Options{Before: [][]bpf.RawInstruction{retAllow(1), b}}, cmd)
		var e *Error
		if !errors.As(err, &e) || e.Errno != unix.EINVAL && e.Errno != refused || e.Before != 0 || !strings.HasPrefix(e.Op, "seccomp(") {
			failf("Start with a filter that is refused: %v", err)
		}
		if err := syscall.Kill(cmd.Process.Pid, 0); err != syscall.ESRCH {
			failf("Start with a filter that is refused leaves process %d: %v", cmd.Process.Pid, err)
		}
	}
}
