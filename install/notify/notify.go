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
// handler did for the first is done twice. A filter installed with
// WAIT_KILLABLE_RECV (Linux 5.19) keeps all but fatal signals away once the call
// is received.
//
// # What the kernel must have
//
// Linux 5.0; for Continue 5.5, for AddFD 5.9, with FD.Answer 5.14, for SetFlags
// 6.6. An older one gives an error that is ErrNotSupported, as do all systems
// other than Linux. Before Linux 5.9 nobody is told that no thread with the
// filter is left (kernel/seccomp.c, __seccomp_filter_orphan), and Serve goes on
// until its context ends; before 6.11 a thread is left until it has been waited
// for.
package notify
