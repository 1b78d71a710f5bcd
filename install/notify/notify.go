// Package notify answers the calls that a filter hands over to a listener. It is the
// supervisor's side of SECCOMP_RET_USER_NOTIF.
//
//	l, err := notify.New(listener) // from install.Filter, or received
//	...
//	err = l.Serve(ctx, func(ctx context.Context, c *notify.Call) notify.Answer {
//		if c.Nr == unix.SYS_MOUNT {
//			return mount(c)
//		}
//		return notify.Errno(syscall.EPERM)
//	}, notify.Options{})
//
// The thread that makes such a call is the target. It waits until the supervisor answers,
// in one of three forms: an errno, a value, or [Continue], which lets the kernel execute
// the call after all. While the target waits, the supervisor can read the memory to which
// the arguments point, and can give the target file descriptors. When the last reference
// to the listener is closed, waiting and later calls fail with ENOSYS (kernel/seccomp.c,
// seccomp_notify_release).
//
// # Security of Continue
//
// Do not use [Continue] for decisions on security that depend on the target's memory.
// After Continue the kernel reads the arguments again, and also the memory to which they
// point. Another thread of the target may have changed that memory since the supervisor
// read it. Only registers are safe, and a filter can judge those by itself. If an action
// depends on the target's memory, copy the memory once, perform the action in the
// supervisor with the copy, and answer with a value.
//
// A program that may install filters under the first one can also divert a call. The
// newest filter that returns USER_NOTIF gets the call, and if its supervisor continues
// the call, no older listener gets it (include/uapi/linux/seccomp.h,
// SECCOMP_USER_NOTIF_FLAG_CONTINUE).
//
// # Targets that stop waiting
//
// A target may be killed, or a signal may interrupt its call. It then no longer waits,
// and operations on the call fail with [ErrGone]. If the target makes the call again
// after a signal, the supervisor receives a new call with another ID. A handler's side
// effects then happen twice.
//
// # Effects on programs
//
// A signal can interrupt a target while its call waits to be received or answered
// (kernel/seccomp.c, seccomp_do_user_notification). Programs notice this, even if every
// call is continued:
//
//   - A signal whose handler was installed without SA_RESTART ends the call with EINTR.
//     This includes calls that never fail so without a listener, such as close, getppid,
//     fork and pipe. With a timer signal every 0.3 ms, about 400 of 20,000 calls failed
//     on Linux 6.18. Shells do not expect it: dash reports "Cannot fork", or waits
//     forever.
//   - With SA_RESTART the call is made again, and received again. If signals arrive
//     faster than answers, this never ends. On MIPS it is not made again, but fails
//     with errno 512, which is ERESTARTSYS (seen on Linux 6.1).
//   - A filter installed with WAIT_KILLABLE_RECV (Linux 5.19) lets only fatal signals
//     interrupt a call once it has been received. Until then it changes nothing: the 400
//     calls above were counted with it. Without it, a signal may interrupt a handler's
//     work at any point, so use it if the kernel has it.
//   - Interruptions are rarer if calls are received sooner. Receive in a thread that does
//     nothing else, and hand over few calls, such as those that fail in any case.
//
// Notification is the wrong tool to observe the calls of a program. SECCOMP_RET_LOG,
// SECCOMP_RET_TRACE with ptrace(2), as in strace --seccomp-bpf, and perf trace do not
// have these effects.
//
// # Calls that a supervisor needs
//
// A supervisor must be able to make its own calls. If it is a thread of the process that
// it supervises, the filter must not apply to it, and it must not wait for a filtered
// thread. In a Go process, garbage collection waits for all threads, so a filter for such
// a process must not hand over futex or rt_sigreturn. A supervisor in another process has
// no such limit.
//
// # Kernel requirements
//
// The package needs Linux 5.0. [Continue] needs 5.5, [Call.AddFD] needs 5.9, or 5.14 with
// FD.Answer, and [Listener.SetFlags] needs 6.6. On older kernels and on other systems,
// errors are install.ErrNotSupported.
//
// Before Linux 5.9 the kernel does not report that no thread with the filter is left
// (kernel/seccomp.c, __seccomp_filter_orphan). [Listener.Serve] then runs until its
// context ends. Before 6.11 a thread counts as left until its parent has waited for it.
package notify
