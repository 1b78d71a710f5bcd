package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

var target = profile.Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: 6, Minor: 12}}

// findings returns the findings on a text.
func findings(t *testing.T, text string) (list []Finding) {
	t.Helper()
	p, err := profile.Parse([]byte(text), profile.ParseOptions{})
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, text)
	}
	list, err = Profile(p, target, Options{})
	if err != nil {
		t.Fatalf("Profile: %v\n%s", err, text)
	}
	return list
}

// ofCode returns those findings that have a code, as text.
func ofCode(list []Finding, c Code) (texts []string) {
	for _, f := range list {
		if f.Code == c {
			texts = append(texts, f.String())
		}
	}
	return texts
}

// TestCodes: each code comes up in its example, as it says, and not in a text like it. Those
// that need no text come up in the compiled filter, too.
func TestCodes(t *testing.T) {
	for _, tt := range codeTests {
		if tt.fires == "" {
			continue // it has a test of its own
		}
		t.Run(string(tt.code), func(t *testing.T) {
			got := ofCode(findings(t, wrap(tt.fires)), tt.code)
			if diff := cmp.Diff([]string{tt.says}, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if got := ofCode(findings(t, wrap(tt.silent)), tt.code); len(got) > 0 {
				t.Errorf("findings on the text in which it must not come up: %s", strings.Join(got, "\n"))
			}
			if tt.filter {
				if got := ofCode(filterFindings(t, wrap(tt.fires)), tt.code); len(got) == 0 {
					t.Error("nothing found in the filter without its text")
				}
				if got := ofCode(filterFindings(t, wrap(tt.silent)), tt.code); len(got) > 0 && tt.code != "kernel-code" {
					t.Errorf("findings on the filter in which it must not come up: %s", strings.Join(got, "\n"))
				}
			}
		})
	}
}

// filterFindings returns the findings on a text's filter, of which only the instructions are
// known.
func filterFindings(t *testing.T, text string) []Finding {
	t.Helper()
	p, err := profile.Parse([]byte(text), profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := compile.Profile(p, target, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bare, err := compile.Load(f.Insns(), arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Filter(bare, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRules: each rule has an example, says why it matters and where it did, and its findings
// have no higher severity than it says.
func TestRules(t *testing.T) {
	var codes []Code
	for _, r := range Rules() {
		codes = append(codes, r.Code)
		if r.Title == "" || r.Why == "" || r.Code != unusedIgnore.Code && len(r.Sources) == 0 {
			t.Errorf("the rule %s has no title, no reason or no source", r.Code)
		}
		for _, url := range r.Sources {
			if !strings.HasPrefix(url, "https://") {
				t.Errorf("the source %q of %s is not a URL", url, r.Code)
			}
		}
		if own, ok := RuleOf(r.Code); !ok || own.Title != r.Title {
			t.Errorf("RuleOf(%s) = %v, %v", r.Code, own, ok)
		}
	}
	var tested []Code
	for _, tt := range codeTests {
		tested = append(tested, tt.code)
		for _, text := range []string{tt.fires, tt.silent} {
			if text == "" {
				continue
			}
			for _, f := range findings(t, wrap(text)) {
				if r, ok := RuleOf(f.Code); !ok || f.Severity > r.Severity {
					t.Errorf("the finding %s, whose rule is %+v", f, r)
				}
			}
		}
	}
	if diff := cmp.Diff(codes, tested); diff != "" {
		t.Errorf("examples of codes (-rules +examples):\n%s", diff)
	}
	if _, ok := RuleOf("no-such-code"); ok {
		t.Error("RuleOf knows a code that nobody has")
	}
	if r, ok := RuleOf(Code(profile.CodeArgWidth)); !ok || !r.Text {
		t.Errorf("RuleOf(arg-width) = %+v, %v", r, ok)
	}
	if !slices.IsSortedFunc(findings(t, wrap(codeTests[0].fires)), func(a, b Finding) int { return a.Pos.Compare(b.Pos) }) {
		t.Error("findings are not in the order of the text")
	}
}
