package textfile

import (
	"errors"
	"os"
	"path/filepath"
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

// TestReadFileOf: what is not a regular file is an error, without being opened or waited
// for.
func TestReadFileOf(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fifo, "/dev/zero"} {
		if got, err := ReadFile(Anywhere, name, 1<<20); got != nil || err == nil || err.Error() != "a FIFO, a socket or a device where a file should be" {
			t.Errorf("ReadFile of %s = %d bytes, %v", name, len(got), err)
		}
	}
}
