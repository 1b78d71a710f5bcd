package install

import (
	"os"
	"os/exec"
	"sync/atomic"

	"golang.org/x/net/bpf"
)

// Start starts a command as cmd.Start does, under a filter that this process does
// not get, and returns the listener if NEW_LISTENER is among the flags. The
// command is whatever os/exec makes; wait for it with cmd.Wait.
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
// The child is this program, /proc/self/exe, executed once more: its main calls
// Child, which reads over a socket what to do, installs the filter on one thread
// and has that become the command, with the same process ID. All that the filter
// has to allow is execve and what the command needs; the other threads of the
// child, not filtered, report what goes wrong and send the listener.
//
// The command gets what it would get from cmd.Start: standard streams and
// ExtraFiles and no other descriptor, Args, Env, Dir, ignored signals, limits,
// and all of SysProcAttr, but that:
//   - Signals are ignored as far as the Go runtime knows: those that signal.Ignore
//     ignores, and SIGHUP and SIGINT if they were ignored when this program started.
//     Others that it was started with, the runtime has put back to their defaults.
//   - Credential, AmbientCaps, namespaces and the like come before the filter,
//     not after it. Without CAP_SYS_ADMIN that needs no_new_privs, which is set
//     unless AllowNewPrivs. Options.Bounding takes capabilities away from the
//     command alone.
//   - Chroot needs a /proc in the new root, to find this program. Its file must be
//     executable for the command's user.
//   - Ptrace is refused: the tracer would see this program.
//
// Real-time scheduling of the calling thread is refused, too, unless
// SCHED_RESET_ON_FORK is set: under SCHED_FIFO, SCHED_RR and SCHED_DEADLINE the
// filtered thread of the child, which can wait only by spinning, could keep the
// other ones off the processor for ever. Exec has no such limit.
//
// Errors of cmd itself are those of os/exec; all others are of type *Error, its
// Op says which step was refused, and no process is left. It is ErrNoChild if
// main has not called Child: nothing is started then. As TSYNC is for a process
// that goes on, it is refused.
//
// If the filter hands execve to the listener, the command is executed when a
// supervisor lets it: Start returns as soon as the call waits, and answering it is
// up to the caller. If execve is refused then, the child writes the reason to
// standard error and ends with status 127 if the file does not exist, else 126, as
// env(1) does. No other call of the child can be handed over.
//
// A context that ends before the command is executed is the error, by errors.Is
// context.Canceled or context.DeadlineExceeded. So it is if cmd.Cancel has ended
// the command before Start returns.
//
// A filter that kills the process at execve, or traps, is not an error here: the
// kernel reports that end as it does the command's, and cmd.Wait returns signal: bad
// system call, or exit status 2.
//
// Start returns an error as soon as the child has ended. As after cmd.Start, cmd
// cannot be used again then. If cmd.Stdin is a reader whose Read blocks, or cmd.Stdout
// or cmd.Stderr a writer whose Write does, the goroutine of os/exec that calls it
// stays until that returns.
func Start(insns []bpf.RawInstruction, o Options, cmd *exec.Cmd) (listener *os.File, err error) {
	if cmd == nil {
		return nil, refusal("install.Start", "no command", "make one by exec.Command")
	}
	if cmd.Path == "" || cmd.Err != nil || cmd.Process != nil {
		return nil, cmd.Start() // says why it cannot
	}
	l := &launch{insns: insns, o: o, path: cmd.Path, argv: cmd.Args}
	if len(l.argv) == 0 {
		l.argv = []string{cmd.Path}
	}
	if err := l.check("install.Start"); err != nil {
		return nil, err
	}
	return start(l, cmd)
}

// Child makes a process that Start has started the command of Start, and does not
// return there; in all others it returns at once. A program that uses Start calls
// it first in main, before flags are read, files opened and goroutines started:
// whatever comes before, init functions included, happens in the child, too.
//
// A program that gains privileges when it is executed, by set-user-ID bits or file
// capabilities, cannot be its own child: whoever executes it could pose as Start.
// Child ends such a process.
func Child() {
	childCalled.Store(true)
	child()
}

// childCalled is what Start goes by: this program's main is the child's.
var childCalled atomic.Bool
