package compile

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var randomPairs = flag.Int("pairs", 60, "how many made-up pairs of policies are composed")

// TestComposePairs judges intersections and unions of made-up pairs by the proof that
// knows stacks of filters, and by Decide at the boundaries.
func TestComposePairs(t *testing.T) {
	r := newRand(t)
	pairs := *randomPairs
	if testing.Short() {
		pairs = 40
	}
	composed, refused := 0, map[string]int{}
	for i := range pairs {
		a, b := randomPair(r)
		for _, op := range composeOps {
			pol, err := op.compose(a, b)
			var cannot *policy.ComposeError
			if errors.As(err, &cannot) {
				refused[op.name+": "+a.Arches[0].Arch.String()]++
				continue
			}
			if err == nil {
				err = op.judge(pol, a, b, r)
			}
			if err != nil {
				t.Fatalf("pair %d, %s: %v\nfirst:\n%ssecond:\n%sresult:\n%s", i, op.name, err, a, b, pol)
			}
			composed++
		}
	}
	t.Logf("%d composed, refused: %v", composed, refused)
	if composed < pairs {
		t.Errorf("only %d of %d compositions have a result", composed, 2*pairs)
	}
}

// A composeOp is one way to compose, with its judge.
type composeOp struct {
	name    string
	compose func(a, b *policy.Policy) (*policy.Policy, error)
	judge   func(pol, a, b *policy.Policy, r *rand.Rand) error
}

var composeOps = []composeOp{
	{"intersection", policy.Intersect, func(pol, a, b *policy.Policy, r *rand.Rand) error {
		if w, err := prove.Stack(pol, []*policy.Policy{b, a}); w != nil || err != nil {
			return fmt.Errorf("as a stack: %v, %w", w, err)
		}
		if r.IntN(4) == 0 {
			if err := judgeFilters(pol, a, b); err != nil {
				return err
			}
		}
		return judgeComposed(pol, a, b, r, func(x, y policy.Action) bool { return y.Stricter(x) })
	}},
	{"union", policy.Union, func(pol, a, b *policy.Policy, r *rand.Rand) error {
		if _, last := a.Arches[0].Arch.Serving(0); last == ^uint32(0) { // on MIPS the strictest rule can count
			w, err := prove.Stack(upsideDown(pol), []*policy.Policy{upsideDown(b), upsideDown(a)})
			if w != nil || err != nil {
				return fmt.Errorf("as a stack, upside down: %v, %w", w, err)
			}
		}
		return judgeComposed(pol, a, b, r, func(x, y policy.Action) bool { return x.Stricter(y) })
	}},
}

// judgeFilters compiles both policies, and says where a thread that has both filters gets
// another answer than the intersection.
func judgeFilters(pol, a, b *policy.Policy) error {
	var filters []*Filter
	for _, p := range []*policy.Policy{b, a} {
		f, err := Policy(p, Options{NoVerify: true})
		if err != nil {
			return err
		}
		if f, err = Load(f.insns, f.native); err != nil { // with nothing known of its policy
			return err
		}
		filters = append(filters, f)
	}
	s, err := NewStack(filters...)
	if err != nil {
		return err
	}
	return Verify(s, pol)
}

// upsideDown returns the policy with the order of actions reversed.
func upsideDown(p *policy.Policy) *policy.Policy {
	order := []policy.Action{policy.KillProcess, policy.KillThread, policy.Trap, policy.Errno(0), policy.Notify, policy.Trace(0), policy.Log, policy.Allow}
	turn := func(a policy.Action) policy.Action {
		return order[len(order)-1-slices.Index(order, a.Kind())] | policy.Action(a.Data())
	}
	p = p.Clone()
	p.Default, p.BadArch = turn(p.Default), turn(p.BadArch)
	for i := range p.Arches {
		a := &p.Arches[i]
		a.Enosys = turn(a.Enosys)
		for j := range a.Rules {
			a.Rules[j].Action = turn(a.Rules[j].Action)
		}
	}
	return p
}

// judgeComposed says where a composition is not what is chosen of both answers, and
// whether a rule of it can never decide.
func judgeComposed(pol, a, b *policy.Policy, r *rand.Rand, second func(x, y policy.Action) bool) error {
	var nrs []uint32
	for _, p := range []*policy.Policy{pol, a, b} {
		nrs = append(nrs, 0, ^uint32(0), ^uint32(0)-1, 1<<30, 1<<30-1, 1<<31, 3<<30)
		for _, part := range p.Arches {
			for _, rule := range part.Rules {
				nrs = append(nrs, rule.Nr, rule.Nr+1)
			}
			for _, n := range part.Newer {
				nrs = append(nrs, n.Lo-1, n.Lo, n.Hi, n.Hi+1)
			}
		}
	}
	slices.Sort(nrs)
	nrs = slices.Compact(nrs)
	audits := []uint32{0}
	for _, part := range slices.Concat(a.Arches, b.Arches) {
		audits = append(audits, part.Arch.Audit())
	}
	slices.Sort(audits)
	for _, audit := range slices.Compact(audits) {
		for _, nr := range nrs {
			var rules []policy.Rule
			for _, part := range slices.Concat(a.Arches, b.Arches) {
				for _, rule := range part.Rules {
					if rule.Nr == nr {
						rules = append(rules, rule)
					}
				}
			}
			sets := nearSets
			if len(rules) == 0 {
				sets = argSets
			}
			for _, args := range sets(rules, r, 60) {
				c := syscalls.Call{Audit: audit, Nr: nr, Args: args}
				x, _ := a.Decide(c)
				y, _ := b.Decide(c)
				want := x
				if second(x, y) {
					want = y
				}
				if got, _ := pol.Decide(c); got != want {
					return fmt.Errorf("by Decide: %s = %s, want %s of %s and %s", c, got, want, x, y)
				}
			}
		}
	}
	shadowed, err := prove.Shadowed(pol)
	if err != nil {
		return err
	}
	for _, s := range shadowed {
		if _, last := s.Arch.Serving(0); last == ^uint32(0) {
			return fmt.Errorf("%s %s never decides", s.Arch, s.Rule)
		}
	}
	return nil
}

