package compile

import (
	"testing"

	"github.com/seccompile/seccompile/profile/policy"
)

// TestExcludes: what a box excludes holds for none of its values, and what it cannot
// exclude is mostly met.
func TestExcludes(t *testing.T) {
	r := newRand(t)
	excluded, seen := 0, 0
	for range 3000 {
		width := []int{16, 32, 64}[r.IntN(3)]
		field := ^uint64(0) >> (64 - width)
		random := func(ops ...policy.Op) policy.Cond {
			c := policy.Cond{Op: ops[r.IntN(len(ops))], Value: uint64(r.IntN(40)) << r.IntN(width-6), Width: uint8(width)}
			if c.Op == policy.MaskedEQ {
				c.Mask = 1 << r.IntN(width)
				c.Value &= c.Mask
			}
			return c
		}
		var conds []policy.Cond
		for range 1 + r.IntN(3) {
			conds = append(conds, random(policy.LT, policy.GE, policy.MaskedEQ))
		}
		c := random(policy.NE, policy.LT, policy.LE, policy.EQ, policy.GE, policy.GT, policy.MaskedEQ)
		b := boxOf(conds)
		met := false
		for _, v := range append(interesting(append(conds, c), 0), r.Uint64(), r.Uint64()&255) {
			in := [6]uint64{v & field}
			all := policy.Rule{Conds: conds}
			met = met || all.Matches(in) && c.Matches(in)
			for _, part := range conds {
				if negation(part).Matches(in) == part.Matches(in) {
					t.Fatalf("%s and its negation %s for %#x", part, negation(part), v)
				}
			}
		}
		if b[0].excludes(c) {
			excluded++
			if met {
				t.Fatalf("%v exclude %s, and both hold", conds, c)
			}
		} else if !met {
			seen++
		}
	}
	t.Logf("%d excluded, %d not seen to be", excluded, seen)
	if excluded < 500 || seen > excluded {
		t.Errorf("%d conditions excluded, %d not seen to be: want 500 at least, and fewer", excluded, seen)
	}
}

// TestCut: a condition that parts the rules well, and none where nothing does.
func TestCut(t *testing.T) {
	rules := func(op policy.Op, mask uint64) (list []*policy.Rule) {
		for v := range uint64(8) {
			list = append(list, &policy.Rule{Conds: []policy.Cond{{Arg: 1, Op: op, Value: v, Mask: mask}}})
		}
		return list
	}
	for _, tt := range []struct {
		rules []*policy.Rule
		want  string
	}{
		{rules(policy.EQ, 0), "a1 < 4"},
		{rules(policy.MaskedEQ, 7), "a1 & 0x1 == 1"},
		{rules(policy.NE, 0), "a1 < 4"}, // the rules can match on both sides, with half of the conditions
		{[]*policy.Rule{{}, {}}, ""},
		{nil, ""},
	} {
		got := ""
		if c, ok := cut(tt.rules, nil); ok {
			got = c.String()
		}
		if got != tt.want {
			t.Errorf("cut of %v = %q, want %q", tt.rules, got, tt.want)
		}
	}
}
