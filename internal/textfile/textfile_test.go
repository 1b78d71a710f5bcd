package textfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	long := strings.Repeat("text\n", 100_000)
	for _, tt := range []struct {
		text string
		max  int
		want string
	}{
		{"", 10, ""},
		{"text", 10, "text"},
		{"text", 4, "text"},
		{"text", 3, "tex"},
		{long, len(long) + 1, long},
	} {
		if err := os.WriteFile(name, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(name, os.O_RDONLY|Nonblock, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Read(f, tt.max); err != nil || string(got) != tt.want {
			t.Errorf("Read of %d bytes, at most %d = %d bytes, %v", len(tt.text), tt.max, len(got), err)
		}
		f.Close()
		if _, err := Read(f, 1); err == nil {
			t.Error("Read of a closed file has no error")
		}
	}
}

// TestReadFile: by a name in a directory, or any name, and regular files alone.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		max  int
		want string // of the error, if it is not ""
	}{
		{"file", 4, ""},
		{"file", 5, ""},
		{"file", 3, "more than 3 bytes (is it the right file?)"},
		{".", 4, "a directory where a file should be"},
	} {
		for _, from := range []struct {
			Dir
			name string
		}{{root, tt.name}, {Anywhere, filepath.Join(dir, tt.name)}} {
			got, err := ReadFile(from, from.name, tt.max)
			switch {
			case tt.want == "" && (err != nil || string(got) != "text"):
				t.Errorf("ReadFile(%T, %s, %d) = %q, %v, want the text", from.Dir, tt.name, tt.max, got, err)
			case tt.want != "" && (got != nil || err == nil || err.Error() != tt.want):
				t.Errorf("ReadFile(%T, %s, %d) = %q, %v, want an error: %s", from.Dir, tt.name, tt.max, got, err, tt.want)
			}
		}
	}
	if _, err := ReadFile(root, "missing", 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadFile of what is not there: %v", err)
	}
}
