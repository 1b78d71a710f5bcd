package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestYAML: what YAML becomes, and the faults with their places.
func TestYAML(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"a: 1\nb: [x, 'y', \"z\\n\", 0x10, -5, 1.5, null, ~, true, \"true\"]\n", `{"a":1,"b":["x","y","z\n",16,-5,1.5,null,null,true,"true"]}`},
		{"a:\n- b: 1\n  c: |\n    two\n    lines\n- {}\n- []\n-\n", `{"a":[{"b":1,"c":"two\nlines\n"},{},[],null]}`},
		{"# comment\n---\na: <&>\n...\n", `{"a":"<&>"}`},
		{"\ufeffa: 1\n", `{"a":1}`},
		{"? a\n: 1\n1: b\ntrue: c\n", `{"a":1,"1":"b","true":"c"}`},
		{"a: &x {b: 1}\nc: *x\nd: [*x, *x]\n", `{"a":{"b":1},"c":{"b":1},"d":[{"b":1},{"b":1}]}`},
		{"a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\n", `{"a":{"b":1,"c":2},"d":{"b":3,"c":2}}`},
		{"a: &x {b: 1}\nc: &y {b: 2, e: 5}\nd: {<<: [*x, *y]}\n", `{"a":{"b":1},"c":{"b":2,"e":5},"d":{"b":1,"e":5}}`},
		{"a: 18446744073709551615\nb: 2001-01-01\nc: 0o17\nd: +5\ne: 0b11\n", `{"a":18446744073709551615,"b":"2001-01-01","c":15,"d":5,"e":3}`},
		{"a: !!str 5\nb: ! x\n", `{"a":"5","b":"x"}`},

		{"a: 1\nb: 2\na: 3\n", `f:3:1: /a: key "a" twice (keep one)`},
		{"a: {é: 1, b: 2, b: 3}\n", `f:1:18: /a/b: key "b" twice (keep one)`},
		{"a: yes\n", `f:1:4: /a: yes is a boolean for some readers of YAML and a string for others (write true, false or "yes")`},
		{"a: 'yes'\n", `{"a":"yes"}`},
		{"a: 0755\n", `f:1:4: /a: the number 0755 (write it in decimal, or after 0x)`},
		{"a: .inf\n", `f:1:4: /a: the number .inf (write digits)`},
		{"a: 1_000\n", `{"a":1000}`},
		{"a: 99999999999999999999\n", `{"a":99999999999999999999}`},
		{"a: !foo 1\n", `f:1:4: /a: tag !foo (delete it)`},
		{"a: !!binary aGk=\n", `f:1:4: /a: tag !!binary (delete it)`},
		{"a: !!set {b}\n", `f:1:4: /a: tag !!set (delete it)`},
		{"a:\n  [x]: 1\n", `f:2:3: /a: a key that is not a string (write one)`},
		{"a:\n  ~: 1\n", `f:2:3: /a: a key that is not a string (write one)`},
		{"a: {<<: 5}\n", `f:1:9: /a: << with something other than a mapping`},
		{"a: [1\nb: 2\n", `f:1: not YAML: did not find expected ',' or ']'`},
		{"a: b: c\n", `f: not YAML: mapping values are not allowed in this context`},
		{"a: *x\n", `f: not YAML: unknown anchor 'x' referenced`},
		{"a: &x [*x]\n", `f:1:8: /: more than 100 lists and mappings inside each other, aliases expanded`},
		{"a: &x {b: yes}\nc: &y {d: *x}\ne: *y\n", "f:1:11: /a/b: @\nf:2:11: /c/d/b: @\nf:3:4: /e/d/b: @"},
		{"a: &x {q: yes}\nd: {<<: *x, b: yes}\n", "f:1:11: /a/q: @\nf:2:16: /d/b: @\nf:2:9: /d/q: @"},
		{"a: &x {<<: *x}\n", `f:1:12: /: more than 100 lists and mappings inside each other, aliases expanded`},
		{"a: 1\n---\nb: 2\n", `f: 2 YAML documents, none of which is a profile`},
		{"defaultAction: x\n---\nkind: SeccompProfile\n", `f: several YAML documents could be the profile, from lines 1, 3 on (give only one)`},
		{"a: 1\n---\n# empty\n---\ndefaultAction: x\n", `{"defaultAction":"x"}`},
	} {
		d, err := documentOf([]byte(tt.in), "f", wantedProfile)
		got := string(bytes.ReplaceAll(d.text, []byte("\n"), nil))
		if err != nil {
			got = err.Error()
		} else if n := bytes.Count(d.text, []byte("\n")) + 1; n != len(d.places) {
			t.Errorf("%q: %d lines, %d places", tt.in, n, len(d.places))
		}
		want := strings.ReplaceAll(tt.want, "@", `yes is a boolean for some readers of YAML and a string for others (write true, false or "yes")`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", tt.in, diff)
		}
	}
	for text, want := range map[string]bool{
		"a: 1": true, "- a:\n  - 1": true, "# x\n\"a b\": 1": true, "'a':\n": true, "---\na: b": true, "&x a: 1": true,
		"": false, " \n": false, "{a: 1}": false, "[1]": false, "\"a\": 1": false, "null": false, "abcd": false, "x86_64 read(0) = ALLOW\n": false,
		"a: \x00": false, "a: \xff": false, "a:b": false, "http://x": false, "// x\n{\n \"a\": 1}": false,
	} {
		if got := isYAML([]byte(text)); got != want {
			t.Errorf("isYAML(%q) = %t", text, got)
		}
	}
}

