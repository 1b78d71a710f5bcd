package lint

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

var large = flag.Bool("large", false, "audit all published profiles, not every tenth")

// exactly are the codes whose subjects are all arguments for which a call passes, and within
// those of which they are some.
var (
	exactly = []Code{"sibling-open", "io-uring", "kernel-code", "kernel-surface", "dangerous-calls", "open-read-write", "abi-gap"}
	within  = []Code{"mux-open", "user-namespaces"}
)

// corpus returns the profiles that people have published.
func corpus(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../../shared/corpus/p*.json")
	if err != nil || len(files) == 0 {
		t.Skip("no corpus of published profiles beside the checkout")
	}
	return files
}

// TestCorpus: on the profiles that people have published, half of which have at most two
// findings above info, what is said of calls is what their filters answer, with and without the
// text.
func TestCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for -short")
	}
	var counts []int
	points, faults := 0, 0
	for i, file := range corpus(t) {
		if i%10 > 0 && !*large {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := profile.Parse(text, profile.ParseOptions{File: filepath.Base(file)})
		var list []Finding
		if err == nil {
			list, err = Profile(p, target, Options{})
		}
		if err != nil {
			found, ok := Faults(err)
			if !ok {
				t.Errorf("%s: %v, which is not a fault of the text", file, err)
			}
			counts = append(counts, len(found))
			faults++
			continue
		}
		above := 0
		for _, f := range list {
			if f.Severity > Info {
				above++
			}
		}
		counts = append(counts, above)
		weak := target
		weak.AcceptWeaker = true
		res, err := p.Resolve(weak)
		if err != nil {
			t.Fatal(err)
		}
		stack, err := compile.SplitResolution(res, compile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		bare, err := Filter(stack, Options{})
		if err != nil {
			t.Errorf("%s, without its text: %v", file, err)
		}
		points += checkSubjects(t, filepath.Base(file), stack, append(list, bare...))
	}
	slices.Sort(counts)
	median := counts[len(counts)/2]
	t.Logf("%d profiles, %d of them with faults: %d findings above info at the median, %d at most; %d calls compared", len(counts), faults, median, counts[len(counts)-1], points)
	if median > 3 {
		t.Errorf("%d findings above info at the median, want at most 3", median)
	}
	if want := 1000 * len(counts); points < want {
		t.Errorf("%d calls compared, want %d", points, want)
	}
}

// checkSubjects compares what findings say of calls with what the filters answer.
func checkSubjects(t *testing.T, name string, stack *compile.Stack, list []Finding) (points int) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	bounds := []uint64{0, 1, 2, 10, 16, 17, 38, 40, 41, 0x7e020000, 1 << 28, 1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<32 | 1<<28, ^uint64(0)}
	for _, f := range list {
		exact := slices.Contains(exactly, f.Code)
		if !exact && !slices.Contains(within, f.Code) {
			continue
		}
		for _, s := range f.Subjects {
			if !stack.Run(s.Example).Passes() {
				t.Errorf("%s: %s: %s, an example of what passes, gets %s", name, f.Code, s.Example, stack.Run(s.Example))
			}
			if s.Beyond != "" {
				continue
			}
			for range 20 {
				c := s.Example
				for i := range c.Args {
					c.Args[i] = bounds[r.IntN(len(bounds))]
				}
				holds := slices.ContainsFunc(s.Where, func(w compile.Case) bool { return w.Holds(c) })
				if passes := stack.Run(c).Passes(); holds && !passes || exact && passes && !holds {
					t.Errorf("%s: %s: %s gets %s, and the finding says that it passes: %v", name, f.Code, c, stack.Run(c), holds)
				}
				points++
			}
		}
	}
	return points
}

// TestAdvice: nothing above info is found in what the advice for the built-in default profile
// makes of it.
func TestAdvice(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for -short")
	}
	closed, err := compile.Close(profile.Default(), []profile.Bypass{profile.BypassClone3, profile.BypassNewer, profile.BypassSocketcall})
	if err != nil {
		t.Fatal(err)
	}
	hard, err := compile.Harden(closed)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []arch.Arch{arch.X86_64, arch.AArch64, arch.S390X, arch.RISCV64} {
		for _, caps := range [][]string{nil, {"CAP_SYS_ADMIN", "CAP_BPF", "CAP_SYS_PTRACE"}} {
			list, err := Profile(hard, profile.Target{Arch: a, Caps: caps, Kernel: syscalls.Version{Major: 6, Minor: 12}}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range list {
				if f.Severity > Info {
					t.Errorf("on %s with %v: %s", a, caps, f)
				}
			}
		}
	}
	before, err := Profile(profile.Default(), target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(ofCode(before, "runc-weaker")) == 0 || len(ofCode(before, "mux-open")) == 0 {
		t.Error("the profile before it has nothing of what the advice is against")
	}
}
