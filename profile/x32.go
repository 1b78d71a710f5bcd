package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// oldX32 returns rules for the numbers by which kernels before 5.4 with x32 let
// calls of x86_64 and x32 be made from the other side, where a call without a
// rule would pass: they get the action for foreign ABIs. These kernels cut bit 30
// off and looked into one table for both, so that 520 was x32's execve and
// 0x4000003b that of x86_64 (arch/x86/entry/common.c, do_syscall_64; each has a
// table of its own since commit 6365b842aae4).
func (r *resolver) oldX32(ap *policy.ArchPolicy) (rules []draft) {
	other := arch.X32
	switch ap.Arch {
	case arch.X32:
		other = arch.X86_64
	case arch.X86_64:
	default:
		return nil
	}
	if r.target.Compat == CompatRunc || !r.target.before(x32Split) || !passes(r.profile.def) {
		return nil
	}
	for nr, name := range syscalls.All(other) {
		nr ^= arch.X32Bit
		if _, own := syscalls.Name(ap.Arch, nr); !own && !isNewer(ap, nr) {
			rules = append(rules, draft{policy.Rule{Nr: nr, Action: r.badArch, Origin: &policy.Origin{Name: name, Index: -1}}, nil, noCond})
		}
	}
	return rules
}

// x32Split is the release since which x32's calls stand in a table of their own.
var x32Split = syscalls.Version{Major: 5, Minor: 4}

// passes reports whether a call that gets the action is done, or may be.
func passes(a policy.Action) bool { return policy.Errno(0).Stricter(a) }

// noteNumbers notes that in runc's reading what is stricter than the default does
// not hold for calls that can be made by another ABI's number.
func (r *resolver) noteNumbers(pol *policy.Policy) {
	stricter := func(e *entry) bool { return e.Action.Stricter(pol.Default) && len(e.Names) > 0 }
	if !pol.ByAudit || !slices.ContainsFunc(r.entries, stricter) {
		return
	}
	var what string
	switch _, last := r.target.Arch.Serving(0); {
	case last != ^uint32(0):
		what = "a 64-bit MIPS kernel chooses the ABI by the call's number, but runc's filter goes by the ABI of the process: the numbers of the other ABIs, from 4000, 5000 and 6000 on, get"
	case r.target.Arch == arch.X86_64 && r.target.before(x32Split):
		what = "kernels before " + x32Split.String() + " accept some numbers of x32 from x86_64 programs, and of x86_64 from x32 programs, which runc's filter does not know: they get"
	default:
		return
	}
	r.note(Note{Code: CodeNumberRange, Effect: Weaker, Pos: r.profile.pos, Path: r.profile.path,
		Text: fmt.Sprintf("%s the default action, %s (use the kernel's reading)", what, pol.Default)})
}
