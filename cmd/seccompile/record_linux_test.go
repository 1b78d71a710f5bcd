package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/profile/record"
)

// requireRecord skips a test where calls cannot be traced.
func requireRecord(t *testing.T) string {
	t.Helper()
	path := requireRun(t)
	got, _ := launch{args: []string{path, "record", "-o", filepath.Join(t.TempDir(), "true.record"), "--", "true"}}.execute(t)
	if strings.Contains(got.Err, "not supported") || strings.Contains(got.Err, "operation not permitted") {
		t.Skip(got)
	}
	return path
}

// readRecord returns the record of a file.
func readRecord(t *testing.T, file string) *record.Record {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.Parse(file, bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return r
}

// counted returns how often a record has calls of a name, on all ABIs.
func countOf(r *record.Record, name string) (n uint64) {
	for _, c := range r.Calls() {
		if c.Name == name {
			n += c.Count
		}
	}
	return n
}

// TestRecord: a command does what it does without a tracer, every call is counted, and under
// the profile of its record it does the same.
func TestRecord(t *testing.T) {
	path := requireRecord(t)
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, d := range []string{dir, filepath.Dir(dir)} { // for other users
				if err := os.Chmod(d, 0o777); err != nil {
					t.Fatal(err)
				}
			}
			l := sh("for i in 1 2 3; do echo a | cat; done; trap 'echo caught' TERM; kill $$; id -u; exit 3")
			l.user = u
			want, _ := l.execute(t)
			file := filepath.Join(dir, "sh.record")
			recorded := l
			recorded.args = append([]string{path, "record", "--quiet", "-o", file, "--"}, l.args...)
			got, _ := recorded.execute(t)
			if got != want {
				t.Errorf("under record:\n%swithout:\n%s", got, want)
			}
			r := readRecord(t, file)
			if n := countOf(r, "kill"); n != 1 {
				t.Errorf("kill was called once, and is recorded %d times", n)
			}
			if n := countOf(r, "execve"); n < 3 { // of cat; that of sh is the launcher's
				t.Errorf("execve was called at least 3 times, and is recorded %d times", n)
			}
			// What is known is not counted.
			again := filepath.Join(dir, "again.record")
			known := l
			known.args = append([]string{path, "record", "--quiet", "--known", file, "-o", again, "--"}, l.args...)
			if got, _ := known.execute(t); got != want {
				t.Errorf("under record --known:\n%swithout:\n%s", got, want)
			}
			if r := readRecord(t, again); countOf(r, "kill") != 0 || countOf(r, "read") != 0 {
				t.Errorf("known calls are counted: kill %d times, read %d times", countOf(r, "kill"), countOf(r, "read"))
			}
			// The profile of both.
			text := filepath.Join(dir, "sh.json")
			made, _ := launch{args: []string{path, "profile", "--from", file, again, "-o", text}}.execute(t)
			if made.Status != 0 {
				t.Fatal(made)
			}
			under := l
			under.args = append([]string{path, "run", "--profile", text, "--"}, l.args...)
			if got, _ := under.execute(t); got != want {
				t.Errorf("under the profile of its record:\n%swithout:\n%s", got, want)
			}
		})
	}
}

// TestRecordErrors: what keeps a command from running, or a record from being written, is said,
// with its exit status, and before the command runs if that is possible.
func TestRecordErrors(t *testing.T) {
	path := requireRecord(t)
	dir := t.TempDir()
	other := filepath.Join(dir, "other.record")
	if err := os.WriteFile(other, []byte(`{"record":1,"arch":"s390x","runs":1}`+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{}, 125, "no command to run"},
		{[]string{"-o", dir, "--", "true"}, 125, "is a directory"},
		{[]string{"-o", filepath.Join(dir, "x", "y"), "--", "true"}, 125, "no such file or directory"},
		{[]string{"-o", "", "--", "true"}, 125, "it is empty"},
		{[]string{"-o", filepath.Join(dir, "r"), "--", "no-such-command"}, 127, "executable file not found"},
		{[]string{"-o", filepath.Join(dir, "r"), "--", dir}, 126, "is a directory"},
		{[]string{"-o", filepath.Join(dir, "r"), "--known", other, "--", "true"}, 125, "a record for s390x"},
		{[]string{"-o", filepath.Join(dir, "r"), "--", "sh", "-c", "kill -9 $$"}, 137, "calls of"},
	} {
		got, _ := launch{args: append([]string{path, "record"}, tt.args...)}.execute(t)
		if got.Status != tt.status || !strings.Contains(got.Err, tt.says) {
			t.Errorf("record %q: %swant status %d and %q", tt.args, got, tt.status, tt.says)
		}
	}
}

// TestRecordKeepsKnown: a record of which the calls are known is not replaced by one of the others,
// by whatever name it goes.
func TestRecordKeepsKnown(t *testing.T) {
	path := requireRecord(t)
	dir := t.TempDir()
	for _, flags := range []string{"--known true.record", "--known true.record -o true.record", "--known link -o true.record", "--known - -o link <true.record"} {
		script := path + " record --quiet -- true; ln -sf true.record link; cp true.record old; " + path + " record " + flags
		if i := strings.Index(flags, "<"); i > 0 {
			script = strings.Replace(script, flags, flags[:i]+" -- true "+flags[i:], 1)
		} else {
			script += " -- true"
		}
		got := shellIn(t, dir, script+"; echo $?; cmp true.record old")
		if got.Out != "125\n" || !strings.Contains(got.Err, "would be replaced") || !strings.Contains(got.Err, "name another file with -o") {
			t.Errorf("%s: %s", script, got)
		}
	}
}

