package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// soon fails the test if f takes as long as something that never ends.
func soon(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan bool)
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s does not end", what)
	}
}

// TestReadWhatIsNoFile: FIFOs, devices and directories are refused at once, whichever
// flag names them.
func TestReadWhatIsNoFile(t *testing.T) {
	path := build(t)
	t.Chdir(t.TempDir())
	if err := unix.Mkfifo("fifo", 0o600); err != nil {
		t.Skip(err)
	}
	writeText(t, "p.json", allowAll)
	const fifo = "fifo: a FIFO where a file should be (- is standard input: write - < FIFO)\n"
	for _, tt := range []struct{ file, want string }{
		{"fifo", fifo},
		{"/dev/zero", "/dev/zero: a device or a socket where a file should be (- is standard input)\n"},
		{"/dev/null", "/dev/null: a device or a socket where a file should be (- is standard input)\n"},
		{".", ".: a directory where a file should be\n"},
	} {
		for _, args := range []string{
			"compile --profile FILE", "eval FILE", "disasm FILE", "diff p.json FILE", "verify --filter FILE", "compile --weights FILE",
			"compile --app FILE", "compile --pod FILE", "compile --seccomp-info FILE",
		} {
			soon(t, args+" of "+tt.file, func() {
				got := seccompile("", strings.Fields(strings.ReplaceAll(args, "FILE", tt.file))...)
				verb, _, _ := strings.Cut(args, " ")
				if diff := cmp.Diff(result{Err: "seccompile " + verb + ": " + tt.want, Status: exitUsage}, got); diff != "" {
					t.Errorf("%s of %s (-want +got)\n%s", args, tt.file, diff)
				}
			})
		}
	}
	// A store reads regular files alone.
	soon(t, "a FIFO as a named profile", func() {
		got := seccompile("", "compile", "--seccomp-config-dir", ".", "--seccomp-profile-name", "fifo")
		if want := "seccompile compile: default profile \"fifo\": fifo: a FIFO, a socket or a device where a file should be\n"; got.Err != want || got.Status != exitUsage {
			t.Errorf("a FIFO as a named profile: %s\nwant %s", got, want)
		}
	})
	// An endless profile is too long.
	soon(t, "an endless pipe", func() {
		got, _ := sh(`yes | "$0" compile --profile -`, path).execute(t)
		if !strings.Contains(got.Err, "is it the right file?") || got.Status != exitUsage {
			t.Errorf("an endless pipe: %s", got)
		}
	})
}

// TestReadWhatNeverEnds: a regular file whose text is still to come is an error at
// once, whichever flag names it. The log of the kernel is one, for those who may
// read it; what the log has already is text, and too long or not a profile.
func TestReadWhatNeverEnds(t *testing.T) {
	const file = "/proc/kmsg"
	f, err := os.Open(file)
	if err != nil {
		t.Log(err) // TestReadWaits reads a terminal
		return
	}
	f.Close()
	t.Chdir(t.TempDir())
	writeText(t, "p.json", allowAll)
	for _, args := range []string{
		"compile --profile FILE", "eval FILE", "disasm FILE", "diff p.json FILE", "verify --filter FILE", "compile --weights FILE",
		"compile --app FILE", "compile --pod FILE", "compile --seccomp-info FILE", "compile --security-opt seccomp=FILE",
		"compile --seccomp-config-dir /proc --seccomp-profile-name kmsg",
	} {
		soon(t, args, func() {
			got := seccompile("", strings.Fields(strings.ReplaceAll(args, "FILE", file))...)
			if !strings.Contains(got.Err, file) || got.Out != "" || got.Status != exitUsage {
				t.Errorf("%s: %s", args, got)
			}
		})
	}
}

// TestDirectoryOfProfiles: what is not a directory is an error at once, and is not
// opened.
func TestDirectoryOfProfiles(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := unix.Mkfifo("fifo", 0o600); err != nil {
		t.Skip(err)
	}
	writeText(t, "file", "")
	for _, tt := range []struct{ dir, want string }{
		{"fifo", "open fifo: not a directory"},
		{"file", "open file: not a directory"},
		{"/dev/zero", "open /dev/zero: not a directory"},
		{"none", "open none: no such file or directory"},
	} {
		soon(t, tt.dir, func() {
			got := seccompile("", "compile", "--seccomp-config-dir", tt.dir, "--seccomp-profile-name", "p.json")
			want := result{Err: "seccompile compile: --seccomp-config-dir: " + tt.want + "\n", Status: exitUsage}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s as directory (-want +got)\n%s", tt.dir, diff)
			}
		})
	}
}

// TestReadPipes: what a shell names for a pipe is read to its end.
func TestReadPipes(t *testing.T) {
	path := build(t)
	want, _ := launch{args: []string{path, "compile", "--profile", "-"}, stdin: allowAll}.execute(t)
	for _, script := range []string{
		`cat | (sleep 0.1; exec "$0" compile --profile /dev/stdin)`,
		`(sleep 0.2; cat) | exec "$0" compile --profile /dev/stdin`,
		`cat | "$0" compile --profile /dev/fd/3 3<&0 </dev/null`,
		`cat | "$0" compile --profile /proc/self/fd/0`,
	} {
		l := sh(script, path)
		l.stdin = allowAll
		if got, _ := l.execute(t); want.Status != 0 || got != want {
			t.Errorf("%s: %s\nwant %s", script, got, want)
		}
	}
}

