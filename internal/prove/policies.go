package prove

import (
	"fmt"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Policies is like Programs for two policies, or for programs that were proved equal
// to them. A call for which both have the same rules is equal, even if these are too
// many for a diagram. A call with too many different rules is undecided: the error is
// then an *UndecidedError that names the rules, and the list has the known
// differences, perhaps one of that call. The witnesses were confirmed by Decide.
func Policies(before, after *policy.Policy) ([]Difference, error) {
	c := comparison{found: map[[2]node][]answers{}}
	var sides [2]side
	var all []*part
	for i, pol := range [2]*policy.Policy{before, after} {
		if err := checkPolicy(pol); err != nil {
			return nil, err
		}
		sides[i] = side{pol, partsOf(pol)}
		all = append(all, sides[i].parts...)
		c.run[i] = func(call syscalls.Call) policy.Action { return decision(pol, call) }
	}
	audits, numbers := auditStarts(all), numberStarts(all)
	var undecided error
	steps := 0 // of all numbers
	for i, audit := range audits {
		a := run{first: audit, last: last(audits, i)}
		c.begin()
		for j, nr := range numbers {
			n := run{first: nr, last: last(numbers, j)}
			was, is := sides[0].answer(audit, nr), sides[1].answer(audit, nr)
			if was.same(is) {
				continue
			}
			c.diagrams = newDiagrams()
			clear(c.found)
			if steps < stepsMost && c.within(diagramSteps, func() { n.f = [2]node{c.function(was), c.function(is)} }) {
				err := c.number(a, n)
				if steps += c.steps; err == nil {
					continue
				} else if err != errTooMany && err != errMemory {
					return nil, err
				}
			}
			steps += c.steps
			if undecided != nil {
				continue
			}
			for i, a := range []answer{was, is} {
				if p := owner(sides[i].pol, sides[i].parts, audit, nr); len(a.rules) > 0 {
					undecided = tooLong(longCall{arch: p.Arch, nr: nr, rules: a.rules})
				}
			}
			s := stacked{pol: before, stack: []*policy.Policy{after}}
			if w := s.search(audit, nr, []answer{was.without(is), is.without(was)}); w != nil {
				c.list = append(c.list, Difference{audit, audit, nr, nr, w.Want, w.Got, w.Call, nil, ""})
			}
		}
	}
	c.begin()
	return c.list, undecided
}

// without returns the rules that are not b's.
func (a answer) without(b answer) (rest answer) {
	known := map[string]bool{}
	text := func(r *policy.Rule) string { return fmt.Sprint(r.Action, r.Conds) }
	for _, r := range b.rules {
		known[text(r)] = true
	}
	for _, r := range a.rules {
		if !known[text(r)] {
			rest.rules = append(rest.rules, r)
		}
	}
	return rest
}

// last returns the last value of those from the i-th start on.
func last(starts []uint32, i int) uint32 {
	if i+1 < len(starts) {
		return starts[i+1] - 1
	}
	return ^uint32(0)
}
