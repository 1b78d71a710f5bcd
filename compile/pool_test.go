package compile

import (
	"slices"
	"sync"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"golang.org/x/net/bpf"
)

// TestPool: policies that are compiled at the same time and one after the other
// know nothing of each other, the room that they took being used again.
func TestPool(t *testing.T) {
	type job struct {
		a    arch.Arch
		caps []string
		want []bpf.RawInstruction
	}
	build := func(j *job, optimal bool) []bpf.RawInstruction {
		f, err := JSON(profile.DefaultText(), profile.Target{Arch: j.a, Caps: j.caps, Kernel: benchTarget.Kernel}, Options{NoVerify: true, Optimal: optimal})
		if err != nil {
			t.Error(err)
			return nil
		}
		return f.Insns()
	}
	jobs := []job{{a: arch.X86_64}, {a: arch.S390X, caps: mustCaps("docker")}, {a: arch.AArch64, caps: mustCaps("all")}, {a: arch.MIPS64N32}}
	for i := range jobs {
		jobs[i].want = build(&jobs[i], false)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 3 * len(jobs) {
				j := &jobs[i%len(jobs)]
				if i%5 == 4 {
					build(j, true)
				}
				if !slices.Equal(build(j, false), j.want) {
					t.Errorf("the program for %s is not what it was", j.a)
				}
			}
		})
	}
	wg.Wait()
}

// TestPoolLarge: what a large diagram took is not kept.
func TestPoolLarge(t *testing.T) {
	const large = 4097
	tests := []struct {
		name string
		fill func(p *planner)
	}{
		{"steps", func(p *planner) { p.steps = make([]step, 0, large) }},
		{"clusters", func(p *planner) { p.last = make([]cluster, 0, large) }},
		{"tables of a search", func(p *planner) { p.room.cost = make([]int64, 0, large) }},
	}
	for _, tt := range tests {
		p := new(planner)
		tt.fill(p)
		p.free()
		if got := plannerPool.Get(); got == any(p) {
			t.Errorf("a planner with %d %s is kept", large, tt.name)
		}
	}
	l := newLowerer(&policy.Policy{})
	l.children = make([]*diagram.Node, 0, large)
	l.free()
	if got := lowererPool.Get(); got == any(l) {
		t.Errorf("a lowerer with %d nodes is kept", large)
	}
}
