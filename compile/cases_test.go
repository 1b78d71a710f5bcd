package compile

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/vector"
)

var update = flag.Bool("update", false, "write what the stages make into testdata/cases")

// A section is a part of a case: a line "-- NAME --" and what follows it.
type section struct{ name, text string }

// sections reads a case. What stands before the first section has no name.
func sections(text string) []section {
	all := []section{{}}
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, "-- "); ok {
			all = append(all, section{name: strings.TrimSuffix(name, " --\n")})
			continue
		}
		all[len(all)-1].text += line
	}
	return all
}

// TestCases holds what each stage makes of the profiles in testdata/cases, which
// are there to be read: the target and the profile are what goes in, the policy,
// the diagram, its comparison trees and the filter what comes out, and the calls are
// vectors.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("../testdata/cases/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			in := map[string]string{}
			for _, s := range sections(string(text)) {
				in[s.name] = s.text
			}
			v, err := vector.Parse(name, []byte(in["target"]+in["calls"]))
			if err != nil {
				t.Fatal(err)
			}
			target, err := v.Settings.Target()
			if err != nil {
				t.Fatal(err)
			}
			target.AcceptWeaker = true // what they are noted for is in the tests of the laws
			f, err := JSON([]byte(in["profile"]), target, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			b.WriteString(in[""])
			for _, s := range []section{
				{"target", in["target"]},
				{"profile", in["profile"]},
				{"policy", f.policy.String()},
				{"diagram", strings.TrimPrefix(diagramOf(f.policy).Format(func(v uint32) string { return policy.Action(v).String() }), " ")},
				{"trees", treesOf(f.policy)},
				{"filter", f.String()},
				{"calls", in["calls"]},
			} {
				b.WriteString("-- " + s.name + " --\n" + s.text)
			}
			if diff := cmp.Diff(string(text), b.String()); diff != "" && !*update {
				t.Errorf("%s (-want +got; -update writes it)\n%s", name, diff)
			}
			if *update {
				if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for _, v := range v.Vectors {
				if got := f.Run(v.Call); got != v.Want {
					t.Errorf("Run(%s) = %s, want %s", v.Text, got, v.Want)
				}
			}
		})
	}
}

// treesOf returns the comparison trees of a policy's program.
func treesOf(pol *policy.Policy) string {
	n := diagramOf(pol)
	l := layout{bigEndian: pol.Arches[0].Arch.BigEndian()}
	for _, a := range pol.Arches {
		l.arches = append(l.arches, a.Arch)
	}
	e := newEmitter(l)
	e.trees = &trees{numbers: n.Numbers()}
	e.program(n)
	return e.trees.text.String()
}
