package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/install/notify"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// notifyVerb starts a command under a filter that reports the calls which a
// profile would not allow, and lets them continue.
func notifyVerb(args []string, s stdio) int {
	const usage = "[flags] [--] COMMAND [ARG...]"
	var o options
	f := newFlags("notify", s)
	o.add(f)
	all := f.Bool("all", false, "report every call, not only those that the profile would not allow")
	asJSON := f.Bool("json", false, "write objects of JSON: one for each call, and at the end one with the counts")
	suggest := f.Bool("suggest", false, "at the end, write the entry that would allow these calls")
	output := f.String("o", "-", "write the report to `FILE`, - for standard error")
	if status, ok := parse(f, args, usage, s); !ok {
		if status == exitOK {
			return exitOK
		}
		return exitRun
	}
	status, err := o.notify(f.Args(), *all, *output, report{json: *asJSON, suggest: *suggest}, s)
	if err != nil {
		s.fail("notify", err)
	}
	return status
}

// notify runs the command and returns its exit status, or the one of what kept
// it from running.
func (o *options) notify(command []string, all bool, output string, r report, s stdio) (status int, err error) {
	if len(command) == 0 {
		return exitRun, errNoCommand
	}
	if err := o.forThisMachine(); err != nil {
		return exitRun, err
	}
	filter, err := o.filter(s)
	if err != nil {
		return exitRun, err
	}
	s.notes(filter.Notes(), o.verbose)
	path, status, err := lookPath(command[0])
	if err != nil {
		return status, err
	}
	r.filter, r.out = filter, s.err
	if output != "-" {
		f, err := os.Create(output)
		if err != nil {
			return exitRun, err
		}
		defer f.Close()
		r.out = f
	}
	flags := filter.Flags()&^uint(profile.TSync) | uint(profile.NewListener)
	// A signal makes a thread take its call back, and make it again; with the
	// flag it does not once the call has been received, so that none is told twice.
	if install.HaveFlag(uint(profile.WaitKillableRecv)) == nil {
		flags |= uint(profile.WaitKillableRecv)
	}
	p, err := startNotified(path, command, notified{Insns: handOver(filter, all), Flags: flags}, s)
	if err != nil {
		return exitRun, err
	}
	status, err = p.supervise(&r)
	return status, errors.Join(err, r.end())
}

// supervised is a command under a filter, whose calls this process answers.
type supervised struct {
	cmd      *exec.Cmd
	pidfd    int
	socket   *os.File // to the process, until it has become the command
	launched bool     // that it has
}

// startNotified starts the process that becomes the command.
func startNotified(path string, command []string, n notified, s stdio) (*supervised, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socketpair: %w", err)
	}
	p := &supervised{socket: os.NewFile(uintptr(pair[0]), "process")}
	theirs := os.NewFile(uintptr(pair[1]), "supervisor")
	defer theirs.Close()
	p.cmd = &exec.Cmd{
		Path:       "/proc/self/exe",
		Args:       append([]string{"seccompile", notifiedName, path}, command...),
		Stdin:      s.in,
		Stdout:     s.out,
		Stderr:     s.err,
		ExtraFiles: []*os.File{theirs},
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{PidFD: &p.pidfd}
	if err := p.cmd.Start(); err != nil {
		p.socket.Close()
		return nil, err
	}
	if err := json.NewEncoder(p.socket).Encode(n); err != nil {
		p.end()
		return nil, fmt.Errorf("the process that becomes the command: %w", err)
	}
	return p, nil
}

// supervise answers the calls of the process and of those that it starts, until
// all have ended, and returns how the process did.
func (p *supervised) supervise(r *report) (status int, err error) {
	defer p.end()
	listener, err := p.listener()
	if err != nil {
		return exitRun, err
	}
	defer listener.Close()
	served := make(chan error, 1)
	go func() {
		served <- listener.Serve(context.Background(), func(_ context.Context, c *notify.Call) notify.Answer {
			p.see(c, r)
			return notify.Continue()
		}, notify.Options{Handlers: 1})
		listener.Close() // after an error calls fail, rather than wait for nobody
	}()
	defer forwardSignals(p.cmd.Process)()

	if _, err := p.socket.Write([]byte{0}); err != nil {
		return exitRun, err
	}
	status, failure := p.failure()
	p.cmd.Wait()
	switch err := <-served; {
	case err != nil:
		return exitRun, fmt.Errorf("answering calls: %w", err)
	case failure != io.EOF:
		return status, failure
	}
	return exitStatus(p.cmd.ProcessState), nil
}

