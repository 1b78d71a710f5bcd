package profile

import (
	"slices"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Compared reports which arguments the answer to a call may depend on: those that its rules
// compare, and those that entries compare that guards drop for the Target.
func (res *Resolution) Compared(call syscalls.Call) (args [6]bool) {
	if res == nil || res.from == nil {
		return args
	}
	for _, r := range res.rulesFor(call) {
		for _, c := range r.Conds {
			args[c.Arg] = true
		}
	}
	a, ok := call.Arch()
	for i := range res.from.profile.entries {
		e := &res.from.profile.entries[i]
		if slices.Contains(res.from.entries, e) || !e.names(call) {
			continue
		}
		for j := range e.Names {
			if nr, own := e.Names[j].id.Number(a); ok && own && nr == call.Nr {
				for _, c := range e.Conds {
					args[c.Arg] = true
				}
			} else {
				args[0] = true // a multiplexer's, which says what it calls
			}
		}
	}
	return args
}

// rulesFor returns the policy's rules for the number of a call.
func (res *Resolution) rulesFor(call syscalls.Call) (list []*policy.Rule) {
	a, ok := call.Arch()
	i := slices.IndexFunc(res.policy.Arches, func(part policy.ArchPolicy) bool { return ok && part.Arch == a })
	if i < 0 {
		return nil
	}
	rules := res.policy.Arches[i].Rules
	for j := range rules {
		if rules[j].Nr == call.Nr {
			list = append(list, &rules[j])
		}
	}
	return list
}

// AddPartly records a call for which only the known arguments count. A part counts as touched
// if the call could touch it with some values of the other arguments.
func (c *Coverage) AddPartly(res *Resolution, call syscalls.Call, known [6]bool) {
	if res == nil || res.from == nil {
		return
	}
	p := c.covered(res)
	p.defaulted = true
	for i := range p.entries {
		if t := &p.entries[i]; p.profile.entries[i].names(call) {
			t.kept = true
			setAll(t.stops)
		}
	}
	for _, r := range res.rulesFor(call) {
		if slices.ContainsFunc(r.Conds, func(c policy.Cond) bool { return known[c.Arg] && !c.Matches(call.Args) }) {
			continue
		}
		for o := r.Origin; o != nil; o = o.With {
			if i, ok := p.byList[listOf(o)]; ok {
				p.entries[i].decided = true
				setAll(p.entries[i].held)
			}
		}
	}
}

func setAll(list []bool) {
	for i := range list {
		list[i] = true
	}
}
