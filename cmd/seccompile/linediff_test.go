package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestUnifiedDiff: patch(1) makes the new text of the old one.
func TestUnifiedDiff(t *testing.T) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("no patch(1)")
	}
	t.Chdir(t.TempDir())
	r := rand.New(rand.NewPCG(3, 4))
	text := func(words int) string {
		var b strings.Builder
		for range r.IntN(40) {
			fmt.Fprintf(&b, "%d\n", r.IntN(words))
		}
		if r.IntN(4) == 0 {
			b.WriteString("without an end")
		}
		return b.String()
	}
	for range 300 {
		words := 2 + r.IntN(20)
		old, want := text(words), text(words)
		if r.IntN(3) == 0 {
			want = strings.Replace(old, "1\n", "7\n9\n", 1)
		}
		diff := unifiedDiff("f", []byte(old), []byte(want))
		if (diff == "") != (old == want) {
			t.Fatalf("unifiedDiff(%q, %q) = %q", old, want, diff)
		}
		if old == "" || want == "" || diff == "" { // patch removes files that are empty
			continue
		}
		writeText(t, "f", old)
		writeText(t, "diff", diff)
		if out, err := exec.Command(patch, "-s", "f", "diff").CombinedOutput(); err != nil {
			t.Fatalf("patch: %v\n%s\n%s", err, out, diff)
		}
		if got, err := os.ReadFile("f"); err != nil || string(got) != want {
			t.Fatalf("patch makes %q of %q, want %q:\n%s", got, old, want, diff)
		}
	}
	large := strings.Repeat("a\nb\n", 3000)
	if diff := unifiedDiff("f", []byte("x\n"+large), []byte(strings.ReplaceAll(large, "b", "c"))); strings.Count(diff, "\n-") < 3000 {
		t.Errorf("a diff of %d bytes for large texts", len(diff))
	}
}
