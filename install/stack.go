package install

import (
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// A State is what is already installed on a thread.
type State struct {
	// Mode is 0 for a thread without seccomp, 1 for one in strict mode and 2
	// for one with filters (include/uapi/linux/seccomp.h, SECCOMP_MODE_*).
	Mode int

	// Filters is how many filters there are, or -1 if the kernel does not say:
	// before Linux 5.9, where the mode is 2.
	Filters int

	// NoNewPrivs is whether execve can add no privileges any more.
	NoNewPrivs bool
}

// Status returns the state of the calling thread, as /proc/thread-self/status has
// it (fs/proc/array.c, task_seccomp). Threads of a process can differ: a goroutine
// that is not locked to its thread learns little. It works under filters that
// allow openat and read. Errors are of type *Error, ErrNotSupported among them:
// thread-self came with Linux 3.17.
func Status() (State, error) {
	return threadState()
}

// MaxPath is what the filters of a thread can take together, in instructions as
// the kernel converts them (kernel/seccomp.c, MAX_INSNS_PER_PATH). The installation
// that would exceed it is refused with ENOMEM.
const MaxPath = abi.MaxPath

// Cost is how much of MaxPath a filter takes: its length in the instructions that
// the kernel converts it into (net/core/filter.c, bpf_convert_filter). Where
// /proc/sys/net/core/bpf_jit_harden is set, the kernel may lengthen it further,
// which is not counted. For what is no filter the result means nothing.
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

// Room returns what is left of MaxPath for one more filter, whose Cost must not
// exceed it, behind those that are known and unknown others, as many as
// State.Filters: the length of what a thread has, it cannot ask for itself. At
// least that is left and at most; both are the same if there are no unknown ones.
// A negative number of them stands for one or more.
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
