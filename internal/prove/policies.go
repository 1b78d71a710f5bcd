package prove

import (
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Policies is like Programs for two policies, or programs that were proved equal to
// them. A call of too many rules for one diagram is equal to one of the same rules, and
// otherwise undecided: the error is then an *UndecidedError that names the rules, and
// the list has the differences of other calls, or one of that call if it was found.
// The witnesses were confirmed by Decide.
func Policies(before, after *policy.Policy) ([]Difference, error) {
	c := comparison{diagrams: newDiagrams(), found: map[[2]node][]answers{}}
	var f [2]node
	var long []longCall
	for i, pol := range [2]*policy.Policy{before, after} {
		if err := checkPolicy(pol); err != nil {
			return nil, err
		}
		f[i] = c.whole(c.policyBeside(pol, nil, &long))
		if c.full {
			return nil, tooLargePolicy(pol)
		}
		c.run[i] = func(call syscalls.Call) policy.Action {
			a, _ := pol.Decide(call)
			return a
		}
	}
	aside := c.or(c.where(f[0], opaque), c.where(f[1], opaque))
	known := [2]node{f[0], c.ite(aside, f[0], f[1])}
	if c.full {
		return nil, tooLargePolicy(after)
	}
	list, err := c.list(known, before.Arches[0].Arch)
	if err != nil || known[1] == f[1] {
		return list, err
	}
	in := c.differing(known[1], f[1])
	call := in.call()
	if len(list) == 0 {
		if d := distinguished(before, after, call); d != nil {
			list = append(list, *d)
		}
	}
	for _, l := range long {
		if l.arch.Audit() == call.Audit && l.nr == call.Nr {
			return list, tooLong(l)
		}
	}
	return list, tooLargePolicy(after)
}

// distinguished looks for a difference of two policies among the calls of a number that
// their rules match.
func distinguished(before, after *policy.Policy, c syscalls.Call) *Difference {
	s := stacked{pol: before, stack: []*policy.Policy{after}}
	var list []answer
	for _, pol := range [2]*policy.Policy{before, after} {
		own := side{pol, partsOf(pol)}
		list = append(list, own.answer(c.Audit, c.Nr))
	}
	w := s.search(c.Audit, c.Nr, list)
	if w == nil {
		return nil
	}
	return &Difference{c.Audit, c.Audit, c.Nr, c.Nr, w.Want, w.Got, w.Call}
}
