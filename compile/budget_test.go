package compile

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A cost is what a filter of the default profile costs: what does not jitter.
type cost struct {
	Insns     int
	MaxSteps  int    // executed for any call that is always allowed
	MeanSteps string // over these calls, each once
	Native    string // over those of the native ABI
}

type costTarget struct {
	name   string
	native arch.Arch
	alone  bool // without the other ABIs of the machine
}

// costTargets are the ABIs for which costs are held.
var costTargets = []costTarget{
	{"x86_64 alone", arch.X86_64, true},
	{"x86_64, x86, x32", arch.X86_64, false},
	{"aarch64, arm", arch.AArch64, false},
}

// costPolicy returns the default profile's policy with Docker's capabilities.
func costPolicy(t testing.TB, native arch.Arch, alone bool) *policy.Policy {
	t.Helper()
	pol, err := profile.Default().Resolve(profile.Target{Arch: native, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}})
	if err != nil {
		t.Fatal(err)
	}
	costs := pol.Policy()
	if alone {
		costs.Arches = costs.Arches[:1]
	}
	return costs
}

// costOf runs all calls that are always allowed.
func costOf(f *Filter) cost {
	c := cost{Insns: len(f.insns)}
	sum, n := 0, 0
	for i, a := range f.policy.Arches {
		for nr := range syscalls.All(a.Arch) {
			call := syscalls.Call{Audit: a.Arch.Audit(), Nr: nr}
			if f.Cached(call) {
				c.MaxSteps = max(c.MaxSteps, f.Steps(call))
				sum, n = sum+f.Steps(call), n+1
			}
		}
		c.MeanSteps = fmt.Sprintf("%.2f", float64(sum)/float64(n))
		if i == 0 {
			c.Native = c.MeanSteps
		}
	}
	return c
}

// TestCost holds the costs of the default profile with Docker's capabilities.
// A change here is a change of users' filters: say so in the changelog.
func TestCost(t *testing.T) {
	want := map[string]cost{
		"x86_64 alone":              {62, 11, "8.87", "8.87"},
		"x86_64, x86, x32":          {234, 13, "10.48", "9.76"},
		"aarch64, arm":              {174, 13, "10.30", "9.22"},
		"x86_64 alone, optimal":     {59, 11, "8.80", "8.80"},
		"x86_64, x86, x32, optimal": {223, 13, "10.38", "9.59"},
		"aarch64, arm, optimal":     {166, 13, "10.17", "8.98"},
	}
	got := map[string]cost{}
	for _, target := range costTargets {
		pol := costPolicy(t, target.native, target.alone)
		for name, o := range map[string]Options{"": {}, ", optimal": {Optimal: true}} {
			f, err := Policy(pol, o)
			if err != nil {
				t.Fatal(err)
			}
			got[target.name+name] = costOf(f)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("costs of the default profile (-want +got):\n%s", diff)
	}
}

// TestAllocations holds how many allocations lie between the text of the default
// profile and its policy for x86_64, x86 and x32.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const most = 700 // encoding/json takes 900 to fill plain structs
	text := profile.DefaultText()
	got := testing.AllocsPerRun(10, func() {
		p, err := profile.Parse(text, profile.ParseOptions{})
		if err == nil {
			_, err = p.Resolve(benchTarget)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if got > most {
		t.Errorf("Parse and Resolve of the default profile: %v allocations, want at most %d", got, most)
	}
}
