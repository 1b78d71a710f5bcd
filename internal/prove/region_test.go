package prove

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/profile/policy"
)

// most returns the condition that the bits of a field in mask, with the others 0, are at
// most n.
func (d *diagrams) most(arg int, mask, n uint64) node {
	c := yes
	for bit := range 64 {
		level := high(arg).level(31) + 63 - int32(bit)
		x := no
		if mask>>bit&1 == 1 {
			x = d.bit(level)
		}
		if n>>bit&1 == 1 {
			c = d.ite(x, c, yes)
		} else {
			c = d.ite(x, no, c)
		}
	}
	return c
}

// holding returns the condition that cases are.
func (d *diagrams) holding(list []Case) node {
	any := no
	for _, c := range list {
		all := yes
		for _, v := range c {
			in := no
			for _, r := range v.Ranges {
				from := yes
				if r.Lo > 0 {
					from = d.not(d.most(v.Arg, v.Mask, r.Lo-1))
				}
				in = d.or(in, d.and(from, d.most(v.Arg, v.Mask, r.Hi)))
			}
			all = d.and(all, in)
		}
		any = d.or(any, all)
	}
	return any
}

// TestCasesAreExact: the cases of each pair of answers are, as a diagram, where two
// made-up functions have these answers, and no two cases have a call in common.
func TestCasesAreExact(t *testing.T) {
	r := newRand(t)
	listed, beyond, longest := 0, 0, 0
	for range repeat(600) {
		var f [2]node
		c := comparison{diagrams: newDiagrams(), found: map[[2]node][]answers{}}
		for i := range f {
			f[i] = c.leaf(uint32(policy.Allow))
			for range 1 + r.IntN(4) {
				rule := policy.Rule{Action: pick(r, policy.Allow, policy.Errno(1), policy.Log)}
				arg := r.IntN(2)
				for range 1 + r.IntN(2) {
					if r.IntN(8) == 0 {
						arg = r.IntN(6)
					}
					cond := randomCond(r, arg)
					if cond.Op == policy.MaskedEQ && r.IntN(2) == 0 {
						cond.Mask = uint64(r.Uint32())
						cond.Value &= cond.Mask
					}
					rule.Conds = append(rule.Conds, cond)
				}
				f[i] = c.ite(c.rule(&rule), c.leaf(uint32(rule.Action)), f[i])
			}
			if r.IntN(8) == 0 { // and the instruction pointer
				f[i] = c.ite(c.bit(wordIP.level(r.IntN(32))), f[i], c.leaf(uint32(policy.Trap)))
			}
		}
		list, err := c.differ(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			if x.where == nil {
				beyond++
				continue
			}
			old := c.where(f[0], func(l row) bool { return l == c.rows[x.pair[0]] })
			new := c.where(f[1], func(l row) bool { return l == c.rows[x.pair[1]] })
			if c.holding(x.where) != c.and(old, new) {
				t.Fatalf("the cases are not where the answers are %v: %v", x.pair, x.where)
			}
			for i, a := range x.where {
				for _, b := range x.where[:i] {
					if c.and(c.holding([]Case{a}), c.holding([]Case{b})) != no {
						t.Fatalf("cases %v and %v have calls in common", a, b)
					}
				}
			}
			if listed++; len(x.where) > longest {
				longest = len(x.where)
			}
		}
	}
	t.Logf("%d conditions, the longest of %d cases; %d more are beyond the limits", listed, longest, beyond)
	if listed < 20*beyond || longest < 8 {
		t.Errorf("too few of the conditions are listed, or too short ones")
	}
}

