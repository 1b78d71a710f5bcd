package main

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A fault is a profile that the session faults.txt has, and what is said of it.
type fault struct {
	profile string
	err     string // of compile
}

// faults writes the profiles of faults.txt into the working directory.
func faults(t *testing.T, steps []step) (list []fault) {
	t.Helper()
	for _, s := range steps {
		for name, text := range s.files() {
			writeText(t, name, text)
		}
		words := strings.Fields(s.line)
		if s.line == "" {
			continue
		}
		if len(words) != 7 || strings.Join(words[:4], " ") != "$ seccompile compile --profile" {
			t.Fatalf("faults.txt: %s: want $ seccompile compile --profile FILE --arch x86_64", s.line)
		}
		said, status, _ := strings.Cut(s.want, "exit ")
		if status != "2\n" {
			t.Errorf("faults.txt: %s: exit %s, want 2", s.line, status)
		}
		var b strings.Builder
		for line := range strings.Lines(said) {
			text, ok := strings.CutPrefix(line, "! ")
			if !ok {
				t.Errorf("faults.txt: %s: output %s", s.line, line)
			}
			b.WriteString(text)
		}
		list = append(list, fault{words[4], b.String()})
	}
	if len(list) < 10 {
		t.Fatalf("%d faulty profiles", len(list))
	}
	return list
}

// by returns what another verb says of the fault.
func (f fault) by(verb string) string {
	return strings.Replace(f.err, "seccompile compile:", "seccompile "+verb+":", 1)
}

// TestFaults: a faulty profile is faulted by every verb in the same words, on
// standard error alone, and nothing else happens. That faults.txt has what
// compile says is TestSessions' to find; run's part is TestRunFaults'.
func TestFaults(t *testing.T) {
	steps := session(t, "faults.txt")
	t.Chdir(t.TempDir())
	list := faults(t, steps)
	writeText(t, "old", "old")
	writeText(t, "v.txt", "x86_64 read() = ALLOW\nx86_64 write()\n")
	before := here(t)
	for _, f := range list {
		for _, args := range [][]string{
			{"compile", "--profile", f.profile, "--arch", "x86_64", "-o", "old"},
			{"compile", "--profile", f.profile, "--arch", "x86_64", "-o", "new"},
			{"compile", "--profile", f.profile, "--arch", "x86_64", "--accept-weaker", "--format", "list"},
			{"eval", "--profile", f.profile, "--arch", "x86_64", "v.txt"},
		} {
			want := result{Err: f.by(args[0]), Status: exitUsage}
			if diff := cmp.Diff(want, seccompile("", args...)); diff != "" {
				t.Errorf("%v (-want +got)\n%s", args, diff)
			}
		}
		if text, ok := before[f.profile]; ok {
			want := result{Err: strings.ReplaceAll(f.err, f.profile+":", stdinName+":"), Status: exitUsage}
			if diff := cmp.Diff(want, seccompile(text, "compile", "--profile", "-", "--arch", "x86_64")); diff != "" {
				t.Errorf("compile --profile - < %s (-want +got)\n%s", f.profile, diff)
			}
		}
		if after := here(t); !maps.Equal(before, after) {
			t.Fatalf("%s: files (-want +got)\n%s", f.profile, cmp.Diff(before, after))
		}
	}
}

// TestFaultsHavePlaces: each line of a faulty profile is
// FILE:LINE:COL: POINTER: what.
func TestFaultsHavePlaces(t *testing.T) {
	steps := session(t, "faults.txt")
	t.Chdir(t.TempDir())
	for _, f := range faults(t, steps) {
		if f.profile == "missing.json" {
			continue // no place to name
		}
		form := regexp.MustCompile(`^` + regexp.QuoteMeta(f.profile) + `:[1-9]\d*:[1-9]\d*: /[^ ]*: [^ ].*[^ .]\n$`)
		for line := range strings.Lines(f.err) {
			if !form.MatchString(line) {
				t.Errorf("%s: %swant FILE:LINE:COL: POINTER: what", f.profile, line)
			}
		}
	}
}
