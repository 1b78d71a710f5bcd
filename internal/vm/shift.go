package vm

import (
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
)

// Unsettled reports whether kernels of the ABI execute the shift in different ways
// for some operands, and returns the first such operand; all greater ones are, too.
// Run counts modulo 32, as the interpreter does since Linux 5.14
// (kernel/bpf/core.c, SHT). So do older kernels, which leave the shift to the
// machine, and the JIT compilers of x86 (SHL by CL), arm64 (LSLV), riscv (SLLW),
// mips (SLLV) and loongarch (SLL.W), each in arch/*/net/bpf_jit*.c. That of arm
// takes eight bits (LSL by register) and those of powerpc (SLW) and s390 (SLL) six,
// so that a shift by 32 gives 0 where it is used, and A itself where it is not. The
// other JIT compilers were not examined.
//
// The JIT compiler that arm had before Linux 4.13 executes a right shift by the
// constant 0 as one by 32, which is what LSR #0 means. An ARM program that an
// arm64 kernel runs is of AArch64, its native ABI.
//
// No other arithmetic is known to differ: 32-bit sums, products, quotients and
// logic are the same everywhere, and a division by X has its test for 0 from
// net/core/filter.c:bpf_convert_filter, or from each old JIT compiler.
func Unsettled(a arch.Arch, in bpf.RawInstruction) (from uint32, ok bool) {
	switch in.Op {
	case codeLshX, codeRshX:
		switch a {
		case arch.X86, arch.X86_64, arch.X32, arch.AArch64, arch.RISCV64, arch.LoongArch64,
			arch.MIPS, arch.MIPSEL, arch.MIPS64, arch.MIPSEL64, arch.MIPS64N32, arch.MIPSEL64N32:
			return 0, false
		}
		return 32, true
	case codeRshK:
		return 0, a == arch.ARM && in.K == 0
	}
	return 0, false
}