// TestOutputMode: a new file has the mode that the umask leaves, an old one its own.
func TestOutputMode(t *testing.T) {
	path := build(t)
	t.Chdir(t.TempDir())
	for _, umask := range []string{"000", "022", "027", "077", "777"} {
		for _, old := range []os.FileMode{0, 0o600, 0o755} {
			name := fmt.Sprintf("%s-%o", umask, old)
			var mask os.FileMode
			fmt.Sscanf(umask, "%o", &mask)
			want := 0o666 &^ mask
			if old != 0 {
				writeText(t, name, "old")
				if err := os.Chmod(name, old); err != nil {
					t.Fatal(err)
				}
				want = old
			}
			l := sh(`umask $1; exec "$0" compile --profile - -o "$2"`, path, umask, name)
			l.stdin = allowAll
			got, _ := l.execute(t)
			info, err := os.Stat(name)
			if got != (result{}) || err != nil || info.Mode() != want || info.Size() == 0 {
				t.Errorf("umask %s over mode %#o: %s\n%v, %v, want %v", umask, old, got, info, err, want)
			}
		}
	}
}

// TestOutputErrors: an error names the file that was to be written and no other,
// and comes at once.
func TestOutputErrors(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := unix.Mkfifo("fifo", 0o600); err != nil {
		t.Skip(err)
	}
	for _, tt := range []struct{ file, want string }{
		{"none/out", "open none/out: no such file or directory"},
		{"fifo", "open fifo: no such device or address"},
		{"/proc/out", "open /proc/out: no such file or directory"},
		{"/dev/full", "write /dev/full: no space left on device"},
		{"", "the output has an empty name (- is standard output)"},
		{".", "open .: is a directory"},
	} {
		for _, args := range [][]string{{"compile", "--profile", "-", "-o", tt.file}, {"resolve", "--profile", "-", "-o", tt.file}} {
			soon(t, args[0]+" -o "+tt.file, func() {
				got := seccompile(allowAll, args...)
				if diff := cmp.Diff(result{Err: "seccompile " + args[0] + ": " + tt.want + "\n", Status: exitUsage}, got); diff != "" {
					t.Errorf("%q (-want +got)\n%s", args, diff)
				}
			})
		}
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 1 {
		t.Errorf("files that are left: %v, %v, want the FIFO", left, err)
	}
}

// TestOutputReplaces: names may be as long as the kernel takes them, the owner of a
// file stays, and one in a directory that is not writable is written into.
func TestOutputReplaces(t *testing.T) {
	path := build(t)
	dir := t.TempDir()
	t.Chdir(dir)
	writeText(t, "p.json", allowAll)
	compiled := seccompile("", "compile", "--profile", "p.json").Out
	for _, n := range []int{250, 255} {
		name := strings.Repeat("x", n)
		for range 2 { // new, and there
			if got := seccompile("", "compile", "--profile", "p.json", "-o", name); got != (result{}) {
				t.Errorf("-o with a name of %d bytes: %s", n, got)
			}
		}
		if text, err := os.ReadFile(name); string(text) != compiled {
			t.Errorf("a name of %d bytes: %d bytes, %v", n, len(text), err)
		}
		os.Remove(name)
	}
	writeText(t, "old", "old")
	if err := os.Link("old", "link"); err != nil {
		t.Fatal(err)
	}
	if got := seccompile("", "compile", "--profile", "p.json", "-o", "old"); got != (result{}) {
		t.Errorf("-o on a hard link: %s", got)
	}
	if text, err := os.ReadFile("link"); string(text) != "old" {
		t.Errorf("the other name of a file: %q, %v", text, err)
	}
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Chown("old", nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if got := seccompile("", "compile", "--profile", "p.json", "-o", "old"); got != (result{}) {
		t.Errorf("-o on another user's file: %s", got)
	}
	var st unix.Stat_t
	if err := unix.Stat("old", &st); err != nil || st.Uid != nobody || st.Gid != nobody || st.Mode&0o777 != 0o600 && st.Mode&0o777 != 0o644 {
		t.Errorf("another user's file afterwards: uid %d, gid %d, mode %o, %v", st.Uid, st.Gid, st.Mode, err)
	}
	// The directory is root's, and the file the user's.
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file string
		want result
	}{
		{"old", result{}},
		{"new", result{Err: "seccompile compile: open new: permission denied\n", Status: exitUsage}},
		{"link", result{Err: "seccompile compile: open link: permission denied\n", Status: exitUsage}},
	} {
		l := launch{user: user{name: "nobody", cred: &syscall.Credential{Uid: nobody, Gid: nobody}}, args: []string{path, "compile", "--profile", "-", "-o", tt.file}, stdin: allowAll}
		if got, _ := l.execute(t); got != tt.want {
			t.Errorf("nobody's -o %s: %s\nwant %s", tt.file, got, tt.want)
		}
	}
	left, err := os.ReadDir(".")
	if err != nil || len(left) != 3 {
		t.Errorf("files that are left: %v, %v, want link, old and p.json", left, err)
	}
}
