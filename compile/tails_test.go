package compile

import (
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestTails: where a call has the rules of another one and more, their instructions are
// there once, whatever the order of the arguments.
func TestTails(t *testing.T) {
	rule := func(action policy.Action, conds ...policy.Cond) policy.Rule {
		return policy.Rule{Action: action, Conds: conds}
	}
	masked := rule(policy.Allow, policy.Cond{Arg: 1, Op: policy.MaskedEQ, Mask: 0x7fffffff, Value: 1, Width: 32})
	last := rule(policy.Allow, policy.Cond{Arg: 3, Op: policy.NE, Value: 1, Width: 32})
	two := rule(policy.Allow, policy.Cond{Arg: 0, Op: policy.LT, Value: 5, Width: 32}, policy.Cond{Arg: 4, Op: policy.GT, Value: 39, Width: 32})
	strict := rule(policy.KillProcess, policy.Cond{Arg: 5, Op: policy.EQ, Value: 7, Width: 32})
	for _, tt := range []struct {
		name  string
		calls [][]policy.Rule
		want  int // instructions after the tests of arch and nr
	}{
		{"either order, the longer one shared", [][]policy.Rule{{masked}, {last}, {masked, last}}, 3 + 2 + 2},
		{"of two arguments", [][]policy.Rule{{last}, {two}, {two, last}}, 2 + 4 + 2},
		{"two rules shared", [][]policy.Rule{{masked, two}, {masked, two, last}}, 7 + 2},
		{"rules again", [][]policy.Rule{{last}, {two}, {two, last, two}}, 2 + 4 + 2},
		{"rules in another order", [][]policy.Rule{{masked, two}, {two, last, masked}}, 7 + 2},
		{"a stricter rule comes before", [][]policy.Rule{{masked}, {strict, masked}}, 3 + 2},
		{"a stricter rule cannot come last", [][]policy.Rule{{strict}, {strict, masked}}, 2 + 2 + 3},
		{"two calls share one of them", [][]policy.Rule{{two}, {two, last}, {two, last}}, 4 + 2},
		{"not where a stricter rule comes between", [][]policy.Rule{{masked, last}, {masked, strict, last}}, 5 + 5},
	} {
		a := policy.ArchPolicy{Arch: arch.X86}
		for nr, rules := range tt.calls {
			for _, r := range rules {
				r.Nr = uint32(10 * nr)
				a.Rules = append(a.Rules, r)
			}
		}
		pol := &policy.Policy{Default: policy.Errno(1), BadArch: policy.KillProcess, Arches: []policy.ArchPolicy{a}}
		f, err := Policy(pol, Options{})
		if err != nil {
			t.Fatal(err)
		}
		answers := map[policy.Action]bool{policy.Errno(1): true, policy.KillProcess: true, policy.Allow: true}
		if got := len(f.Insns()) - 3 - len(tt.calls) - len(answers); got != tt.want {
			t.Errorf("%s: %d instructions for the rules, want %d\n%s", tt.name, got, tt.want, f)
		}
	}
}

// TestLastRulesOfLongCall: a call of few rules that are the last ones of a call of many,
// so that both may have the same instructions, is proved, and so is the other one.
func TestLastRulesOfLongCall(t *testing.T) {
	r := newRand(t)
	for i := range 400 {
		long := longRules(r, arch.X86_64, 16, bodyRules+1+r.IntN(4))
		pol := &policy.Policy{Default: policy.Errno(1), BadArch: policy.KillProcess, Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: long}}}
		for _, rule := range long[1+r.IntN(len(long)-1):] {
			rule.Nr = 20
			pol.Arches[0].Rules = append(pol.Arches[0].Rules, rule)
		}
		if _, err := Policy(pol, Options{}); err != nil {
			t.Fatalf("policy %d: %v\n%s", i, err, pol)
		}
	}
}
