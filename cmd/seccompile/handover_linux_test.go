package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// stackOf compiles a profile for ABI a.
func stackOf(t *testing.T, text []byte, a arch.Arch) *compile.Stack {
	t.Helper()
	p, err := profile.Parse(text, profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: a, Kernel: syscalls.Version{Major: 6, Minor: 1}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := compile.SplitResolution(res, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestHandOver: the filter of notify hands over exactly what the profile does
// not allow, or everything; of several filters also all calls that it names.
func TestHandOver(t *testing.T) {
	large := []byte(largeProfile())
	for _, tt := range []struct {
		name  string
		text  []byte
		arch  arch.Arch
		all   bool
		whole string
	}{
		{"default", profile.DefaultText(), arch.X86_64, false, ""},
		{"default, all", profile.DefaultText(), arch.X86_64, true, ""},
		{"default", profile.DefaultText(), arch.AArch64, false, ""},
		{"large", large, arch.X86_64, false, "keyctl"},
		{"large", large, arch.S390X, false, "keyctl"},
		{"large, all", large, arch.X86_64, true, ""},
	} {
		s := stackOf(t, tt.text, tt.arch)
		insns, whole, err := handOver(s, tt.all)
		if err != nil || strings.Join(whole, " ") != tt.whole {
			t.Errorf("handOver of %s for %s: %q, %v, want %q", tt.name, tt.arch, whole, err, tt.whole)
			continue
		}
		h, err := compile.Load(insns, tt.arch)
		if err != nil {
			t.Fatal(err)
		}
		over := 0
		for _, p := range s.Policy().Arches {
			for nr, name := range syscalls.All(p.Arch) {
				for _, arg := range []uint64{0, 1, 18, 40, 7920, 7921, 1 << 28, 1 << 32} {
					c := syscalls.Call{Audit: p.Arch.Audit(), Nr: nr, Args: [6]uint64{arg, arg}}
					want := s.Run(c)
					if tt.all || slices.Contains(whole, name) || !want.Passes() {
						if want = policy.Notify; s.Run(c).Passes() {
							over++
						}
					}
					if got := h.Run(c); got != want {
						t.Fatalf("handOver of %s for %s: %s = %s, want %s", tt.name, tt.arch, c, got, want)
					}
				}
			}
		}
		if (over > 0) != (tt.all || len(whole) > 0) {
			t.Errorf("handOver of %s for %s: %d calls more than the profile refuses", tt.name, tt.arch, over)
		}
	}
}

// TestNotifyStack: notify hands over by one filter what several refuse, and reports no
// more than they refuse.
func TestNotifyStack(t *testing.T) {
	path := requireNotify(t)
	t.Chdir(t.TempDir())
	writeText(t, "large.json", strings.ReplaceAll(largeProfile(), `["ptrace"]`, `["kill"]`))
	host := hostArch(t)
	got, _ := sh(`kill -0 $$; kill -CONT $$; kill -WINCH $$; echo done`).notified(path, "--profile", "large.json", "--json").execute(t)
	_, report, _ := strings.Cut(got.Err, "(note: redundant, same)\n") // signal 0 is among the values of kill, too
	lines := strings.Split(strings.TrimSuffix(report, "\n"), "\n")
	var warning struct{ Warning string }
	if err := json.Unmarshal([]byte(lines[0]), &warning); err != nil || !strings.Contains(warning.Warning, "every call of kill waits for the supervisor") {
		t.Errorf("notify: %s\nwant a warning about kill first", got)
	}
	if got.Status != 0 || got.Out != "done\n" || len(lines) != 4 {
		t.Fatalf("notify: %s\nwant a warning, two calls and a summary", got)
	}
	for _, line := range lines[1:3] {
		var call struct{ Arch, Name, Action string }
		if err := json.Unmarshal([]byte(line), &call); err != nil || call.Arch != host || call.Name != "kill" || call.Action != "ERRNO(1)" {
			t.Errorf("notify: %s (%v), want a call of kill that is refused", line, err)
		}
	}
	all, _ := sh(`kill -WINCH $$; echo done`).notified(path, "--profile", "large.json", "--all").execute(t)
	if all.Status != 0 || all.Out != "done\n" || strings.Contains(all.Err, "every call of kill waits") || !strings.Contains(all.Err, "kill = ALLOW") {
		t.Errorf("notify --all: %s", all)
	}
}
