package vm

import (
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/syscalls"
)

// Run executes the program on the call and returns what it returns and how many
// instructions that took, the return included. It does not allocate.
//
// The meaning is that of the kernel's conversion to eBPF
// (net/core/filter.c:bpf_convert_filter):
//
//   - A and X start as 0;
//   - arithmetic is on 32 bits and wraps; comparisons are unsigned;
//   - a division by X when X is 0 ends the program with the return word 0,
//     which is KILL_THREAD;
//   - a shift by X counts X modulo 32, which not all kernels do: see [Unsettled];
//   - a load of the length gives 64, the size of seccomp_data.
func (p *Program) Run(c syscalls.Call) (ret uint32, steps int) {
	return p.run(&c, nil)
}

// Trace is Run that calls visit before each instruction with its index and the
// registers.
func (p *Program) Trace(c syscalls.Call, visit func(pc int, a, x uint32)) uint32 {
	ret, _ := p.run(&c, visit)
	return ret
}

func (p *Program) run(c *syscalls.Call, visit func(pc int, a, x uint32)) (ret uint32, steps int) {
	var (
		a, x uint32
		m    [abi.MemWords]uint32
	)
	for pc := 0; ; pc++ {
		if visit != nil {
			visit(pc, a, x)
		}
		steps++
		in := &p.insns[pc]
		switch in.Op {
		case codeLdAbs:
			a = word(c, in.K, p.big)
		case codeLdImm:
			a = in.K
		case codeLdMem:
			a = m[in.K]
		case codeLdLen:
			a = abi.DataSize
		case codeLdxImm:
			x = in.K
		case codeLdxMem:
			x = m[in.K]
		case codeLdxLen:
			x = abi.DataSize
		case codeSt:
			m[in.K] = a
		case codeStx:
			m[in.K] = x

		case codeAddK:
			a += in.K
		case codeAddX:
			a += x
		case codeSubK:
			a -= in.K
		case codeSubX:
			a -= x
		case codeMulK:
			a *= in.K
		case codeMulX:
			a *= x
		case codeDivK:
			a /= in.K
		case codeDivX:
			if x == 0 {
				return 0, steps
			}
			a /= x
		case codeOrK:
			a |= in.K
		case codeOrX:
			a |= x
		case codeAndK:
			a &= in.K
		case codeAndX:
			a &= x
		case codeXorK:
			a ^= in.K
		case codeXorX:
			a ^= x
		case codeLshK:
			a <<= in.K
		case codeLshX:
			a <<= x % 32
		case codeRshK:
			a >>= in.K
		case codeRshX:
			a >>= x % 32
		case codeNeg:
			a = -a

		case codeJa:
			pc += int(in.K)
		case codeJeqK:
			pc += skip(a == in.K, in.Jt, in.Jf)
		case codeJeqX:
			pc += skip(a == x, in.Jt, in.Jf)
		case codeJgtK:
			pc += skip(a > in.K, in.Jt, in.Jf)
		case codeJgtX:
			pc += skip(a > x, in.Jt, in.Jf)
		case codeJgeK:
			pc += skip(a >= in.K, in.Jt, in.Jf)
		case codeJgeX:
			pc += skip(a >= x, in.Jt, in.Jf)
		case codeJsetK:
			pc += skip(a&in.K != 0, in.Jt, in.Jf)
		case codeJsetX:
			pc += skip(a&x != 0, in.Jt, in.Jf)

		case codeTax:
			x = a
		case codeTxa:
			a = x
		case codeRetK:
			return in.K, steps
		case codeRetA:
			return a, steps
		}
	}
}

func skip(cond bool, jt, jf uint8) int {
	if cond {
		return int(jt)
	}
	return int(jf)
}