// end ends a process that has not become the command, and lets go of one that
// has.
func (p *supervised) end() {
	if p.cmd.ProcessState == nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
	}
	unix.Close(p.pidfd)
	p.socket.Close()
}

// listener takes the listener from the process, which cannot give it away. It
// is there when the filter is; only a failure comes from the process before.
func (p *supervised) listener() (*notify.Listener, error) {
	for {
		number, err := listenerOf(p.cmd.Process.Pid)
		if err != nil {
			return nil, err
		}
		if number >= 0 {
			fd, err := unix.PidfdGetfd(p.pidfd, number, 0)
			if err != nil {
				return nil, fmt.Errorf("pidfd_getfd: %w (needs Linux 5.6, and what ptrace(2) of a child needs: CAP_SYS_PTRACE in a container)", err)
			}
			return notify.New(os.NewFile(uintptr(fd), "listener"))
		}
		ready := []unix.PollFd{{Fd: int32(p.socket.Fd()), Events: unix.POLLIN}}
		if n, _ := unix.Poll(ready, 1); n > 0 {
			_, err := p.failure()
			return nil, err
		}
	}
}

// listenerOf returns the number of the listener that a process has, -1 if it has
// none.
func listenerOf(pid int) (int, error) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	list, err := os.ReadDir(dir)
	if err != nil {
		return -1, err
	}
	for _, d := range list {
		// The name is init_listener's (kernel/seccomp.c).
		if to, err := os.Readlink(filepath.Join(dir, d.Name())); err == nil && to == "anon_inode:seccomp notify" {
			return strconv.Atoi(d.Name())
		}
	}
	return -1, nil
}

// failure reads why the process does not become the command; io.EOF says that it
// has.
func (p *supervised) failure() (status int, err error) {
	var f startFailure
	switch err := json.NewDecoder(p.socket).Decode(&f); {
	case err == io.EOF:
		return exitOK, err
	case err != nil:
		return exitRun, fmt.Errorf("the process that becomes the command: %w", err)
	}
	return f.Status, errors.New(f.Text)
}

// see reports a call, unless the process makes it on its way to the command;
// execve is what the command needs.
func (p *supervised) see(c *notify.Call, r *report) {
	call := syscalls.Call{Audit: c.Arch, Nr: c.Nr, IP: c.IP, Args: c.Args}
	thread := c.Thread
	if !p.launched {
		// execve closes the other end before the command makes its first call.
		ready := []unix.PollFd{{Fd: int32(p.socket.Fd())}}
		unix.Poll(ready, 0)
		p.launched = ready[0].Revents&unix.POLLHUP != 0
	}
	if !p.launched {
		a, _ := call.Arch()
		if name, _ := syscalls.Name(a, c.Nr); name != "execve" {
			return
		}
		thread = p.cmd.Process.Pid // execve makes its thread the first (fs/exec.c, de_thread)
	}
	r.call(thread, call)
}

// exitStatus is a process's as a shell has it: 128 and the signal that ended it.
func exitStatus(s *os.ProcessState) int {
	if w := s.Sys().(syscall.WaitStatus); w.Signaled() {
		return 128 + int(w.Signal())
	}
	return s.ExitCode()
}

// forwardSignals passes on signals that are meant for the command. Those of the
// terminal's keys come to both; the command decides. Signals that are ignored
// stay so.
func forwardSignals(to *os.Process) (stop func()) {
	signals := make(chan os.Signal, 8)
	for _, s := range []os.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		for s := range signals {
			if s != unix.SIGINT && s != unix.SIGQUIT {
				to.Signal(s)
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// handOver is the program of a filter with NOTIFY in the place of all actions but
// ALLOW and LOG, or of these, too, if all calls are asked for.
func handOver(f *compile.Filter, all bool) []bpf.RawInstruction {
	insns := f.Insns()
	for i, in := range insns {
		if ret, ok := in.Disassemble().(bpf.RetConstant); ok && (all || !allowed(profile.Action(ret.Val))) {
			insns[i].K = uint32(profile.Notify)
		}
	}
	return insns
}
