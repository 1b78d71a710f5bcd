package vector_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/vector"
	"github.com/seccompile/seccompile/syscalls"
)

// TestFiles: every file of testdata/vectors can be run as it stands, on any
// host, and does not contradict itself.
func TestFiles(t *testing.T) {
	files, err := filepath.Glob("../../testdata/vectors/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if filepath.Ext(file) != ".txt" {
				t.Fatal("vector files end in .txt: this one is not run")
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := vector.Parse(file, text)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Vectors) == 0 {
				t.Error("no vectors")
			}
			if f.Settings.Arch == "" || f.Settings.Profile == "" {
				t.Errorf("settings are %+v, want an arch and a profile", f.Settings)
			}
			if _, err := f.Settings.Target(); err != nil {
				t.Errorf("Target: %v", err)
			}
			if p := f.Settings.Profile; p != "default" {
				if _, err := os.Stat(filepath.Join(filepath.Dir(file), p)); err != nil {
					t.Errorf("profile: %v", err)
				}
			}
			judged := map[syscalls.Call]policy.Action{}
			for _, v := range f.Vectors {
				if !v.Judged {
					t.Errorf("line %d has no action: %s", v.Line, v.Text)
				}
				if old, ok := judged[v.Call]; ok && old != v.Want {
					t.Errorf("line %d: %s = %s, but %s in a line above", v.Line, v.Text, v.Want, old)
				}
				judged[v.Call] = v.Want
			}
		})
	}
}
