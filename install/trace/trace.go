// Package trace reports the calls of a program for which a filter returns TRACE. It is
// the tracer's side of SECCOMP_RET_TRACE. [Attach] reports the calls of a process that is
// already running, without a filter.
//
//	func main() {
//		install.Child() // first: the child is this program again
//		...
//		cmd := exec.Command("sh", "-c", "id | cat")
//		cmd.Stdout = os.Stdout
//		err := trace.Run(ctx, trace.AllCalls(), install.Options{}, cmd, func(c *trace.Call) {
//			counts[[2]uint32{c.Arch, c.Nr}]++
//		})
//		...
//	}
//
// A thread that makes such a call stops before the kernel executes it, while the handler
// runs. The kernel then executes the call. The tracer cannot change or refuse it.
//
// # What the program notices
//
// The program gets the same results and signals as without a tracer. Threads, fork,
// vfork, clone3, execve from any thread, stops by SIGSTOP or from the terminal, SIGCONT,
// signal handlers with and without SA_RESTART, and calls of other ABIs behave as usual.
// In contrast to user notification, a call that waits for the tracer cannot fail with
// EINTR: the kernel executes it in any case, unless the thread is killed (kernel/seccomp.c,
// __seccomp_filter). The differences are:
//
//   - Each call takes longer, by two context switches and the handler. A signal is
//     therefore more likely to arrive during a call than before it.
//   - TracerPid in /proc/PID/status is the thread ID of the tracer. A thread can have one
//     tracer, so the program cannot use PTRACE_TRACEME, PTRACE_ATTACH or PTRACE_SEIZE on
//     its own threads, and a debugger or strace in it fails.
//   - Programs gain no privileges by set-user-ID bits or file capabilities, because of
//     no_new_privs. With Options.AllowNewPrivs they do if the tracer has CAP_SYS_PTRACE
//     (security/commoncap.c, cap_bprm_creds_from_file).
//   - A thread has a filter, so PR_GET_SECCOMP is 2, and strict mode fails with EINVAL. A
//     program that ignores this error runs without its confinement.
//   - clone with CLONE_UNTRACED creates a thread without a tracer, for which every traced
//     call fails with ENOSYS. The call of clone itself is reported, with the flag.
//
// # Which calls are reported
//
// The handler of Run gets every call for which a filter returns TRACE and no filter returns a
// stricter action. KILL, TRAP, ERRNO and USER_NOTIF are stricter. So calls that the program
// refuses by its own filter are not reported, nor are those that it hands to its own
// supervisor, even if that continues them. The installation of such a filter is reported, as
// a call of seccomp or prctl. Also:
//
//   - The execve that executes the command is not reported, nor is any call that the
//     child makes before it. A profile for the command must allow execve if it is
//     installed before that call.
//   - A call that a signal interrupts and that the kernel then makes again is reported
//     again. So is restart_syscall, which continues some calls. The tracepoint
//     raw_syscalls:sys_enter counts them, too.
//   - On x86_64, calls into the emulated vsyscall page are reported as the calls that they
//     replace. The tracepoint does not count them.
//   - A thread that is killed while it is stopped is reported, although the kernel no
//     longer executes its call.
//
// # A process that is running
//
// A process cannot install a filter on another process. Instead, Attach stops each thread at
// the entry and at the exit of every call, which takes about twice as long per call as Run.
// There are other differences from Run:
//
//   - Earlier calls of the process are unknown. Processes that it started earlier are
//     not followed. Its threads, and all that it starts later, are followed.
//   - Each thread is interrupted once, at the beginning. The kernel then restarts most calls,
//     and the handler gets them, some as restart_syscall. Calls that a stop ends fail once with
//     EINTR, as after SIGSTOP and SIGCONT: epoll_wait, semop, sigtimedwait, and reads from
//     sockets with a timeout, among others (signal(7)). A thread in an uninterruptible wait,
//     such as for a child of vfork, is traced after the wait.
//   - At the end, no call in progress is interrupted, and a stopped process remains stopped.
//     A thread that begins one of those calls at that moment may get EINTR. The process
//     continues, even if the tracer is killed.
//   - A call stops at its entry before filters run. So calls that the program's own filter
//     refuses or changes are reported, and calls for which that filter returns TRACE still
//     fail with ENOSYS. Calls into the emulated vsyscall page are not reported.
//   - The process does not get no_new_privs. While it is traced, programs that it executes
//     do not gain privileges unless the tracer has CAP_SYS_PTRACE.
//
// The tracer needs CAP_SYS_PTRACE, or the user of the process and a setting of
// /proc/sys/kernel/yama/ptrace_scope that permits it (ptrace(2)).
//
// # One process is tracer and parent
//
// Run traces from one thread of the calling process, since ptrace(2) accepts requests only
// from the thread that is the tracer. The command remains a child of the process. Run waits
// only for the tracees of this thread (__WNOTHREAD), and leaves the exit status of the
// command to os/exec. So a program can start other commands, wait for them, and call Run
// several times at once. It must not wait for any child, by wait4(2) with -1, since the
// kernel would report the stops of traced threads to it instead of to Run.
//
// If the tracer ends, the kernel kills the traced processes (PTRACE_O_EXITKILL). Without a
// tracer their calls would fail with ENOSYS. For the same reason, Run cannot detach from a
// process. It returns when the last traced process has ended, even if that outlives the
// command, as a daemon does. The end of its context kills them earlier.
//
// A signal that the terminal sends, such as SIGINT for Ctrl-C, is sent to the tracer, too.
// A tracer that should survive the signal must catch it with signal.Notify. If it used
// signal.Ignore, the command would inherit that. Ctrl-Z stops both, and SIGCONT continues
// both.
//
// While Run or Attach runs, the process gets SIGCHLD for children that end but not for those that
// stop (SA_NOCLDSTOP). The kernel would send one for every stop of a traced thread.
//
// # Kernel requirements
//
// The package needs Linux 5.3. On older kernels and on other systems, errors are
// install.ErrNotSupported.
package trace

