//go:build seccomp

package libseccomp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	mean  float64 // executed for the calls that count, each once
}

// costOf returns the cost of a program that means what ours does. The calls that count
// are those that are always allowed, and if there are none those without conditions.
func costOf(t testing.TB, insns []bpf.RawInstruction, ours *compile.Filter, native arch.Arch) cost {
	p, err := vm.New(insns, native.ByteOrder())
	if err != nil {
		t.Fatal(err)
	}
	var sum, n [2]int // of calls that are always allowed, and of those without conditions
	for _, a := range ours.Policy().Arches {
		last := ^uint32(0)
		for nr := range syscalls.All(a.Arch) {
			call := syscalls.Call{Audit: a.Arch.Audit(), Nr: nr}
			if nr == last {
				continue
			}
			last = nr
			_, steps := p.Run(call)
			if ours.Cached(call) {
				sum[0], n[0] = sum[0]+steps, n[0]+1
			}
			if !slices.ContainsFunc(a.Rules, func(r policy.Rule) bool { return r.Nr == nr && len(r.Conds) > 0 }) {
				sum[1], n[1] = sum[1]+steps, n[1]+1
			}
		}
	}
	for i := range n {
		if n[i] > 0 {
			return cost{len(insns), float64(sum[i]) / float64(n[i])}
		}
	}
	return cost{insns: len(insns)}
}

// within reports whether a program is neither larger nor slower than another.
func (c cost) within(o cost) bool { return c.insns <= o.insns && c.mean <= o.mean }

// beats reports whether ours is good enough beside theirs: at level 2 it is neither larger
// nor slower. A chain of comparisons, level 1, may be smaller if it is slower: it must not
// be as good in both and better in one.
func (c cost) beats(theirs cost, level int) bool {
	return c.within(theirs) || level == 1 && !theirs.within(c)
}

// A tally counts what became of a set of profiles.
type tally struct {
	refused, differ       int // by one of us; proved not equal
	smaller, same, larger int // ours, of those that are proved equal
	faster, alike, slower int
	beaten                int
}

func (t *tally) add(ours, theirs cost, level int) {
	switch {
	case ours.insns < theirs.insns:
		t.smaller++
	case ours.insns == theirs.insns:
		t.same++
	default:
		t.larger++
	}
	switch {
	case ours.mean < theirs.mean:
		t.faster++
	case ours.mean == theirs.mean:
		t.alike++
	default:
		t.slower++
	}
	if !ours.beats(theirs, level) {
		t.beaten++
	}
}

func (t *tally) equal() int { return t.smaller + t.same + t.larger }

func (t *tally) String() string {
	return fmt.Sprintf("%d profiles proved equal, %d refused by one of us, %d mean something else to libseccomp; ours has less instructions, as many, more: %d, %d, %d; executes less, as many, more: %d, %d, %d",
		t.equal(), t.refused, t.differ, t.smaller, t.same, t.larger, t.faster, t.alike, t.slower)
}

// compete compares what we make of a policy with what libseccomp makes of its section.
func (t *tally) compete(tb testing.TB, name string, pol *policy.Policy, s *specs.LinuxSeccomp, native arch.Arch, level int) {
	theirs, err := Filter(s, native, level)
	if err != nil {
		t.refused++
		return
	}
	if w, err := prove.Policy(theirs, pol); w != nil || err != nil {
		if t.differ++; err != nil {
			tb.Errorf("%s for %s: %v", name, native, err)
		}
		return
	}
	ours, err := compile.Policy(pol, compile.Options{})
	if err != nil {
		tb.Errorf("%s for %s: %v", name, native, err)
		return
	}
	a, b := costOf(tb, ours.Insns(), ours, native), costOf(tb, theirs, ours, native)
	if t.add(a, b, level); !a.beats(b, level) {
		tb.Logf("%s for %s, optimize level %d: ours has %d instructions, %.2f executed, libseccomp's %d, %.2f", name, native, level, a.insns, a.mean, b.insns, b.mean)
	}
}

// TestCorpus: libseccomp makes of no profile from the field a program that means the same
// and beats ours.
func TestCorpus(t *testing.T) {
	files, _ := filepath.Glob(corpus)
	if len(files) == 0 {
		t.Skip("the profiles from the field are not there")
	}
	for _, native := range []arch.Arch{arch.X86_64, arch.AArch64, arch.RISCV64, arch.X86, arch.ARM} {
		for level := 1; level <= 2; level++ {
			var got tally
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				pol, s := section(text, native)
				if pol == nil {
					got.refused++
					continue
				}
				got.compete(t, filepath.Base(file), pol, s, native, level)
			}
			t.Logf("%s, optimize level %d: %v", native, level, &got)
			if got.beaten > 0 {
				t.Errorf("%s, optimize level %d: libseccomp beats us for %d profiles", native, level, got.beaten)
			}
			if got.equal() < len(files)/3 {
				t.Errorf("%s, optimize level %d: %d of %d profiles can be compared, want a third", native, level, got.equal(), len(files))
			}
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
