package profile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestPlaces: everything on a line of a text has the place that is given for the line.
func TestPlaces(t *testing.T) {
	text := "{\"defaultAction\":\n\"SCMP_ACT_ERRNO\", \"syscalls\":\n[{\"names\":\n[\"read\",\n\"raed\"], \"action\":\n\"SCMP_ACT_ALLOW\"}]}"
	var places []policy.Pos
	for i := range 6 {
		places = append(places, policy.Pos{File: "p.yaml", Line: 10 + i, Col: 3})
	}
	p, err := Parse([]byte(text), ParseOptions{File: "p.json", Places: places})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(res.Notes())
	if want := `[p.yaml:14:3: /syscalls/0/names/1: unknown system call "raed" (did you mean read?) is ignored]`; got != want {
		t.Errorf("notes %s, want %s", got, want)
	}
	_, rule := res.Decide(syscalls.Call{Audit: arch.X86_64.Audit()})
	if want := places[3]; rule.Pos() != want || p.Pos() != places[0] {
		t.Errorf("rule at %s, profile at %s", rule.Pos(), p.Pos())
	}
	for text, want := range map[string]string{
		"{\"defaultAction\":\n\"SCMP_ACT_ERRN\"}": "p.yaml:11:3: /defaultAction: unknown action",
		"{\n":            "p.yaml:10:3: /",
		"\n\n\n\n\n\n{}": "ParseOptions.Places has 6 places for a text of 7 lines",
	} {
		if _, err := Parse([]byte(text), ParseOptions{Places: places}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, want %s...", text, err, want)
		}
	}
}
