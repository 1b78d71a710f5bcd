package prove

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Stack returns nil if the policies of a stack of filters, in the order of their
// installation, answer every call together as pol does, and otherwise a call that
// shows that they do not. The strictest of their answers counts, of equal ones that
// of the filter installed last (kernel/seccomp.c, seccomp_run_filters). With
// Policy, of each program and its policy, it is the proof of a stack of programs.
//
// The witness was confirmed by Decide of all policies. The error is an
// *UndecidedError, or says what is wrong with a policy.
func Stack(pol *policy.Policy, stack []*policy.Policy) (*Witness, error) {
	s := stacked{pol: pol, stack: stack}
	for _, p := range append([]*policy.Policy{pol}, stack...) {
		if err := checkPolicy(p); err != nil {
			return nil, err
		}
		if a, b := p.Arches[0].Arch, pol.Arches[0].Arch; a != b {
			return nil, fmt.Errorf("a stack with a policy for %s and one for %s", a, b)
		}
		s.sides = append(s.sides, side{p, partsOf(p)})
	}
	numbers := s.numbers()
	for _, audit := range s.audits() {
		for _, nr := range numbers {
			if w, err := s.at(audit, nr); w != nil || err != nil {
				return w, err
			}
		}
	}
	return nil, nil
}

// stacked is a policy and the stack that is to mean the same.
type stacked struct {
	*diagrams
	pol   *policy.Policy
	stack []*policy.Policy
	sides []side // pol's, then those of the stack
}

// A side is one of the policies that are compared.
type side struct {
	pol   *policy.Policy
	parts []*part
}

// audits returns the first of all runs of audit values that each policy answers
// alike, those of ABIs first.
func (s *stacked) audits() (list []uint32) {
	var others []uint32
	for _, side := range s.sides {
		for _, p := range side.parts {
			if audit := p.Arch.Audit(); !slices.Contains(list, audit) {
				list, others = append(list, audit), append(others, audit+1)
			}
		}
	}
	for _, audit := range append(others, 0) {
		if !slices.Contains(list, audit) {
			list = append(list, audit)
		}
	}
	return list
}

