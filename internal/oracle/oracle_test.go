package oracle

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// kernels are the releases that cases are for: before, at and behind the
// minKernel of moby's profile, before and behind the first with SPEC_ALLOW.
var kernels = []syscalls.Version{{Major: 3, Minor: 10}, {Major: 4, Minor: 7}, {Major: 4, Minor: 8}, {Major: 5, Minor: 15}, {Major: 6, Minor: 18}}

// A hearing asks a judge and us the same.
type hearing struct {
	name    string // the judge's
	dialect profile.Dialect
	hosts   []arch.Arch
	// become makes the judge take this machine for the target's, until restore.
	// complete gives the judge's tables what they lack of that host.
	become   func(profile.Target) (restore func())
	complete func()
	load     func(text string, spec *specs.Spec) (*specs.LinuxSeccomp, error)

	agreed, refused, excused int                 // cases of equal answers, that both refuse, that we alone refuse
	seen                     map[*difference]int // how often each has shown
}

// run hears the profile that the judge comes with, which we must take, the
// fixtures of its tests, made-up profiles, and the examples of the table, each of
// which must show its difference.
func (h *hearing) run(t *testing.T, shipped, fixtures string) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // half the time, for 100 MB
	h.seen = map[*difference]int{}
	sets := capSets()
	h.files(t, shipped, sets)
	if h.excused > 0 {
		t.Errorf("we refuse %s in %d cases", shipped, h.excused)
	}
	h.files(t, fixtures, sets)
	h.random(t, sets)
	for i := range differences {
		if d := &differences[i]; d.is(h.name) {
			h.example(t, d, sets)
			t.Logf("%6d times: %s", h.seen[d], d.why)
		}
	}
	t.Logf("%6d cases with equal answers, %d refused by both, %d by us alone", h.agreed, h.refused, h.excused)
}

// files hears real profiles: on each host and kernel with no capabilities,
// Docker's and all. If a profile asks for any, every random set meets every host
// with one kernel.
func (h *hearing) files(t *testing.T, pattern string, sets [][]string) {
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no profiles %s (%v)", pattern, err)
	}
	for _, name := range names {
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		guarded := strings.Contains(string(in), `"caps"`)
		h.hear(t, filepath.Base(name), string(in), func(host, kernel int) (list [][]string) {
			for i, set := range sets {
				if i < 3 || guarded && (i+host)%len(kernels) == kernel {
					list = append(list, set)
				}
			}
			return list
		})
	}
}

// random hears made-up profiles.
func (h *hearing) random(t *testing.T, sets [][]string) {
	before := h.agreed
	for seed := range randomProfiles {
		text := randomProfile(uint64(seed))
		h.hear(t, text, text, turns(seed, sets))
	}
	all := randomProfiles * len(h.hosts) * len(kernels)
	if n := h.agreed - before; n < all/3 {
		t.Errorf("equal answers about made-up profiles in %d of %d cases, want a third: they are too odd to say much", n, all)
	}
}

// example hears the example of a difference, which must show it.
func (h *hearing) example(t *testing.T, d *difference, sets [][]string) {
	before := h.seen[d]
	h.hear(t, d.example, d.example, turns(0, sets))
	if h.seen[d] == before {
		t.Errorf("%s shows no difference to %s: the row is stale (delete it): %s", d.example, h.name, d.why)
	}
}

// turns gives each host and kernel one of the sets, others for another seed.
func turns(seed int, sets [][]string) func(host, kernel int) [][]string {
	return func(host, kernel int) [][]string {
		i := (31*seed + 7*host + kernel) % len(sets)
		return sets[i : i+1]
	}
}

// hear takes a text through all hosts and kernels, each with the sets of
// capabilities for these indices.
func (h *hearing) hear(t *testing.T, name, text string, sets func(host, kernel int) [][]string) {
	p, err := profile.Parse([]byte(text), profile.ParseOptions{Dialect: h.dialect})
	for i, a := range h.hosts {
		for j, k := range kernels {
			var targets []profile.Target
			for _, caps := range sets(i, j) {
				targets = append(targets, profile.Target{Arch: a, Kernel: k, Caps: caps, Compat: profile.CompatRunc, AcceptWeaker: true})
			}
			for n, ans := range h.answers(text, p, err, targets) {
				if why := h.judge(text, targets[n], ans); why != "" {
					t.Fatalf("%s\non %s, Linux %s, with %q: %s", name, a, k, targets[n].Caps, why)
				}
			}
		}
	}
}

