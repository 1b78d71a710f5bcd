package profile

import (
	"slices"

	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// PrintStricter is like [Print], but where no text for runc can express the policy, it
// refuses more. Calls of other ABIs get KILL_THREAD. Calls that match a rule with too
// many conditions get the default action, if that is at least as strict as the rule.
// Otherwise the call gets the strictest of its answers on any ABI, for all arguments. So
// does each call in whole. If that is a multiplexer, so does the call that it makes by
// its first argument.
//
// PrintStricter does not prove that the text is at least as strict as the policy;
// compile.PrintStricter does, and finds the calls for whole.
func PrintStricter(pol *policy.Policy, whole []syscalls.Call) ([]byte, error) {
	if err := pol.Check(); err != nil {
		return nil, err
	}
	s := &stricter{}
	for _, c := range whole {
		a, ok := c.Arch()
		name, known := syscalls.Name(a, c.Nr)
		if !ok || !known {
			continue
		}
		s.calls = append(s.calls, name)
		for _, part := range pol.Arches { // on whose own ABI the call may have no number
			for nr := range syscalls.All(part.Arch) {
				made, _ := syscalls.Name(part.Arch, nr)
				if mux, n := calls.Subcall(made); mux == name && uint64(n) == c.Args[0] {
					s.calls = append(s.calls, made)
				}
			}
		}
	}
	return printed(pol, s)
}

// maxLeft is how many rules of a call are left out before all are: each costs time.
const maxLeft = 8

// stricter are the names that are printed without their conditions. Nil stands for a
// profile that has to mean the policy.
type stricter struct{ calls []string }

func (s *stricter) whole(name string) bool { return s != nil && slices.Contains(s.calls, name) }

// strictest returns the one rule of a call that is printed without conditions, none if it
// gets the default.
func (p *printer) strictest(name string) []policy.Rule {
	var action policy.Action
	found := false
	add := func(a policy.Action) {
		if a = a.Effective(); printable(a) == nil && (!found || a.Stricter(action)) {
			action, found = a, true
		}
	}
	for i := range p.pol.Arches {
		part := &p.pol.Arches[i]
		nr, ok := syscalls.Number(part.Arch, name)
		if !ok {
			continue
		}
		always := false
		for j := range part.Rules {
			if r := &part.Rules[j]; r.Nr == nr && !always {
				add(r.Action)
				always = len(r.Conds) == 0
			}
		}
		if !always {
			add(p.pol.Default)
		}
	}
	if !found || action == p.pol.Default {
		return nil
	}
	return []policy.Rule{{Action: action}}
}
