package main

import (
	"os"
	"path/filepath"
	"testing"
)

// runDoc runs a line by the shell, with this command as seccompile.
func runDoc(t *testing.T, path, dir, line string) result {
	t.Helper()
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(bin, "seccompile")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	return shellIn(t, dir, "PATH="+bin+":$PATH; "+line)
}

// shellIn runs a script in a directory.
func shellIn(t *testing.T, dir, script string) result {
	t.Helper()
	got, _ := launch{args: []string{"sh", "-c", "cd " + dir + " || exit; " + script}}.execute(t)
	return got
}
