package store

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// TestUnreadable: a profile that may not be read is an error.
func TestUnreadable(t *testing.T) {
	dir := directory(t)
	if err := os.Chmod(filepath.Join(dir, "allow.json"), 0); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, Options{})
	if os.Geteuid() == 0 { // who reads everything: be somebody else, on this thread
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := unix.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0)
	}
	const want = `app.json:7:24: /seccomp: named "allow.json": DIR/allow.json: permission denied`
	if diff := cmp.Diff(want, answer(t, s, named("allow.json"), dir)); diff != "" {
		t.Errorf("Profile (-want +got)\n%s", diff)
	}
}