import (
	"context"
	"os/exec"
	"syscall"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
)

// A Call is a call for which a thread has stopped. It has the fields of struct
// seccomp_data (include/uapi/linux/seccomp.h).
type Call struct {
	Process    int       // as numbered in the tracer's PID namespace
	Thread     int       // as numbered in the tracer's PID namespace; Process for its first thread
	Executable string    // the target of /proc/PID/exe, "" if the tracer may not read it
	Arch       uint32    // the audit value of the ABI
	Nr         uint32    // as in seccomp_data.nr
	IP         uint64    // the address after the instruction that made the call
	SP         uint64    // the stack pointer
	Args       [6]uint64 // of ABIs of 32 bits the lower halves alone, which is what the kernel takes
	Data       uint16    // SECCOMP_RET_DATA of the filter that returned TRACE; 0 from Attach
}

// AllCalls returns a filter that returns TRACE for every call of every ABI.
func AllCalls() []bpf.RawInstruction {
	return []bpf.RawInstruction{{Op: abi.ClassRET, K: abi.RetTrace}}
}

// Run starts cmd under a filter, as install.Start does, and calls handle for each traced
// call of the command and of all processes and threads that it starts. It returns when
// all of them have ended. Its error is that of cmd.Run: nil if the exit status of the
// command is 0, an *exec.ExitError for another status. If the command does not start, the
// error is that of install.StartTraced.
//
// handle is called for one call at a time, while Run waits. The thread waits until handle
// returns, and then makes the call. Other threads of the program run until they
// make a traced call. handle may read the memory and the files in /proc of the thread, for
// example by process_vm_readv(2). It must not retain the Call, which Run reuses. It must
// not wait for the program. If handle panics, Run kills the traced processes, waits for
// them, and passes the panic on.
//
// If ctx ends first, Run kills the traced processes by SIGKILL, waits for them, and returns
// the cause. The context of exec.CommandContext kills the command alone.
//
// Errors of cmd itself are those of os/exec. Other errors are of type *install.Error.
func Run(ctx context.Context, insns []bpf.RawInstruction, o install.Options, cmd *exec.Cmd, handle func(*Call)) error {
	if handle == nil {
		return noHandler("trace.Run")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return run(ctx, insns, o, cmd, handle)
}

// Attach calls handle for each call of a process that is running, and of all processes and
// threads that it starts from then on. It returns nil when all of them have ended. If ctx
// ends first, Attach detaches from them and returns the cause. When Attach returns, even
// with an error, the process is not traced any more.
//
// The contract of handle is that of Run, except that the processes continue if handle
// panics.
//
// The pid is that of a process, as numbered in the caller's PID namespace. It must not be
// the ID of a thread other than the first one, of the calling process, or of a child of
// the calling process. While Attach runs, the process uses signal 64, with handlers that
// do not restart calls.
//
// Errors are of type *install.Error. If the process cannot be traced, no thread has been
// interrupted.
func Attach(ctx context.Context, pid int, handle func(*Call)) error {
	if handle == nil {
		return noHandler("trace.Attach")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return attach(ctx, pid, handle)
}

// CanAttach returns the error with which Attach would refuse a process, as far as that is
// known without attaching, or nil. It changes nothing.
func CanAttach(pid int) error { return attachable(pid) }

func noHandler(op string) error {
	return &install.Error{Op: op, Errno: syscall.EINVAL, Fault: "no handler", Advice: "pass a function that gets the calls"}
}
