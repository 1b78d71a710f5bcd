// Package vm is the kernel's view of a filter: which programs it accepts, what they return
// for a call, and for which calls it does not run them. It also lists programs.
//
//	p, err := vm.New(insns, binary.LittleEndian) // err as the kernel would say EINVAL
//	ret, steps := p.Run(call)                    // the return word, instructions executed
//	p.Cached(call.Audit, call.Nr)                // allowed without running, since Linux 5.11
//	fmt.Print(p.List(verdict))                   // one line an instruction, with names
//
// The machine has two 32-bit registers, A and X, and 16 words of scratch
// memory, M[0] to M[15]. All jumps are forward, so every program ends. Its input
// is struct seccomp_data (include/uapi/linux/seccomp.h), which it can only load
// as sixteen aligned 32-bit words; [Words] is a call in that form:
//
//	byte   0    4     8..15   16..23    24..31    ...  56..63
//	field  nr   arch  ip      args[0]   args[1]   ...  args[5]
//
// The ip and the arguments are 64-bit numbers in the machine's byte order: the low word is
// the first of the two on a little-endian machine, the second on a big-endian one. The
// meaning of a program depends only on its instructions and on this byte order, which is
// passed to [New]. The host's order does not matter.
//
// The package judges programs of any origin, so it knows each of the 41 instructions that the
// kernel accepts, not only those that compilers emit.
package vm

import (
	"encoding/binary"
	"errors"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/syscalls"
)

// The codes that the kernel takes in a filter: those of
// kernel/seccomp.c:seccomp_check_filter, each of which
// net/core/filter.c:chk_code_allowed has, too.
const (
	codeLdImm  = abi.ClassLD | abi.SizeW | abi.ModeIMM  // A = k
	codeLdAbs  = abi.ClassLD | abi.SizeW | abi.ModeABS  // A = the word at byte k
	codeLdMem  = abi.ClassLD | abi.SizeW | abi.ModeMEM  // A = M[k]
	codeLdLen  = abi.ClassLD | abi.SizeW | abi.ModeLEN  // A = 64
	codeLdxImm = abi.ClassLDX | abi.SizeW | abi.ModeIMM // X = k
	codeLdxMem = abi.ClassLDX | abi.SizeW | abi.ModeMEM // X = M[k]
	codeLdxLen = abi.ClassLDX | abi.SizeW | abi.ModeLEN // X = 64
	codeSt     = abi.ClassST                            // M[k] = A
	codeStx    = abi.ClassSTX                           // M[k] = X

	codeAddK = abi.ClassALU | abi.OpADD | abi.SrcK // A += k
	codeAddX = abi.ClassALU | abi.OpADD | abi.SrcX // A += X
	codeSubK = abi.ClassALU | abi.OpSUB | abi.SrcK
	codeSubX = abi.ClassALU | abi.OpSUB | abi.SrcX
	codeMulK = abi.ClassALU | abi.OpMUL | abi.SrcK
	codeMulX = abi.ClassALU | abi.OpMUL | abi.SrcX
	codeDivK = abi.ClassALU | abi.OpDIV | abi.SrcK
	codeDivX = abi.ClassALU | abi.OpDIV | abi.SrcX
	codeOrK  = abi.ClassALU | abi.OpOR | abi.SrcK
	codeOrX  = abi.ClassALU | abi.OpOR | abi.SrcX
	codeAndK = abi.ClassALU | abi.OpAND | abi.SrcK
	codeAndX = abi.ClassALU | abi.OpAND | abi.SrcX
	codeLshK = abi.ClassALU | abi.OpLSH | abi.SrcK
	codeLshX = abi.ClassALU | abi.OpLSH | abi.SrcX
	codeRshK = abi.ClassALU | abi.OpRSH | abi.SrcK
	codeRshX = abi.ClassALU | abi.OpRSH | abi.SrcX
	codeXorK = abi.ClassALU | abi.OpXOR | abi.SrcK
	codeXorX = abi.ClassALU | abi.OpXOR | abi.SrcX
	codeNeg  = abi.ClassALU | abi.OpNEG // A = -A

	codeJa    = abi.ClassJMP | abi.OpJA              // skip k
	codeJeqK  = abi.ClassJMP | abi.OpJEQ | abi.SrcK  // A == k: skip jt, else jf
	codeJeqX  = abi.ClassJMP | abi.OpJEQ | abi.SrcX  // A == X
	codeJgtK  = abi.ClassJMP | abi.OpJGT | abi.SrcK  // A > k
	codeJgtX  = abi.ClassJMP | abi.OpJGT | abi.SrcX  // A > X
	codeJgeK  = abi.ClassJMP | abi.OpJGE | abi.SrcK  // A >= k
	codeJgeX  = abi.ClassJMP | abi.OpJGE | abi.SrcX  // A >= X
	codeJsetK = abi.ClassJMP | abi.OpJSET | abi.SrcK // A & k != 0
	codeJsetX = abi.ClassJMP | abi.OpJSET | abi.SrcX // A & X != 0

	codeRetK = abi.ClassRET | abi.RvalK
	codeRetA = abi.ClassRET | abi.RvalA

	codeTax = abi.ClassMISC | abi.MiscTAX // X = A
	codeTxa = abi.ClassMISC | abi.MiscTXA // A = X
)

// A Program is a filter that the kernel accepts. It is immutable and safe for
// concurrent use; New makes one.
type Program struct {
	insns []bpf.RawInstruction
	big   bool // the machine is big-endian
}

// New checks the instructions as Check does and returns them as a Program for a
// machine of the given byte order, which is that of the ABIs it is for. It
// copies insns. The error is Check's *Error, or says that order is nil, as it is
// for an unknown ABI.
func New(insns []bpf.RawInstruction, order binary.ByteOrder) (*Program, error) {
	if order == nil {
		return nil, errors.New("byte order of the program's machine is unknown")
	}
	if err := Check(insns); err != nil {
		return nil, err
	}
	return &Program{insns: append([]bpf.RawInstruction(nil), insns...), big: bigEndian(order)}, nil
}

// Words returns the call as a program sees it: the word that a load at byte
// 4*i finds is Words(c, order)[i]. The order must not be nil.
func Words(c syscalls.Call, order binary.ByteOrder) [abi.DataSize / 4]uint32 {
	var w [abi.DataSize / 4]uint32
	for i := range w {
		w[i] = word(&c, uint32(4*i), bigEndian(order))
	}
	return w
}

// word returns the word of struct seccomp_data at byte off, a multiple of 4
// below abi.DataSize.
func word(c *syscalls.Call, off uint32, big bool) uint32 {
	switch off {
	case abi.DataNr:
		return c.Nr
	case abi.DataArch:
		return c.Audit
	}
	v := c.IP
	if off >= abi.DataArgs {
		v = c.Args[(off-abi.DataArgs)/8]
	}
	if highWord(off, big) {
		v >>= 32
	}
	return uint32(v)
}

// highWord reports whether the word at byte off, above abi.DataArch, is the high
// half of its field.
func highWord(off uint32, big bool) bool { return (off%8 != 0) != big }

func bigEndian(order binary.ByteOrder) bool { return order.Uint16([]byte{0, 1}) == 1 }
