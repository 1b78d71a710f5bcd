package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
)

// fingerprints returns what a profile answers, or why it is refused, on every ABI and in
// both readings.
func fingerprints(t *testing.T, text, file string) map[string]string {
	t.Helper()
	p, err := profile.Parse([]byte(text), profile.ParseOptions{File: file})
	if err != nil {
		t.Fatalf("Parse(%s): %v", file, err)
	}
	caps, err := profile.ParseCaps("docker")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for a := range arch.All() {
		for _, compat := range []profile.Compat{profile.CompatKernel, profile.CompatRunc} {
			res, err := p.Resolve(profile.Target{Arch: a, Caps: caps, Compat: compat, AcceptWeaker: true})
			key := a.String() + " " + compat.String()
			if err != nil {
				all[key] = "refused"
				continue
			}
			sum, err := compile.Fingerprint(res.Policy())
			if err != nil {
				t.Fatalf("Fingerprint(%s, %s): %v", file, key, err)
			}
			all[key] = string(sum[:])
		}
	}
	return all
}

// TestFormat: the canonical text means the same on every ABI, and is its own canonical text.
func TestFormat(t *testing.T) {
	t.Run("default", func(t *testing.T) { testFormat(t, "../../profile/default.json") })
	t.Run("corpus", func(t *testing.T) {
		files, _ := filepath.Glob("../../../shared/corpus/*.json")
		if len(files) == 0 {
			t.Skip("no corpus")
		}
		testFormat(t, files...)
	})
}

func testFormat(t *testing.T, files ...string) {
	t.Helper()
	formatted, refused, resolved := 0, 0, 0
	for i, file := range files {
		old, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := seccompile("", "fmt", file)
		if _, err := profile.Parse(old, profile.ParseOptions{File: file}); err != nil {
			if !strings.Contains(err.Error(), "base profile") && (got.Status != exitUsage || got.Out != "" || got.Err == "") {
				t.Errorf("fmt %s, a profile with faults: %s", file, got)
			}
			refused++
			continue
		}
		if got.Status != exitOK || got.Err != "" {
			t.Errorf("fmt %s: %s", file, got)
			continue
		}
		formatted++
		if again := seccompile(got.Out, "fmt"); again != got {
			t.Errorf("fmt of what fmt made of %s (-want +got)\n%s", file, cmp.Diff(got.Out, again.Out))
		}
		if i%10 > 0 && !*full {
			continue
		}
		resolved++
		if diff := cmp.Diff(fingerprints(t, string(old), file), fingerprints(t, got.Out, file)); diff != "" {
			t.Errorf("fmt %s means something else (-want +got)\n%s", file, diff)
		}
	}
	t.Logf("%d profiles formatted, %d of them compared on all ABIs; %d have faults", formatted, resolved, refused)
	if formatted == 0 {
		t.Error("no profile was formatted")
	}
}

// TestFormatDeep: a text that is large and deep takes no longer than one that is flat.
func TestFormatDeep(t *testing.T) {
	deep := `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[],"_x":` + strings.Repeat("[", 900) + `"` + strings.Repeat("x", 4<<20) + `"` + strings.Repeat("]", 900) + "}"
	got := seccompile(deep, "fmt")
	if got.Status != exitOK || !strings.Contains(got.Out, strings.Repeat("x", 4<<20)) {
		t.Errorf("fmt of a deep text: status %d, %d bytes, %.200s", got.Status, len(got.Out), got.Err)
	}
}
