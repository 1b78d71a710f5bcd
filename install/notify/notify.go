// Package notify answers the calls that a filter hands to its listener: the
// other end of SECCOMP_RET_USER_NOTIF.
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
// A thread that makes such a call, the target, waits until it is answered: with
// an errno, with a value, or by continuing, which lets the kernel execute the
// call after all. Meanwhile the supervisor can read what the arguments point to
// and give the target file descriptors. When the last reference to the listener
// is closed, calls that wait and calls to come fail with ENOSYS
// (kernel/seccomp.c, seccomp_notify_release).
//
// # What is no decision on security
//
// Continue lets the kernel read the arguments again, behind pointers too, and
// another thread of the target can have changed that memory since it was looked
// at. So what memory says must not decide whether a call continues; registers
// alone may, which a filter can judge without this. To do something for a target
// by what its memory says, copy the memory once, act on the copy in the
// supervisor, and answer with a value. Whoever may install filters under the
// same program can also take a call away: the newest filter that says
// USER_NOTIF gets it, and continuing from there asks no older listener
// (include/uapi/linux/seccomp.h, SECCOMP_USER_NOTIF_FLAG_CONTINUE).
//
// # Targets that go away
//
// A target may be killed, or a signal may interrupt the call; then it does not
// wait any more, and whatever is done for it fails with ErrGone. A call that is
// made again after a signal comes again, as a call with another ID: what the
// handler did for the first is done twice.
//
// # What notification changes
//
// A target waits where signals interrupt it, before its call is received and until
// it is answered (kernel/seccomp.c, seccomp_do_user_notification), and programs
// notice, even if every call continues:
//
//   - A signal whose handler was installed without SA_RESTART ends the call with
//     EINTR, also one that never fails so without a listener: close, getppid,
//     fork, pipe. With a timer signal each 0.3 ms, some 400 of 20,000 calls did,
//     on Linux 6.18. Shells do not expect it: dash says "Cannot fork", or waits
//     for ever.
//   - With SA_RESTART the call is made again, and received again. If signals come
//     faster than answers, that has no end.
//   - A filter that is installed with WAIT_KILLABLE_RECV (Linux 5.19) lets only
//     fatal signals interrupt a call once it is received. Until then nothing
//     changes: the 400 calls above were counted with it. Without it a handler's
//     work can be interrupted at any point, so use it where the kernel has it.
//   - The sooner a call is received, the rarer this is: receive in a thread that
//     does nothing else, and hand over few calls, such as those that fail anyhow.
//
// To watch what a program calls, notification is the wrong means:
// SECCOMP_RET_LOG, or SECCOMP_RET_TRACE with ptrace(2), as in strace
// --seccomp-bpf, change none of this, nor does perf trace.
//
// # What must not be handed over
//
// A supervisor needs its own calls. If it is a thread of the process that it
// supervises it must be out of the filter, and must not wait for a thread under
// it: in a Go process a garbage collection waits for all, so that futex and
// rt_sigreturn must not be handed over there. A supervisor that is another process
// has no such limit.
//
// # What the kernel must have
//
// Linux 5.0; for Continue 5.5, for AddFD 5.9, with FD.Answer 5.14, for SetFlags
// 6.6. An older one gives an error that is install.ErrNotSupported, as do all systems
// other than Linux. Before Linux 5.9 nobody is told that no thread with the
// filter is left (kernel/seccomp.c, __seccomp_filter_orphan), and Serve goes on
// until its context ends; before 6.11 a thread is left until it has been waited
// for.
package notify
