package vm

import (
	"fmt"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// An Error says why the kernel answers EINVAL to a program.
type Error struct {
	PC     int    // index of the instruction; -1 for a fault of the program's length
	Reason string // what is wrong with it
}

// Error returns "instruction 7: load at 66 is not a word of seccomp_data", and
// the reason alone where there is no instruction.
func (e *Error) Error() string {
	if e.PC < 0 {
		return e.Reason
	}
	return fmt.Sprintf("instruction %d: %s", e.PC, e.Reason)
}

// Check returns nil exactly when the kernel accepts the instructions as a
// filter, and otherwise an *Error with the fault of the lowest PC. It is
// net/core/filter.c:bpf_check_classic and check_load_and_stores with
// kernel/seccomp.c:seccomp_check_filter, so:
//
//   - there are 1 to 4096 instructions and the last of them returns;
//   - each has one of the 41 known codes;
//   - loads are of aligned words of seccomp_data;
//   - jumps stay inside the program, and on both sides where there are two;
//   - no division by the constant 0, no shift by a constant above 31;
//   - no path reads a scratch word that it has not written.
//
// Unreachable instructions are allowed but must be valid, too. Fields that an instruction
// does not use may hold anything, and so may return words. Check does not cover reasons other
// than the program for which the kernel refuses it, such as missing privileges or too many
// filters.
func Check(insns []bpf.RawInstruction) error {
	n := len(insns)
	switch {
	case n == 0:
		return &Error{-1, "no instructions"}
	case n > abi.MaxInsns:
		return &Error{-1, fmt.Sprintf("%d instructions, the kernel takes at most %d", n, abi.MaxInsns)}
	}

	// unwritten has a bit for each scratch word that some path to the current
	// instruction has not written, and at[pc] those of the jumps to pc. Both are
	// complements of what check_load_and_stores keeps. Like it, nothing comes
	// from before a jump but through the jump; but what is unwritten at a return
	// is still so behind it, although nobody gets there.
	var at [abi.MaxInsns]uint16
	unwritten := ^uint16(0)
	for pc, in := range insns {
		if reason := fault(in, pc, n); reason != "" {
			return &Error{pc, reason}
		}
		unwritten |= at[pc]
		switch in.Op {
		case codeSt, codeStx:
			unwritten &^= 1 << in.K
		case codeLdMem, codeLdxMem:
			if unwritten&(1<<in.K) != 0 {
				return &Error{pc, fmt.Sprintf("M[%d] is read where it may not have been written", in.K)}
			}
		case codeJa:
			at[pc+1+int(in.K)] |= unwritten
			unwritten = 0
		case codeJeqK, codeJeqX, codeJgtK, codeJgtX, codeJgeK, codeJgeX, codeJsetK, codeJsetX:
			at[pc+1+int(in.Jt)] |= unwritten
			at[pc+1+int(in.Jf)] |= unwritten
			unwritten = 0
		}
	}
	switch insns[n-1].Op {
	case codeRetK, codeRetA:
		return nil
	}
	return &Error{n - 1, "the last instruction is no return"}
}

// fault returns what is wrong with instruction pc of n by itself; "" if nothing.
func fault(in bpf.RawInstruction, pc, n int) string {
	switch in.Op {
	case codeLdAbs:
		if in.K >= abi.DataSize || in.K%4 != 0 {
			return fmt.Sprintf("load at %d is not a word of seccomp_data", in.K)
		}
	case codeLdMem, codeLdxMem, codeSt, codeStx:
		if in.K >= abi.MemWords {
			return fmt.Sprintf("M[%d] is not scratch memory, which ends at M[%d]", in.K, abi.MemWords-1)
		}
	case codeDivK:
		if in.K == 0 {
			return "division by 0"
		}
	case codeLshK, codeRshK:
		if in.K >= 32 {
			return fmt.Sprintf("shift of a 32-bit word by %d", in.K)
		}
	case codeJa:
		return outside("jump", pc, in.K, n)
	case codeJeqK, codeJeqX, codeJgtK, codeJgtX, codeJgeK, codeJgeX, codeJsetK, codeJsetX:
		if s := outside("jump if true", pc, uint32(in.Jt), n); s != "" {
			return s
		}
		return outside("jump if false", pc, uint32(in.Jf), n)
	case codeLdImm, codeLdxImm, codeLdLen, codeLdxLen,
		codeAddK, codeAddX, codeSubK, codeSubX, codeMulK, codeMulX, codeDivX,
		codeOrK, codeOrX, codeAndK, codeAndX, codeXorK, codeXorX,
		codeLshX, codeRshX, codeNeg,
		codeRetK, codeRetA, codeTax, codeTxa:
	default:
		return fmt.Sprintf("code %#02x is no instruction of a filter", in.Op)
	}
	return ""
}

// outside returns what is wrong with a jump of instruction pc of n over skip
// instructions; "" if nothing.
func outside(jump string, pc int, skip uint32, n int) string {
	to := uint64(pc) + 1 + uint64(skip)
	if to < uint64(n) {
		return ""
	}
	return fmt.Sprintf("%s to %d, but the last instruction is %d", jump, to, n-1)
}
