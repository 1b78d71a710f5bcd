package policy

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
)

// Numbers returns the ranges of call numbers, in order, that ABI a of the filter answers
// in calls with the given audit value. Decide uses it. For the ABI's own audit value
// these are all numbers, except where several ABIs share an audit value or a kernel (law
// 1 of package profile). For an ABI that is not in the filter the result has no meaning.
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
		if r.Lo, r.Hi = max(r.Lo, arch.X32Bit), min(r.Hi, ^uint32(0)-1); r.Lo <= r.Hi {
			list = append(list[:len(list)-1], r, list[len(list)-1])
		}
	}
	return list
}

// anyNumbers returns the ranges of call numbers that ABI a of the filter answers in calls
// with any audit value.
func (p *Policy) anyNumbers(a arch.Arch) (list []Range) {
	for i := range p.Arches {
		audit := p.Arches[i].Arch.Audit()
		if !slices.ContainsFunc(p.Arches[:i], func(o ArchPolicy) bool { return o.Arch.Audit() == audit }) {
			list = append(list, p.Numbers(a, audit)...)
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
