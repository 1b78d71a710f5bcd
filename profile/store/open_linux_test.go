package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seccompile/seccompile/profile/choice"
	"golang.org/x/sys/unix"
)

// TestChangingFile: a name that becomes a FIFO between the look at it and its
// opening does not block.
func TestChangingFile(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(file("regular"), []byte(`{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "syscalls": []}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(file("fifo"), 0o644); err != nil {
		t.Skip(err)
	}
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			os.Link(file([]string{"regular", "fifo"}[i%2]), file("next"))
			os.Rename(file("next"), file("web.json"))
			os.Remove(file("next")) // Rename of two names of one file does nothing
		}
	}()
	read := make(chan bool)
	go func() {
		defer close(read)
		for n, profiles, fifos := 0, 0, 0; n < 3000 || profiles == 0 || fifos == 0; n++ {
			p, err := s.Profile(choice.Choice{Kind: choice.Named, Name: "web.json"})
			switch {
			case err == nil && p != nil:
				profiles++
			case err != nil && strings.HasSuffix(err.Error(), "a FIFO, a socket or a device where a file should be"):
				fifos++
			case !errors.Is(err, fs.ErrNotExist):
				t.Errorf("Profile = %v, %v", p, err)
			}
		}
	}()
	select {
	case <-read:
	case <-time.After(time.Minute):
		t.Fatal("Profile waits for a FIFO's writer")
	}
	close(stop)
	<-stopped
}
