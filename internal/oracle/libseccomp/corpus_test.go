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
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// corpus is where profiles from the field are, if they are there.
const corpus = "../../../../shared/corpus/*.json"

// A cost is what of a program can be counted.
type cost struct {
	insns int
	mean  float64 // executed for calls that are always allowed, each once
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
			sum, n = sum+steps, n+1
		}
	}
	if n > 0 {
		c.mean = float64(sum) / float64(n)
	}
	return c
}

// libseccompWins are the profiles from the field for which libseccomp makes a program
// that means the same and is smaller, or faster on average, and why.
var libseccompWins = map[string]string{
	"p017.json for x86": "one instruction more, 0.08 executed less",
	"p065.json for x86": "as many instructions, 0.24 executed less",
	"p101.json for arm": "two instructions less, 2.18 executed more",
}

// TestCorpus: of no profile from the field, but for those known, libseccomp makes a
// program that means the same and is smaller than ours, or faster on average.
func TestCorpus(t *testing.T) {
	files, _ := filepath.Glob(corpus)
	if len(files) == 0 {
		t.Skip("the profiles from the field are not there")
	}
	for _, native := range []arch.Arch{arch.X86_64, arch.AArch64, arch.RISCV64, arch.X86, arch.ARM} {
		var compared, refused, differ int
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pol, s := section(text, native)
			if pol == nil {
				refused++
				continue
			}
			theirs, err := Filter(s, native, 2)
			if err != nil {
				refused++
				continue
			}
			if w, err := prove.Policy(theirs, pol); w != nil || err != nil {
				if differ++; err != nil {
					t.Errorf("%s for %s: %v", filepath.Base(file), native, err)
				}
				continue
			}
			compared++
			ours, err := compile.Policy(pol, compile.Options{})
			if err != nil {
				t.Errorf("%s for %s: %v", filepath.Base(file), native, err)
				continue
			}
			a, b := costOf(t, ours.Insns(), ours, native), costOf(t, theirs, ours, native)
			if key := filepath.Base(file) + " for " + native.String(); (a.insns > b.insns || a.mean > b.mean) != (libseccompWins[key] != "") {
				t.Errorf("%s for %s: ours has %d instructions, %.2f executed, libseccomp's %d, %.2f", filepath.Base(file), native, a.insns, a.mean, b.insns, b.mean)
			}
		}
		t.Logf("%s: %d profiles compared, %d refused by one of us, %d mean something else to libseccomp", native, compared, refused, differ)
		if compared < len(files)/3 {
			t.Errorf("%s: %d of %d profiles can be compared, want a third", native, compared, len(files))
		}
	}
}

// section returns what a profile means to runc, and the same for libseccomp; nil
// if we refuse it.
func section(text []byte, native arch.Arch) (*policy.Policy, *specs.LinuxSeccomp) {
	p, err := profile.Parse(text, profile.ParseOptions{})
	if err != nil {
		return nil, nil
	}
	pol, err := p.Resolve(profile.Target{Arch: native, Compat: profile.CompatRunc, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18},
		Enosys: profile.Enosys{Mode: profile.EnosysOff}, AcceptWeaker: true})
	if err != nil {
		return nil, nil
	}
	plain, err := pol.MarshalJSON()
	if err != nil {
		return nil, nil
	}
	var s specs.LinuxSeccomp
	if json.Unmarshal(plain, &s) != nil {
		return nil, nil
	}
	return pol.Policy(), &s
}

// mustCaps returns the capabilities of a set that profile.ParseCaps knows.
func mustCaps(set string) []string {
	caps, err := profile.ParseCaps(set)
	if err != nil {
		panic(err)
	}
	return caps
}
