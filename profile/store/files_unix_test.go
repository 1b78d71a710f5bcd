//go:build unix

package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/profile"
)

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

// TestFiles: links inside the directory are as good as files, those out of it are
// none, and nothing that is no regular file is opened.
func TestFiles(t *testing.T) {
	dir := directory(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	link(t, "team/kill.json", in("link.json"))
	link(t, "../allow.json", in("team/up.json"))
	link(t, "team", in("crew"))
	link(t, "../secret.json", in("out.json"))
	link(t, in("allow.json"), in("absolute.json"))
	link(t, "..", in("outside"))
	link(t, "none.json", in("dangling.json"))
	link(t, "loop.json", in("loop.json"))
	if err := unix.Mkfifo(in("fifo.json"), 0o644); err != nil {
		t.Fatal(err)
	}
	link(t, "fifo.json", in("tofifo.json"))
	s := open(t, dir, Options{})
	for _, tt := range []struct{ name, want string }{
		{"link.json", "KILL_THREAD"},
		{"team/up.json", "ALLOW"},
		{"crew/kill.json", "KILL_THREAD"},
		{"out.json", "path escapes from parent"},
		{"absolute.json", "path escapes from parent"},
		{"outside/secret.json", "path escapes from parent"},
		{"dangling.json", "no such file or directory"},
		{"loop.json", "too many levels of symbolic links"},
		{"fifo.json", "a FIFO, a socket or a device where a file should be"},
		{"tofifo.json", "a FIFO, a socket or a device where a file should be"},
	} {
		done := make(chan string, 1)
		go func() {
			p, err := s.Profile(named(tt.name))
			if err != nil {
				done <- err.Error()
				return
			}
			done <- p.Default().String()
		}()
		select {
		case got := <-done:
			if tt.want != got && !strings.Contains(got, "named \""+tt.name+"\": "+in(tt.name)+": "+tt.want) {
				t.Errorf("Profile(%s) says %s, want %s", tt.name, got, tt.want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("Profile(%s) hangs", tt.name)
		}
	}
	names, err := s.Names()
	want := []string{"allow.json", "bad.json", "config.json", "empty.json", "link.json", "team/kill.json", "team/up.json"}
	if diff := cmp.Diff(want, names); diff != "" || err != nil {
		t.Errorf("Names(): %v (-want +got)\n%s", err, diff)
	}
}

// TestReadFile: a text is a regular file that is not larger than a profile can be.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write(t, in("file"), allow)
	write(t, in("large"), strings.Repeat(" ", profile.MaxText+1))
	link(t, "file", in("link"))
	if err := unix.Mkfifo(in("fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, want string }{
		{in("file"), ""},
		{in("link"), ""},
		{in("large"), "read " + in("large") + ": more than 8388608 bytes (is it the right file?)"},
		{in("fifo"), "read " + in("fifo") + ": a FIFO, a socket or a device where a file should be"},
		{"/dev/zero", "read /dev/zero: a FIFO, a socket or a device where a file should be"},
		{dir, "read " + dir + ": a directory where a file should be"},
		{in("missing"), "stat " + in("missing") + ": no such file or directory"},
		{"", "stat : no such file or directory"},
	} {
		text, err := ReadFile(tt.name)
		if tt.want == "" && (err != nil || string(text) != allow) || tt.want != "" && (err == nil || err.Error() != tt.want) {
			t.Errorf("ReadFile(%q) = %d bytes, %v, want the error %q", tt.name, len(text), err, tt.want)
		}
	}
}