// TestYAMLPlaces: JSON is YAML, so that by way of the converter every text has the same
// profile with the same places, notes and faults.
func TestYAMLPlaces(t *testing.T) {
	files, err := filepath.Glob("../../testdata/profiles/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no profiles: %v", err)
	}
	shared, _ := filepath.Glob("../../../shared/corpus/*.json")
	if shared == nil {
		t.Log("without the profiles of ../shared")
	}
	texts := map[string][]byte{"default": profile.DefaultText()}
	for _, file := range append(files, shared...) {
		if texts[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	same, faults := 0, 0
	for file, text := range texts {
		c := &converter{name: "f", lines: bytes.Split(text, []byte("\n"))}
		root, err := c.root(text, wantedProfile)
		if err != nil {
			continue // a tab where YAML has none, or not JSON either
		}
		if c.value(root, nil, 0); len(c.faults) > 0 {
			continue // such as a key twice that nothing reads
		}
		direct, directErr := profile.Parse(text, profile.ParseOptions{File: "f"})
		by, byErr := profile.Parse(c.out.Bytes(), profile.ParseOptions{Places: c.places})
		var fault *profile.Error
		if errors.As(directErr, &fault) && fault.Code == profile.CodeSyntax {
			continue // YAML takes a comma before the end
		}
		if diff := cmp.Diff(fmt.Sprint(directErr), fmt.Sprint(byErr)); diff != "" {
			t.Errorf("%s (-direct +by YAML)\n%s", file, diff)
		}
		if directErr != nil || byErr != nil {
			faults++
			continue
		}
		target := profile.Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: 6, Minor: 1}, AcceptWeaker: true}
		one, oneErr := direct.Resolve(target)
		two, twoErr := by.Resolve(target)
		if diff := cmp.Diff(fmt.Sprint(oneErr), fmt.Sprint(twoErr)); diff != "" {
			t.Errorf("%s (-direct +by YAML)\n%s", file, diff)
		}
		if oneErr != nil || twoErr != nil {
			continue
		}
		if p, q := one.Policy(), two.Policy(); !reflect.DeepEqual(p, q) {
			t.Errorf("%s (-direct +by YAML)\n%s", file, cmp.Diff(p, q))
		}
		if p, q := one.Notes(), two.Notes(); !reflect.DeepEqual(p, q) {
			t.Errorf("%s (-direct +by YAML)\n%s", file, cmp.Diff(p, q))
		}
		same++
	}
	if same < 5 || shared != nil && same < 100 {
		t.Errorf("%d of %d profiles compared, %d with faults", same, len(texts), faults)
	}
}

// TestYAMLBounds: no text takes long or much memory.
func TestYAMLBounds(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%[1]c [*%[2]c,*%[2]c,*%[2]c,*%[2]c,*%[2]c,*%[2]c,*%[2]c,*%[2]c,*%[2]c]\n", c, c-1)
	}
	merges := "a: &a {k: 1}\n"
	for c := 'b'; c <= 'z'; c++ {
		merges += fmt.Sprintf("%c: &%[1]c {<<: [*%[2]c,*%[2]c,*%[2]c,*%[2]c,*%[2]c,*%[2]c,*%[2]c,*%[2]c,*%[2]c]}\n", c, c-1)
	}
	for name, text := range map[string]string{
		"bomb":   bomb,
		"merges": merges,
		"flow":   "a: " + strings.Repeat("[", maxYAML-10),
		"maps":   "a: " + strings.Repeat("{b: ", maxYAML/4-10),
		"lists":  "a:\n" + strings.Repeat("- ", maxYAML/2-10),
		"keys":   strings.Repeat("a: 1\n", maxYAML/5-1),
		"long":   "a: " + strings.Repeat("x", maxYAML),
		"docs":   strings.Repeat("a: 1\n---\n", maxYAML/9-1),
		"quotes": "a: \"" + strings.Repeat("\\n", maxYAML/2-10),
		"wide":   "a: [" + strings.Repeat("é,", maxYAML/3-10) + "x]\n",
		"anchor": strings.Repeat("? &a a\n", maxYAML/7-1) + "b: 1\n",
	} {
		start := time.Now()
		_, err := documentOf([]byte(text), "f", wantedProfile)
		var fault *profile.Error
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if msg := err.Error(); errors.As(err, &fault) && fault.Pos == (policy.Pos{}) || len(msg) > 100_000 {
			t.Errorf("%s: %.200s", name, msg)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s takes %s", name, took)
		} else if testing.Verbose() {
			t.Logf("%s: %s, %.100s", name, took, err)
		}
	}
}
