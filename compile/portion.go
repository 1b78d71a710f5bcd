package compile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A place is a call of an ABI.
type place struct {
	abi int // index in Policy.Arches
	nr  uint32
}

// A portion is a call, of several ABIs where they have the same rules for it, or
// some of its arguments: what one filter decides.
type portion struct {
	places  []place
	region  []policy.Cond // all of which hold
	rules   []int         // of those of each place, in order
	general policy.Action // where none of the rules matches
	insns   int           // of a filter of it alone
}

// cutsMost is how often calls of one policy may be cut. The parts take half of what
// a filter can have, or more, and so many filters exceed the kernel's total.
const cutsMost = 14

// portions returns all calls that a filter other than the last may decide, cut
// until each fits into one filter.
func (s *splitter) portions() (list []portion, err error) {
	for i := range s.pol.Arches {
		a := &s.pol.Arches[i]
		for rest := a.Rules; len(rest) > 0; {
			rules := rulesOf(a, rest[0].Nr)
			rest = rest[len(rules):]
			if s.pinned(i, rules) {
				continue
			}
			at := place{i, rules[0].Nr}
			if same := slices.IndexFunc(list, func(p portion) bool { return s.alike(p.places[0], at) }); same >= 0 {
				list[same].places = append(list[same].places, at)
				continue
			}
			p := portion{places: []place{at}, general: s.general(i, at.nr)}
			for j := range rules {
				p.rules = append(p.rules, j)
			}
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b portion) int { return cmp.Compare(len(b.rules), len(a.rules)) })
	return s.fitAll(list...)
}

// pinned reports whether the filter installed last has to decide a call: one that
// installing another filter needs, one that can be handed over, or one without
// conditions.
func (s *splitter) pinned(i int, rules []policy.Rule) bool {
	a, nr := s.pol.Arches[i].Arch, rules[0].Nr
	for _, name := range []string{"seccomp", "prctl"} {
		if own, ok := syscalls.Number(a, name); ok && own == nr {
			return true
		}
	}
	notify := func(a policy.Action) bool { return a.Kind() == policy.Notify }
	if notify(s.general(i, nr)) || slices.ContainsFunc(rules, func(r policy.Rule) bool { return notify(r.Action) }) {
		return true
	}
	return !slices.ContainsFunc(rules, func(r policy.Rule) bool { return len(r.Conds) > 0 })
}

// alike reports whether two calls have the same rules and general answers.
func (s *splitter) alike(p, q place) bool {
	a, b := rulesOf(&s.pol.Arches[p.abi], p.nr), rulesOf(&s.pol.Arches[q.abi], q.nr)
	return s.general(p.abi, p.nr) == s.general(q.abi, q.nr) && slices.EqualFunc(a, b, sameRule)
}

// general returns the answer to a call where no rule matches.
func (s *splitter) general(i int, nr uint32) policy.Action {
	return generalAnswer(s.pol, &s.pol.Arches[i], nr)
}

// generalAnswer returns the answer of a policy to a call where no rule matches.
func generalAnswer(pol *policy.Policy, a *policy.ArchPolicy, nr uint32) policy.Action {
	if slices.ContainsFunc(a.Newer, func(r policy.Range) bool { return r.Lo <= nr && nr <= r.Hi }) {
		return a.Enosys
	}
	return pol.Default
}

// fit cuts a portion into as many as it takes for each to fit into a filter.
func (s *splitter) fit(p portion) ([]portion, error) {
	f, err := s.filter([]portion{p}, []portion{p}, false)
	if err != nil {
		return nil, err
	}
	if p.insns = len(f.insns); p.insns <= s.most {
		return []portion{p}, nil
	}
	rules := rulesOf(&s.pol.Arches[p.places[0].abi], p.places[0].nr)
	var own []*policy.Rule
	for _, i := range p.rules {
		own = append(own, &rules[i])
	}
	if n := head(own, p.general); n > 0 && p.region == nil {
		first, rest := p, p
		first.rules, first.general, rest.rules = p.rules[:n], policy.Allow, p.rules[n:]
		return s.fitAll(first, rest)
	}
	name := nameOf(s.pol.Arches[p.places[0].abi].Arch, &rules[0])
	c, ok := cut(own, p.region)
	switch s.cuts++; {
	case s.cuts > cutsMost:
		s.reason = fmt.Sprintf("the filters would need more than the %d eBPF instructions that the kernel accepts for a task", abi.MaxPath)
		return nil, nil
	case s.unseen(p.places):
		s.reason = fmt.Sprintf("%s can be called by a number of another ABI, and filters then do not see the arguments that separate its conditions", name)
		return nil, nil
	case !ok:
		s.reason = fmt.Sprintf("the conditions of %s cannot be separated by one argument at a time", name)
		return nil, nil
	}
	var halves [2]portion
	for k, c := range [...]policy.Cond{c, negation(c)} {
		half := p
		half.region, half.rules = append(slices.Clone(p.region), c), nil
		b := boxOf(half.region)
		for _, i := range p.rules {
			if b.satisfiable(&rules[i]) {
				half.rules = append(half.rules, i)
			}
		}
		halves[k] = half
	}
	return s.fitAll(halves[:]...)
}

// fitAll is fit for several.
func (s *splitter) fitAll(list ...portion) (fit []portion, err error) {
	for _, p := range list {
		more, err := s.fit(p)
		if err != nil || s.reason != "" {
			return nil, err
		}
		fit = append(fit, more...)
	}
	return fit, nil
}

// head returns how many of the first rules of a call can have a filter of their
// own, about half of them all if there is a choice: what they say is at least as
// strict as what those after them and the general answer say, so that it counts
// wherever one of them matches, if their filter is the newest.
func head(rules []*policy.Rule, general policy.Action) (best int) {
	strictest := slices.Repeat([]policy.Action{general}, len(rules)+1) // of the rules from there on
	for i, r := range slices.Backward(rules) {
		if strictest[i] = strictest[i+1]; r.Action.Stricter(strictest[i]) {
			strictest[i] = r.Action
		}
	}
	distance := func(n int) int { return max(2*n-len(rules), len(rules)-2*n) }
	laxest := policy.KillProcess
	for n := 1; n < len(rules); n++ {
		if a := rules[n-1].Action; laxest.Stricter(a) {
			laxest = a
		}
		if !strictest[n].Stricter(laxest) && distance(n) < distance(best) {
			best = n
		}
	}
	return best
}

// unseen reports whether some calls can be made where filters do not see their
// arguments, as those by the number of another MIPS ABI.
func (s *splitter) unseen(places []place) bool {
	return slices.ContainsFunc(places, func(p place) bool {
		a := s.pol.Arches[p.abi].Arch
		return slices.ContainsFunc(s.pol.Arches, func(other policy.ArchPolicy) bool {
			return other.Arch.Audit() != a.Audit() && len(s.pol.Numbers(a, other.Arch.Audit())) > 0
		})
	})
}

// rulesOf returns the rules for a number.
func rulesOf(a *policy.ArchPolicy, nr uint32) []policy.Rule {
	lo, _ := slices.BinarySearchFunc(a.Rules, nr, func(r policy.Rule, nr uint32) int { return cmp.Compare(r.Nr, nr) })
	hi := lo
	for hi < len(a.Rules) && a.Rules[hi].Nr == nr {
		hi++
	}
	return a.Rules[lo:hi]
}
