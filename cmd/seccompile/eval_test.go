package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/profile/vector"
)

func vectorFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "vectors", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	return files
}

// quiet fails the test unless the command was content; notes are no discontent.
func quiet(t *testing.T, got result, args ...string) {
	t.Helper()
	for line := range strings.Lines(got.Err) {
		if !strings.Contains(line, " (note: ") {
			t.Errorf("%v: standard error: %s", args, line)
		}
	}
	if got.Status != exitOK || got.Out != "" {
		t.Errorf("%v: %s\nwant nothing", args, got)
	}
}

func TestVectors(t *testing.T) {
	files := vectorFiles(t)
	for _, file := range files {
		quiet(t, seccompile("", "eval", "--accept-weaker", file), "eval", file)
	}
	quiet(t, seccompile("", append([]string{"eval", "--accept-weaker"}, files...)...), "eval", "all files")
}

// TestVectorsChanged: each file with its first, its last or all expectations
// changed is told from what it was, line by line.
func TestVectorsChanged(t *testing.T) {
	for _, file := range vectorFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := vector.Parse(file, text)
			if err != nil {
				t.Fatal(err)
			}
			for name, vectors := range map[string][]vector.Vector{"first": f.Vectors[:1], "last": f.Vectors[len(f.Vectors)-1:], "all": f.Vectors} {
				lines := strings.Split(string(text), "\n")
				var want strings.Builder
				for _, v := range vectors {
					lines[v.Line-1] = v.Text + " = ERRNO(4001)"
					fmt.Fprintf(&want, "<stdin>:%d: %s = %s, want ERRNO(4001)\n", v.Line, v.Text, v.Want)
				}
				args := []string{"eval", "--accept-weaker"}
				if p := f.Settings.Profile; p != "default" { // a path from the file, which standard input has none of
					args = append(args, "--profile", filepath.Join(filepath.Dir(file), p))
				}
				got := seccompile(strings.Join(lines, "\n"), append(args, "-")...)
				if diff := cmp.Diff(want.String(), got.Out); diff != "" || got.Status != exitRefused {
					t.Errorf("eval with the %s changed: status %d, want %d (-want +got)\n%s", name, got.Status, exitRefused, diff)
				}
			}
		})
	}
}

// TestExpected: the command gives the answers that a file expects.
func TestExpected(t *testing.T) {
	for _, file := range vectorFiles(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := vector.Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		var calls, want strings.Builder
		for _, v := range f.Vectors {
			fmt.Fprintln(&calls, v.Text)
			fmt.Fprintf(&want, "%s = %s\n", v.Text, v.Want)
		}
		args := []string{"eval", "--arch", f.Settings.Arch, "--profile", f.Settings.Profile, "--accept-weaker"}
		if f.Settings.Profile != "default" {
			args[4] = filepath.Join(filepath.Dir(file), f.Settings.Profile)
		}
		for flag, value := range map[string]string{"--dialect": f.Settings.Dialect, "--caps": f.Settings.Caps, "--kernel": f.Settings.Kernel, "--compat": f.Settings.Compat, "--enosys": f.Settings.Enosys} {
			if value != "" {
				args = append(args, flag, value)
			}
		}
		got := seccompile(calls.String(), append(args, "-")...)
		if diff := cmp.Diff(want.String(), got.Out); diff != "" || got.Status != exitOK {
			t.Errorf("%v: status %d (-want +got)\n%s%s", args, got.Status, diff, got.Err)
		}
	}
}

// TestProfilePath: a path in a vector file that is absolute stays so.
func TestProfilePath(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "sub/p.json", allowAll)
	abs, err := filepath.Abs("sub/p.json")
	if err != nil {
		t.Fatal(err)
	}
	const call = "x86_64 read() = ALLOW\n"
	writeText(t, "other/v.txt", "arch x86_64\nprofile "+abs+"\n"+call)
	quiet(t, seccompile("", "eval", "other/v.txt"), "eval", "other/v.txt")
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, "sub/v.txt", "arch x86_64\nprofile p.json\n"+call)
	quiet(t, seccompile("", "eval", filepath.Join(dir, "sub", "v.txt")), "eval", "by an absolute path")
}
