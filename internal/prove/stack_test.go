package prove

import (
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// share returns a policy of a filter that answers with general unless a rule, for
// number 1, matches.
func share(general policy.Action, rules ...policy.Rule) *policy.Policy {
	for i := range rules {
		rules[i].Nr = 1
	}
	return &policy.Policy{Default: general, BadArch: general, Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: rules, Enosys: general}}}
}

func when(op policy.Op, v uint64, a policy.Action) policy.Rule {
	return policy.Rule{Action: a, Conds: []policy.Cond{{Op: op, Value: v}}}
}

func always(a policy.Action) policy.Rule { return policy.Rule{Action: a} }

// TestStack: shares that mean the same together, and those that do not.
func TestStack(t *testing.T) {
	const allow = policy.Allow
	e1, e2 := policy.Errno(1), policy.Errno(2)
	// Allowed from 10 to 19, refused elsewhere.
	window := func() *policy.Policy {
		return share(e1, when(policy.LT, 10, e1), when(policy.LT, 20, allow))
	}
	rest := func() *policy.Policy { return share(e1, always(allow)) }
	long := share(e1)
	for v := range uint64(1500) { // too much for a diagram
		long.Arches[0].Rules = append(long.Arches[0].Rules, policy.Rule{Nr: 1, Action: allow, Conds: []policy.Cond{
			{Arg: 0, Op: policy.MaskedEQ, Mask: v * 0x9e3779b97f4a7c15, Value: v * v * 0x9e3779b97f4a7c15}, {Arg: 1, Op: policy.NE, Value: v}, {Arg: 2, Op: policy.GT, Value: v << 40},
		}})
	}
	part := func(outside policy.Rule) *policy.Policy {
		p := share(allow, outside)
		p.Arches[0].Rules = append(append(p.Arches[0].Rules, long.Arches[0].Rules...), policy.Rule{Nr: 1, Action: e1})
		return p
	}
	shorter := part(when(policy.GE, 5, allow))
	shorter.Arches[0].Rules = append(shorter.Arches[0].Rules[:1:1], shorter.Arches[0].Rules[2:]...)
	refuses := func(outside ...policy.Rule) *policy.Policy { // and its last rule says what the default says
		p := share(allow, outside...)
		for _, r := range long.Arches[0].Rules {
			r.Action = e1
			p.Arches[0].Rules = append(p.Arches[0].Rules, r)
		}
		return p
	}
	tailed := refuses()
	tailed.Arches[0].Rules = append(tailed.Arches[0].Rules, policy.Rule{Nr: 1, Action: allow, Conds: []policy.Cond{{Arg: 3, Op: policy.EQ, Value: 3}}})
	x32 := share(allow)
	x32.Arches[0].Arch = arch.X32
	for _, tt := range []struct {
		name  string
		pol   *policy.Policy
		stack []*policy.Policy
		want  string // of the witness; "" for none
	}{
		{"itself", window(), []*policy.Policy{window()}, ""},
		{"itself twice", window(), []*policy.Policy{window(), window()}, ""},
		{"nothing", window(), nil, "x86_64 read() is ALLOW"},
		{"nothing for what allows", share(allow), nil, ""},
		{"a call elsewhere", window(), []*policy.Policy{share(allow, when(policy.LT, 10, e1), when(policy.LT, 20, allow), always(e1)), rest()}, ""},
		{"a call nowhere", window(), []*policy.Policy{share(allow), rest()}, "x86_64 write() is ALLOW"},
		{"a call in two", window(), []*policy.Policy{share(allow, when(policy.LT, 10, e1), when(policy.LT, 20, allow), always(e1)), share(e1)}, "x86_64 write(10) is ERRNO(1)"},
		{"without the general answer", window(), []*policy.Policy{share(allow, when(policy.LT, 10, e1), when(policy.LT, 20, allow)), rest()}, "x86_64 write(20) is ALLOW"},
		{"by ranges", window(), []*policy.Policy{
			share(allow, when(policy.GE, 15, allow), when(policy.LT, 10, e1), when(policy.LT, 20, allow), always(e1)),
			share(e1, when(policy.LT, 15, allow), when(policy.LT, 20, allow)),
		}, ""},
		{"by ranges with a gap", window(), []*policy.Policy{
			share(allow, when(policy.GE, 9, allow), when(policy.LT, 10, e1), always(e1)),
			share(e1, when(policy.LT, 15, allow), when(policy.LT, 20, allow)),
		}, "x86_64 write(9) is ALLOW"},
		{"the newest of equal ones counts", share(e1, when(policy.LT, 10, e2)), []*policy.Policy{share(e1), share(allow, when(policy.LT, 10, e2))}, ""},
		{"swapped", share(e1, when(policy.LT, 10, e2)), []*policy.Policy{share(allow, when(policy.LT, 10, e2)), share(e1)}, "x86_64 write() is ERRNO(1)"},
		{"data of ALLOW", share(allow | 7), []*policy.Policy{share(allow), share(allow | 9)}, ""},
		{"long", long, []*policy.Policy{part(when(policy.GE, 5, allow)), part(when(policy.LT, 5, allow)), rest()}, ""},
		{"long, overlapping", long, []*policy.Policy{part(when(policy.GE, 6, allow)), part(when(policy.LT, 5, allow)), rest()}, ""},
		{"long without the last rules, which change nothing", tailed, []*policy.Policy{refuses(when(policy.GE, 5, allow)), refuses(when(policy.LT, 5, allow))}, ""},
		{"long with a gap", long, []*policy.Policy{part(when(policy.GE, 5, allow)), part(when(policy.LT, 6, allow)), rest()}, "undecided"},
		{"long without a rule", long, []*policy.Policy{shorter, part(when(policy.LT, 5, allow)), rest()}, "undecided"},
		{"another ABI", share(allow), []*policy.Policy{x32}, "a stack with a policy for x32"},
		{"no ABI", share(allow), []*policy.Policy{{}}, "a policy without ABIs"},
	} {
		w, err := Stack(tt.pol, tt.stack)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case w != nil:
			got = w.Call.String() + " is " + w.Got.String()
		}
		if tt.want == "undecided" && w != nil { // as good
			got = "undecided"
		}
		if (tt.want == "") != (got == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
