package install

import (
	"fmt"
	"math"
	"syscall"

	"golang.org/x/net/bpf"
)

// An Installed is a filter of a thread.
type Installed struct {
	// Insns is the program as it was installed, before the kernel's conversion.
	Insns []bpf.RawInstruction

	// Flags has the flags of Told with which the filter was installed.
	Flags uint

	// Told has the flags that the kernel reports: only SECCOMP_FILTER_FLAG_LOG, and none
	// before Linux 4.16 (kernel/seccomp.c, seccomp_get_metadata).
	Told uint
}

// Filters returns the filters of a thread, the oldest first, by ptrace(2). The pid is the
// ID of a thread or a process. The ID of a process means its first thread; its other
// threads may have other filters. If the thread has no filters, the list is empty and the
// error is nil.
//
// The caller needs CAP_SYS_ADMIN in the initial user namespace, and must not have a
// filter itself. For a process of another user it needs CAP_SYS_PTRACE. The kernel needs
// CONFIG_CHECKPOINT_RESTORE (kernel/seccomp.c, seccomp_get_filter). Filters first reads
// from /proc whether there are filters at all. It cannot read a thread that already has a
// tracer, or a thread of the caller's process (kernel/ptrace.c, ptrace_attach).
//
// Filters stops the thread while it reads, and then lets it continue, with or without an
// error. A stopped process remains stopped, and signals that arrive in between are
// delivered. The thread may notice one thing: EINTR from one of the calls that a stop
// interrupts (signal(7)). A thread that does not stop within two seconds, because it is
// in an uninterruptible wait, is released; the error is then ETIMEDOUT.
//
// If pid is a child of this process, do not wait for it while Filters runs: the wait
// would also report the stop, even if it waits only for exits (kernel/exit.c,
// wait_consider_task).
//
// Errors are of type [*Error]. The error is [ErrNotSupported] if the kernel or the system
// cannot report filters.
func Filters(pid int) ([]Installed, error) {
	if pid < 1 || pid > math.MaxInt32 { // of a longer one the kernel would take the low half
		return nil, &Error{
			Op:     "install.Filters",
			Errno:  syscall.ESRCH,
			Fault:  fmt.Sprintf("%d is not a process ID", pid),
			Advice: "these are positive and have 31 bits",
		}
	}
	return filters(pid)
}
