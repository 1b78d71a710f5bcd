package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestRunStack: run installs several filters where the profile takes them, and eval
// answers as they do.
func TestRunStack(t *testing.T) {
	path := requireRun(t)
	dir := t.TempDir()
	t.Chdir(dir)
	writeText(t, "large.json", largeProfile())
	large := filepath.Join(dir, "large.json")
	const script = `grep -c . /proc/self/status >/dev/null; grep Seccomp_filters /proc/self/status; kill -0 $$; kill -CONT $$; kill -WINCH $$; echo done`
	plain, _ := sh(script).execute(t)
	if !strings.HasSuffix(plain.Out, "done\n") || plain.Err != "" {
		t.Skipf("%s: %s", script, plain)
	}
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			l := sh(script).under(path, "--profile", large)
			l.user = u
			if u.cred != nil {
				l = sh(script).under(path, "--profile", "-")
				l.user, l.stdin = u, largeProfile()
			}
			got, _ := l.execute(t)
			if strings.Count(got.Err, refused) != 2 || !strings.HasSuffix(got.Out, "done\n") || strings.Contains(got.Out, "Seccomp_filters:\t1\n") {
				t.Errorf("run of %s: %s\nwant %s twice; without: %s", script, got, refused, plain)
			}
			t.Log(got.Out)
		})
	}
	writeText(t, "v.txt", "x86_64 kill(1, 0) = ERRNO(1)\nx86_64 kill(1, 1) = ALLOW\nx86_64 keyctl(0, 7921) = ERRNO(1)\nx86_64 keyctl(0, 7922) = ALLOW\nx86_64 seccomp() = ERRNO(1)\n")
	if got := seccompile("", "eval", "--profile", large, "--arch", "x86_64", "v.txt"); got.Status != exitOK || got.Out != "" {
		t.Errorf("eval: %s", got)
	}
}
