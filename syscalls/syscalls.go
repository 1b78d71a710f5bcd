// Package syscalls maps the names of system calls to numbers and back, for every ABI that
// a seccomp filter can see. It gives the same answers on every machine.
//
//	nr, ok := syscalls.Number(arch.AArch64, "openat")   // 56, true
//	name, ok := syscalls.Name(arch.X86_64, 257)         // "openat", true
//	c, err := syscalls.ParseCall("x86_64 openat(-100, 0, 2)")
//
// It also has three facts about each call: the width of each argument as the kernel reads
// it, the kernel release that added the call, and the multiplexer that can make the call.
//
//	w := syscalls.Width(arch.X86_64, "socket", 0)       // 32: the kernel ignores the high bits
//	v, ok := syscalls.Since(arch.X86_64, "clone3")      // 5.3, true
//	nr, sub, ok := syscalls.Mux(arch.X86, "socket")     // 102, 1, true: socketcall(SYS_SOCKET, ...)
//
// Arguments are often constants, which have names too:
//
//	n, ok := syscalls.Constant(arch.X86_64, "AF_VSOCK") // 40, true
//
// Numbers are those of seccomp_data.nr. Numbers of x32 include bit 30. Numbers of MIPS
// start at 4000, 5000 or 6000. ARM's private calls are 0xf0001 to 0xf0006.
//
// The tables come from the kernel's sources; [Source] names the releases. The tables are
// read-only data and take no time at program start.
package syscalls

import (
	"fmt"
	"iter"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/internal/spell"
)

// Source names the kernel releases that the tables come from, by ABI.
const Source = calls.Source

// Number returns the number of the named call on a, in the form of seccomp_data.nr. ok is
// false if a has no such call; [Known] reports whether another ABI has it.
func Number(a arch.Arch, name string) (nr uint32, ok bool) { return calls.Lookup(name).Number(a) }

// Name returns the name of call nr on a. The number is that of seccomp_data.nr. If a call
// has two names, Name returns the alphabetically first. ok is false if the kernel of the
// tables has no such call.
func Name(a arch.Arch, nr uint32) (name string, ok bool) { return calls.Name(a, nr) }

// Known reports whether any ABI has a call with the given name. An unknown name is
// misspelt or newer than the tables.
func Known(name string) bool { return calls.Lookup(name) != 0 }

// All returns an iterator over the calls of a, in the order of their numbers. A number
// with two names appears twice.
func All(a arch.Arch) iter.Seq2[uint32, string] {
	return func(yield func(uint32, string) bool) { calls.All(a, yield) }
}

// Names returns an iterator over the names of all calls on any ABI, sorted.
func Names() iter.Seq[string] { return calls.Names }

// unknownName says what is wrong with a name that a lacks.
func unknownName(a arch.Arch, name string) error {
	if Known(name) {
		return fmt.Errorf("%s has no call %s, but other ABIs do", a, name)
	}
	return fmt.Errorf("unknown system call %q%s", name, spell.Hint(name, Names()))
}
