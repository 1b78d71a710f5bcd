package vm

import "github.com/seccompile/seccompile/internal/abi"

// Converted returns how many eBPF instructions the kernel makes of the program
// (net/core/filter.c:bpf_convert_filter). All filters of a task together may
// have MAX_INSNS_PER_PATH, 32768 of them, 4 more for each filter that is there
// before (kernel/seccomp.c:seccomp_attach_filter).
//
// There are three at the start, which clear the registers and fetch the context.
// A return of a constant is two, a conditional jump one more for a second target
// that does not come next, and for a constant with the sign bit.
func (p *Program) Converted() int {
	n := 3
	for _, in := range p.insns {
		n++
		switch {
		case in.Op == codeRetK:
			n++
		case in.Op&7 == abi.ClassJMP && in.Op != codeJa:
			set := in.Op&^abi.SrcX == codeJsetK
			if in.Jf != 0 && (in.Jt != 0 || set) {
				n++
			}
			if in.Op&abi.SrcX == 0 && in.K>>31 != 0 {
				n++
			}
		}
	}
	return n
}
