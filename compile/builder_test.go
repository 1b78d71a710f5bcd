package compile_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
	"github.com/seccompile/seccompile/testdata/builder"
)

// TestBuilderPolicies proves the policies in testdata/builder equal to their JSON: on
// x86_64, and where constants have one value on every ABI, on all. In runc's reading it
// does so, too, unless that cannot say what the policy says.
func TestBuilderPolicies(t *testing.T) {
	proved := 0
	for _, p := range builder.Policies {
		t.Run(p.Name, func(t *testing.T) {
			code, err := p.Build()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("..", "testdata", "builder", p.Name+".json")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			twin, err := profile.Parse(text, profile.ParseOptions{File: file})
			if err != nil {
				t.Fatal(err)
			}
			for a := range arch.All() {
				if a != arch.X86_64 && !p.Everywhere {
					continue
				}
				for _, target := range []profile.Target{
					{Arch: a, Kernel: syscalls.Version{Major: 6, Minor: 1}, AcceptWeaker: true},
					{Arch: a, Kernel: syscalls.Version{Major: 6, Minor: 1}, Caps: []string{"CAP_SYS_ADMIN"}, AcceptWeaker: true},
					{Arch: a, Kernel: syscalls.Version{Major: 6, Minor: 1}, Compat: profile.CompatRunc, AcceptWeaker: true},
				} {
					if proveEqual(t, code, twin, target) {
						proved++
					}
				}
			}
		})
	}
	if proved < 950 {
		t.Errorf("%d proofs, want 950 or more", proved)
	}
}

// proveEqual proves that a profile made in Go means what a text means, and reports
// whether it does: in runc's reading one may be refused because it cannot be said there.
func proveEqual(t *testing.T, code, text *profile.Profile, target profile.Target) bool {
	t.Helper()
	got, err := code.Resolve(target)
	var e *profile.Error
	if target.Compat == profile.CompatRunc && errors.As(err, &e) && e.Code == profile.CodeSameArg {
		return false
	}
	if err != nil {
		t.Fatalf("%s, %s: %v", target.Arch, target.Compat, err)
	}
	want, err := text.Resolve(target)
	if err != nil {
		t.Fatalf("%s, %s, as JSON: %v", target.Arch, target.Compat, err)
	}
	x, y := got.Policy(), want.Policy()
	if !slices.Equal(x.Flags, y.Flags) || x.Listener != y.Listener {
		t.Errorf("%s: flags %v and listener %v, as JSON %v and %v", target.Arch, x.Flags, x.Listener, y.Flags, y.Listener)
	}
	filter, err := compile.Policy(x, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := compile.Verify(filter, y); err != nil {
		t.Fatalf("%s, %s: not what the JSON means: %v\nin Go\n%s\nas JSON\n%s", target.Arch, target.Compat, err, x, y)
	}
	return true
}

// TestBuilderPoliciesAreShort: each policy has twelve lines at most, and there are
// twenty.
func TestBuilderPoliciesAreShort(t *testing.T) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, filepath.Join("..", "testdata", "builder", "policies.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range f.Decls {
		if d, ok := d.(*ast.FuncDecl); ok {
			n++
			if lines := fset.Position(d.Body.End()).Line - fset.Position(d.Pos()).Line + 1; lines > 12 {
				t.Errorf("%s has %d lines", d.Name.Name, lines)
			}
		}
	}
	if n != len(builder.Policies) || n < 20 {
		t.Errorf("%d functions for %d policies", n, len(builder.Policies))
	}
}