// An answer is what the judge and we say of one case.
type answer struct {
	theirs, ours     *specs.LinuxSeccomp
	theirErr, ourErr error
}

// answers returns the answers for targets of one host, in their order. The
// profile is the text as we have read it.
func (h *hearing) answers(text string, p *profile.Profile, parseErr error, targets []profile.Target) []answer {
	defer h.become(targets[0])()
	list := make([]answer, len(targets))
	var wg sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		wg.Go(func() {
			for i := w; i < len(list); i += n {
				list[i].theirs, list[i].theirErr = h.ask(text, targets[i])
				if list[i].ourErr = parseErr; parseErr == nil {
					list[i].ours, list[i].ourErr = ours(p, targets[i])
				}
			}
		})
	}
	wg.Wait()
	return list
}

// judge returns what is not explained about the answers, "" if nothing.
func (h *hearing) judge(text string, host profile.Target, a answer) string {
	switch {
	case a.theirErr != nil && a.ourErr != nil:
		h.refused++
		return ""
	case a.ourErr != nil:
		for _, err := range flat(a.ourErr) {
			if !h.explained(func(d *difference) bool { return d.refuses(err) }) {
				return fmt.Sprintf("%s takes it, we do not: %v", h.name, err)
			}
		}
		h.excused++
		return ""
	case a.theirErr != nil:
		if !h.explained(func(d *difference) bool { return d.theirs != "" && strings.Contains(a.theirErr.Error(), d.theirs) }) {
			return fmt.Sprintf("we take it, %s does not: %v", h.name, a.theirErr)
		}
		return ""
	}
	want, got := normal(a.theirs, host), normal(a.ours, host)
	switch {
	case reflect.DeepEqual(want, got):
		h.agreed++
		return ""
	case h.cured(text, host, want, got):
		return ""
	}
	return fmt.Sprintf("other answers (-%s +ours)\n%s", h.name, cmp.Diff(want, got))
}

// cured reports whether the judge answers as we do once the cures of all
// differences are applied, and counts the case for those that change an answer.
func (h *hearing) cured(text string, host profile.Target, theirs, ours *specs.LinuxSeccomp) bool {
	var cures []*difference
	for i := range differences {
		if d := &differences[i]; d.is(h.name) && d.cure != nil {
			cures = append(cures, d)
		}
	}
	if !reflect.DeepEqual(h.askCured(text, host, cures...), ours) {
		return false
	}
	for _, d := range cures {
		if !reflect.DeepEqual(h.askCured(text, host, d), theirs) {
			h.seen[d]++
		}
	}
	return true
}

// askCured returns the judge's answer with the cures, nil for an error.
func (h *hearing) askCured(text string, host profile.Target, cures ...*difference) *specs.LinuxSeccomp {
	defer h.become(host)()
	for _, d := range cures {
		text = d.cure(h, text)
	}
	s, err := h.ask(text, host)
	if err != nil {
		return nil
	}
	return normal(s, host)
}

// explained counts the case for the first difference to the judge that fits.
func (h *hearing) explained(fits func(*difference) bool) bool {
	for i := range differences {
		if d := &differences[i]; d.is(h.name) && fits(d) {
			h.seen[d]++
			return true
		}
	}
	return false
}

// ask returns the judge's answer; some judges panic on odd texts.
func (h *hearing) ask(text string, host profile.Target) (s *specs.LinuxSeccomp, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return h.load(text, &specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: host.Caps}}})
}

// flat returns the faults that were joined.
func flat(err error) (list []*profile.Error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, flat(e)...)
		}
		return list
	}
	var fault *profile.Error
	if !errors.As(err, &fault) {
		fault = &profile.Error{Code: "none", Err: err}
	}
	return []*profile.Error{fault}
}

// moduleDir returns where the module's files are.
func moduleDir(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Fatalf("go list -m %s: %q, %v", module, dir, err)
	}
	return dir
}

// mustCaps returns the capabilities of a set that profile.ParseCaps knows.
func mustCaps(set string) []string {
	caps, err := profile.ParseCaps(set)
	if err != nil {
		panic(err)
	}
	return caps
}
