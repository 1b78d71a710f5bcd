package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// Numbers returns the call numbers that an ABI of the filter answers in calls
// with an audit value, in order: all of them in calls with its own, except where
// ABIs share them out (law 1). It is what Decide goes by. For an ABI that is not in
// the filter it means nothing.
func (p *Policy) Numbers(a arch.Arch, audit uint32) []Range {
	p = p.orZero()
	abis := make([]arch.Arch, len(p.Arches))
	for i := range p.Arches {
		abis[i] = p.Arches[i].Arch
	}
	list := numbers(abis, p.ByAudit, a, audit)
	if a != arch.X86_64 || audit != a.Audit() || slices.Contains(abis, arch.X32) {
		return list
	}
	part := p.part(a)
	if part == nil {
		return list
	}
	for _, r := range part.Newer { // which runc tests first
		if r.Lo = max(r.Lo, arch.X32Bit); r.Lo <= r.Hi {
			list = append(list[:len(list)-1], Range{r.Lo, min(r.Hi, ^uint32(0)-1)}, list[len(list)-1])
		}
	}
	return list
}

// numbers is Policy.Numbers for a filter with these ABIs.
func numbers(abis []arch.Arch, byAudit bool, a arch.Arch, audit uint32) (list []Range) {
	const bit, last = arch.X32Bit, ^uint32(0)
	if audit == arch.X86_64.Audit() {
		switch x32 := slices.Contains(abis, arch.X32); {
		case a == arch.X32:
			return []Range{{bit, 2*bit - 1}, {3 * bit, last}}
		case a == arch.X86_64 && x32:
			return []Range{{0, bit - 1}, {2 * bit, 3*bit - 1}}
		case a == arch.X86_64:
			return []Range{{0, bit - 1}, {last, last}}
		}
		return nil
	}
	own := slices.IndexFunc(abis, func(b arch.Arch) bool { return b.Audit() == audit })
	switch {
	case own < 0 || byAudit && abis[own] != a:
		return nil
	case byAudit:
		return []Range{{0, last}}
	}
	for r := (Range{}); ; r.Lo = r.Hi + 1 {
		var serving arch.Arch
		if serving, r.Hi = abis[own].Serving(r.Lo); serving == a {
			list = append(list, r)
		}
		if r.Hi == last {
			return list
		}
	}
}

// oldX32 returns rules for the numbers by which kernels before 5.4 with x32 let
// calls of x86_64 and x32 be made from the other side, where a call without a
// rule would pass: they get the action for foreign ABIs. These kernels cut bit 30
// off and looked into one table for both, so that 520 was x32's execve and
// 0x4000003b that of x86_64 (arch/x86/entry/common.c, do_syscall_64; each has a
// table of its own since commit 6365b842aae4).
func (r *resolver) oldX32(ap *ArchPolicy) (rules []Rule) {
	other := arch.X32
	switch ap.Arch {
	case arch.X32:
		other = arch.X86_64
	case arch.X86_64:
	default:
		return nil
	}
	if r.target.Compat == CompatRunc || !r.target.before(x32Split) || !passes(r.profile.Default) {
		return nil
	}
	for nr, name := range syscalls.All(other) {
		nr ^= arch.X32Bit
		if _, own := syscalls.Name(ap.Arch, nr); !own && !ap.newer(nr) {
			rules = append(rules, Rule{Nr: nr, Action: r.badArch, Name: &Name{Text: name, i: -1}})
		}
	}
	return rules
}

// x32Split is the release since which x32's calls stand in a table of their own.
var x32Split = syscalls.Version{Major: 5, Minor: 4}

// passes reports whether a call that gets the action is done, or may be.
func passes(a Action) bool { return Errno(0).Stricter(a) }

// noteNumbers notes that in runc's reading what is stricter than the default does
// not hold for calls that can be made by another ABI's number.
func (r *resolver) noteNumbers(pol *Policy) {
	stricter := func(e *Entry) bool { return e.Action.Stricter(pol.Default) && len(e.Names) > 0 }
	if !pol.ByAudit || !slices.ContainsFunc(pol.entries, stricter) {
		return
	}
	var what string
	switch _, last := r.target.Arch.Serving(0); {
	case last != ^uint32(0):
		what = "a 64-bit MIPS kernel chooses the ABI by the call's number, and runc's filter goes by that of the process: the numbers of the other ABIs, from 4000, 5000 and 6000 on, get"
	case r.target.Arch == arch.X86_64 && r.target.before(x32Split):
		what = "kernels before " + x32Split.String() + " take numbers of x32 from x86_64 programs, and those of x86_64 from x32 ones, and runc's filter does not know them: they get"
	default:
		return
	}
	r.note(Note{Code: CodeNumberRange, Effect: Weaker, Pos: r.profile.Pos, Path: r.profile.path,
		Text: fmt.Sprintf("%s the default action, %s (take the kernel's reading)", what, pol.Default)})
}