// randomPair makes two policies for one machine. Half of the pairs share most of their
// rules.
func randomPair(r *rand.Rand) (a, b *policy.Policy) {
	a = randomPolicy(r)
	for b = randomPolicy(r); b.Arches[0].Arch != a.Arches[0].Arch; {
		b = randomPolicy(r)
	}
	if r.IntN(2) == 0 {
		return a, b
	}
	other := b
	b = a.Clone()
	for i := range b.Arches {
		part := &b.Arches[i]
		part.Rules = slices.DeleteFunc(part.Rules, func(policy.Rule) bool { return r.IntN(4) == 0 })
		for j := range other.Arches {
			if other.Arches[j].Arch != part.Arch {
				continue
			}
			for _, rule := range other.Arches[j].Rules {
				if rule.Nr != ^uint32(0) && r.IntN(4) == 0 {
					part.Rules = slices.Insert(part.Rules, r.IntN(len(part.Rules)+1), rule)
				}
			}
		}
	}
	if r.IntN(2) == 0 {
		b.Default = other.Default
	}
	return a, b
}

// TestComposeItself: a policy composed with itself has its own fingerprint, rule by rule.
func TestComposeItself(t *testing.T) {
	for _, a := range []arch.Arch{arch.X86_64, arch.AArch64, arch.S390X, arch.MIPS64} {
		for _, compat := range []profile.Compat{profile.CompatKernel, profile.CompatRunc} {
			target := profile.Target{Arch: a, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, Compat: compat, AcceptWeaker: true}
			res, err := profile.Default().Resolve(target)
			if err != nil {
				t.Fatal(err)
			}
			pol := res.Policy()
			want, err := Fingerprint(pol)
			if err != nil {
				t.Fatal(err)
			}
			for _, op := range composeOps {
				both, err := op.compose(pol, pol)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := Fingerprint(both); err != nil || got != want {
					t.Errorf("%s, compat %v: the %s with itself has another fingerprint (%v)", a, compat, op.name, err)
				}
				if got, most := len(both.String()), len(pol.String()); got > most {
					t.Errorf("%s, compat %v: the %s with itself has grown from %d to %d bytes of text", a, compat, op.name, most, got)
				}
			}
		}
	}
}

// TestComposeCorpus composes the profiles of the corpus with Docker's default, and has
// the proofs judge the results and the filters that they make.
func TestComposeCorpus(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	files, _ := filepath.Glob("../../shared/corpus/*.json")
	if len(files) == 0 {
		t.Skip("no corpus")
	}
	r := newRand(t)
	target := profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true}
	res, err := profile.Default().Resolve(target)
	if err != nil {
		t.Fatal(err)
	}
	docker, skipped := res.Policy(), 0
	base, err := Policy(docker, Options{})
	if err != nil {
		t.Fatal(err)
	}
	each := 48
	if *full {
		each = 12
	}
	for i, file := range files {
		if *randomPairs < 1000 && i%each > 0 { // one takes a third of a second
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var other *policy.Policy
		p, err := profile.Parse(text, profile.ParseOptions{})
		if err == nil {
			if res, err = p.Resolve(target); err == nil {
				other = res.Policy()
			}
		}
		if err != nil {
			skipped++
			continue
		}
		for _, op := range composeOps {
			pol, err := op.compose(docker, other)
			if err != nil {
				t.Errorf("%s, %s: %v", file, op.name, err)
				continue
			}
			if err := op.judge(pol, docker, other, r); err != nil {
				t.Errorf("%s, %s: %v", file, op.name, err)
			}
			f, err := Policy(pol, Options{})
			if err != nil {
				t.Errorf("%s, %s: %v", file, op.name, err)
				continue
			}
			small, large := base, f
			if op.name == "intersection" {
				small, large = f, base
			}
			if d, err := Subset(large, small); d != nil || err != nil {
				t.Errorf("%s, %s: not between Docker's default and all: %v, %v", file, op.name, d, err)
			}
		}
	}
	t.Logf("%d profiles, %d of them not for this target", len(files), skipped)
}

func BenchmarkIntersect(b *testing.B) {
	res, err := profile.Default().Resolve(benchTarget)
	if err != nil {
		b.Fatal(err)
	}
	pol := res.Policy()
	other := benchTarget
	other.Caps = nil
	if res, err = profile.Default().Resolve(other); err != nil {
		b.Fatal(err)
	}
	for name, second := range map[string]*policy.Policy{"itself": pol, "without capabilities": res.Policy()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := policy.Intersect(pol, second); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
