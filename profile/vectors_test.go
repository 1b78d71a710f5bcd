package profile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/vector"
)

// TestVectors holds Decide to the vectors of testdata, in both readings where a
// file does not name one: the README's rules leave nothing between them.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("../testdata/vectors/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			in, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f, err := vector.Parse(filepath.Base(name), in)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Vectors) == 0 {
				t.Fatal("no vectors")
			}
			if f.Settings.Arch == "" {
				t.Fatal("no arch: the vectors are for any machine")
			}
			text := profile.DefaultText()
			if p := f.Settings.Profile; p != "default" {
				if text, err = os.ReadFile(filepath.Join("../testdata/vectors", p)); err != nil {
					t.Fatal(err)
				}
			}
			dialect, err := f.Settings.ParseDialect()
			if err != nil {
				t.Fatal(err)
			}
			p, err := profile.Parse(text, profile.ParseOptions{File: filepath.Base(f.Settings.Profile), Dialect: dialect})
			if err != nil {
				t.Fatal(err)
			}
			readings := []string{"kernel", "runc"}
			if c := f.Settings.Compat; c != "" {
				readings = []string{c}
			}
			for _, c := range readings {
				f.Settings.Compat = c
				target, err := f.Settings.Target()
				if err != nil {
					t.Fatal(err)
				}
				target.AcceptWeaker = true // what they are noted for is in the tests of the laws
				pol, err := p.Resolve(target)
				if err != nil {
					t.Fatalf("%s: %v", c, err)
				}
				for _, v := range f.Vectors {
					if got, rule := pol.Decide(v.Call); v.Judged && got != v.Want {
						t.Errorf("%s:%d: %s: Decide(%s) = %s by %v, want %s", filepath.Base(name), v.Line, c, v.Text, got, rule, v.Want)
					}
				}
			}
		})
	}
}

// TestVectorsCover: the vectors of the default profile have every ABI that it
// filters on a machine that they are for.
func TestVectorsCover(t *testing.T) {
	seen := map[arch.Arch]bool{}
	files, err := filepath.Glob("../testdata/vectors/default-*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := vector.Parse(name, bytes.TrimSpace(in))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range f.Vectors {
			if a, ok := v.Call.Arch(); ok {
				seen[a] = true
			}
		}
	}
	for _, a := range []arch.Arch{arch.X86_64, arch.X86, arch.X32, arch.AArch64, arch.ARM, arch.PPC64, arch.PPC64LE, arch.RISCV64, arch.S390X, arch.S390} {
		if !seen[a] {
			t.Errorf("no vector of the default profile is a call of %s", a)
		}
	}
}
