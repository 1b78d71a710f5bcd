package choice

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// A choiceTest is a text and what is said of it: a line for each choice,
// "CONTAINER CHOICE" or "CHOICE", or for each fault, "CODE FAULT".
type choiceTest struct {
	in   string
	want string
}

// A choiceParser is one of the parsers of JSON, in one form for all.
type choiceParser func(in []byte, file string) ([]Container, error)

// said returns what a choiceTest wants.
func said(list []Container, err error) string {
	var lines []string
	for _, c := range list {
		lines = append(lines, strings.TrimSpace(c.Name+" "+c.Choice.String()))
		if err := c.Choice.Check(); err != nil {
			lines = append(lines, err.Error())
		}
	}
	for _, e := range faults(err) {
		lines = append(lines, string(e.Code)+" "+e.Error())
	}
	return strings.Join(lines, "\n")
}

func testChoices(t *testing.T, parse choiceParser, tests []choiceTest) {
	t.Helper()
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, said(parse([]byte(tt.in), ""))); diff != "" {
			t.Errorf("of %s (-want +got)\n%s", tt.in, diff)
		}
	}
}

func TestCheckName(t *testing.T) {
	const remedy = ` (write it relative to the directory of the profiles, such as "web.json")`
	for _, tt := range []struct{ name, want string }{
		{"web.json", ""},
		{"web", ""},
		{"team/web.json", ""},
		{"..web..json", ""},
		{".web", ""},
		{"a b/c", ""},
		{"", "an empty name (write the name of a profile)"},
		{"/etc/web.json", `name "/etc/web.json" is an absolute path` + remedy},
		{"/", `name "/" is an absolute path` + remedy},
		{"..", `name ".." goes up` + remedy},
		{"../web.json", `name "../web.json" goes up` + remedy},
		{"team/../../web.json", `name "team/../../web.json" goes up` + remedy},
		{"team/..", `name "team/.." goes up` + remedy},
		{".", `name "." has an element that is no name` + remedy},
		{"./web.json", `name "./web.json" has an element that is no name` + remedy},
		{"team//web.json", `name "team//web.json" has an element that is no name` + remedy},
		{"team/", `name "team/" has an element that is no name` + remedy},
		{"\xff", `name "\xff" has a character that does not print` + remedy},
		{"a\x00b", `name "a\x00b" has a NUL` + remedy},
		{"a\n", `name "a\n" has a character that does not print` + remedy},
		{"a\u200bb", `name "a\u200bb" has a character that does not print` + remedy},
		{"Größe/ü.json", ""},
		{`..\web.json`, `name "..\\web.json" has a backslash` + remedy},
		{`C:\web.json`, `name "C:\\web.json" has a backslash` + remedy},
	} {
		got := ""
		if err := CheckName(tt.name); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("CheckName(%q) (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestChoiceString(t *testing.T) {
	for _, tt := range []struct {
		c    Choice
		want string
	}{
		{Choice{}, "unsaid"},
		{Choice{Kind: Unconfined, Pos: policy.Pos{File: "a.json", Line: 1, Col: 2}, Path: "/x"}, "a.json:1:2: /x: unconfined"},
		{Choice{Kind: Builtin, Pos: policy.Pos{File: "", Line: 1, Col: 2}}, "1:2: /: builtin"},
		{Choice{Kind: Named, Name: "web.json"}, `named "web.json"`},
		{Choice{Kind: File, Name: "a\nb"}, `file "a\nb"`},
	} {
		if got := tt.c.String(); got != tt.want {
			t.Errorf("%#v.String() = %q, want %q", tt.c, got, tt.want)
		}
	}
}

// TestChoiceCheck: nothing that a Choice says is ignored.
func TestChoiceCheck(t *testing.T) {
	for _, tt := range []struct {
		c    Choice
		want string
	}{
		{Choice{}, ""},
		{Choice{Kind: Unconfined}, ""},
		{Choice{Kind: Builtin}, ""},
		{Choice{Kind: Named, Name: "web.json"}, ""},
		{Choice{Kind: File, Name: "/tmp/../web.json"}, ""},
		{Choice{Name: "bad.json"}, `unsaid "bad.json": with a name (Named and File have one: set Kind, or delete Name)`},
		{Choice{Kind: Unconfined, Name: "bad.json"}, `unconfined "bad.json": with a name (Named and File have one: set Kind, or delete Name)`},
		{Choice{Kind: Builtin, Name: "x", Pos: policy.Pos{File: "a.json", Line: 1, Col: 2}}, `a.json:1:2: /: builtin "x": with a name (Named and File have one: set Kind, or delete Name)`},
		{Choice{Kind: Named}, `named "": an empty name (write the name of a profile)`},
		{Choice{Kind: File}, `file "": without a path (set Name)`},
		{Choice{Kind: 5}, `Kind(5): not a kind of choice (use a constant)`},
	} {
		got := ""
		if err := tt.c.Check(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%#v.Check() = %q, want %q", tt.c, got, tt.want)
		}
	}
}

// Each parser of choices has a fuzz target: it returns choices or faults, never
// both, all of which have their places in the text.

func FuzzParseSeccompInfo(f *testing.F) { fuzzChoices(f, parseSeccompInfo, mesosTests) }

func FuzzParseMarathon(f *testing.F) { fuzzChoices(f, ParseMarathon, marathonTests) }

func FuzzParseKubernetes(f *testing.F) { fuzzChoices(f, ParseKubernetes, kubernetesTests) }

func FuzzParseSecurityOpt(f *testing.F) {
	for _, tt := range securityOptTests {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, opt string) {
		c, err := ParseSecurityOpt(opt)
		one, err1 := ParseSecurityOpts([]string{opt}, "")
		if (c == Choice{}) != (err != nil) || err != nil && one != (Choice{}) || err == nil && err1 != nil {
			t.Fatalf("ParseSecurityOpt(%q) = %v, %v; ParseSecurityOpts = %v, %v", opt, c, err, one, err1)
		}
		if one.Kind != c.Kind || one.Name != c.Name || one.Pos != c.Pos {
			t.Fatalf("ParseSecurityOpt(%q) = %v, ParseSecurityOpts = %v", opt, c, one)
		}
		for _, e := range faults(err) {
			if e.Code == "" || e.Pos != (policy.Pos{Line: 1, Col: 1}) {
				t.Fatalf("ParseSecurityOpt(%q): error %#v", opt, e)
			}
		}
	})
}

func fuzzChoices(f *testing.F, parse choiceParser, tests []choiceTest) {
	for _, tt := range tests {
		f.Add([]byte(tt.in))
	}
	f.Add([]byte(strings.Repeat("[", 1001)))
	f.Fuzz(func(t *testing.T, in []byte) { checkChoices(t, parse, in) })
}

func checkChoices(t *testing.T, parse choiceParser, in []byte) {
	list, err := parse(in, "c.json")
	if (len(list) == 0) != (err != nil) {
		t.Fatalf("of %q: %v, %v", in, list, err)
	}
	doc, fault := jsonpos.Scan(in)
	if fault != nil {
		if want := atFault("c.json", *fault); err == nil || err.Error() != want.Error() {
			t.Fatalf("of %q: %v, want %v", in, err, want)
		}
		return
	}
	for _, e := range faults(err) {
		checkPlace(t, in, &doc.Root, e.Pos, e.Path)
	}
	for _, c := range list {
		switch c := c.Choice; {
		case c.Kind == Unsaid:
			if c != (Choice{}) {
				t.Fatalf("of %q: %#v", in, c)
			}
			continue
		case (c.Kind == Named) != (c.Name != "") || c.Kind == File || c.Kind == Named && CheckName(c.Name) != nil:
			t.Fatalf("of %q: %#v", in, c)
		}
		checkPlace(t, in, &doc.Root, c.Choice.Pos, c.Choice.Path)
	}
}

// faults returns the errors of an error, each a *profile.Error.
func faults(err error) (list []*profile.Error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, faults(e)...)
		}
		return list
	}
	var e *profile.Error
	switch {
	case errors.As(err, &e):
		return []*profile.Error{e}
	case err != nil:
		return []*profile.Error{{Code: "not a *profile.Error", Err: err}}
	}
	return nil
}

