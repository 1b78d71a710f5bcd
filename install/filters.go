package install

import (
	"fmt"
	"math"
	"syscall"

	"golang.org/x/net/bpf"
)

// Installed is a filter that a thread has.
type Installed struct {
	// Insns is the program as it was installed, not as the kernel converts it.
	Insns []bpf.RawInstruction

	// Flags are those of Told that the filter was installed with.
	Flags uint

	// Told are the flags that the kernel tells of: SECCOMP_FILTER_FLAG_LOG alone,
	// and before Linux 4.16 none (kernel/seccomp.c, seccomp_get_metadata).
	Told uint
}

// Filters returns the filters of a thread, the oldest first, by ptrace(2). The
// pid is a thread's ID or a process's, which stands for its first thread:
// others can have other filters. Without any the list is empty and no error.
//
// The caller needs CAP_SYS_PTRACE over the process, if it is not its own user's,
// CAP_SYS_ADMIN in the initial user namespace, and no filter of its own;
// the kernel needs CONFIG_CHECKPOINT_RESTORE (kernel/seccomp.c,
// seccomp_get_filter). It is asked of /proc whether there are filters at all. A
// thread that has a tracer already cannot be asked, nor one of the caller's own
// process (kernel/ptrace.c, ptrace_attach).
//
// The thread is stopped while it is read and let go afterwards, with and without
// an error: it goes on as it was, a process that was stopped stays so, and
// signals that came in between are delivered. All that it can notice is a call
// ended by EINTR, if that is one of those which signal(7) says a stop ends. A
// thread that does not stop within two seconds, because it waits where it cannot
// be interrupted, is let go with ETIMEDOUT.
//
// If pid is a child of this process, wait for it before or after, not meanwhile:
// the parent, too, would be told of the stop, even by a wait for exits alone
// (kernel/exit.c, wait_consider_task).
//
// Errors are of type *Error. ErrNotSupported is among them if kernel or system
// cannot tell the filters of a thread.
func Filters(pid int) ([]Installed, error) {
	if pid < 1 || pid > math.MaxInt32 { // of a longer one the kernel would take the low half
		return nil, &Error{
			Op:     "install.Filters",
			Errno:  syscall.ESRCH,
			Fault:  fmt.Sprintf("%d is no process ID", pid),
			Advice: "these are positive and have 31 bits",
		}
	}
	return filters(pid)
}
