package install

import (
	"os"
	"os/exec"
	"sync/atomic"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// Start starts a command as cmd.Start does, but under a filter. This process stays
// unfiltered. Start returns the listener if the flags include NEW_LISTENER. Wait for the
// command with cmd.Wait.
//
//	func main() {
//		install.Child() // first: the child is this program again
//		...
//		cmd := exec.CommandContext(ctx, "sh", "-c", "id")
//		cmd.Stdout = os.Stdout
//		if _, err := install.Start(insns, install.Options{}, cmd); err != nil {
//			return err // the command did not start
//		}
//		return cmd.Wait()
//	}
//
// The child executes this program, /proc/self/exe, again. Its main calls [Child], which
// receives the command over a socket and installs the filter on one thread. That thread
// then executes the command. The command has the process ID of the child. The filter must
// allow only execve and what the command needs: other, unfiltered threads of the child
// report errors and send the listener.
//
// The command gets what it would get from cmd.Start: standard streams, ExtraFiles, and of
// other descriptors those that this program itself inherited; Args, Env, Dir, ignored
// signals, limits, and all of SysProcAttr, with these exceptions:
//
//   - Ignored signals are those that the Go runtime knows: signals that signal.Ignore
//     ignores, and SIGHUP and SIGINT if they were ignored when this program started. The
//     runtime has reset other signals to their defaults.
//   - Credential, AmbientCaps, namespaces and similar settings apply before the filter is
//     installed, not after. The installation then needs CAP_SYS_ADMIN or no_new_privs,
//     which is set unless AllowNewPrivs is set. Options.Bounding applies to the command
//     only.
//   - Chroot requires /proc in the new root, to find this program. The user of the
//     command must be able to execute the program's file.
//   - Ptrace is refused, because the tracer would see this program.
//
// Start refuses real-time scheduling of the calling thread, unless SCHED_RESET_ON_FORK is
// set. The filtered thread of the child can wait only by spinning. Under SCHED_FIFO,
// SCHED_RR or SCHED_DEADLINE it could keep the other threads off the processor forever.
// Exec has no such limit. Start also refuses TSYNC, which is for a process that goes on
// running.
//
// Errors of cmd itself are those of os/exec. All other errors are of type [*Error], and
// Op names the step that failed. After an error no process is left. The error is
// [ErrNoChild] if main has not called Child; then nothing was started.
//
// If the filter hands execve to the listener, Start returns as soon as that call waits.
// The command is executed when a supervisor, which the caller provides, continues the
// call. If execve then fails, the child writes the reason to standard error. It exits
// with status 127 if the file does not exist, else 126, as env(1) does. No other call of
// the child can be handed over.
//
// If a context ends before the command is executed, the error is, by errors.Is,
// context.Canceled or context.DeadlineExceeded. The same holds if cmd.Cancel ends the
// command before Start returns.
//
// A filter that kills the process at execve, or traps, does not cause an error of Start.
// The kernel reports this as the end of the command, and cmd.Wait returns "signal: bad
// system call" or "exit status 2".
//
// Start returns an error as soon as the child has ended. As after an error of cmd.Start,
// cmd cannot be used again. If the Read of cmd.Stdin or the Write of cmd.Stdout or
// cmd.Stderr blocks, the goroutine of os/exec that called it remains until the call
// returns.
func Start(insns []bpf.RawInstruction, o Options, cmd *exec.Cmd) (listener *os.File, err error) {
	return (&launch{insns: insns, o: o}).startCommand("install.Start", cmd)
}

// StartTraced is [Start] for a tracer, such as package trace. The child calls attach, in
// this process, before it installs the filter. thread is the ID of the thread that
// installs the filter and becomes the command. attach makes it a tracee of one of the
// caller's threads, by PTRACE_SEIZE; an error of attach is the error of StartTraced, and
// ends the child. After that, the tracer must continue the thread at each of its stops,
// since StartTraced waits until the command is executed. If the filter answers TRACE to
// execve, that call stops first. A PTRACE_EVENT_EXEC stop follows if it succeeds, in
// which the thread's ID is that of the process.
//
// The other threads of the child are not traced. They end at the execve. StartTraced
// refuses NEW_LISTENER.
func StartTraced(insns []bpf.RawInstruction, o Options, cmd *exec.Cmd, attach func(thread int) error) error {
	const op = "install.StartTraced"
	if attach == nil {
		return refusal(op, "no function attach", "pass one that traces the thread")
	}
	if o.Flags&abi.FlagNewListener != 0 {
		return refusal(op+"("+flagString(o.Flags)+")", "a traced command has no listener", "leave NEW_LISTENER out, or use install.Start")
	}
	_, err := (&launch{insns: insns, o: o, traced: true, attach: attach}).startCommand(op, cmd)
	return err
}

// startCommand is Start and StartTraced, as op says.
func (l *launch) startCommand(op string, cmd *exec.Cmd) (*os.File, error) {
	if cmd == nil {
		return nil, refusal(op, "no command", "make one by exec.Command")
	}
	if cmd.Path == "" || cmd.Err != nil || cmd.Process != nil {
		return nil, cmd.Start() // says why it cannot
	}
	l.path, l.argv = cmd.Path, cmd.Args
	if len(l.argv) == 0 {
		l.argv = []string{cmd.Path}
	}
	if err := l.check(op); err != nil {
		return nil, err
	}
	return start(l, cmd)
}

// Child runs the command of [Start] in a process that Start created, and does not return
// there. In all other processes it returns at once. A program that uses Start must call
// Child first in main, before it parses flags, opens files or starts goroutines.
// Everything before the call, including init functions, also runs in the child.
//
// A program that gains privileges when executed, by set-user-ID bits or file
// capabilities, cannot be its own child, because any user who executes it could pose as
// Start. Child ends such a process.
func Child() {
	childCalled.Store(true)
	child()
}

// childCalled is what Start goes by: this program's main is the child's.
var childCalled atomic.Bool
