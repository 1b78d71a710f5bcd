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
const MaxPath = 1 << 15

// Cost is how much of MaxPath a filter takes: its length in the instructions that
// the kernel converts it into (net/core/filter.c, bpf_convert_filter). Where
// /proc/sys/net/core/bpf_jit_harden is set, the kernel may lengthen it further,
// which is not counted. For what is no filter the result means nothing.
func Cost(insns []bpf.RawInstruction) int {
	n := 3 // clear A and X, keep the context
	for _, in := range insns {
		n += cost(in)
	}
	return n
}

func cost(in bpf.RawInstruction) int {
	switch in.Op & 0x07 {
	case abi.ClassRET:
		if in.Op&0x18 == abi.RvalK {
			return 2 // move, exit
		}
	case abi.ClassALU:
		if in.Op&0xf0 == abi.OpDIV && in.Op&0x08 == abi.SrcX {
			return 5 // a division by zero returns 0
		}
	case abi.ClassJMP:
		if op := in.Op & 0xf0; op != abi.OpJA {
			return jumpCost(in, op)
		}
	}
	return 1
}

// jumpCost is the cost of a conditional jump. One that goes on at either the true
// or the false side is one jump, by its opposite if there is one; a constant whose
// highest bit is set needs a register.
func jumpCost(in bpf.RawInstruction, op uint16) int {
	n := 1
	if in.Jf != 0 && (in.Jt != 0 || op == abi.OpJSET) {
		n++
	}
	if in.Op&0x08 == abi.SrcK && in.K>>31 != 0 {
		n++
	}
	return n
}

// What a filter costs at the least, a return of A, and at the most, divisions
// alone.
const (
	minCost = 3 + 1
	maxCost = 3 + 5*(abi.MaxInsns-1) + 2
)

// perFilter is what each filter but the newest takes besides (kernel/seccomp.c,
// seccomp_attach_filter).
const perFilter = 4

// Room returns what is left of MaxPath for one more filter, whose Cost must not
// exceed it, behind those that are known and unknown others, as many as
// State.Filters: the length of what a thread has, it cannot ask for itself. At
// least that is left and at most; both are the same if there are no unknown ones.
// A negative number of them stands for one or more.
func Room(known []Installed, unknown int) (least, most int) {
	left := MaxPath
	for _, in := range known {
		left -= Cost(in.Insns) + perFilter
	}
	least, most = left-unknown*(maxCost+perFilter), left-unknown*(minCost+perFilter)
	if unknown < 0 {
		least, most = 0, left-(minCost+perFilter)
	}
	return max(least, 0), max(most, 0)
}
