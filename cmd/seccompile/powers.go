package main

import "github.com/seccompile/seccompile/profile"

// compared returns those given arguments that say what the call does, not to what: the ones
// that rules for it compare, or all if no rule compares any.
func (x *explainer) compared(q query) (args []int) {
	part := partOf(x.policy, q)
	var tested [6]bool
	for i := range part.Rules {
		if r := &part.Rules[i]; r.Nr == q.call.Nr {
			for _, c := range r.Conds {
				tested[c.Arg] = true
			}
		}
	}
	a, _ := q.abi()
	for _, all := range []bool{false, true} {
		for _, i := range profile.TellingArgs(a, q.name) {
			if !q.open(i) && (all || tested[i]) {
				args = append(args, i)
			}
		}
		if len(args) > 0 {
			return args
		}
	}
	return nil
}
