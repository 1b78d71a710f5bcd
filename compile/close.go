package compile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Close is like [profile.Profile.Close], with a proof for the targets that [Harden] has.
// The result lets nothing pass that p refuses. It answers all calls as p does, except the
// calls that it closes. In both readings, each of these passes only where the call that p
// refuses passes.
func Close(p *profile.Profile, list []profile.Bypass, natives ...arch.Arch) (*profile.Profile, error) {
	closed, siblings, err := p.Close(list...)
	if err != nil || len(siblings) == 0 {
		return closed, err
	}
	for _, a := range nativesOf(p, natives) {
		targets, err := closed.Variants(a)
		if err != nil {
			return nil, err
		}
		for _, t := range targets {
			if err := closes(p, closed, siblings, t); err != nil {
				return nil, err
			}
		}
	}
	return closed, nil
}

// nativesOf returns the native ABIs for which a profile is to be proved.
func nativesOf(p *profile.Profile, natives []arch.Arch) []arch.Arch {
	if len(natives) == 0 {
		natives = p.Natives()
	}
	if len(natives) == 0 {
		natives = []arch.Arch{arch.X86_64, arch.AArch64}
	}
	return natives
}

// closes is Close's proof for a target.
func closes(p, closed *profile.Profile, siblings []profile.Sibling, t profile.Target) error {
	t.AcceptWeaker, t.Enosys.Mode = true, profile.EnosysOff
	res, err := p.Resolve(t)
	var fault *profile.Error
	if errors.As(err, &fault) && fault.Code == profile.CodeKernelTooOld {
		return nil
	}
	if err != nil {
		return err
	}
	before := res.Policy()
	if res, err = closed.Resolve(t); err != nil {
		return err
	}
	after := res.Policy()
	runs, err := prove.Policies(before, after)
	if err != nil {
		return decided(err, before)
	}
	for _, d := range listed(runs, t.Arch) {
		name := d.Call
		if a, ok := d.Witness.Arch(); ok && name == "" { // on MIPS a number of another ABI
			a, _ = a.Serving(d.Witness.Nr)
			name, _ = syscalls.Name(a, d.Witness.Nr)
		}
		if !slices.ContainsFunc(siblings, func(s profile.Sibling) bool { return s.New == name }) || d.Old.Effective().Stricter(d.New.Effective()) {
			return fmt.Errorf("%s would be %s instead of %s, with %v on Linux %s: closing would change more than it should (write entries that refuse the newer calls)", d.Witness, d.New, d.Old, t.Caps, t.Kernel)
		}
	}
	t.Compat = profile.CompatRunc
	if res, err = closed.Resolve(t); err != nil {
		return err
	}
	for _, pol := range []*policy.Policy{after, res.Policy()} {
		for _, s := range siblings {
			for i := range pol.Arches {
				if a := pol.Arches[i].Arch; passesBeside(pol, &pol.Arches[i], s) {
					return fmt.Errorf("%s %s passes where %s does not, with %v on Linux %s (write entries that refuse it)", a, s.New, s.Old, t.Caps, t.Kernel)
				}
			}
		}
	}
	return nil
}

// passesBeside reports whether a newer call may pass where the older one does not.
func passesBeside(pol *policy.Policy, part *policy.ArchPolicy, s profile.Sibling) bool {
	nr, ok := syscalls.Number(part.Arch, s.New)
	old, has := syscalls.Number(part.Arch, s.Old)
	if !ok || !has {
		return false // it is not a call of the ABI, or does what none of its calls does
	}
	newer, refused := permits(pol, part, nr), permits(pol, part, old)
	if s.Sub > 0 {
		a, _ := pol.Decide(syscalls.Call{Audit: part.Arch.Audit(), Nr: nr, Args: [6]uint64{uint64(s.Sub)}})
		newer = []policy.Rule{{Action: a}}
	}
	switch {
	case !slices.ContainsFunc(newer, func(r policy.Rule) bool { return r.Action.Passes() }):
		return false
	case !slices.ContainsFunc(refused, func(r policy.Rule) bool { return !r.Action.Passes() }):
		return false
	}
	return !s.SameArgs || !slices.EqualFunc(newer, refused, func(a, b policy.Rule) bool {
		return a.Action.Passes() == b.Action.Passes() && slices.Equal(a.Conds, b.Conds)
	})
}

// permits returns the rules of a call, the last of which is without conditions.
func permits(pol *policy.Policy, part *policy.ArchPolicy, nr uint32) (list []policy.Rule) {
	for _, r := range part.Rules {
		if r.Nr != nr {
			continue
		}
		if list = append(list, r); len(r.Conds) == 0 {
			return list
		}
	}
	return append(list, policy.Rule{Nr: nr, Action: pol.Default})
}
