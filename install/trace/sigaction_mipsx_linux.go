//go:build mips || mipsle || mips64 || mips64le

package trace

// A sigaction is struct sigaction of the kernel (arch/mips/include/uapi/asm/signal.h), and what
// may come after it.
type sigaction struct {
	flags   sigFlags
	handler uintptr
	rest    [4]uint64
}

type sigFlags uint32 // unsigned int

// sigsetSize is the length of the kernel's sigset_t.
const sigsetSize = 16
