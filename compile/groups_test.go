package compile

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

func diagramOf(pol *policy.Policy) *diagram.Node {
	n, _ := lower(pol)
	return n
}

// longRules returns so many rules for one call, in an order like that of a
// resolved policy, with conditions that have little in common.
func longRules(r *rand.Rand, a arch.Arch, nr uint32, rules int) (list []policy.Rule) {
	actions := []policy.Action{policy.KillProcess, policy.Trap, policy.Errno(1), policy.Errno(38), policy.Log, policy.Allow}
	value := func() uint64 {
		switch r.IntN(4) {
		case 0:
			return uint64(r.IntN(16))
		case 1:
			return 1 << r.IntN(64)
		case 2:
			return r.Uint64() >> r.IntN(64)
		}
		first := r.IntN(64)
		return 1<<first | 1<<r.IntN(64)
	}
	odd := r.IntN(3) == 0 // actions in any order
	for i := range rules {
		rule := policy.Rule{Nr: nr, Origin: &policy.Origin{Name: "ioctl"}, Action: actions[i*len(actions)/rules]}
		if odd && r.IntN(4) == 0 {
			rule.Action = actions[r.IntN(len(actions))]
		}
		first := r.IntN(3)
		for arg := first; arg < first+1+r.IntN(4) && arg < 6; arg++ {
			width := []int{64, 32, 64, 64, 16, 64}[arg]
			if a.Bits() == 32 {
				width = min(width, 32)
			}
			field := ^uint64(0) >> (64 - width)
			c := policy.Cond{Arg: uint8(arg), Op: policy.Op(1 + r.IntN(7)), Value: value() & field, Mask: value() & field, Width: uint8(width)}
			if c.Op != policy.MaskedEQ {
				c.Mask = 0
			}
			switch { // most conditions are to hold for few values, or the first rules decide all
			case c.Op == policy.NE && arg == first, c.Op == policy.MaskedEQ && c.Mask == 0:
				c.Op = policy.EQ
			case c.Op == policy.LT || c.Op == policy.LE:
				c.Value >>= r.IntN(width)
			case c.Op == policy.GE || c.Op == policy.GT:
				c.Value |= field << (width / 2) & field
			}
			rule.Conds = append(rule.Conds, c)
		}
		list = append(list, rule)
	}
	return list
}

// longPolicy returns a policy for some ABIs of one kernel that have up to that
// many rules for a few calls each.
func longPolicy(r *rand.Rand, rules int) *policy.Policy {
	families := [][]arch.Arch{
		{arch.X86_64}, {arch.X86_64, arch.X86, arch.X32}, {arch.AArch64, arch.ARM}, {arch.S390X, arch.S390}, {arch.MIPSEL64, arch.MIPSEL},
	}
	pol := &policy.Policy{Default: []policy.Action{policy.Errno(1), policy.Allow}[r.IntN(2)], BadArch: policy.KillThread}
	for _, a := range families[r.IntN(len(families))] {
		ap := policy.ArchPolicy{Arch: a}
		for call := range uint32(1 + r.IntN(3)) {
			ap.Rules = append(ap.Rules, longRules(r, a, a.NumberBase()+16+2*call, 5+r.IntN(rules-4))...)
		}
		pol.Arches = append(pol.Arches, ap)
	}
	return pol
}

var longPolicies = flag.Int("long", 10, "how many made-up policies with long lists are judged")

// TestLongPolicies has the proof and the interpreter judge filters of made-up
// policies with 5 to 60 rules a call, and shrinks what they find.
func TestLongPolicies(t *testing.T) {
	t.Parallel()
	r := newRand(t)
	large, n := 0, *longPolicies
	if testing.Short() {
		n = 10
	}
	for i := range n {
		pol := longPolicy(r, 60)
		fault := func(pol *policy.Policy) error {
			err := judge(pol, r)
			if e := (*SizeError)(nil); errors.As(err, &e) {
				large++
				return nil
			}
			return err
		}
		if err := fault(pol); err != nil {
			small := shrink(pol, fault)
			t.Fatalf("policy %d: %v\nthe smallest policy with a fault: %v\n%s", i, err, fault(small), small)
		}
	}
	if large > n/20 {
		t.Errorf("%d of %d policies are too large", large, n)
	}
}

