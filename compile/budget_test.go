package compile

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// A cost is what a filter of the default profile costs: what does not jitter.
type cost struct {
	Insns     int
	MaxSteps  int    // executed for any call that is always allowed
	MeanSteps string // over these calls, each once
}

// TestCost holds the costs of the default profile with Docker's capabilities.
// A change here is a change of users' filters: say so in the changelog.
func TestCost(t *testing.T) {
	want := map[string]cost{
		"x86_64 alone":     {71, 11, "10.4"},
		"x86_64, x86, x32": {232, 13, "11.7"},
		"aarch64, arm":     {174, 13, "11.4"},
	}
	got := map[string]cost{}
	for name, native := range map[string]arch.Arch{"x86_64 alone": arch.X86_64, "x86_64, x86, x32": arch.X86_64, "aarch64, arm": arch.AArch64} {
		pol, err := profile.Default().Resolve(profile.Target{Arch: native, Caps: profile.DockerCaps(), Kernel: syscalls.Version{Major: 6, Minor: 18}})
		if err != nil {
			t.Fatal(err)
		}
		if name == "x86_64 alone" {
			pol.Arches = pol.Arches[:1]
		}
		f, err := Policy(pol, Options{})
		if err != nil {
			t.Fatal(err)
		}
		c := cost{Insns: len(f.insns)}
		sum, n := 0, 0
		for _, a := range pol.Arches {
			for nr := range syscalls.All(a.Arch) {
				call := syscalls.Call{Audit: a.Arch.Audit(), Nr: nr}
				if f.Cached(call) {
					c.MaxSteps = max(c.MaxSteps, f.Steps(call))
					sum, n = sum+f.Steps(call), n+1
				}
			}
		}
		c.MeanSteps = fmt.Sprintf("%.1f", float64(sum)/float64(n))
		got[name] = c
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("costs of the default profile (-want +got):\n%s", diff)
	}
}

// TestAllocations holds how many allocations lie between the text of the default
// profile and its policy for x86_64, x86 and x32.
func TestAllocations(t *testing.T) {
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
