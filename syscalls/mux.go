package syscalls

import (
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
)

// Mux returns the number of the multiplexer, socketcall or ipc, that can make the named
// call on an older ABI. A call of number nr with first argument sub makes the named call.
// ok is false if a has no multiplexer for the call. Some calls have no number of their
// own: on x86, accept and semop exist only through the multiplexer.
//
// socketcall reads its first argument as an int (net/socket.c). ipc reads its first
// argument as an unsigned int, with the sub-call in the low 16 bits and a version in the
// high ones (ipc/syscall.c:ksys_ipc). On s390, ipc refuses versions
// (arch/s390/kernel/syscall.c). Each multiplexer knows all of its sub-calls on every ABI
// that has it.
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
