package textfile

import (
	"errors"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestReadWaits: what has no text yet is an error at once. A pseudoterminal is
// pollable and empty, as /proc/kmsg can be.
func TestReadWaits(t *testing.T) {
	for _, name := range []string{"/dev/ptmx"} {
		f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NOCTTY|Nonblock, 0)
		if errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist) {
			t.Log(err)
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		done := make(chan error, 1)
		go func() {
			_, err := Read(f, 1<<20)
			done <- err
		}()
		select {
		case err := <-done:
			if !errors.Is(err, errWaits) {
				t.Errorf("%s: %v, want %v", name, err, errWaits)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("Read of %s waits", name)
		}
	}
}
