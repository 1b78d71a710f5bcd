package compile

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var seed = flag.Uint64("seed", 1, "of the random tests, 0 for a new one")

// newRand returns a source of random numbers, and prints its seed.
func newRand(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with -seed=%d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// interesting returns values of an argument around which conditions change
// their minds, in ascending order.
func interesting(conds []policy.Cond, arg uint8) []uint64 {
	vals := []uint64{0, 1, 1<<16 - 1, 1 << 16, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 63, ^uint64(0)}
	for _, c := range conds {
		if c.Arg != arg {
			continue
		}
		vals = append(vals, c.Value-1, c.Value, c.Value+1, c.Value^1<<32, c.Value^1<<16, ^c.Value)
		for bit := uint64(1); bit != 0; bit <<= 1 {
			if c.Mask&bit != 0 {
				vals = append(vals, c.Value^bit)
			}
		}
		if c.Op == policy.MaskedEQ {
			vals = append(vals, c.Mask, ^c.Mask, c.Value&c.Mask|^c.Mask)
		}
	}
	slices.Sort(vals)
	return slices.Compact(vals)
}

// argSets yields arguments: of each one the interesting values, of several
// together all combinations of some, up to limit sets.
func argSets(rules []policy.Rule, r *rand.Rand, limit int) [][6]uint64 {
	var conds []policy.Cond
	for _, rule := range rules {
		conds = append(conds, rule.Conds...)
	}
	vals := [6][]uint64{}
	for _, c := range conds {
		vals[c.Arg] = interesting(conds, c.Arg)
	}
	sets := [][6]uint64{{}}
	for i, list := range vals {
		if list == nil {
			continue
		}
		var more [][6]uint64
		for _, set := range sets {
			for _, v := range list {
				set[i] = v
				more = append(more, set)
			}
		}
		r.Shuffle(len(more), func(i, j int) { more[i], more[j] = more[j], more[i] })
		sets = more[:min(len(more), limit)]
	}
	return sets
}

// nearSets yields arguments that a rule of many matches, and the same with one of
// them another, for up to limit sets.
func nearSets(rules []policy.Rule, r *rand.Rand, limit int) (sets [][6]uint64) {
	for range limit {
		rule := rules[r.IntN(len(rules))]
		var args [6]uint64
		for i := range args {
			args[i] = []uint64{0, ^uint64(0), r.Uint64()}[r.IntN(3)]
		}
		for _, c := range rule.Conds {
			values := interesting([]policy.Cond{c}, c.Arg)
			if c.Op == policy.MaskedEQ {
				values = append(values, args[c.Arg]&^c.Mask|c.Value)
			}
			for range 8 * len(values) {
				if args[c.Arg] = values[r.IntN(len(values))]; c.Matches(args) {
					break
				}
			}
		}
		sets = append(sets, args)
		other := rules[r.IntN(len(rules))]
		for _, c := range other.Conds {
			args[c.Arg] = []uint64{c.Value, c.Value - 1, c.Value + 1, args[c.Arg] ^ 1<<r.IntN(64)}[r.IntN(4)]
			sets = append(sets, args)
		}
	}
	return sets
}

// answering is what a Filter and a Stack have in common.
type answering interface {
	Run(syscalls.Call) policy.Action
	Policy() *policy.Policy
}

// disagreement returns a call for which the kernel does something else by the filter than
// its policy says, of those with the given numbers.
func disagreement(f answering, audit uint32, nrs []uint32, r *rand.Rand) error {
	pol := f.Policy()
	for _, nr := range nrs {
		var rules []policy.Rule
		for _, a := range pol.Arches {
			for _, rule := range a.Rules {
				if rule.Nr == nr { // of any ABI: on MIPS the number chooses it
					rules = append(rules, rule)
				}
			}
		}
		sets := argSets
		if len(rules) > 5 {
			sets = nearSets
		}
		for _, args := range sets(rules, r, 300) {
			c := syscalls.Call{Audit: audit, Nr: nr, Args: args, IP: r.Uint64()}
			if want, rule := pol.Decide(c); f.Run(c).Effective() != want.Effective() {
				return fmt.Errorf("Run(%s) = %s, want %s by %v", c, f.Run(c), want, rule)
			}
		}
	}
	return nil
}

// numbers returns the numbers of an ABI worth asking: from its base 600 on, its
// special ones, and those at the edges of what numbers can be.
func numbers(a arch.Arch) (nrs []uint32) {
	for i := range uint32(601) {
		nrs = append(nrs, a.NumberBase()+i)
	}
	if lo, hi, ok := a.Special(); ok {
		for nr := lo - 2; nr <= hi+2; nr++ {
			nrs = append(nrs, nr)
		}
	}
	for _, edge := range []uint32{0, 4000, 5000, 6000, 7000, 1 << 16, 1 << 30, 1 << 31, 3 << 30} {
		nrs = append(nrs, edge-1, edge, edge+1)
	}
	return nrs
}

// TestDefaultProfile holds the filters of the default profile against the
// policy, for every ABI as native one: each number with the boundary values of
// each condition on its arguments.
func TestDefaultProfile(t *testing.T) {
	p := profile.Default()
	for native := range arch.All() {
		for _, caps := range []string{"docker", "none", "all"} {
			if testing.Short() && caps != "docker" {
				break
			}
			t.Run(native.String()+"/"+caps, func(t *testing.T) {
				set, err := profile.ParseCaps(caps)
				if err != nil {
					t.Fatal(err)
				}
				f, err := Profile(p, profile.Target{Arch: native, Caps: set, Kernel: syscalls.Version{Major: 6, Minor: 18}}, Options{})
				if err != nil {
					t.Fatal(err)
				}
				r := newRand(t)
				for a := range arch.All() {
					if err := disagreement(f, a.Audit(), numbers(a), r); err != nil {
						t.Fatal(err)
					}
				}
				if err := disagreement(f, 0xdeadbeef, numbers(native), r); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// TestCached holds that the kernel will recognize every call as allowed that the
// policy always allows, and no other, however the program is laid out.
func TestCached(t *testing.T) {
	for _, native := range []arch.Arch{arch.X86_64, arch.AArch64, arch.S390X} {
		pol := costPolicy(t, native, false)
		for _, o := range []Options{{}, {Optimal: true}, {Weights: ServerWeights()}, {Weights: ServerWeights(), Optimal: true}} {
			f, err := Policy(pol, o)
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("%s, optimal %v, weights %v", native, o.Optimal, o.Weights.total > 0)
			if cached := testCached(t, f, name); cached < 250 {
				t.Errorf("%s: %d calls are cached, want some hundreds", name, cached)
			}
		}
	}
}

// testCached returns how many calls of its ABIs a filter allows always.
func testCached(t *testing.T, f *Filter, name string) (cached int) {
	for _, a := range f.policy.Arches {
		for _, nr := range numbers(a.Arch) {
			c := syscalls.Call{Audit: a.Arch.Audit(), Nr: nr}
			action, rule := f.policy.Decide(c)
			always := action == policy.Allow && rule != nil && len(rule.Conds) == 0
			if got := f.Cached(c); got != always {
				t.Errorf("%s: Cached(%s) = %v, want %v", name, c, got, always)
			}
			if always {
				cached++
			}
		}
	}
	return cached
}

// mustCaps returns the capabilities of a set that profile.ParseCaps knows.
func mustCaps(set string) []string {
	caps, err := profile.ParseCaps(set)
	if err != nil {
		panic(err)
	}
	return caps
}