// TestLinear: programs grow with the rules of a call and not much faster, and so
// does what the proof takes.
func TestLinear(t *testing.T) {
	r := newRand(t)
	const lists = 5
	before := 0
	for rules := 25; rules <= 400; rules *= 2 {
		insns, conds := 0, 0
		var made, proved time.Duration
		for range lists {
			pol := &policy.Policy{Default: policy.Errno(1), Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: longRules(r, arch.X86_64, 16, rules)}}}
			for _, rule := range pol.Arches[0].Rules {
				conds += len(rule.Conds)
			}
			start := time.Now()
			f, err := Policy(pol, Options{NoVerify: true})
			if err != nil {
				t.Fatalf("%d rules: %v", rules, err)
			}
			insns, made = insns+len(f.insns), made+time.Since(start)
			start = time.Now()
			if w, err := prove.Policy(f.insns, pol, f.claims...); w != nil || err != nil {
				t.Fatalf("%d rules: %v, %v, want a proof\n%s", rules, w, err, pol)
			}
			proved += time.Since(start)
			loaded, err := Load(f.insns, arch.X86_64)
			if err != nil {
				t.Fatal(err)
			}
			if err := Verify(loaded, pol); err != nil {
				t.Errorf("%d rules, as a program from elsewhere: Verify: %v", rules, err)
			}
		}
		t.Logf("%d rules, %d conditions: %d instructions, compiled in %v, proved in %v", rules, conds/lists, insns/lists, made/lists, proved/lists)
		if before > 0 && float64(insns) > 2.2*float64(before) {
			t.Errorf("%d rules take %d instructions, half as many %d", rules, insns/lists, before/lists)
		}
		if insns > 6*conds {
			t.Errorf("%d conditions take %d instructions, want at most 6 each", conds/lists, insns/lists)
		}
		before = insns
	}
}

// masks returns a policy that allows a call by so many rules that make: the worst
// for one diagram.
func masks(rules int, make func(i int) []policy.Cond) *policy.Policy {
	a := policy.ArchPolicy{Arch: arch.X86_64}
	for i := range rules {
		a.Rules = append(a.Rules, policy.Rule{Nr: 16, Origin: &policy.Origin{Name: "ioctl"}, Action: policy.Allow, Conds: make(i)})
	}
	return &policy.Policy{Default: policy.Errno(1), BadArch: policy.KillThread, Arches: []policy.ArchPolicy{a}}
}

// explosive are policies of which no diagram of one piece is small enough, and how
// many instructions they may take: one or two for each mask, and a load.
var explosive = []struct {
	name  string
	insns int
	pol   *policy.Policy
}{
	{"two bits each", 10 + 4*20, masks(20, func(i int) []policy.Cond {
		return []policy.Cond{{Arg: 1, Op: policy.MaskedEQ, Mask: 1<<i | 1<<(63-i), Value: 1<<i | 1<<(63-i), Width: 64}}
	})},
	{"no bit of two arguments", 10 + 4*18, masks(18, func(i int) []policy.Cond {
		return []policy.Cond{{Arg: 2, Op: policy.MaskedEQ, Mask: 1 << i, Width: 32}, {Arg: 3, Op: policy.MaskedEQ, Mask: 1 << i, Width: 32}}
	})},
	{"values under masks", 10 + 5*24, masks(24, func(i int) []policy.Cond {
		return []policy.Cond{{Arg: 0, Op: policy.MaskedEQ, Mask: 7 << i, Value: 5 << i, Width: 32}, {Arg: 1, Op: policy.GE, Value: uint64(i * i), Width: 32}}
	})},
	{"bits of one argument", 12, masks(30, func(i int) []policy.Cond {
		return []policy.Cond{{Arg: 0, Op: policy.MaskedEQ, Mask: 1 << i, Value: 1 << i, Width: 32}}
	})},
}

func TestExplosive(t *testing.T) {
	for _, tt := range explosive {
		for _, o := range []Options{{}, {Optimal: true}} {
			start := time.Now()
			f, err := Policy(tt.pol, o)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			t.Logf("%s: %d instructions, in %v", tt.name, len(f.insns), time.Since(start))
			if len(f.insns) > tt.insns {
				t.Errorf("%s: %d instructions, want at most %d\n%s", tt.name, len(f.insns), tt.insns, f)
			}
			if err := disagreement(f, arch.X86_64.Audit(), []uint32{15, 16, 17}, newRand(t)); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			// Without claims, as what some other compiler makes.
			if w, err := prove.Policy(f.insns, tt.pol); w != nil || err != nil {
				t.Errorf("%s: without claims: %v, %v", tt.name, w, err)
			}
		}
	}
}