// TestCases: conditions as short as people would write them.
func TestCases(t *testing.T) {
	eq := func(arg uint8, values ...uint64) (list []policy.Rule) {
		for _, v := range values {
			list = append(list, policy.Rule{Action: policy.Errno(1), Conds: []policy.Cond{{Arg: arg, Op: policy.EQ, Value: v, Width: 32}}})
		}
		return list
	}
	rule := func(conds ...policy.Cond) []policy.Rule {
		return []policy.Rule{{Action: policy.Errno(1), Conds: conds}}
	}
	var odd []uint64
	for i := range uint64(rangesMost + 1) {
		odd = append(odd, 70001*i)
	}
	const word = 1<<32 - 1
	for _, tt := range []struct {
		name  string
		rules []policy.Rule
		want  string
	}{
		{"every call", rule(), "[[]]"},
		{"families", eq(0, 3, 4, 5, 6, 11, 12, 19), "[[{0 4294967295 [{3 6} {11 12} {19 19}]}]]"},
		{"one value of 64 bits", rule(policy.Cond{Arg: 2, Op: policy.EQ, Value: 7}), "[[{2 18446744073709551615 [{7 7}]}]]"},
		{"all but one", rule(policy.Cond{Arg: 0, Op: policy.NE, Value: 40, Width: 32}), "[[{0 4294967295 [{0 39} {41 4294967295}]}]]"},
		{"no flag", rule(policy.Cond{Arg: 0, Op: policy.MaskedEQ, Mask: 0x7e020000, Value: 0}), "[[{0 2114060288 [{0 0}]}]]"},
		{"an access mode", rule(policy.Cond{Arg: 1, Op: policy.MaskedEQ, Mask: 3, Value: 1}), "[[{1 3 [{1 1}]}]]"},
		{"the high half", rule(policy.Cond{Arg: 1, Op: policy.MaskedEQ, Mask: word << 32, Value: 5 << 32}), "[[{1 18446744069414584320 [{21474836480 21474836480}]}]]"},
		{"two arguments", rule(policy.Cond{Arg: 0, Op: policy.EQ, Value: 1, Width: 32}, policy.Cond{Arg: 1, Op: policy.GT, Value: 5, Width: 32}),
			"[[{0 4294967295 [{1 1}]} {1 4294967295 [{6 4294967295}]}]]"},
		{"either of two", append(eq(0, 1), eq(1, 2)...), "[[{0 4294967295 [{0 0} {2 4294967295}]} {1 4294967295 [{2 2}]}] [{0 4294967295 [{1 1}]}]]"},
		{"too many values", eq(0, odd...), "[]"},
		{"a flag but for one value", rule(policy.Cond{Arg: 2, Op: policy.MaskedEQ, Mask: 3}, policy.Cond{Arg: 2, Op: policy.NE, Value: 1 << 31, Width: 32}),
			"[[{2 3 [{0 0}]} {2 4294967292 [{0 2147483644} {2147483652 4294967292}]}]]"},
		{"no flag but for one value", append(rule(policy.Cond{Arg: 2, Op: policy.NE, Value: 1 << 31, Width: 32}),
			policy.Rule{Action: policy.Allow, Conds: []policy.Cond{{Arg: 2, Op: policy.MaskedEQ, Mask: 3, Value: 1}}}),
			"[[{2 3 [{0 0} {2 3}]} {2 4294967295 [{0 2147483647} {2147483649 4294967295}]}]]"},
		{"a flag or one value", append(rule(policy.Cond{Arg: 2, Op: policy.MaskedEQ, Mask: 3, Value: 1}), eq(2, 1<<31)...), "[[{2 3 [{1 1}]}] [{2 4294967295 [{2147483648 2147483648}]}]]"},
	} {
		c := comparison{diagrams: newDiagrams(), found: map[[2]node][]answers{}}
		f := [2]node{c.leaf(uint32(policy.Allow)), c.leaf(uint32(policy.Allow))}
		for i := range tt.rules {
			f[1] = c.ite(c.rule(&tt.rules[i]), c.leaf(uint32(tt.rules[i].Action)), f[1])
		}
		list, err := c.differ(f)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: differ = %v, %v", tt.name, list, err)
		}
		if diff := cmp.Diff(tt.want, fmt.Sprint(list[0].where)); diff != "" {
			t.Errorf("%s: cases (-want +got)\n%s", tt.name, diff)
		}
	}
	// The complement of flags is one case, too.
	c := comparison{diagrams: newDiagrams(), found: map[[2]node][]answers{}}
	flags := c.cond(policy.Cond{Arg: 0, Op: policy.MaskedEQ, Mask: 0x7e020000, Value: 0})
	list, err := c.differ([2]node{c.leaf(uint32(policy.Allow)), c.ite(flags, c.leaf(uint32(policy.Allow)), c.leaf(uint32(policy.Errno(1))))})
	if got := fmt.Sprint(list[0].where); err != nil || got != "[[{0 2114060288 [{131072 2114060288}]}]]" {
		t.Errorf("some flag: cases %s, %v", got, err)
	}
}
