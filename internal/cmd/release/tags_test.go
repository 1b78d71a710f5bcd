package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// planted returns a checkout with a commit that is ready to be released as v0.1.0, but
// for the files that are replaced.
func planted(t *testing.T, replaced map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"cmd/seccompile/go.mod": "module " + command + "\n\nrequire (\n\t" + library + " v0.1.0\n)\n",
		"go.work":               "go 1.25.0\n\nreplace " + library + " v0.1.0 => .\n",
		"CHANGELOG.md":          "# Changelog\n\n## v0.1.0\n\nThe first.\n",
	} {
		if other, ok := replaced[name]; ok {
			text = other
		}
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "init", "-q")
	commitAll(t, dir)
	return dir
}

func commitAll(t *testing.T, dir string) {
	t.Helper()
	git(t, dir, "add", "-A")
	git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "a commit")
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	out, err := output(exec.Command("git", append([]string{"-C", dir}, args...)...))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// TestTag: the tags are made on the commit, and what is there stays.
func TestTag(t *testing.T) {
	dir := planted(t, nil)
	head := git(t, dir, "rev-parse", "HEAD")
	var out strings.Builder
	if err := run(&out, dir, []string{"check", "v0.1.0"}); err != nil {
		t.Fatal(err)
	}
	want := "git tag v0.1.0 " + head + "\ngit tag cmd/seccompile/v0.1.0 " + head + "\ngit push --atomic origin v0.1.0 cmd/seccompile/v0.1.0\n"
	if out.String() != want {
		t.Errorf("check prints %q, want %q", out.String(), want)
	}
	if got := git(t, dir, "tag"); got != "" {
		t.Errorf("check made the tags %q", got)
	}
	for range 2 { // the second time nothing is left to do
		if err := run(&out, dir, []string{"tag", "v0.1.0"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tag := range tags("v0.1.0") {
		if got := git(t, dir, "rev-parse", tag); got != head {
			t.Errorf("%s tags %s, want %s", tag, got, head)
		}
	}
	commitAll(t, dir)
	err := run(&out, dir, []string{"tag", "v0.1.0"})
	if err == nil || strings.Count(err.Error(), "at another commit") != 2 {
		t.Errorf("tag, after a commit: %v, want both tags at another commit", err)
	}
}

// TestTagNone: if one of the tags cannot be made, neither is.
func TestTagNone(t *testing.T) {
	dir := planted(t, nil)
	head := git(t, dir, "rev-parse", "HEAD")
	git(t, dir, "update-ref", "refs/tags/cmd", head) // no tag can be below it
	if err := run(new(strings.Builder), dir, []string{"tag", "v0.1.0"}); err == nil {
		t.Error("tag made cmd/seccompile/v0.1.0 below the tag cmd")
	}
	if got := git(t, dir, "tag"); got != "cmd" {
		t.Errorf("the tags are %q, want cmd alone", got)
	}
}

// TestNotReady: what is missing is said, all at once.
func TestNotReady(t *testing.T) {
	tests := []struct {
		name     string
		replaced map[string]string
		version  string
		want     []string
	}{
		{"another release", nil, "v0.2.0", []string{"cmd/seccompile/go.mod lacks", "go.work lacks", "CHANGELOG.md lacks"}},
		{"a longer version", map[string]string{"CHANGELOG.md": "## v0.1.0-rc.1\n"}, "v0.1.0", []string{`CHANGELOG.md lacks the line "## v0.1.0"`}},
		{"not a version", nil, "0.1.0", []string{"is not a version"}},
		{"leading zero", nil, "v0.01.0", []string{"is not a version"}},
		{"a path that ends in v2", nil, "v2.0.0", []string{"is not a version"}},
		{"build metadata", nil, "v0.1.0+x", []string{"is not a version"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := run(new(strings.Builder), planted(t, tt.replaced), []string{"check", tt.version})
			if err == nil {
				t.Fatalf("check %s finds nothing missing", tt.version)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("check %s: %v, want %q in it", tt.version, err, want)
				}
			}
		})
	}
	dir := planted(t, nil)
	if err := os.WriteFile(filepath.Join(dir, "new"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(new(strings.Builder), dir, []string{"check", "v0.1.0"}); err == nil || !strings.Contains(err.Error(), "?? new") {
		t.Errorf("check, with a file that is not committed: %v", err)
	}
	for _, args := range [][]string{nil, {"check"}, {"check", "v0.1.0", "x"}, {"build", "v0.1.0"}, {"push", "v0.1.0"}, {"check", "-only", "linux/amd64", "v0.1.0"}, {"tag", "-x", "v0.1.0"}} {
		if err := run(new(strings.Builder), dir, args); err == nil || !strings.HasPrefix(err.Error(), errUsage.Error()) {
			t.Errorf("release %q: %v, want %v", args, err, errUsage)
		}
	}
	if err := run(new(strings.Builder), dir, []string{"build", "-only", "linux/vax", "v0.1.0", t.TempDir()}); err == nil || !strings.Contains(err.Error(), `"linux/vax" is not a target`) {
		t.Errorf("build -only linux/vax: %v", err)
	}
}
