package install

import (
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// A State is the seccomp state of a thread.
type State struct {
	// Mode is the seccomp mode: 0 without seccomp, 1 for strict mode, and 2 for filters
	// (include/uapi/linux/seccomp.h, SECCOMP_MODE_*).
	Mode int

	// Filters is the number of filters. It is -1 if the kernel does not report it, which
	// is the case before Linux 5.9 in mode 2.
	Filters int

	// NoNewPrivs says whether execve cannot add privileges any more.
	NoNewPrivs bool
}

// Status returns the state of the calling thread, from /proc/thread-self/status
// (fs/proc/array.c, task_seccomp). Threads of a process can differ, so a goroutine that
// calls Status should be locked to its thread. Status works under filters that allow
// openat and read. Errors are of type [*Error]. The error is [ErrNotSupported] before
// Linux 3.17, which added thread-self, and if /proc is not mounted.
func Status() (State, error) {
	return threadState()
}

// MaxPath is the maximum length of all filters of a thread together, in instructions as
// the kernel converts them (kernel/seccomp.c, MAX_INSNS_PER_PATH). The kernel refuses an
// installation that would exceed it with ENOMEM.
const MaxPath = abi.MaxPath

// Cost returns how much of [MaxPath] a filter uses: its length in instructions after the
// kernel's conversion (net/core/filter.c, bpf_convert_filter). If
// /proc/sys/net/core/bpf_jit_harden is set, the kernel may lengthen the filter further,
// which Cost does not count. The result is meaningless if insns is not a valid filter.
func Cost(insns []bpf.RawInstruction) int {
	n := abi.ConvertedFirst
	for _, in := range insns {
		n += abi.Converted(in.Op, in.Jt, in.Jf, in.K)
	}
	return n
}

// What a filter costs at the least, a return of A, and at the most, divisions
// alone.
const (
	minCost = abi.ConvertedFirst + 1
	maxCost = abi.ConvertedFirst + 5*(abi.MaxInsns-1) + 2
)

// Room returns how much of [MaxPath] is left for one more filter, to compare with its
// [Cost]. The arguments are the known filters of the thread, and the number of its other,
// unknown filters. A thread cannot read the length of its own filters, but State.Filters
// has their number.
//
// What is left lies between least and most. The two are equal if unknown is 0. A negative
// unknown means one or more unknown filters.
func Room(known []Installed, unknown int) (least, most int) {
	left := MaxPath
	for _, in := range known {
		left -= Cost(in.Insns) + abi.PerFilter
	}
	least, most = left-unknown*(maxCost+abi.PerFilter), left-unknown*(minCost+abi.PerFilter)
	if unknown < 0 {
		least, most = 0, left-(minCost+abi.PerFilter)
	}
	return max(least, 0), max(most, 0)
}
