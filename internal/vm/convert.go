package vm

import "github.com/seccompile/seccompile/internal/abi"

// Converted returns how many eBPF instructions the kernel makes of the program
// (net/core/filter.c:bpf_convert_filter). All filters of a task together may
// have MAX_INSNS_PER_PATH, 32768 of them, 4 more for each filter that is there
// before (kernel/seccomp.c:seccomp_attach_filter).
func (p *Program) Converted() int {
	n := abi.ConvertedFirst
	for _, in := range p.insns {
		n += abi.Converted(in.Op, in.Jt, in.Jf, in.K)
	}
	return n
}
