package compile

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// full is set where CI judges at length.
var full = flag.Bool("large", false, "judge at length: large policies, and more that are made up")

// atLength skips a test that takes seconds and is for CI, which sets -large.
func atLength(t *testing.T) {
	t.Helper()
	if testing.Short() || !*full {
		t.Skip("takes seconds: go test ./compile -large")
	}
}

// fewer returns n where CI judges at length, and a quarter of it elsewhere.
func fewer(n int) int {
	if *full {
		return n
	}
	return n / 4
}

var randomPolicies = flag.Int("policies", 300, "how many made-up policies are judged")

// TestRandomPolicies has the proof and the interpreter judge filters of made-up
// policies, and shrinks what they find.
func TestRandomPolicies(t *testing.T) {
	r := newRand(t)
	policies := *randomPolicies
	if testing.Short() {
		policies = 50
	}
	for i := range policies {
		pol := randomPolicy(r)
		fault := func(pol *policy.Policy) error { return judge(pol, r) }
		if err := fault(pol); err != nil {
			small := shrink(pol, fault)
			t.Fatalf("policy %d: %v\nthe smallest policy with a fault: %v\n%s", i, err, fault(small), small)
		}
	}
}

// judge compiles a policy, fast or well, and says where the filter differs from
// it, as a vector: the proof looks at all calls, and the interpreter at likely
// ones.
func judge(pol *policy.Policy, r *rand.Rand) error {
	f, err := Policy(pol, Options{})
	if err == nil && r.IntN(2) == 0 {
		fast := len(f.insns)
		if f, err = Policy(pol, Options{Optimal: true}); err == nil && len(f.insns) > fast {
			return fmt.Errorf("%d instructions with the best trees, %d without", len(f.insns), fast)
		}
	}
	var wrong *MiscompileError
	if errors.As(err, &wrong) {
		return fmt.Errorf("by proof: %s = %s, want %s", wrong.Call, wrong.Got, wrong.Want)
	}
	if err != nil {
		return err
	}
	for _, a := range pol.Arches {
		nrs := []uint32{0, ^uint32(0), 1 << 30, 1 << 31}
		for _, rule := range a.Rules {
			nrs = append(nrs, rule.Nr-1, rule.Nr, rule.Nr+1)
		}
		for _, n := range a.Newer {
			nrs = append(nrs, n.Lo-1, n.Lo, n.Hi, n.Hi+1)
		}
		if err := disagreement(f, a.Arch.Audit(), nrs, r); err != nil {
			return err
		}
	}
	return nil
}

// shrink returns a policy that has a fault and is as small as taking away ABIs,
// rules, conditions and ranges makes it.
func shrink(pol *policy.Policy, fault func(*policy.Policy) error) *policy.Policy {
	for {
		smaller := func() *policy.Policy {
			for _, less := range parts(pol) {
				if fault(less) != nil {
					return less
				}
			}
			return nil
		}()
		if smaller == nil {
			return pol
		}
		pol = smaller
	}
}

// parts returns the policies that lack one thing of pol each.
func parts(pol *policy.Policy) (list []*policy.Policy) {
	change := func(f func(p *policy.Policy)) {
		p := *pol
		p.Arches = slices.Clone(pol.Arches)
		f(&p)
		list = append(list, &p)
	}
	for i := range pol.Arches {
		if len(pol.Arches) > 1 {
			change(func(p *policy.Policy) { p.Arches = slices.Delete(p.Arches, i, i+1) })
		}
		a := &pol.Arches[i]
		if len(a.Newer) > 0 {
			change(func(p *policy.Policy) { p.Arches[i].Newer, p.Arches[i].Enosys = nil, 0 })
		}
		for j := range a.Rules {
			change(func(p *policy.Policy) { p.Arches[i].Rules = slices.Delete(slices.Clone(a.Rules), j, j+1) })
		}
		for j := range a.Rules {
			for k := range a.Rules[j].Conds {
				change(func(p *policy.Policy) {
					p.Arches[i].Rules = slices.Clone(a.Rules)
					rule := &p.Arches[i].Rules[j]
					rule.Conds = slices.Delete(slices.Clone(rule.Conds), k, k+1)
				})
			}
		}
	}
	return list
}

