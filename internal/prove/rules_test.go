package prove

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// ruleTests are rules of one call, as many as conditions, with different actions.
var ruleTests = []struct {
	name     string
	rules    []policy.Rule
	shadowed []string // rule <- those before it that match its calls
	overlaps []string // two rules and a call
}{
	{"none", nil, nil, nil},
	{"apart", rulesOf("0 == 1", "0 == 2", "0 > 2"), nil, nil},
	{"behind an unconditional one", rulesOf("", "0 == 1"), []string{"2 <- 1"}, []string{"1 2 read(1)"}},
	{"before an unconditional one", rulesOf("0 == 1", ""), nil, []string{"1 2 read(1)"}},
	{"covered by two", rulesOf("0 < 10", "0 >= 10", "1 == 7"), []string{"3 <- 1 2"}, []string{"1 3 read(0, 7)", "2 3 read(10, 7)"}},
	{"covered by one of two", rulesOf("0 < 10", "0 > 20", "0 > 30"), []string{"3 <- 2"}, []string{"2 3 read(31)"}},
	{"covered but for one value", rulesOf("0 < 10", "0 > 10", "1 == 7"), nil, []string{"1 3 read(0, 7)", "2 3 read(11, 7)"}},
	{"by masks", rulesOf("0 & 1", "0 & 2", "0 & 3"), []string{"3 <- 1 2"}, []string{"1 2 read(3)", "1 3 read(3)", "2 3 read(3)"}},
	{"never holds", rulesOf("0 < 0", "0 > 18446744073709551615", "0 == 0"), []string{"1 <-", "2 <-"}, nil},
	{"of one action", []policy.Rule{{Nr: 0, Action: policy.Allow}, {Nr: 0, Action: policy.Allow}}, []string{"2 <- 1"}, nil},
	{"of two calls", []policy.Rule{{Nr: 0, Action: policy.Allow}, {Nr: 1, Action: policy.Trap}}, nil, nil},
	{"not the ABI's", []policy.Rule{{Nr: 1 << 30, Action: policy.Allow}, {Nr: 1 << 30, Action: policy.Trap}}, []string{"1 <-", "2 <-"}, nil},
}

// rulesOf returns rules of call 0 with a condition each, "ARG OP DATUM".
func rulesOf(conds ...string) (rules []policy.Rule) {
	ops := map[string]policy.Op{"==": policy.EQ, "<": policy.LT, ">": policy.GT, ">=": policy.GE, "&": policy.MaskedEQ}
	for i, text := range conds {
		r := policy.Rule{Action: policy.Errno(uint16(i + 1))}
		if text != "" {
			var op string
			c := policy.Cond{}
			fmt.Sscan(text, &c.Arg, &op, &c.Value)
			c.Op, c.Mask = ops[op], c.Value
			r.Conds = []policy.Cond{c}
		}
		rules = append(rules, r)
	}
	return rules
}

func TestRules(t *testing.T) {
	for _, tt := range ruleTests {
		t.Run(tt.name, func(t *testing.T) {
			pol := &policy.Policy{Default: policy.Log, Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: tt.rules}}}
			index := func(r *policy.Rule) int {
				for i := range tt.rules {
					if &tt.rules[i] == r {
						return i + 1
					}
				}
				return 0
			}
			shadowed, err := Shadowed(pol)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range shadowed {
				line := fmt.Sprintf("%d <-", index(s.Rule))
				for _, by := range s.By {
					line += fmt.Sprintf(" %d", index(by))
				}
				if _, decides := pol.Decide(s.Witness); len(s.By) > 0 && (decides == s.Rule || !s.Rule.Matches(s.Witness.Args)) {
					t.Errorf("Shadowed: %s, and %s shows that it is not", line, s.Witness)
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.shadowed, got); diff != "" {
				t.Errorf("Shadowed (-want +got)\n%s", diff)
			}
			overlaps, err := Overlaps(pol)
			if err != nil {
				t.Fatal(err)
			}
			got = nil
			for _, o := range overlaps {
				name, _ := syscalls.Name(o.Arch, o.Witness.Nr)
				got = append(got, fmt.Sprintf("%d %d %s", index(o.First), index(o.Second), o.Witness.String()[len("x86_64 "):]))
				if name == "" || !o.First.Matches(o.Witness.Args) || !o.Second.Matches(o.Witness.Args) {
					t.Errorf("Overlaps has %s for a call that both rules match", o.Witness)
				}
			}
			if diff := cmp.Diff(tt.overlaps, got); diff != "" {
				t.Errorf("Overlaps (-want +got)\n%s", diff)
			}
		})
	}
	if _, err := Shadowed(&policy.Policy{}); err == nil {
		t.Error("Shadowed of a policy without ABIs = nil, want an error")
	}
	if _, err := Overlaps(&policy.Policy{}); err == nil {
		t.Error("Overlaps of a policy without ABIs = nil, want an error")
	}
}

// TestRulesOfRandom: no call is decided by a rule that is shadowed, or matched by
// two rules that do not overlap.
func TestRulesOfRandom(t *testing.T) {
	r := newRand(t)
	found := 0
	for range repeat(300) {
		pol := randomPolicy(r)
		shadowed, err := Shadowed(pol)
		if err != nil {
			t.Fatal(err)
		}
		overlaps, err := Overlaps(pol)
		if err != nil {
			t.Fatal(err)
		}
		found += len(shadowed)
		ks := constants(nil, pol)
		for range 300 {
			c := likely(r, pol, ks)
			_, by := pol.Decide(c)
			for _, s := range shadowed {
				if s.Rule == by {
					t.Fatalf("%s is decided by a shadowed rule\n%s", c, pol)
				}
			}
			for _, a := range pol.Arches {
				for i := range a.Rules {
					for j := range i {
						x, y := &a.Rules[j], &a.Rules[i]
						if by == nil || x.Nr != by.Nr || y.Nr != x.Nr || a.Arch.Audit() != c.Audit || x.Action == y.Action || !x.Matches(c.Args) || !y.Matches(c.Args) {
							continue
						}
						listed := false
						for _, o := range overlaps {
							listed = listed || o.First == x && o.Second == y
						}
						if c.Nr == x.Nr && !listed {
							t.Fatalf("%s is matched by two rules that do not overlap, %s and %s\n%s", c, x, y, pol)
						}
					}
				}
			}
		}
	}
	if found < repeat(100) {
		t.Errorf("%d rules are shadowed, want %d", found, repeat(100))
	}
}
