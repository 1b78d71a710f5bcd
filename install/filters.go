package install

import (
	"fmt"
	"iter"
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
	if err := checkID("install.Filters", pid); err != nil {
		return nil, err
	}
	return filters(pid)
}

// checkID faults what is not a process ID. Of a longer number the kernel would take the
// low half.
func checkID(op string, pid int) error {
	if pid >= 1 && pid <= math.MaxInt32 {
		return nil
	}
	return &Error{
		Op:     op,
		Errno:  syscall.ESRCH,
		Fault:  fmt.Sprintf("%d is not a process ID", pid),
		Advice: "these are positive and have 31 bits",
	}
}

// A Thread is a thread of a process, and its filters, the oldest first.
type Thread struct {
	ID      int
	Filters []Installed
}

// Threads yields all threads of a process with their filters, as [Filters] returns them.
// After the last one it looks for threads that started in the meantime. It ends at the
// first error, with the ID of the thread or else of the process. The error is ESRCH if
// the process does not exist, ETIMEDOUT if new threads start all the time, or an error of
// Filters.
//
// A thread that was yielded can install another filter later, and execve can replace it by
// another thread. To know what all threads have at one time, stop the process with SIGSTOP
// before. /proc must be mounted, for the PID namespace of the caller.
func Threads(pid int) iter.Seq2[Thread, error] {
	if err := checkID("install.Threads", pid); err != nil {
		return func(yield func(Thread, error) bool) { yield(Thread{ID: pid}, err) }
	}
	return threads(pid)
}
