package policy

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// Decide returns the answer to a call and the rule that gives it. The rule is nil if the
// answer is not a rule's: Default, BadArch or Enosys. Decide defines the meaning of a
// Policy, and every compiled filter is judged against it.
func (p *Policy) Decide(c syscalls.Call) (Action, *Rule) {
	p = p.orZero()
	a := p.archOf(c)
	if a == nil {
		return p.BadArch, nil
	}
	general := p.Default
	if a.newer(c.Nr) {
		general = a.Enosys
	}
	if a.Arch.Audit() != c.Audit {
		var call []*Rule
		for i := range a.Rules {
			if r := &a.Rules[i]; r.Nr == c.Nr {
				call = append(call, r)
			}
		}
		if r := Unseen(call, general); r != nil {
			return r.Action, r
		}
		return general, nil
	}
	for i := range a.Rules {
		if r := &a.Rules[i]; r.Nr == c.Nr && r.Matches(c.Args) {
			return r.Action, r
		}
	}
	return general, nil
}

// Reason returns in words what gives the answer to a call: the rule that decides, with its
// position, or one of the general answers.
func (p *Policy) Reason(c syscalls.Call) string {
	p = p.orZero()
	a := p.archOf(c)
	switch _, r := p.Decide(c); {
	case r != nil && r.Pos() != (Pos{}):
		return r.Pos().String() + ": " + r.String()
	case r != nil:
		return r.String()
	case a == nil:
		return "the action for calls of other ABIs"
	case a.newer(c.Nr):
		return "the answer to calls newer than the profile"
	}
	return "the default action"
}

// Unseen returns the rule that decides a call whose arguments the filter does not see as
// the kernel reads them. Any condition may hold or not, so the strictest answer that the
// call can get counts. Unseen returns nil if that is the general answer. The rules are
// those for the call's number, in order.
//
// Such calls exist on MIPS, where a process of one ABI makes a call by the number of
// another. o32 takes arguments from the stack, and shifts them if the call was made
// through its syscall(2) (arch/mips/include/asm/syscall.h, mips_get_syscall_arg,
// mips_syscall_is_indirect).
func Unseen(call []*Rule, general Action) *Rule {
	always := slices.ContainsFunc(call, func(r *Rule) bool { return r != nil && len(r.Conds) == 0 })
	var best *Rule
	for _, r := range call {
		if r == nil {
			continue
		}
		if best == nil && (always || !general.Stricter(r.Action)) || best != nil && r.Action.Stricter(best.Action) {
			best = r
		}
	}
	return best
}

// newer reports whether a number is in Newer.
func (a *ArchPolicy) newer(nr uint32) bool {
	for _, n := range a.Newer {
		if n.Lo <= nr && nr <= n.Hi {
			return true
		}
	}
	return false
}

// archOf returns the part of the policy that answers the call, nil if its ABI is
// not in the filter. x86_64 and x32 share an audit value: where the filter has
// both, numbers with bit 30 are x32's, -1 among them; where it has x86_64 alone,
// numbers from bit 30 on are of an ABI outside the filter, except -1, which is a
// tracer's way to skip a call, and those that Newer has: runc tests for newer calls
// before it looks at these numbers. On MIPS the number chooses the ABI, too,
// unless ByAudit is set (arch.Arch.Serving).
func (p *Policy) archOf(c syscalls.Call) *ArchPolicy {
	if c.Audit == arch.X86_64.Audit() {
		x32 := p.part(arch.X32)
		switch {
		case x32 != nil && c.Nr&arch.X32Bit != 0:
			return x32
		case x32 == nil && c.Nr >= arch.X32Bit && c.Nr != ^uint32(0):
			if a := p.part(arch.X86_64); a != nil && a.newer(c.Nr) {
				return a
			}
			return nil
		}
		return p.part(arch.X86_64)
	}
	for i := range p.Arches {
		a := &p.Arches[i]
		if a.Arch.Audit() != c.Audit {
			continue
		}
		if p.ByAudit {
			return a
		}
		served, _ := a.Arch.Serving(c.Nr)
		return p.part(served)
	}
	return nil
}

// part returns the part of the policy for an ABI, nil if that is not in the
// filter.
func (p *Policy) part(a arch.Arch) *ArchPolicy {
	for i := range p.Arches {
		if p.Arches[i].Arch == a {
			return &p.Arches[i]
		}
	}
	return nil
}
