package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/install/notify"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// notify runs the command and returns its exit status, or the one of what kept
// it from running.
func (o *options) notify(command []string, all bool, output string, r report, s stdio) (status int, err error) {
	if len(command) == 0 {
		return exitRun, errNoCommand
	}
	if err := o.forThisMachine(); err != nil {
		return exitRun, err
	}
	privs, err := o.privs()
	if err != nil {
		return exitRun, err
	}
	stack, err := o.stack(s)
	if err != nil {
		return exitRun, err
	}
	s.notes(stack.Notes(), o.verbose)
	program, whole, err := handOver(stack, all)
	if err != nil {
		return exitRun, err
	}
	path, status, err := lookPath(command[0])
	if err != nil {
		return status, err
	}
	r.filter, r.out, r.refused = stack, s.err, !all
	if output != "-" {
		f, err := create(output)
		if err != nil {
			return exitRun, err
		}
		defer f.Close()
		r.out = f
	}
	defer answerWithoutReader()()
	if all {
		s.warn(allWarning, r.json && output == "-")
	}
	if len(whole) > 0 {
		s.warn(wholeWarning(len(stack.Filters()), whole), r.json && output == "-")
	}
	flags := stack.Flags()&^uint(policy.FlagTSync) | uint(policy.FlagNewListener)
	// A signal makes a thread take its call back, and make it again; with the
	// flag it does not once the call has been received, so that none is told twice.
	if install.HaveFlag(uint(policy.FlagWaitKillableRecv)) == nil {
		flags |= uint(policy.FlagWaitKillableRecv)
	}
	files, release := inheritedFiles()
	defer release()
	cmd := &exec.Cmd{Path: path, Args: command, Stdin: s.in, Stdout: s.out, Stderr: s.err, ExtraFiles: files}
	signals := catchSignals() // the command may have one sent here as soon as it runs
	defer close(signals)
	defer signal.Stop(signals)
	file, err := install.Start(program, install.Options{Flags: flags, AllowNewPrivs: privs == privsAllowed}, cmd)
	if err != nil {
		status, _ := install.ExitStatus(err)
		return status, privs.explain(err)
	}
	listener, err := notify.New(file)
	file.Close()
	if err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return exitRun, err
	}
	go forwardSignals(signals, cmd.Process)
	status, err = supervise(cmd, listener, &r)
	if lost := r.end(); lost != nil {
		return exitRun, errors.Join(err, lost)
	}
	return status, err
}

// answerWithoutReader has a write to standard output or error that nobody reads
// any more fail, rather than end this process, and with it the answers to the
// command's calls. The command does not inherit it, as if it were ignored.
func answerWithoutReader() (stop func()) {
	if signal.Ignored(unix.SIGPIPE) {
		return func() {}
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGPIPE)
	return func() { signal.Stop(signals) }
}

// allWarning is what --all can do to the command (install/notify, What notification
// changes).
const allWarning = "--all can change what the command does: a signal can end any call with EINTR, even calls that never fail with it otherwise (strace --seccomp-bpf and perf trace only watch)"

// wholeWarning says which calls are handed over whatever their arguments.
func wholeWarning(filters int, calls []string) string {
	return fmt.Sprintf("the profile needs %d filters, but only one can have a listener: so every call of %s waits for the supervisor, and a signal can end it with EINTR; the report has the calls that the profile would not allow",
		filters, strings.Join(calls, ", "))
}

// warn prints a warning on standard error, in JSON if the report is JSON there.
func (s stdio) warn(warning string, asJSON bool) {
	if asJSON {
		text, _ := json.Marshal(map[string]string{"warning": warning})
		fmt.Fprintf(s.err, "%s\n", text)
		return
	}
	fmt.Fprintln(s.err, "seccompile notify: "+warning)
}

// supervise answers the calls of the command and of what it starts, until all have
// ended, and returns how the command did.
func supervise(cmd *exec.Cmd, listener *notify.Listener, r *report) (status int, err error) {
	defer listener.Close()
	first := true
	served := make(chan error, 1)
	go func() {
		served <- listener.Serve(context.Background(), func(_ context.Context, c *notify.Call) notify.Answer {
			thread := c.Thread
			// The execve that makes a process the command is the first call, if it is
			// handed over, and makes its thread the first (fs/exec.c, de_thread).
			if first && unix.Tgkill(cmd.Process.Pid, thread, 0) == nil {
				thread = cmd.Process.Pid
			}
			first = false
			r.call(thread, syscalls.Call{Audit: c.Arch, Nr: c.Nr, IP: c.IP, Args: c.Args})
			return notify.Continue()
		}, notify.Options{Handlers: 1})
		listener.Close() // after an error calls fail, rather than wait for nobody
	}()
	cmd.Wait()
	if err := <-served; err != nil {
		return exitRun, fmt.Errorf("answering calls: %w", err)
	}
	return exitStatus(cmd.ProcessState), nil
}

// exitStatus is a process's as a shell has it: 128 and the signal that ended it.
func exitStatus(s *os.ProcessState) int {
	if w := s.Sys().(syscall.WaitStatus); w.Signaled() {
		return 128 + int(w.Signal())
	}
	return s.ExitCode()
}

// catchSignals has the signals that may be meant for the command sent to a channel,
// instead of ending this process. Signals that are ignored stay so.
func catchSignals() chan os.Signal {
	signals := make(chan os.Signal, 8)
	for _, s := range []os.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	return signals
}

// forwardSignals passes signals on to the command. Those of the terminal's keys come
// to both; the command decides.
func forwardSignals(signals <-chan os.Signal, to *os.Process) {
	for s := range signals {
		if s != unix.SIGINT && s != unix.SIGQUIT {
			to.Signal(s)
		}
	}
}
