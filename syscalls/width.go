package syscalls

import (
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
)

// Width returns how many low bits of the register of an argument, numbered from
// 0, the kernel looks at when the call is made through a's own entry point: 64,
// 32 or 16. A filter sees the whole register, so a comparison of more bits than
// these can be led astray: socket(0x100000028, ...) opens the same socket as
// socket(40, ...), as SYSCALL_DEFINE3(socket, int, family, ...) in net/socket.c
// has it and __SYSCALL_DEFINEx in include/linux/syscalls.h casts.
//
// The width is that of the declared type, and less where the kernel is known to
// cut the value before it uses it, as clone does with its flags. Pointers are
// never narrow. In doubt the answer is the whole register: where definitions for
// different configurations disagree, where the entry point is assembly, and for
// names and arguments that a does not have. That is 64 bits, and 32 on ABIs of
// 32-bit registers, which leave the rest of seccomp_data.args without meaning;
// x32 and MIPS n32 have 64-bit registers.
func Width(a arch.Arch, name string, arg int) int {
	if bits, ok := calls.Lookup(name).Narrow(a, arg); ok {
		return bits
	}
	if !a.Valid() {
		return 64
	}
	return a.RegisterBits()
}
