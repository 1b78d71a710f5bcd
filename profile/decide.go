package profile

import (
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// Decide returns the answer to a call, and the rule that gives it, nil for the
// policy's general answers. It is the definition of what a Policy means: every
// compiled filter is judged against it.
func (p *Policy) Decide(c syscalls.Call) (Action, *Rule) {
	a := p.archOf(c)
	if a == nil {
		return p.BadArch, nil
	}
	for i := range a.Rules {
		if r := &a.Rules[i]; r.Nr == c.Nr && r.Matches(c.Args) {
			return r.Action, r
		}
	}
	if a.newer(c.Nr) {
		return a.Enosys, nil
	}
	return p.Default, nil
}

// newer reports whether a number is one of a call newer than the profile.
func (a *ArchPolicy) newer(nr uint32) bool {
	for _, n := range a.Newer {
		if n.Lo <= nr && nr <= n.Hi {
			return true
		}
	}
	return false
}

// archOf returns the part of the policy for the call's ABI, nil if that is not
// in the filter. x86_64 and x32 share an audit value and part by the number's
// bit 30. Number -1, which has it too, is x32's where the filter has x32, else
// x86_64's.
func (p *Policy) archOf(c syscalls.Call) *ArchPolicy {
	a := p.arch(c.Audit, c.Nr&arch.X32Bit != 0)
	if a == nil && c.Nr == ^uint32(0) {
		a = p.arch(c.Audit, false)
	}
	return a
}

// arch returns the part with that audit value, for X86_64's the one that x32
// asks for.
func (p *Policy) arch(audit uint32, x32 bool) *ArchPolicy {
	for i := range p.Arches {
		a := &p.Arches[i]
		if a.Arch.Audit() != audit {
			continue
		}
		if audit != arch.X86_64.Audit() || x32 == (a.Arch == arch.X32) {
			return a
		}
	}
	return nil
}
