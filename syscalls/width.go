package syscalls

import (
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
)

// Width returns how many low bits of an argument's register the kernel reads when a
// program makes the call through a's own entry point: 64, 32 or 16. Arguments are
// numbered from 0.
//
// A filter sees the whole register. A comparison of more bits than Width returns can be
// evaded: socket(0x100000028, ...) opens the same socket as socket(40, ...)
// (SYSCALL_DEFINE3(socket, int, family, ...) in net/socket.c; the cast is in
// __SYSCALL_DEFINEx, include/linux/syscalls.h).
//
// The width is that of the declared type. It is smaller if the kernel is known to
// truncate the value before use, as clone does with its flags. Pointers always have the
// full width. In doubt Width returns the width of the register: if definitions for
// different configurations disagree, if the entry point is written in assembly, and if a
// does not have the call or the argument.
//
// Registers have 32 bits on 32-bit ABIs, where the remaining bits of seccomp_data.args
// have no meaning, and 64 bits on all others, including x32 and MIPS n32.
func Width(a arch.Arch, name string, arg int) int {
	if bits, ok := calls.Lookup(name).Narrow(a, arg); ok {
		return bits
	}
	if !a.Valid() {
		return 64
	}
	return a.RegisterBits()
}
