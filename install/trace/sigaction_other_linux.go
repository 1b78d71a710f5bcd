//go:build !mips && !mipsle && !mips64 && !mips64le

package trace

// A sigaction is struct sigaction of the kernel, and what may come after it.
type sigaction struct {
	handler uintptr
	flags   sigFlags
	rest    [4]uint64
}

type sigFlags uintptr // unsigned long

// sigsetSize is the length of the kernel's sigset_t.
const sigsetSize = 8
