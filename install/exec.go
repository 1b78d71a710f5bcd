package install

import (
	"strings"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// Exec makes this process the program at path, by execve(2), under a filter that
// only the calling thread gets before. It returns only if it cannot. argv and env
// are as in syscall.Exec: argv[0] is the program's name for itself.
//
// Between the filter and execve there is no call, but for rt_sigreturn if the
// runtime sends the thread a signal just then, to preempt a goroutine. The soft
// limit on open files, which package os has raised, is put back before. Signals that
// the process was started with as ignored are not any more, SIGHUP and SIGINT
// excepted: the Go runtime has handlers for them, which execve takes away.
//
// TSYNC is refused: the other threads end with execve, and until then the filter
// could kill them. So is NEW_LISTENER, as execve closes the listener: Start keeps
// one.
//
// Errors are of type *Error. Unless it has Installed set, the process is as Filter
// leaves it: with nothing installed, or if Before is set with these filters. After a refused execve the goroutine is
// locked to a filtered thread, and all that can be done is what the filter lets
// through, best of all to report and to end the process.
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
}

// check is what can be said without a kernel.
func (l *launch) check(caller string) error {
	if err := check(caller, l.insns, l.o); err != nil {
		return err
	}
	if l.o.Flags&abi.FlagTSync != 0 {
		return refusal(caller+"("+flagString(l.o.Flags)+")", "TSYNC is for a process that goes on", "leave it out: the program starts with one thread, which has the filter")
	}
	for _, list := range [][]string{{l.path}, l.argv, l.env} {
		for _, s := range list {
			if strings.IndexByte(s, 0) >= 0 {
				return refusal(caller, "path, arguments or environment have a NUL byte", "for the kernel it ends a string")
			}
		}
	}
	return nil
}

// signals is a set of signals, the first being bit 0. MIPS has 128 of them, others
// have 64.
type signals [2]uint64
