package syscalls

import (
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
)

// Mux returns the second way to a call on the older ABIs: the number of a's
// socketcall or ipc, and the number that makes it the call of that name when it
// is the first argument. ok is false if there is no such way. The call need not
// have a number of its own on a: x86 has accept and semop behind the multiplexer
// only.
//
// socketcall reads the first argument as an int (net/socket.c); ipc, an unsigned
// int, takes the sub-call from its low 16 bits and a version from the high ones
// (ipc/syscall.c:ksys_ipc), and s390's refuses versions
// (arch/s390/kernel/syscall.c). All of them know all of the sub-calls.
func Mux(a arch.Arch, name string) (nr, sub uint32, ok bool) {
	mux, sub := calls.Subcall(name)
	if mux == "" {
		return 0, 0, false
	}
	nr, ok = Number(a, mux)
	if !ok {
		return 0, 0, false
	}
	return nr, sub, true
}