// TestShrink: of a policy with a fault that one condition of one rule makes, that
// is left.
func TestShrink(t *testing.T) {
	r := newRand(t)
	fault := func(pol *policy.Policy) error {
		for _, a := range pol.Arches {
			for _, rule := range a.Rules {
				if slices.ContainsFunc(rule.Conds, func(c policy.Cond) bool { return c.Op == policy.GT }) {
					return errors.New("planted")
				}
			}
		}
		return nil
	}
	shrunk := 0
	for range 50 {
		pol := randomPolicy(r)
		if fault(pol) == nil {
			continue
		}
		shrunk++
		small := shrink(pol, fault)
		if len(small.Arches) != 1 || len(small.Arches[0].Rules) != 1 || len(small.Arches[0].Rules[0].Conds) != 1 || len(small.Arches[0].Newer) > 0 {
			t.Errorf("shrink leaves\n%sof\n%s", small, pol)
		}
	}
	if shrunk == 0 {
		t.Error("no policy had the fault")
	}
}

// FuzzPolicies judges made-up policies, by their seeds.
func FuzzPolicies(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		pol := randomPolicy(r)
		fault := func(pol *policy.Policy) error { return judge(pol, r) }
		if err := fault(pol); err != nil {
			small := shrink(pol, fault)
			t.Fatalf("%v\nthe smallest policy with a fault: %v\n%s", err, fault(small), small)
		}
	})
}

// randomPolicy makes a policy of one to three ABIs that one kernel can run, with
// conditions from few values so that they meet.
func randomPolicy(r *rand.Rand) *policy.Policy {
	families := [][]arch.Arch{
		{arch.X86_64}, {arch.X86_64, arch.X86, arch.X32}, {arch.X86_64, arch.X32}, {arch.X32}, {arch.X32, arch.X86_64}, {arch.AArch64, arch.ARM},
		{arch.S390X, arch.S390}, {arch.MIPS64, arch.MIPS64N32, arch.MIPS}, {arch.MIPS}, {arch.MIPSEL64N32, arch.MIPSEL},
	}
	actions := []policy.Action{policy.Allow, policy.Errno(1), policy.Errno(38), policy.Log, policy.KillProcess, policy.Trace(3)}
	values := []uint64{0, 1, 2, 5, 7, 8, 255, 256, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 5, 5 << 32, 1 << 63, ^uint64(0)}
	pick := func() uint64 { return values[r.IntN(len(values))] }
	pol := &policy.Policy{Default: actions[r.IntN(len(actions))], BadArch: actions[r.IntN(len(actions))], ByAudit: r.IntN(4) == 0}
	family := families[r.IntN(len(families))]
	for _, a := range family {
		ap := policy.ArchPolicy{Arch: a}
		nr := a.NumberBase()
		for range r.IntN(30) {
			nr += uint32(r.IntN(4))
			rule := policy.Rule{Nr: nr, Origin: &policy.Origin{Name: "call"}, Action: actions[r.IntN(len(actions))]}
			for arg := range 6 {
				for r.IntN(6) == 0 { // now and then several on one argument
					width := []int{0, 16, 32, 64}[r.IntN(4)]
					field := ^uint64(0)
					if width > 0 {
						field >>= 64 - width
					}
					c := policy.Cond{Arg: uint8(arg), Op: policy.Op(1 + r.IntN(7)), Value: pick() & field, Mask: pick() & field, Width: uint8(width)}
					if c.Op != policy.MaskedEQ {
						c.Mask = 0
					}
					rule.Conds = append(rule.Conds, c)
				}
			}
			ap.Rules = append(ap.Rules, rule)
		}
		if r.IntN(8) == 0 {
			r.Shuffle(len(ap.Rules), func(i, j int) { ap.Rules[i], ap.Rules[j] = ap.Rules[j], ap.Rules[i] })
		}
		if lo := nr + uint32(r.IntN(3)); r.IntN(2) == 0 {
			ap.Newer, ap.Enosys = []policy.Range{{Lo: lo, Hi: lo + uint32(r.IntN(100))}}, policy.Errno(a.ENOSYS())
		}
		if last := ^uint32(0); (a == arch.X32 || a.NumberBase() == 0 && !slices.Contains(family, arch.X32)) && r.IntN(4) == 0 { // a tracer's way to skip a call
			ap.Rules = append(ap.Rules, policy.Rule{Nr: last, Action: actions[r.IntN(len(actions))]})
			if r.IntN(2) == 0 {
				ap.Newer, ap.Enosys = append(ap.Newer, policy.Range{Lo: last - r.Uint32N(3), Hi: last}), policy.Errno(a.ENOSYS())
			}
		}
		pol.Arches = append(pol.Arches, ap)
	}
	return pol
}
