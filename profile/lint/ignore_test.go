package lint

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

func TestParseIgnore(t *testing.T) {
	list, err := ParseIgnore("accepted.txt", []byte("# ours\n\nio-uring   the database\tneeds it\r\nkernel-surface:keyctl,add_key sessions\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range list {
		got = append(got, fmt.Sprintf("%s %s", g.Pos, &g))
	}
	want := []string{"accepted.txt:3:1 io-uring the database needs it", "accepted.txt:4:1 kernel-surface:keyctl,add_key sessions"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ParseIgnore (-want +got):\n%s", diff)
	}
	for in, want := range map[string]string{
		"io-urinng needed": `f:1:1: unknown code "io-urinng" (did you mean io-uring?) ("seccompile audit --codes" lists them)`,
		"io-uring":         "f:1:1: io-uring without a reason (write the reason after it)",
		"io-uring:":        `f:1:1: unknown call "" (CODE:CALL,CALL limits it to findings about these calls)`,
		"io-uring:sokcet because\nx y": `f:1:1: unknown call "sokcet" (did you mean socket?) (CODE:CALL,CALL limits it to findings about these calls)
f:2:1: unknown code "x" ("seccompile audit --codes" lists them)`,
		strings.Repeat("io-uring x\n", maxIgnores+1): "f:10001: more than 10000 lines (is it the right file?)",
	} {
		if _, err := ParseIgnore("f", []byte(in)); err == nil || err.Error() != want {
			t.Errorf("ParseIgnore(%.40q) = %v, want %s", in, err, want)
		}
	}
}

// TestAccept: a comment of an entry accepts findings on it, one of the profile findings of
// the whole, and a list all; none of them accepts findings about other calls than it names.
func TestAccept(t *testing.T) {
	for _, tt := range []struct {
		name     string
		top      string
		comment  string
		list     string
		accepted bool
		unused   int
	}{
		{name: "nothing"},
		{name: "entry", comment: "kernel-surface sessions need it", accepted: true},
		{name: "call", comment: "kernel-surface:keyctl sessions need it", accepted: true},
		{name: "calls", comment: "kernel-surface:keyctl,add_key sessions need it", accepted: true, unused: 1},
		{name: "other call", comment: "kernel-surface:add_key sessions need it", unused: 1},
		{name: "other code", comment: "kernel-code sessions need it", unused: 1},
		{name: "top", top: "kernel-surface sessions need it", accepted: true},
		{name: "list", list: "kernel-surface:keyctl sessions need it", accepted: true},
		{name: "list, other call", list: "kernel-surface:bpf sessions need it", unused: 1},
		{name: "twice", comment: "kernel-surface sessions need it", list: "kernel-surface sessions need it", accepted: true},
	} {
		entry := allowed(`"keyctl"`)
		if tt.comment != "" {
			entry = strings.Replace(entry, "{", fmt.Sprintf(`{"comment": "why: lint:ignore %s", `, tt.comment), 1)
		}
		text := wrap(entry)
		if tt.top != "" {
			text = strings.Replace(text, "{", fmt.Sprintf(`{"_note": "lint:ignore %s", `, tt.top), 1)
		}
		p, err := profile.Parse([]byte(text), profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ignore, err := ParseIgnore("list", []byte(tt.list))
		if err != nil {
			t.Fatal(err)
		}
		list, err := Profile(p, target, Options{Ignore: ignore})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(list, func(f Finding) bool { return f.Code == "kernel-surface" })
		if i < 0 {
			t.Fatalf("%s: no finding on keyctl", tt.name)
		}
		if got := list[i].Accepted == "sessions need it"; got != tt.accepted {
			t.Errorf("%s: the finding is accepted: %q, want %v", tt.name, list[i].Accepted, tt.accepted)
		}
		if got := ofCode(list, "unused-ignore"); len(got) != tt.unused {
			t.Errorf("%s: unused-ignore %q, want %d", tt.name, got, tt.unused)
		}
	}
	for _, comment := range []string{"lint:ignore ", "lint:ignore io-uring", "lint:ignore nothing because"} {
		p, err := profile.Parse([]byte(fmt.Sprintf(`{"_note": %q, "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [%s]}`, comment, start)), profile.ParseOptions{File: "p.json"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Profile(p, target, Options{}); err == nil || !strings.HasPrefix(err.Error(), "p.json:1:11: lint:ignore: ") {
			t.Errorf("Profile with the comment %q = %v, want an error with its place", comment, err)
		}
	}
}

// TestAcceptNote: notes of the profile are accepted as other findings are, those with an
// example by its call.
func TestAcceptNote(t *testing.T) {
	const personality = `{"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 4, "op": "SCMP_CMP_LE"}], "comment": %q},
{"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13, "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_LE"}]}`
	for ignore, want := range map[string]bool{
		"lint:ignore overlap as meant": true, "lint:ignore overlap:personality as meant": true,
		"lint:ignore overlap:socket as meant": false, "lint:ignore arg-width as meant": false,
	} {
		list := findings(t, wrap(fmt.Sprintf(personality, ignore)))
		i := slices.IndexFunc(list, func(f Finding) bool { return f.Code == Code(profile.CodeOverlap) })
		if i < 0 {
			t.Fatalf("no note on the overlap: %v", list)
		}
		if got := list[i].Accepted != ""; got != want {
			t.Errorf("with %q the overlap at %s is accepted: %v, want %v", ignore, list[i].Path, got, want)
		}
	}
}

// TestFaults: the faults of a text are findings with their places.
func TestFaults(t *testing.T) {
	_, err := profile.Parse([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "ALOW"}, {"names": [1], "action": "SCMP_ACT_ALLOW"}]}`), profile.ParseOptions{File: "p.json"})
	list, ok := Faults(err)
	if !ok || len(list) != 2 {
		t.Fatalf("Faults = %v, %v, want two", list, ok)
	}
	if f := list[0]; f.Code != Code(profile.CodeUnknownAction) || f.Severity != Error || f.Pos != (policy.Pos{File: "p.json", Line: 1, Col: 80}) || f.Path != "/syscalls/0/action" || strings.Contains(f.Text, "p.json") {
		t.Errorf("the first fault is %+v", f)
	}
	for _, err := range []error{nil, errors.New("no such file"), errors.Join(err, errors.New("x"))} {
		if list, ok := Faults(err); ok {
			t.Errorf("Faults(%v) = %v, true", err, list)
		}
	}
}

// TestRuncFault: what is an error in runc's reading alone is a finding.
func TestRuncFault(t *testing.T) {
	list := findings(t, wrap(`{"names": ["write"], "action": "SCMP_ACT_NOTIFY", "args": [{"index": 0, "value": 9, "op": "SCMP_CMP_EQ"}]}`))
	got := ofCode(list, "runc-weaker")
	if len(got) != 1 || !strings.Contains(got[0], "runc's reading of the profile is an error") {
		t.Errorf("runc-weaker = %q, want runc's refusal", got)
	}
}

func TestSeverity(t *testing.T) {
	for s := Info; s <= Error; s++ {
		text, err := s.MarshalText()
		var back Severity
		if err != nil || back.UnmarshalText(text) != nil || back != s {
			t.Errorf("%s does not come back from its text %q: %s, %v", s, text, back, err)
		}
	}
	if _, err := Severity(9).MarshalText(); err == nil {
		t.Error("Severity(9) has a text")
	}
	if _, err := ParseSeverity(""); err == nil {
		t.Error("the empty text is a severity")
	}
}
