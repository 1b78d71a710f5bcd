package textfile

import (
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
