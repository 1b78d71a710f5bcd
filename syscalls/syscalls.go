// Package syscalls knows the system calls of every ABI that a seccomp filter
// can see: names to numbers and back, on any machine for any other.
//
//	nr, ok := syscalls.Number(arch.AArch64, "openat")   // 56, true
//	name, ok := syscalls.Name(arch.X86_64, 257)         // "openat", true
//	c, err := syscalls.ParseCall("x86_64 openat(-100, 0, 2)")
//
// and three facts about each call: how much of an argument's register the kernel
// looks at, the kernel that had the call first, and the way past its number.
//
//	w := syscalls.Width(arch.X86_64, "socket", 0)       // 32: the rest is cut off
//	v, ok := syscalls.Since(arch.X86_64, "clone3")      // 5.3, true
//	nr, sub, ok := syscalls.Mux(arch.X86, "socket")     // 102, 1, true: socketcall(SYS_SOCKET, ...)
//
// Numbers are as seccomp_data.nr has them: x32's carry bit 30, MIPS's start at
// 4000, 5000 or 6000, ARM's private calls are 0xf0001 to 0xf0006. The tables
// come from the kernel's own sources; Source names the release and the package.
// All are read-only data and cost nothing at start-up.
package syscalls

import (
	"fmt"
	"iter"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/internal/spell"
)

// Source says which kernels the tables come from, by ABI.
const Source = calls.Source

// Number returns the number of the call of that name on a, as it stands in
// seccomp_data.nr. ok is false if a has no such call; Known tells whether
// another ABI does.
func Number(a arch.Arch, name string) (nr uint32, ok bool) { return calls.Lookup(name).Number(a) }

// Name returns the name of call nr, as it stands in seccomp_data.nr, on a. Of
// two names the first in order of the alphabet; ok is false if the kernel of
// the tables has no such call.
func Name(a arch.Arch, nr uint32) (name string, ok bool) { return calls.Name(a, nr) }

// Known reports whether any ABI has a call of that name. A name that is not
// known is misspelt or newer than the tables.
func Known(name string) bool { return calls.Lookup(name) != 0 }

// All yields the calls of a in the order of their numbers. A number that has
// two names comes twice.
func All(a arch.Arch) iter.Seq2[uint32, string] {
	return func(yield func(uint32, string) bool) { calls.All(a, yield) }
}

// Names yields the name of every call on any ABI, sorted.
func Names() iter.Seq[string] { return calls.Names }

// unknownName says what is wrong with a name that a lacks.
func unknownName(a arch.Arch, name string) error {
	if Known(name) {
		return fmt.Errorf("%s has no call %s, other ABIs have", a, name)
	}
	return fmt.Errorf("unknown system call %q%s", name, spell.Hint(name, Names()))
}
