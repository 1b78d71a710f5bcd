package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
)

// allowAll is about the shortest profile.
const allowAll = `{"defaultAction": "SCMP_ACT_ALLOW"}`

// TestRaw: struct sock_filter has its code, jt, jf and k in the byte order of
// the machine that the filter is for.
func TestRaw(t *testing.T) {
	tests := []struct{ arch, want string }{
		{"aarch64", "20000000 04000000" + "15000001 b70000c0" + "06000000 0000ff7f" + "06000000 00000000"},
		{"s390x", "00200000 00000004" + "00150001 80000016" + "00060000 7fff0000" + "00060000 00000000"},
	}
	for _, tt := range tests {
		want, err := hex.DecodeString(strings.ReplaceAll(tt.want, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		got := seccompile(allowAll, "compile", "--profile", "-", "--arch", tt.arch)
		if diff := cmp.Diff(result{Out: string(want)}, got); diff != "" {
			t.Errorf("compile for %s (-want +got)\n%s", tt.arch, diff)
		}
	}
}

// TestRawIsListed: raw and list are the same program, for every ABI, and disasm
// says of the one what the other says.
func TestRawIsListed(t *testing.T) {
	for a := range arch.All() {
		t.Run(a.String(), func(t *testing.T) {
			flags := []string{"compile", "--arch", a.String(), "--kernel", "6.1"}
			raw, list := seccompile("", flags...), seccompile("", append(flags, "--format", "list")...)
			if raw.Status != exitOK || raw.Err != "" || list.Status != exitOK || list.Err != "" {
				t.Fatalf("compile: %s and as a list %s", raw, list)
			}
			var fromList []byte
			for i, line := range slices.Collect(strings.Lines(list.Out))[1:] {
				var n int
				var code uint16
				var jt, jf uint8
				var k uint32
				if _, err := fmt.Sscanf(line, "%d: 0x%x 0x%x 0x%x 0x%x", &n, &code, &jt, &jf, &k); err != nil || n != i {
					t.Fatalf("line %d of the list is %q: %v", i, line, err)
				}
				var b [8]byte
				a.ByteOrder().PutUint16(b[:], code)
				b[2], b[3] = jt, jf
				a.ByteOrder().PutUint32(b[4:], k)
				fromList = append(fromList, b[:]...)
			}
			if raw.Out != string(fromList) {
				t.Errorf("raw is % x, the list says % x", raw.Out, fromList)
			}
			file := filepath.Join(t.TempDir(), "filter")
			writeText(t, file, raw.Out)
			for from, got := range map[string]result{
				"a file":         seccompile("", "disasm", "--arch", a.String(), file),
				"standard input": seccompile(raw.Out, "disasm", "--arch", a.SCMP(), "-"),
			} {
				if diff := cmp.Diff(list, got); diff != "" {
					t.Errorf("disasm from %s (-want +got)\n%s", from, diff)
				}
			}
		})
	}
}

// TestHost: without --arch the filter is for this machine and its kernel.
func TestHost(t *testing.T) {
	host, err := profile.Host()
	if err != nil {
		if runtime.GOOS == "linux" {
			t.Fatal(err)
		}
		got := seccompile("", "compile")
		if diff := cmp.Diff(result{Err: "seccompile compile: " + err.Error() + "\n", Status: exitUsage}, got); diff != "" {
			t.Errorf("compile without --arch (-want +got)\n%s", diff)
		}
		return
	}
	want := seccompile("", "compile", "--arch", host.Arch.String(), "--kernel", host.Kernel.String())
	got := seccompile("", "compile")
	if diff := cmp.Diff(want, got); diff != "" || got.Status != exitOK || got.Out == "" {
		t.Errorf("compile: status %d (-want +got)\n%s", got.Status, diff)
	}
	list := seccompile("", "compile", "--format", "list")
	if diff := cmp.Diff(list, seccompile(got.Out, "disasm", "-")); diff != "" {
		t.Errorf("disasm without --arch (-want +got)\n%s", diff)
	}
}

// TestOutput: -o writes a file as a whole or leaves everything as it was.
func TestOutput(t *testing.T) {
	good := []string{"compile", "--profile", "-", "--arch", "aarch64"}
	want := seccompile(allowAll, good...)
	tests := []struct {
		name  string
		stdin string
		flags []string
		file  string
		want  int
		left  map[string]string // by names; "dir" is a directory
	}{
		{"a new file", allowAll, nil, "new", exitOK, map[string]string{"old": "old", "new": want.Out}},
		{"over an old one", allowAll, nil, "old", exitOK, map[string]string{"old": want.Out}},
		{"a faulty profile", "{}", nil, "old", exitUsage, map[string]string{"old": "old"}},
		{"a faulty profile, no file", "{}", nil, "new", exitUsage, map[string]string{"old": "old"}},
		{"a refused profile", `{"defaultAction": "SCMP_ACT_ALLOW", "author": 1}`, []string{"--strict"}, "old", exitRefused, map[string]string{"old": "old"}},
		{"a faulty flag", allowAll, []string{"--kernel", "x"}, "old", exitUsage, map[string]string{"old": "old"}},
		{"an unknown flag behind", allowAll, []string{"--nope"}, "old", exitUsage, map[string]string{"old": "old"}},
		{"an unknown format", allowAll, []string{"--format", "json"}, "old", exitUsage, map[string]string{"old": "old"}},
		{"in no directory", allowAll, nil, "none/new", exitUsage, map[string]string{"old": "old"}},
		{"a directory", allowAll, nil, "dir", exitUsage, map[string]string{"old": "old"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeText(t, "old", "old")
			if err := os.Mkdir("dir", 0o755); err != nil {
				t.Fatal(err)
			}
			args := append(append(slices.Clone(good), "-o", tt.file), tt.flags...)
			got := seccompile(tt.stdin, args...)
			if got.Status != tt.want || got.Out != "" || (got.Err == "") != (tt.want == exitOK) {
				t.Errorf("%v: status %d, want %d\n%s", args, got.Status, tt.want, got)
			}
			tt.left["dir"] = ""
			if diff := cmp.Diff(tt.left, here(t)); diff != "" {
				t.Errorf("%v: files (-want +got)\n%s", args, diff)
			}
		})
	}
}

// here returns the files of the working directory.
func here(t *testing.T) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(e.Name())
		if err != nil && !e.IsDir() {
			t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	return files
}

// TestOutputElsewhere: what is no regular file stays what it is.
func TestOutputElsewhere(t *testing.T) {
	t.Chdir(t.TempDir())
	flags := []string{"compile", "--profile", "-", "--arch", "aarch64", "-o"}
	want := seccompile(allowAll, flags[:len(flags)-1]...)
	before, err := os.Stat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if got := seccompile(allowAll, append(flags, os.DevNull)...); got != (result{}) {
		t.Errorf("compile -o %s: %s", os.DevNull, got)
	}
	if after, err := os.Stat(os.DevNull); err != nil || after.Mode() != before.Mode() {
		t.Errorf("%s was %v, now %v: %v", os.DevNull, before.Mode(), after.Mode(), err)
	}

	// A link is followed, as /dev/stdout is one, perhaps to a regular file.
	writeText(t, "target", "old")
	if err := os.Symlink("target", "link"); err != nil {
		t.Skip(err)
	}
	if got := seccompile(allowAll, append(flags, "link")...); got != (result{}) {
		t.Errorf("compile -o link: %s", got)
	}
	if info, err := os.Lstat("link"); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("compile -o link made a file of the link: %v, %v", info.Mode(), err)
	}
	if diff := cmp.Diff(map[string]string{"target": want.Out, "link": want.Out}, here(t)); diff != "" {
		t.Errorf("compile -o link: files (-want +got)\n%s", diff)
	}
}

// TestTooLarge: what the kernel would not take is refused.
func TestTooLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [`)
	for i := range 5000 {
		fmt.Fprintf(&b, `{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": %d, "value": %d, "op": "SCMP_CMP_EQ"}]},`+"\n", i%6, 1000*i)
	}
	b.WriteString(`{"names": ["write"], "action": "SCMP_ACT_ALLOW"}]}`)
	t.Chdir(t.TempDir())
	writeText(t, "old", "old")
	writeText(t, "v.txt", "x86_64 read()\n")
	writeText(t, "large.json", b.String())
	for _, args := range [][]string{
		{"compile", "--profile", "large.json", "--arch", "x86_64"},
		{"compile", "--profile", "large.json", "--arch", "x86_64", "-o", "old"},
		{"eval", "--profile", "large.json", "--arch", "x86_64", "v.txt"},
	} {
		got := seccompile("", args...)
		from, to := "seccompile "+args[0]+": the filter takes ", " instructions, and the kernel accepts 4096; most conditions: read 5000 (large.json:1:"
		if got.Status != exitRefused || got.Out != "" || !strings.HasPrefix(got.Err, from) || !strings.Contains(got.Err, to) || !strings.HasSuffix(got.Err, ")\n") {
			t.Errorf("%v: %s\nwant exit %d and %s...%s...", args, got, exitRefused, from, to)
		}
	}
	if text, err := os.ReadFile("old"); err != nil || string(text) != "old" || len(here(t)) != 3 {
		t.Errorf("compile -o old: %q, %v, and there are %d files", text, err, len(here(t)))
	}
}

// fullWriter is a file on a full disk.
type fullWriter struct{}

var errFull = errors.New("no space left")

func (fullWriter) Write([]byte) (int, error) { return 0, errFull }

// TestOutputIsChecked: output that is lost is no success.
func TestOutputIsChecked(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "p.json", allowAll)
	writeText(t, "f", seccompile("", "compile", "--profile", "p.json", "--arch", "aarch64").Out)
	writeText(t, "v.txt", "aarch64 read()\n")
	for _, args := range [][]string{
		{"compile", "--profile", "p.json", "--arch", "aarch64"},
		{"compile", "--profile", "p.json", "--arch", "aarch64", "--format", "list"},
		{"disasm", "--arch", "aarch64", "f"},
		{"eval", "--profile", "p.json", "--arch", "aarch64", "v.txt"},
		{"version"},
		{"help"},
		{"help", "eval"},
		{"help", "vectors"},
	} {
		var stderr bytes.Buffer
		status := dispatch(args, stdio{strings.NewReader(""), fullWriter{}, &stderr})
		want := "seccompile " + args[0] + ": " + errFull.Error() + "\n"
		if diff := cmp.Diff(want, stderr.String()); diff != "" || status != exitUsage {
			t.Errorf("%v > /dev/full: status %d, want %d (-want +got)\n%s", args, status, exitUsage, diff)
		}
	}
	for args, want := range map[string]int{"--help": exitUsage, "eval --help": exitUsage, "run --help": exitRun} {
		var stderr bytes.Buffer
		status := dispatch(strings.Fields(args), stdio{strings.NewReader(""), fullWriter{}, &stderr})
		if status != want || stderr.String() != "seccompile help: "+errFull.Error()+"\n" {
			t.Errorf("%s > /dev/full: status %d, want %d: %s", args, status, want, &stderr)
		}
	}
}
