package vm

import "github.com/seccompile/seccompile/internal/abi"

// Cached reports whether the kernel recognizes, when the program is installed,
// that it allows the number whatever the arguments. From then on calls of that
// number are let through without running any filter. It is
// kernel/seccomp.c:seccomp_is_const_allow, new in Linux 5.11: the program is
// followed for as long as it only loads nr and arch, masks and compares them
// with constants, jumps and returns a constant, which must be ALLOW with no
// data. Any other instruction on the way ends it with false, even where the
// result could not depend on it.
//
// Three things about the cache are not the program's and must be known to the
// caller:
//
//   - it has bits for numbers below the machine's count of calls only, so none
//     for -1, and none for x32, whose numbers have bit 30
//     (seccomp_cache_check_allow);
//   - it exists for the native ABI, and the compat one if there is one, of
//     machines that define SECCOMP_ARCH_NATIVE;
//   - a number is let through only if every installed filter is recognized to
//     allow it.
func (p *Program) Cached(audit, nr uint32) bool {
	var a uint32
	for pc := 0; ; pc++ {
		in := &p.insns[pc]
		switch in.Op {
		case codeLdAbs:
			switch in.K {
			case abi.DataNr:
				a = nr
			case abi.DataArch:
				a = audit
			default:
				return false
			}
		case codeAndK:
			a &= in.K
		case codeJa:
			pc += int(in.K)
		case codeJeqK:
			pc += skip(a == in.K, in.Jt, in.Jf)
		case codeJgtK:
			pc += skip(a > in.K, in.Jt, in.Jf)
		case codeJgeK:
			pc += skip(a >= in.K, in.Jt, in.Jf)
		case codeJsetK:
			pc += skip(a&in.K != 0, in.Jt, in.Jf)
		case codeRetK:
			return in.K == abi.RetAllow
		default:
			return false
		}
	}
}
