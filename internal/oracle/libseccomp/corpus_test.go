//go:build seccomp

package libseccomp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// corpus is where profiles from the field are, if they are there.
const corpus = "../../../../shared/corpus/*.json"

// A cost is what of a program can be counted.
type cost struct {
	insns int
	mean  float64 // executed for calls that are always allowed, each once
	worst int
}

func costOf(t *testing.T, insns []bpf.RawInstruction, ours *compile.Filter, native arch.Arch) cost {
	p, err := vm.New(insns, native.ByteOrder())
	if err != nil {
		t.Fatal(err)
	}
	c, sum, n := cost{insns: len(insns)}, 0, 0
	for _, a := range ours.Policy().Arches {
		last := ^uint32(0)
		for nr := range syscalls.All(a.Arch) {
			call := syscalls.Call{Audit: a.Arch.Audit(), Nr: nr}
			if nr == last || !ours.Cached(call) {
				continue
			}
			last = nr
			_, steps := p.Run(call)
			sum, n, c.worst = sum+steps, n+1, max(c.worst, steps)
		}
	}
	if n > 0 {
		c.mean = float64(sum) / float64(n)
	}
	return c
}

// TestCorpus: of no profile from the field libseccomp makes a program that is
// better than ours, that is smaller, or faster on average, if it means the same.
func TestCorpus(t *testing.T) {
	files, _ := filepath.Glob(corpus)
	if len(files) == 0 {
		t.Skip("the profiles from the field are not there")
	}
	compared, refused, wrong, larger, slower := 0, 0, 0, 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		target := profile.Target{Arch: arch.X86_64, Compat: profile.CompatRunc, Caps: profile.DockerCaps(), Kernel: syscalls.Version{Major: 6, Minor: 18},
			Enosys: profile.Enosys{Mode: profile.EnosysOff}, AcceptWeaker: true}
		p, err := profile.Parse(text, profile.ParseOptions{})
		if err != nil {
			refused++
			continue
		}
		pol, err := p.Resolve(target)
		if err != nil {
			refused++
			continue
		}
		section, err := pol.MarshalJSON()
		if err != nil {
			refused++
			continue
		}
		var s specs.LinuxSeccomp
		if err := json.Unmarshal(section, &s); err != nil {
			t.Fatal(err)
		}
		ours, err := compile.Policy(pol, compile.Options{})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, level := range []int{2} {
			theirs, err := Filter(&s, arch.X86_64, level)
			if err != nil {
				refused++
				continue
			}
			compared++
			a, b := costOf(t, ours.Insns(), ours, arch.X86_64), costOf(t, theirs, ours, arch.X86_64)
			if a.insns > b.insns {
				larger++
			}
			if a.mean > b.mean {
				slower++
			}
			if a.insns > b.insns || a.mean > b.mean {
				t.Logf("%s: ours %d / %.2f, libseccomp's at level %d %d / %.2f", filepath.Base(file), a.insns, a.mean, level, b.insns, b.mean)
			}
		}
	}
	t.Logf("%d compared, %d refused, %d mean something else; %d larger, %d slower", compared, refused, wrong, larger, slower)
}
