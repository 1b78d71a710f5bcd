package compile

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
)

// TestNotesDocument runs the example of docs/codes.md that needs the solver.
func TestNotesDocument(t *testing.T) {
	doc, err := os.ReadFile("../docs/codes.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)### shadowed\n\n[^\n]+\n\n```\n(.*?)```\n\n> ([^\n]+)\n").FindSubmatch(doc)
	if m == nil {
		t.Fatal("docs/codes.md has no example of shadowed")
	}
	var got []string
	for _, n := range mustCompile(t, string(m[1]), profile.Target{}).Notes() {
		got = append(got, n.String())
	}
	if diff := cmp.Diff([]string{string(m[2])}, got); diff != "" {
		t.Errorf("Notes of the example (-want +got):\n%s", diff)
	}
}

// TestNotesGuarded: a rule that never decides because of one that depends on the
// target is not one to delete, and a rule that has a note already gets no second one.
func TestNotesGuarded(t *testing.T) {
	tests := []struct{ text, want string }{
		{`{"names": ["lseek"], "action": "SCMP_ACT_KILL", "includes": {"arches": ["amd64"]}, "args": [{"index": 1, "value": 9, "op": "SCMP_CMP_LE"}]},
		  {"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 5, "op": "SCMP_CMP_EQ"}]}`, "never decides for this target: the rules at 1:61 decide all calls that it matches"},
		{`{"names": ["setns"], "action": "SCMP_ACT_ALLOW"}, {"names": ["setns"], "action": "SCMP_ACT_KILL_PROCESS", "excludes": {"caps": ["CAP_SYS_ADMIN"]}}`, ""},
	}
	for _, tt := range tests {
		f := mustCompile(t, `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [`+tt.text+`]}`, profile.Target{})
		said := ""
		for _, n := range f.Notes() {
			if n.Code == profile.CodeShadowed {
				said += n.Text
			}
		}
		if !strings.Contains(said, tt.want) || tt.want == "" && said != "" || strings.Contains(said, "delete") {
			t.Errorf("%s: shadowed notes %q, want %q", tt.text, said, tt.want)
		}
	}
}

func TestNotesShadowed(t *testing.T) {
	lseek := func(action, args string) string {
		return `{"names": ["lseek"], "action": "SCMP_ACT_` + action + `", "args": [` + args + `]}`
	}
	const (
		low  = `{"index": 1, "value": 9, "op": "SCMP_CMP_LE"}`
		high = `{"index": 1, "value": 9, "op": "SCMP_CMP_GT"}`
		five = `{"index": 1, "value": 5, "op": "SCMP_CMP_EQ"}`
		none = `{"index": 1, "value": 0, "op": "SCMP_CMP_LT"}`
		all  = `{"index": 2, "value": 1, "op": "SCMP_CMP_EQ"}`
		wide = `{"index": 1, "value": 4294967301, "op": "SCMP_CMP_EQ"}`
	)
	tests := []struct {
		name  string
		rules string
		want  []string
	}{
		{"none", lseek("ALLOW", low) + "," + lseek("ALLOW", high), nil},
		{"of one action", lseek("ALLOW", low) + "," + lseek("ALLOW", five), []string{"shadowed same /syscalls/1/names/0"}},
		{"of two actions", lseek("TRAP", low) + "," + lseek("ALLOW", five), []string{"overlap stricter /syscalls/1/names/0", "shadowed same /syscalls/1/names/0"}},
		{"by two rules", lseek("ALLOW", low) + "," + lseek("ALLOW", high) + "," + lseek("ALLOW", all), []string{"shadowed same /syscalls/2/names/0"}},
		{"what never holds", lseek("ALLOW", none), []string{"shadowed same /syscalls/0/names/0"}},
		{"what is noted as redundant", lseek("ALLOW", low) + "," + lseek("ALLOW", low), []string{"redundant same /syscalls/1/names/0"}},
		{"on one ABI alone", lseek("ALLOW", wide), []string{"arg-width stricter /syscalls/0/args/0"}},
		{"of a name that decides elsewhere", `{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [` + five + `, ` + all + `]}`, nil},
	}
	for _, tt := range tests {
		f := mustCompile(t, `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "syscalls": [`+tt.rules+`]}`, profile.Target{Arch: arch.X86_64})
		var got []string
		for _, n := range f.Notes() {
			if n.Harmless() {
				continue
			}
			got = append(got, string(n.Code)+" "+n.Effect.String()+" "+n.Path)
			if n.Code == profile.CodeShadowed && n.Witness != nil {
				if _, rule := f.Policy().Decide(*n.Witness); rule == nil || rule.Path() == n.Path {
					t.Errorf("%s: %s", tt.name, n)
				}
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: Notes (-want +got):\n%s", tt.name, diff)
		}
	}
}
