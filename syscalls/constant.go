package syscalls

import (
	"iter"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/constants"
)

// Constant returns the value that a constant of the kernel has on a, such as AF_VSOCK,
// O_CREAT or CLONE_NEWUSER. A negative value is extended to 64 bits by its sign. ok is
// false if a has no such constant.
func Constant(a arch.Arch, name string) (value uint64, ok bool) { return constants.Value(a, name) }

// Constants returns an iterator over the names of constants that any ABI has, sorted.
func Constants() iter.Seq[string] { return constants.Names() }
