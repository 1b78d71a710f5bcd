package install

import (
	"strings"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// Exec replaces this process with the program at path, by execve(2). The calling thread
// installs the filter first. Exec returns only on failure. argv and env are as in
// syscall.Exec: argv[0] is the name of the program.
//
// Between the installation and execve, the thread makes no call, except rt_sigreturn if
// the runtime preempts its goroutine by a signal at that moment. Before the installation,
// Exec restores the soft limit on open files, which package os has raised. Signals that
// were ignored when the process started are no longer ignored in the new program, except
// SIGHUP and SIGINT: the Go runtime installs handlers for the others, and execve resets
// those.
//
// Exec refuses TSYNC, because the filter could kill the other threads before execve ends
// them. It refuses NEW_LISTENER, because execve closes the listener; Start keeps it.
//
// Errors are of type [*Error]. If Installed is not set, the process is in the same state
// as after an error of [Filter]: nothing is installed, except perhaps filters of
// Options.Before. If Installed is set, execve failed, and the goroutine is locked to a
// filtered thread. It can do only what the filter allows. It should report the error and
// end the process.
func Exec(insns []bpf.RawInstruction, o Options, path string, argv, env []string) error {
	l := &launch{insns: insns, o: o, path: path, argv: argv, env: env}
	if err := l.check("install.Exec"); err != nil {
		return err
	}
	if o.Flags&abi.FlagNewListener != 0 {
		return refusal("install.Exec("+flagString(o.Flags)+")", "execve closes the listener of NEW_LISTENER", "install.Start keeps it")
	}
	return become(l)
}

// A launch is what becomes of a thread: a program under a filter.
type launch struct {
	insns     []bpf.RawInstruction
	o         Options
	path      string
	argv, env []string

	// What an execve on the way takes away, for Start.
	ignored     signals
	deathSignal int // that the process gets if its parent ends, or 0

	traced bool // the thread waits for a tracer before it gets the filter

	// What the parent has of one that is traced.
	attach    func(thread int) error // makes it a tracee
	pid       int
	notTraced error // why attach did not
}

// check is what can be said without a kernel.
func (l *launch) check(caller string) error {
	if err := check(caller, l.insns, l.o); err != nil {
		return err
	}
	if l.o.Flags&abi.FlagTSync != 0 {
		return refusal(caller+"("+flagString(l.o.Flags)+")", "TSYNC is for a process that continues", "leave it out: the program starts with one thread, which has the filter")
	}
	for _, list := range [][]string{{l.path}, l.argv, l.env} {
		for _, s := range list {
			if strings.IndexByte(s, 0) >= 0 {
				return refusal(caller, "path, arguments or environment have a NUL byte", "a NUL byte ends a string for the kernel")
			}
		}
	}
	return nil
}

// signals is a set of signals, the first being bit 0. MIPS has 128 of them, others
// have 64.
type signals [2]uint64
