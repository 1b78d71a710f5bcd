package compile

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// shares are the policies of a stack, judged by Decide as filters of them would
// answer.
type shares struct {
	pol  *policy.Policy
	list []*policy.Policy
}

func (s shares) Policy() *policy.Policy { return s.pol }

func (s shares) Run(c syscalls.Call) policy.Action {
	all := policy.Allow
	for _, p := range slices.Backward(s.list) {
		if a, _ := p.Decide(c); a.Stricter(all) {
			all = a
		}
	}
	return all
}

// sharesOf returns a copy of the shares of a stack that can be changed.
func sharesOf(s *Stack) (list []*policy.Policy) {
	for _, f := range s.filters {
		p := *f.policy
		p.Arches = slices.Clone(p.Arches)
		for i := range p.Arches {
			a := &p.Arches[i]
			a.Rules, a.Newer = slices.Clone(a.Rules), slices.Clone(a.Newer)
			for j := range a.Rules {
				a.Rules[j].Conds = slices.Clone(a.Rules[j].Conds)
			}
		}
		list = append(list, &p)
	}
	return list
}

// faults are what a wrong splitter could do to the shares. Each changes one thing at
// random and reports whether it could.
var faults = map[string]func(r *rand.Rand, list []*policy.Policy) bool{
	"a wrong boundary": func(r *rand.Rand, list []*policy.Policy) bool {
		rule := anyRule(r, list, func(rule *policy.Rule) bool { return len(rule.Conds) == 1 && rule.Action == policy.Allow })
		if rule == nil {
			return false
		}
		c := &rule.Conds[0]
		if c.Op == policy.MaskedEQ {
			c.Value ^= c.Mask
		} else if c.Value += 2*uint64(r.IntN(2)) - 1; c.Value > ^uint64(0)>>(64-width(*c)) {
			c.Value = 0
		}
		return true
	},
	"a bound is missing, so that filters overlap": func(r *rand.Rand, list []*policy.Policy) bool {
		return dropRule(r, list, func(rule *policy.Rule) bool { return len(rule.Conds) == 1 && rule.Action == policy.Allow })
	},
	"a rule is missing": func(r *rand.Rand, list []*policy.Policy) bool { return dropRule(r, list, anything) },
	"a general answer is missing": func(r *rand.Rand, list []*policy.Policy) bool {
		return dropRule(r, list, func(rule *policy.Rule) bool { return len(rule.Conds) == 0 })
	},
	"another answer": func(r *rand.Rand, list []*policy.Policy) bool {
		rule := anyRule(r, list, anything)
		if rule != nil {
			rule.Action = []policy.Action{policy.Allow, policy.Errno(2), policy.KillProcess, policy.Log}[r.IntN(4)]
		}
		return rule != nil
	},
	"a condition is missing": func(r *rand.Rand, list []*policy.Policy) bool {
		rule := anyRule(r, list, func(rule *policy.Rule) bool { return len(rule.Conds) > 1 })
		if rule != nil {
			i := r.IntN(len(rule.Conds))
			rule.Conds = slices.Delete(rule.Conds, i, i+1)
		}
		return rule != nil
	},
	"rules swapped": func(r *rand.Rand, list []*policy.Policy) bool {
		a := &list[r.IntN(len(list))].Arches[0]
		if len(a.Rules) < 2 {
			return false
		}
		i := r.IntN(len(a.Rules) - 1)
		if a.Rules[i].Nr != a.Rules[i+1].Nr {
			return false
		}
		a.Rules[i], a.Rules[i+1] = a.Rules[i+1], a.Rules[i]
		return true
	},
	"filters swapped": func(r *rand.Rand, list []*policy.Policy) bool {
		i := r.IntN(len(list) - 1)
		list[i], list[i+1] = list[i+1], list[i]
		return true
	},
	"a gap: a filter allows everything": func(r *rand.Rand, list []*policy.Policy) bool {
		p := list[r.IntN(len(list))]
		p.Default, p.BadArch = policy.Allow, policy.Allow
		for i := range p.Arches {
			p.Arches[i].Rules, p.Arches[i].Enosys = nil, policy.Allow
		}
		return true
	},
	"a default of two filters": func(r *rand.Rand, list []*policy.Policy) bool {
		p, last := list[r.IntN(len(list)-1)], list[len(list)-1]
		p.Default = last.Default
		return true
	},
	"foreign ABIs": func(r *rand.Rand, list []*policy.Policy) bool {
		list[len(list)-1].BadArch = policy.Errno(99)
		return true
	},
	"newer calls": func(r *rand.Rand, list []*policy.Policy) bool {
		a := &list[r.IntN(len(list))].Arches[0]
		if len(a.Newer) == 0 {
			return false
		}
		a.Newer[0].Hi++
		return true
	},
}

func anything(*policy.Rule) bool { return true }