// TestRecordUnseen: filters that programs install hide calls, those that they fail to install do
// not, and strict mode, which cannot be had under record, is said.
func TestRecordUnseen(t *testing.T) {
	path := requireRecord(t)
	perl, err := exec.LookPath("perl")
	if err != nil || runtime.GOARCH != "amd64" {
		t.Skip("needs perl on amd64: ", err)
	}
	dir := t.TempDir()
	const allow = `my $f = pack("SCCL", 6, 0, 0, 0x7fff0000); my $p = pack("SxxxxxxP", 1, $f); syscall(157, 38, 1, 0, 0, 0); `
	for _, tt := range []struct {
		name, script string
		unseen       uint64
		says         string
	}{
		{"installed", allow + `syscall(317, 1, 0, $p) == 0 or die; getppid(); getppid()`, 1, "not seen: calls that a filter of"},
		{"that kills all", strings.Replace(allow, "0x7fff0000", "0x80000000", 1) + `syscall(317, 1, 0, $p); getppid()`, 1, "not seen: calls that a filter of"},
		{"by prctl", allow + `syscall(157, 22, 2, $p) == 0 or die`, 1, "not seen: calls that a filter of"},
		{"refused", `syscall(317, 1, 0, 0); getppid()`, 0, ""},
		{"strict mode", `syscall(157, 22, 1) == -1 or die; getppid()`, 0, "strict mode, which " + perl},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(dir, "r")
			got, _ := launch{args: []string{path, "record", "-o", file, "--", perl, "-e", tt.script}}.execute(t)
			if want := map[string]int{"that kills all": 159}[tt.name]; got.Status != want {
				t.Fatalf("%swant status %d", got, want)
			}
			n := uint64(0)
			for _, u := range readRecord(t, file).Unseen() {
				n += u.Count
			}
			if n != tt.unseen || !strings.Contains(got.Err, tt.says) || tt.says == "" && strings.Contains(got.Err, "not seen") {
				t.Errorf("%d filters that hide calls, want %d: %s", n, tt.unseen, got)
			}
		})
	}
}

// TestRecordInherits: a command has the descriptors of its caller by their numbers, in the
// modes that they had.
func TestRecordInherits(t *testing.T) {
	path := requireRecord(t)
	dir := t.TempDir()
	script := "exec 3>three 4>four; " + path + " record --quiet -o r -- sh -c 'echo 3 >&3; echo 4 >&4'; cat three four"
	if got := shellIn(t, dir, script); got.Out != "3\n4\n" || got.Status != 0 {
		t.Errorf("%s: %s", script, got)
	}
}

// TestRecordKeeps: a launch that fails leaves an older record as it is.
func TestRecordKeeps(t *testing.T) {
	path := requireRecord(t)
	dir := t.TempDir()
	script := "echo old >r; printf '#!/no/such\\n' >bad; chmod +x bad; " + path + " record --quiet -o r -- ./bad; echo $?; cat r"
	if got := shellIn(t, dir, script); got.Out != "127\nold\n" {
		t.Errorf("%s: %s", script, got)
	}
}

// TestRecordSignals: SIGTERM reaches the command, also when it comes at once, and after that
// what outlives it.
func TestRecordSignals(t *testing.T) {
	path := requireRecord(t)
	dir := t.TempDir()
	for _, tt := range []struct{ script, want string }{
		{path + " record --quiet -o r -- sleep 600 & sleep 0.02; kill $!; wait $!; echo $?", "143\n"},
		{path + " record --quiet -o r -- sh -c 'setsid sleep 600 & exit 6' & sleep 3; kill $!; wait $!; echo $?; test -s r && echo written", "6\nwritten\n"},
	} {
		if got := shellIn(t, dir, tt.script); got.Out != tt.want {
			t.Errorf("%s: %swant %q", tt.script, got, tt.want)
		}
	}
}

// TestRecordOutlived: that the command has ended, and others have not, is said while the record goes
// on, unless --quiet asks for silence.
func TestRecordOutlived(t *testing.T) {
	path := requireRecord(t)
	dir := t.TempDir()
	for _, tt := range []struct {
		flags string
		says  bool
	}{{"", true}, {"--quiet", false}} {
		script := path + " record " + tt.flags + " -o r -- sh -c 'setsid sleep 3 & exit 6'; echo $?"
		got := shellIn(t, dir, script)
		if says := strings.Contains(got.Err, "processes that it left running are recorded until they end"); got.Out != "6\n" || says != tt.says {
			t.Errorf("%s: %swant status 6, and a word of what is left running: %t", script, got, tt.says)
		}
	}
	if got := shellIn(t, dir, path+" record -o r -- true"); strings.Contains(got.Err, "left running") {
		t.Error(got)
	}
}

// TestRecordUnread: the command's exit status is not lost with the reader of the summary.
func TestRecordUnread(t *testing.T) {
	path := requireRecord(t)
	script := "{ " + path + " record -o r -- sh -c 'sleep 1; exit 3'; echo $? >status; } 2>&1 | true; cat status; test -s r && echo written"
	if got := shellIn(t, t.TempDir(), script); got.Out != "3\nwritten\n" {
		t.Errorf("%s: %s", script, got)
	}
}
