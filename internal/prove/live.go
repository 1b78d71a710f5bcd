package prove

import (
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// A set of registers has a bit for each word of scratch memory, and one for A
// and X.
type registers uint32

const (
	regA registers = 1 << (abi.MemWords + iota)
	regX
)

func regM(k uint32) registers { return 1 << k }

// live returns the registers whose values before each instruction can still
// matter. States that differ in others alone are one.
func live(insns []bpf.RawInstruction) []registers {
	at := make([]registers, len(insns))
	next := registers(0) // live behind the instruction if it falls through
	for pc := len(insns) - 1; pc >= 0; pc-- {
		in := insns[pc]
		reads, writes := uses(in)
		switch in.Op & classMask {
		case abi.ClassRET:
			next = 0
		case abi.ClassJMP:
			if in.Op&opMask == abi.OpJA {
				next = at[pc+1+int(in.K)]
			} else {
				next = at[pc+1+int(in.Jt)] | at[pc+1+int(in.Jf)]
			}
		}
		next = next&^writes | reads
		at[pc] = next
	}
	return at
}

// uses returns what an instruction reads and writes.
func uses(in bpf.RawInstruction) (reads, writes registers) {
	source := registers(0)
	if in.Op&abi.SrcX != 0 {
		source = regX
	}
	switch in.Op & classMask {
	case abi.ClassLD, abi.ClassLDX:
		writes = regA
		if in.Op&classMask == abi.ClassLDX {
			writes = regX
		}
		if in.Op&modeMask == abi.ModeMEM {
			reads = regM(in.K)
		}
	case abi.ClassST:
		return regA, regM(in.K)
	case abi.ClassSTX:
		return regX, regM(in.K)
	case abi.ClassALU:
		if in.Op&opMask == abi.OpNEG {
			source = 0
		}
		return regA | source, regA
	case abi.ClassJMP:
		if in.Op&opMask != abi.OpJA {
			return regA | source, 0
		}
	case abi.ClassRET:
		if in.Op&rvalMask == abi.RvalA {
			reads = regA
		}
	case abi.ClassMISC:
		if in.Op&miscMask == abi.MiscTAX {
			return regA, regX
		}
		return regX, regA
	}
	return reads, writes
}