// TestKnown: what is known of a word is not loaded or asked again.
func TestKnown(t *testing.T) {
	rule := func(conds ...policy.Cond) policy.Rule {
		return policy.Rule{Nr: 16, Action: policy.Allow, Conds: conds}
	}
	masked := func(mask, v uint64) policy.Cond {
		return policy.Cond{Arg: 2, Op: policy.MaskedEQ, Mask: mask, Value: v, Width: 32}
	}
	is := func(v uint64) policy.Cond { return policy.Cond{Arg: 2, Op: policy.EQ, Value: v, Width: 32} }
	for _, tt := range []struct {
		name  string
		rules []policy.Rule
		loads int // of the argument
		tests int // instructions between
	}{
		{"one bit or another", []policy.Rule{rule(masked(1, 1)), rule(masked(4, 4))}, 1, 1},
		{"a mask within another", []policy.Rule{rule(masked(0xff, 5)), rule(masked(0xf, 4))}, 1, 4},
		{"a mask after a value", []policy.Rule{rule(is(9), policy.Cond{Arg: 3, Op: policy.EQ, Value: 3, Width: 32}), rule(masked(0xff, 5))}, 1, 5},
		{"a mask of a word after both halves", []policy.Rule{
			rule(policy.Cond{Arg: 2, Op: policy.EQ, Value: 9, Width: 64}, policy.Cond{Arg: 3, Op: policy.GE, Value: 10, Width: 64}),
			rule(policy.Cond{Arg: 2, Op: policy.MaskedEQ, Mask: 0xff, Value: 5, Width: 64})}, 1, 9},
		{"a mask that a value has", []policy.Rule{rule(is(9)), rule(masked(1, 1))}, 1, 1},
		{"another word between", []policy.Rule{rule(masked(1, 0), policy.Cond{Arg: 3, Op: policy.EQ, Value: 3, Width: 32}), rule(masked(6, 2))}, 2, 5},
	} {
		pol := &policy.Policy{Default: policy.Errno(1), Arches: []policy.ArchPolicy{{Arch: arch.AArch64, Rules: tt.rules}}}
		f, err := Policy(pol, Options{})
		if err != nil {
			t.Fatal(err)
		}
		loads, tests, from := 0, 0, false
		for _, in := range f.insns {
			load := in.Op == abi.ClassLD|abi.SizeW|abi.ModeABS
			if load && in.K == abi.DataArgs+8*2 {
				loads++
			}
			from = from || load && in.K >= abi.DataArgs
			if from && in.Op&7 != abi.ClassRET && !(load && in.K == abi.DataArgs+8*2) {
				tests++
			}
		}
		if loads != tt.loads || tests != tt.tests {
			t.Errorf("%s: %d loads of the argument and %d other instructions, want %d and %d\n%s", tt.name, loads, tests, tt.loads, tt.tests, f)
		}
	}
}

// BenchmarkExplosive compiles and proves.
func BenchmarkExplosive(b *testing.B) {
	for _, tt := range explosive {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Policy(tt.pol, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestSharedGroups: calls whose rules are different in number and the same in what
// they say have one program, and the proof takes that.
func TestSharedGroups(t *testing.T) {
	rule := func(nr uint32, a policy.Action, conds ...policy.Cond) policy.Rule {
		return policy.Rule{Nr: nr, Origin: &policy.Origin{Name: "call"}, Action: a, Conds: conds}
	}
	ne := policy.Cond{Arg: 4, Op: policy.NE, Value: 8, Width: 32}
	long := explosive[0].pol.Arches[0].Rules
	for name, rules := range map[string][]policy.Rule{
		"a rule that says the default": {rule(4, policy.Allow, ne), rule(46, policy.Allow, ne), rule(46, policy.KillProcess, policy.Cond{Arg: 1, Op: policy.EQ, Value: 3, Width: 32})},
		"a rule that another implies": func() (list []policy.Rule) {
			for _, nr := range []uint32{4, 46} {
				for i, r := range long {
					if r.Nr = nr; nr == 46 && i == 3 {
						r.Conds = []policy.Cond{r.Conds[0], {Arg: 5, Op: policy.EQ, Value: 1, Width: 64}}
						list = append(list, r)
						r.Conds = r.Conds[:1]
					}
					list = append(list, r)
				}
			}
			return list
		}(),
	} {
		pol := &policy.Policy{Default: policy.KillProcess, Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: rules}}}
		if _, err := Policy(pol, Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHalves: of an argument that rules compare with values the low half is asked
// first, where arguments differ most, unless the program is large or an ABI has no
// high halves.
func TestHalves(t *testing.T) {
	tests := []struct {
		name   string
		arches string
		values int
		want   string
	}{
		{"few values", "", 3, "low"},
		{"and an ABI of 32 bits", `"architectures": ["SCMP_ARCH_X86"],`, 3, "high"},
		{"many values", "", 100, "high"},
	}
	for _, tt := range tests {
		var entries []string
		for i := range tt.values {
			entries = append(entries, fmt.Sprintf(`{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": %d, "op": "SCMP_CMP_EQ"}]}`, uint64(i)<<33|uint64(i)*3))
		}
		f := mustCompile(t, `{"defaultAction": "SCMP_ACT_ERRNO", `+tt.arches+` "syscalls": [`+strings.Join(entries, ",")+`]}`, profile.Target{})
		_, rest, _ := strings.Cut(f.String(), "A = args[1].")
		if got, _, _ := strings.Cut(rest, "\n"); got != tt.want {
			t.Errorf("%s: the first half that is loaded is %q, want %q\n%s", tt.name, got, tt.want, f)
		}
	}
}
