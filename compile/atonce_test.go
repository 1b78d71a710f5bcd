package compile

import (
	"slices"
	"sync"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"golang.org/x/net/bpf"
)

// TestAtOnce: policies that are compiled at the same time and one after the other
// know nothing of each other.
func TestAtOnce(t *testing.T) {
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
