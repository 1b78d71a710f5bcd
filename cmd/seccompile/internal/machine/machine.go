// Package machine decodes machine code of x86_64 and aarch64: where control continues after
// an instruction, where the kernel is entered, and how constants in registers and on the
// stack change. Of other instructions it knows only which registers they change.
package machine

import "github.com/seccompile/seccompile/arch"

// A Reg is a general register by its number in encodings: of x86_64 rax, rcx, rdx, rbx, rsp,
// rbp, rsi, rdi, r8 to r15, of aarch64 x0 to x30, and 31 for its stack pointer.
type Reg uint8

// None means that an effect has no register.
const None Reg = 0xff

// A Flow says where control continues after an instruction.
type Flow uint8

const (
	Next     Flow = iota // to the next instruction
	Jump                 // to Target
	Branch               // to Target or the next instruction
	Call                 // to Target, which returns to the next instruction
	JumpAny              // to an address of a register or of memory
	CallAny              // the same, and it returns
	Return               // to the caller
	Stop                 // it traps
	End                  // to Target, which does not return; Decode does not know that
	Kernel               // into the kernel, and on to the next instruction
	KernelNo             // into the kernel by an instruction for another ABI
)

// Falls reports whether control may continue at the next instruction.
func (f Flow) Falls() bool {
	switch f {
	case Jump, JumpAny, Return, Stop, End:
		return false
	}
	return true
}

// An Inst is an instruction.
type Inst struct {
	Addr   uint64
	Len    int
	Flow   Flow
	Target uint64 // of Jump, Branch and Call
	Ref    uint64 // the address that it computes or reads relative to itself, or 0
	Reads  bool   // the address is read: a pointer may be there
	Imm    uint64 // a constant that may be an address if the file is loaded where it says, or 0
	Far    bool   // the constant has 64 bits: it may be a distance from the table of addresses

	// Compares says that the instruction compares all of register Reg with Value, and nothing else. A
	// Branch that is taken if what was compared is equal, or if it is not, has When Equal or
	// Unequal; that which compares by itself has both.
	Compares bool
	Reg      Reg
	Value    uint64
	When     When
}

// A When says for which outcome of a comparison a branch is taken.
type When uint8

const (
	Other When = iota
	Equal
	Unequal
)

// End returns the address after the instruction.
func (i *Inst) End() uint64 { return i.Addr + uint64(i.Len) }

// A Kind is what an effect does.
type Kind uint8

const (
	Forget   Kind = iota // Dst is anything
	Set                  // Dst = Imm
	Copy                 // Dst = Src
	Either               // Dst = Dst or Src
	Add                  // Dst = Src + Imm
	And                  // Dst = Src & Imm
	Or                   // Dst = Src | Imm
	Shift                // Dst = Src << Imm, to the right if Imm is less than 0
	Load                 // Dst = memory at Src + Imm; at Imm, if Src is None
	Store                // memory at Dst + Imm = Src; anything, if Src is None
	StoreImm             // memory at Dst + Imm = Value
	StoreAny             // memory somewhere, where a pointer leads
	StoreAll             // memory somewhere, also on the stack
	Leak                 // an address is computed from Src + Imm and something else
)

// An Effect is what an instruction does to a register or to memory.
type Effect struct {
	Kind     Kind
	Dst, Src Reg
	Imm      int64
	Value    int64
	Size     int // of what is read or written, in bytes; a register keeps nothing else
}

// A Machine describes the instruction set of a processor, and its ABI.
type Machine struct {
	Arch   arch.Arch
	SP     Reg
	Pushes bool   // a call pushes its return address on the stack
	Align  uint64 // of instructions

	// Nr is the register of a call's number and Args those of its arguments, as the kernel
	// takes them (syscall(2)); Result is that of its result.
	Nr, Result Reg
	Args       [6]Reg
	Clobbered  []Reg // by the kernel, besides Result

	Frame         Reg   // the frame pointer
	CKept, GoKept []Reg // what functions of C and of Go keep
	First         Reg   // the first argument of functions of C
	GoArgs        []Reg // the first seven arguments of functions of Go

	// Decode reads the instruction at the beginning of code, which is at an address. It returns
	// false if it does not know it.
	Decode func(code []byte, addr uint64) (Inst, bool)

	// Effects appends what the instruction at the beginning of code does to general registers
	// and to memory.
	Effects func(list []Effect, code []byte, addr uint64) []Effect

	// Page follows addresses that several instructions compute, and returns the one that the
	// instruction at the beginning of code completes, or 0; reads says that it reads what is there.
	Page func(p *Pages, code []byte, addr uint64) (to uint64, reads bool)
}

// Inert reports whether the instruction at the beginning of code has no effect that this
// package tracks.
func (m *Machine) Inert(code []byte) bool {
	var buf [8]Effect
	return len(m.Effects(buf[:0], code, 0)) == 0
}

// Of returns the Machine of an ABI, or nil if this package does not know it.
func Of(a arch.Arch) *Machine {
	switch a {
	case arch.X86_64:
		return &amd64
	case arch.AArch64:
		return &arm64
	}
	return nil
}

// Pages are the addresses of pages that registers have, of which instructions compute
// addresses.
type Pages [32]uint64