// checkPlace: the place is that of the pointer.
func checkPlace(t *testing.T, in []byte, root *jsonpos.Value, pos policy.Pos, path string) {
	t.Helper()
	r := jsonpos.Reader{Root: root}
	v := &jsonpos.Value{Mark: jsonpos.Mark{Line: int32(pos.Line), Col: int32(pos.Col)}}
	if got := r.Pointer(v); pos.File != "c.json" || got != path {
		t.Fatalf("of %q: a place at %s of %q, which has %q", in, pos, path, got)
	}
}

// TestCodesDocument runs the examples of docs/codes.md that are choices.
func TestCodesDocument(t *testing.T) {
	doc, err := os.ReadFile("../../docs/codes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(doc), "\n### two-choices\n")
	section, _, _ = strings.Cut(section, "\n## ")
	examples := regexp.MustCompile("(?s)```\n(.*?)\n```\n\n> (.*?)\n").FindAllStringSubmatch(section, -1)
	if len(examples) != 4 {
		t.Fatalf("docs/codes.md has %d examples of choices, want 4", len(examples))
	}
	for _, m := range examples {
		said := ""
		for _, parse := range []choiceParser{parseSeccompInfo, ParseKubernetes} {
			if _, err := parse([]byte(m[1]), ""); err != nil {
				said += err.Error() + "\n"
			}
		}
		if !strings.Contains(said, m[2]+"\n") {
			t.Errorf("docs/codes.md: of %s is said %q, want %q", m[1], said, m[2])
		}
	}
}

// TestChoicesReplaced is checkChoices for texts in which each value or key in
// turn is another.
func TestChoicesReplaced(t *testing.T) {
	for _, tt := range []struct {
		parse choiceParser
		in    string
	}{
		{parseSeccompInfo, `{"container": {"linux_info": {"seccomp": {"profile_name": "a", "unconfined": false}}}}`},
		{ParseMarathon, `{"id": "a", "container": {"linuxInfo": {"seccomp": {"profileName": "a", "unconfined": false}}}}`},
		{ParseMarathon, `{"linuxInfo": {}, "containers": [{"name": "a", "linuxInfo": {"seccomp": {"unconfined": true}}}, {"name": "b"}]}`},
		{ParseKubernetes, `{"kind": "Pod", "metadata": {"annotations": {"a": "b"}}, "spec": {"securityContext": {"seccompProfile": {"type": "Unconfined"}},
			"initContainers": [], "containers": [{"name": "a", "securityContext": {"privileged": false, "seccompProfile": {"type": "Localhost", "localhostProfile": "a"}}}]}}`},
	} {
		if list, err := tt.parse([]byte(tt.in), ""); len(list) == 0 {
			t.Errorf("of %s: %v", tt.in, err)
		}
		for i, c := range tt.in {
			for _, with := range []string{"null", "true", "0", `"a"`, `""`, `"seccomp"`, "[]", "{}", "[null]", `[{"name": "a"}, {"name": "a"}]`, `{"Name": 1}`, `{"SECCOMP": 1}`} {
				var old json.RawMessage
				if strings.ContainsRune(`"{[tf`, c) && json.NewDecoder(strings.NewReader(tt.in[i:])).Decode(&old) == nil {
					checkChoices(t, tt.parse, []byte(tt.in[:i]+with+tt.in[i+len(old):]))
				}
			}
		}
	}
}