// anyRule returns one of the rules that fit, or nil.
func anyRule(r *rand.Rand, list []*policy.Policy, fits func(*policy.Rule) bool) *policy.Rule {
	var all []*policy.Rule
	for _, p := range list {
		for i := range p.Arches {
			for j := range p.Arches[i].Rules {
				if rule := &p.Arches[i].Rules[j]; fits(rule) {
					all = append(all, rule)
				}
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[r.IntN(len(all))]
}

// dropRule takes one of the rules that fit away.
func dropRule(r *rand.Rand, list []*policy.Policy, fits func(*policy.Rule) bool) bool {
	rule := anyRule(r, list, fits)
	for _, p := range list {
		for i := range p.Arches {
			a := &p.Arches[i]
			for j := range a.Rules {
				if &a.Rules[j] == rule {
					a.Rules = slices.Delete(a.Rules, j, j+1)
					return true
				}
			}
		}
	}
	return false
}

// TestSplitMutants: shares that a wrong splitter could make are not proved, unless
// they mean the same all the same.
func TestSplitMutants(t *testing.T) {
	t.Parallel()
	atLength(t)
	r := newRand(t)
	caught, same, undecided, made := map[string]int{}, map[string]int{}, 0, 0
	judge := func(s *Stack) {
		for _, name := range slices.Sorted(maps.Keys(faults)) {
			list := sharesOf(s)
			if !faults[name](r, list) {
				continue
			}
			made++
			w, err := prove.Stack(s.policy, list)
			all := shares{s.policy, list}
			var unknown *prove.UndecidedError
			switch {
			case errors.As(err, &unknown):
				undecided++
				caught[name]++
			case err != nil:
				t.Fatalf("%s: %v\n%s", name, err, s.policy)
			case w != nil:
				want, _ := s.policy.Decide(w.Call)
				if got := all.Run(w.Call); got != w.Got || want != w.Want || got == want {
					t.Fatalf("%s: the witness is %v, and the shares answer %s, the policy %s", name, w, got, want)
				}
				caught[name]++
			default:
				same[name]++
				for _, a := range s.policy.Arches {
					var nrs []uint32
					for i, rule := range a.Rules {
						if i == 0 || rule.Nr != a.Rules[i-1].Nr {
							nrs = append(nrs, rule.Nr-1, rule.Nr, rule.Nr+1)
						}
					}
					for _, n := range a.Newer {
						nrs = append(nrs, n.Lo-1, n.Lo, n.Hi, n.Hi+1)
					}
					if err := disagreement(all, a.Arch.Audit(), append(nrs, 0, ^uint32(0), 1<<30), r); err != nil {
						t.Fatalf("%s: proved, and %v\n%s", name, err, s.policy)
					}
				}
			}
		}
	}
	for i := range 200 {
		pol, most := randomPolicy(r), 20+r.IntN(60)
		if i%3 == 0 {
			pol, most = longPolicy(r, 30), 50+r.IntN(50)
		}
		if s, err := split(pol, Options{NoVerify: true}, most, &SizeError{}); err == nil && len(s.filters) > 1 {
			judge(s)
		}
	}
	t.Logf("%d mutants, %d undecided; caught: %v; proved to mean the same: %v", made, undecided, caught, same)
	for name := range faults {
		if caught[name] < 5 {
			t.Errorf("%s: caught %d times, want 5 at least", name, caught[name])
		}
	}
}

// TestSplitLongMutants: so it is with calls of too many rules for one diagram.
func TestSplitLongMutants(t *testing.T) {
	t.Parallel()
	atLength(t)
	r := newRand(t)
	for _, pol := range []*policy.Policy{manyValues(1, 3000), longCall(3000, false), longCall(1000, true)} {
		s, err := split(pol, Options{NoVerify: true}, abi.MaxInsns, &SizeError{})
		if err != nil {
			t.Fatal(err)
		}
		if w, err := prove.Stack(pol, sharesOf(s)); w != nil || err != nil {
			t.Errorf("the shares of a stack are not proved: %v, %v", w, err)
		}
		caught, same := 0, 0
		for _, name := range slices.Sorted(maps.Keys(faults)) {
			list := sharesOf(s)
			if !faults[name](r, list) {
				continue
			}
			w, err := prove.Stack(pol, list)
			if w == nil && err == nil {
				same++
				if err := disagreement(shares{pol, list}, pol.Arches[0].Arch.Audit(), []uint32{0, 15, 16, 17}, r); err != nil {
					t.Errorf("%s: proved, and %v", name, err)
				}
				continue
			}
			if unknown := (*prove.UndecidedError)(nil); err != nil && !errors.As(err, &unknown) {
				t.Errorf("%s: %v", name, err)
			}
			caught++
		}
		t.Logf("%d caught, %d proved to mean the same", caught, same)
		if caught < 5 {
			t.Errorf("%d caught, want 5 at least", caught)
		}
	}
}
