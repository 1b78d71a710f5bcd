package cache

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
)

func init() {
	special["a FIFO"] = func(name string) error { return unix.Mkfifo(name, 0o600) }
	special["a socket"] = func(name string) error { return unix.Mknod(name, unix.S_IFSOCK|0o600, 0) }
}

// TestFull: a full disk leaves nothing, and a FIFO in place of the directory is an error.
func TestFull(t *testing.T) {
	res := resolved(t, section("", "mkdir"))
	failures := 0
	d := Dir{Path: t.TempDir(), Failed: func(error) { failures++ }}
	fifo := filepath.Join(d.Path, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Dir{Path: fifo, Failed: d.Failed}).Program(res, compile.Options{}); err != nil || failures != 1 {
		t.Errorf("a FIFO as directory: %v, %d failures, want nil, 1", err, failures)
	}
	if err := unix.Mount("none", d.Path, "tmpfs", 0, "size=4k"); err != nil {
		t.Skip(err)
	}
	defer unix.Unmount(d.Path, unix.MNT_DETACH)
	if err := os.WriteFile(filepath.Join(d.Path, "filler"), make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	d.program(t, res)
	if list := d.files(t); len(list) != 1 || failures != 2 {
		t.Errorf("the full directory has %q, %d failures, want 1 file and 2 failures", list, failures)
	}
}
