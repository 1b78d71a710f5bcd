package policy

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
)

// mips reports whether the policies are for ABIs of MIPS.
func (c *composer) mips() bool { return shared(c.sides[0].pol.Arches[0].Arch) }

// shared reports whether programs of an ABI can make calls of others, by their numbers.
func shared(a arch.Arch) bool {
	_, last := a.Serving(0)
	return last != ^uint32(0)
}

// abis returns the ABIs of the result, the native one first: those of both policies but
// for any whose every call gets BadArch, as that of other ABIs.
func (c *composer) abis() (abis []arch.Arch) {
	for _, s := range c.sides {
		for i := range s.pol.Arches {
			if a := s.pol.Arches[i].Arch; !slices.Contains(abis, a) {
				abis = append(abis, a)
			}
		}
	}
	if c.mips() {
		return abis
	}
	drop := func(a arch.Arch) {
		if i := slices.Index(abis, a); i > 0 && c.bad(abis, a) {
			abis = slices.Delete(abis, i, i+1)
		}
	}
	drop(arch.X32) // first: which numbers are x86_64's depends on it
	for _, a := range slices.Clone(abis) {
		if a != arch.X32 {
			drop(a)
		}
	}
	return abis
}

// bad reports whether all calls of an ABI get BadArch, so that a filter of abis can do
// without it. x86_64 and x32 share an audit value: without x32, x86_64 has number -1, a
// tracer's way to skip a call, and the numbers from bit 30 on, of which none can have rules.
func (c *composer) bad(abis []arch.Arch, a arch.Arch) bool {
	const bit = arch.X32Bit
	audit := a.Audit()
	own := numbers(abis, c.out.ByAudit, a, audit)
	switch {
	case a == arch.X32 && slices.Contains(abis, arch.X86_64):
		own[len(own)-1].Hi--
		for _, nr := range c.ruled([]Range{{2 * bit, 3*bit - 1}}, audit) {
			if !c.at(audit, nr).always(c.without(audit, nr)) {
				return false
			}
		}
	case a == arch.X86_64 && !slices.Contains(abis, arch.X32):
		own = []Range{{0, ^uint32(0)}}
	}
	for _, r := range c.runs(own, audit) {
		if r.action != c.out.BadArch {
			return false
		}
	}
	for _, nr := range c.ruled(own, audit) {
		if !c.at(audit, nr).always(c.out.BadArch) || c.room < 0 {
			return false
		}
	}
	return true
}