// numbers returns the first numbers of all runs of numbers that each policy
// answers by the same rules.
func (s *stacked) numbers() (starts []uint32) {
	for _, side := range s.sides {
		starts = append(starts, numberStarts(side.parts)...)
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// An answer is how a policy answers a call: the first of the rules that matches,
// or general. Every rule has conditions, and the last says something else than general.
type answer struct {
	rules   []*policy.Rule
	general policy.Action
}

// answer returns how the policy answers a number.
func (p *side) answer(audit, nr uint32) (a answer) {
	part := owner(p.pol, p.parts, audit, nr)
	switch {
	case part == nil:
		a.general = p.pol.BadArch
	case part.Arch.Audit() != audit:
		a.general, _ = unseen(part.of(nr), part.general(p.pol, nr))
	default:
		a.rules, a.general = part.of(nr), part.general(p.pol, nr)
	}
	if i := slices.IndexFunc(a.rules, func(r *policy.Rule) bool { return len(r.Conds) == 0 }); i >= 0 {
		a.rules, a.general = a.rules[:i], a.rules[i].Action
	}
	a.general = a.general.Effective()
	for len(a.rules) > 0 && a.rules[len(a.rules)-1].Action.Effective() == a.general {
		a.rules = a.rules[:len(a.rules)-1]
	}
	return a
}

// allows reports whether the answer is ALLOW whatever the arguments, as rules show it.
func (a answer) allows() bool {
	return a.general == policy.Allow && !slices.ContainsFunc(a.rules, func(r *policy.Rule) bool { return r.Action.Kind() != policy.Allow })
}

// at compares the answers to one number: as diagrams, or where these would be too
// large rule by rule.
func (s *stacked) at(audit, nr uint32) (*Witness, error) {
	want := s.sides[0].answer(audit, nr)
	var list []answer // those that can be something else than ALLOW
	for i := range s.stack {
		if a := s.sides[i+1].answer(audit, nr); !a.allows() {
			list = append(list, a)
		}
	}
	if want.alone(list) {
		return nil, nil
	}
	s.diagrams = newDiagrams()
	var got, wanted node
	if s.within(diagramSteps, func() { got, wanted = s.answers(list), s.function(want) }) {
		if got == wanted {
			return nil, nil
		}
		in := s.differing(got, wanted)
		in[wordArch], in[wordNr] = audit, nr
		w := s.witness(in.call())
		if w == nil {
			return nil, fmt.Errorf("fault of the proof: a stack answers %s otherwise than its policy, and does not", in.call())
		}
		return w, nil
	}
	s.diagrams = newDiagrams()
	if rest, tail := heads(want, list); rest.alone(tail) || s.covers(rest, tail) {
		return nil, nil
	}
	if w := s.search(audit, nr, append(list, want)); w != nil {
		return w, nil
	}
	if len(want.rules) == 0 {
		return nil, tooLargePolicy(s.pol)
	}
	return nil, tooLong(longCall{arch: owner(s.pol, s.sides[0].parts, audit, nr).Arch, nr: nr, rules: want.rules})
}

// diagramSteps is how many steps the diagrams of one number may take.
const diagramSteps = 1 << 20

// alone reports whether one filter has the same rules, and no other one answers.
func (a answer) alone(list []answer) bool {
	switch len(list) {
	case 0:
		return a.allows()
	case 1:
		return a.same(list[0])
	}
	return false
}

// same reports whether two answers are worded alike.
func (a answer) same(b answer) bool {
	return a.general == b.general && slices.EqualFunc(a.rules, b.rules, sameRule)
}

// function returns an answer as a function of the arguments.
func (d *diagrams) function(a answer) node {
	match, says := d.first(len(a.rules), func(i int) (cond, says node) {
		return d.rule(a.rules[i]), d.leaf(uint32(a.rules[i].Action))
	})
	return d.ite(match, says, d.leaf(uint32(a.general)))
}

// answers returns what the answers of filters, the last installed last, are together.
func (s *stacked) answers(list []answer) node {
	var functions []node
	for _, a := range list {
		functions = append(functions, s.function(a))
	}
	return s.strictest(functions)
}

// heads takes away from a stack the filters that have the first rules of want's and
// otherwise allow, as long as what they say counts wherever they match, whatever
// else is left says. What is left is to answer as the rest of want does.
func heads(want answer, list []answer) (answer, []answer) {
	for i := len(list) - 1; i >= 0 && len(list) > 1; {
		n := len(list[i].rules)
		if !list[i].heads(want, i == len(list)-1) {
			i--
			continue
		}
		want.rules = want.rules[n:]
		list = slices.Delete(slices.Clone(list), i, i+1)
		i = len(list) - 1
	}
	return want, list
}

// heads reports whether a is the first rules of want's, and ALLOW otherwise, and
// each of them says what is stricter than all that the rest of want says, or the
// same; if a is of the newest filter, data may differ.
func (a answer) heads(want answer, newest bool) bool {
	n := len(a.rules)
	if n == 0 || a.general != policy.Allow || n > len(want.rules) || !slices.EqualFunc(a.rules, want.rules[:n], sameRule) {
		return false
	}
	rest := []policy.Action{want.general}
	for _, r := range want.rules[n:] {
		if !slices.Contains(rest, r.Action) {
			rest = append(rest, r.Action)
		}
	}
	return !slices.ContainsFunc(a.rules, func(r *policy.Rule) bool {
		return slices.ContainsFunc(rest, func(other policy.Action) bool {
			return !r.Action.Stricter(other) && other != r.Action && (!newest || other.Stricter(r.Action))
		})
	})
}

// covers reports whether rules show that a stack answers as want does, where one
// diagram of all would be too large: each filter's first rules allow what is not
// its own, its others are those of want's that can match what is, and every call is
// some filter's own. So what a filter does not allow it answers as want does, and
// each call is answered so by at least one.
func (s *stacked) covers(want answer, list []answer) bool {
	owned := no
	for _, a := range list {
		own, ok := s.owns(want, a)
		if !ok {
			return false
		}
		owned = s.or(owned, own)
	}
	return owned == yes && !s.full
}

// owns returns the condition of the calls that a filter answers as want does, if
// it allows all others.
func (s *stacked) owns(want, a answer) (own node, ok bool) {
	own = yes
	for i := 0; ; i++ {
		if s.restricts(want, answer{a.rules[i:], a.general}, own) {
			return own, true
		}
		if i == len(a.rules) || a.rules[i].Action.Kind() != policy.Allow || s.full {
			return no, false
		}
		own = s.and(own, s.not(s.rule(a.rules[i])))
	}
}

// restricts reports whether a has want's rules, in their order, but for some that
// match nothing where own holds.
func (s *stacked) restricts(want, a answer, own node) bool {
	rest := a.rules
	for _, r := range want.rules {
		switch {
		case len(rest) > 0 && sameRule(rest[0], r):
			rest = rest[1:]
		case s.and(own, s.rule(r)) != no || s.full:
			return false
		}
	}
	return len(rest) == 0 && a.general == want.general
}

// stackSamples is how many inputs are made from each rule in search of a witness.
const stackSamples = 16

// search looks for a call of a number that shows a difference, among those that
// rules match.
func (s *stacked) search(audit, nr uint32, list []answer) *Witness {
	from := search{state: 1}
	s.diagrams = newDiagrams()
	for _, a := range list {
		for _, r := range a.rules {
			var cond node
			if !s.within(callSteps([]*policy.Rule{r}), func() { cond = s.rule(r) }) || cond == no {
				continue
			}
			for i := range stackSamples {
				in := from.sample(s.diagrams, cond, i)
				in[wordArch], in[wordNr] = audit, nr
				if w := s.witness(in.call()); w != nil {
					return w
				}
			}
		}
	}
	return nil
}

// witness returns a call if the stack answers it otherwise than the policy.
func (s *stacked) witness(c syscalls.Call) *Witness {
	w := &Witness{Call: c, Got: policy.Allow}
	for _, p := range slices.Backward(s.stack) {
		if a := decision(p, w.Call); a.Stricter(w.Got) {
			w.Got = a
		}
	}
	if w.Want = decision(s.pol, w.Call); w.Got == w.Want {
		return nil
	}
	return w
}
