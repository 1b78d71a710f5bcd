package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// largeProfile is a profile for which one filter is too small, and which refuses
// signal 0 and CONT.
func largeProfile() string {
	var b strings.Builder
	b.WriteString(`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [` + "\n")
	for k, name := range []string{"ptrace", "keyctl", "process_vm_readv"} {
		for i := range 1500 {
			fmt.Fprintf(&b, `{"names": [%q], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "value": %d, "op": "SCMP_CMP_EQ"}]},`+"\n", name, 7919*i+i*i%701+k)
		}
	}
	for _, signal := range []int{0, 18} {
		fmt.Fprintf(&b, `{"names": ["kill"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "value": %d, "op": "SCMP_CMP_EQ"}]},`+"\n", signal)
	}
	b.WriteString(`{"names": ["seccomp"], "action": "SCMP_ACT_ERRNO"}]}`)
	return b.String()
}

// TestSplit: compile writes the filters of a stack, verify and diff take them as one.
func TestSplit(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "large.json", largeProfile())
	writeText(t, "other.json", strings.Replace(largeProfile(), `["seccomp"], "action": "SCMP_ACT_ERRNO"`, `["seccomp", "chroot"], "action": "SCMP_ACT_ERRNO"`, 1))
	got := seccompile("", "compile", "--split", "--arch", "x86_64", "--profile", "large.json", "-o", "f.bpf", "--stats")
	files := strings.Fields(got.Out)
	if got.Status != exitOK || len(files) < 2 || !strings.Contains(got.Err, fmt.Sprintf(" in %d filters", len(files))) {
		t.Fatalf("compile --split: %s", got)
	}
	for i, file := range files {
		if info, err := os.Stat(file); file != fmt.Sprintf("f.bpf.%d", i+1) || err != nil || info.Size() == 0 || info.Size()%8 != 0 {
			t.Errorf("file %d: %s, %v", i+1, file, err)
		}
	}
	verify := func(profile string, files ...string) result {
		args := []string{"verify", "--arch", "x86_64", "--profile", profile}
		for _, file := range files {
			args = append(args, "--filter", file)
		}
		return seccompile("", args...)
	}
	if got := verify("large.json", files...); got != (result{Out: "proved equal for every call\n"}) {
		t.Errorf("verify: %s", got)
	}
	if got := verify("large.json", files[1:]...); got.Status != exitRefused || !strings.Contains(got.Out, "ALLOW, and the profile says ERRNO(1)") {
		t.Errorf("verify without a filter: %s", got)
	}
	if got := verify("other.json", files...); got.Status != exitRefused || !strings.HasPrefix(got.Out, "x86_64 chroot() = ALLOW, and the profile says ERRNO(1)") {
		t.Errorf("verify of another profile: %s", got)
	}
	const chroot = "stricter: chroot: ERRNO(1) EPERM instead of ALLOW (x86_64)\n"
	for _, tt := range []struct {
		sides []string
		want  result
	}{
		{[]string{"large.json", "large.json"}, result{}},
		{[]string{"large.json", "other.json"}, result{Out: chroot, Status: exitRefused}},
		{slices.Concat([]string{"large.json", "--"}, files), result{}},
		{slices.Concat(files, []string{"--", "large.json"}), result{}},
		{slices.Concat(files, []string{"--"}, files), result{}},
		{slices.Concat(files, []string{"--", "other.json"}), result{Out: chroot, Status: exitRefused}},
	} {
		if got := seccompile("", append([]string{"diff", "--arch", "x86_64"}, tt.sides...)...); got != tt.want {
			t.Errorf("diff %s: %swant %s", strings.Join(tt.sides, " "), got, tt.want)
		}
	}
	list := seccompile("", "compile", "--split", "--arch", "x86_64", "--profile", "large.json", "--format", "list")
	if want := fmt.Sprintf("filter %d of %[1]d, in the order of installation\n", len(files)); list.Status != exitOK || !strings.Contains(list.Out, want) {
		t.Errorf("compile --split --format list: status %d, %s\nwant %s", list.Status, list.Err, want)
	}
	want := "(compile.Split, seccompile compile --split and seccompile run can use several filters; or drop or merge conditions, or ABIs)\n"
	if got := seccompile("", "compile", "--profile", "large.json", "--arch", "x86_64"); got.Status != exitRefused || !strings.HasSuffix(got.Err, want) {
		t.Errorf("compile: status %d, %s\nwant %s", got.Status, got.Err, want)
	}
}

// TestSplitNames: the order of the names is the order of installation, as a shell
// sorts them, too.
func TestSplitNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, n := range []int{1, 2, 9, 10, 12, 100} {
		names, err := numbered("f", n)
		if err != nil || len(names) != n || !slices.IsSorted(names) || len(names[0]) != len(names[n-1]) {
			t.Errorf("names of %d: %q, %v", n, names, err)
		}
	}
	for file, faulty := range map[string]bool{"f.3": true, "f.02": true, "f.2": false, "f.x": false, "f.3x": false, "f": false, "g.3": false, "f.": false} {
		writeText(t, file, "old")
		if names, err := numbered("f", 2); (err != nil) != faulty {
			t.Errorf("names beside %s: %q, %v", file, names, err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWriteFiles: several files are written all or none, and keep their modes.
func TestWriteFiles(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	writeText(t, at("a"), "old a")
	if err := os.Chmod(at("a"), 0o640); err != nil {
		t.Fatal(err)
	}
	texts := [][]byte{[]byte("a"), []byte("b"), []byte("c")}
	names := []string{at("a"), at("b"), at("c")}
	if err := os.Mkdir(at("c"), 0o755); err != nil {
		t.Fatal(err)
	}
	state := func() string {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, e := range entries {
			info, _ := e.Info()
			text, _ := os.ReadFile(at(e.Name()))
			fmt.Fprintf(&b, "%s %v %s\n", e.Name(), info.Mode(), text)
		}
		return b.String()
	}
	before := state()
	if err := writeFiles(names, texts); err == nil || !strings.Contains(err.Error(), "c: not a file") || state() != before {
		t.Errorf("writeFiles over a directory: %v\n%swant\n%s", err, state(), before)
	}
	if err := os.Remove(at("c")); err != nil {
		t.Fatal(err)
	}
	if err := writeFiles([]string{at("a"), at("none/b")}, texts[:2]); err == nil || strings.Contains(state(), ".seccompile") || !strings.Contains(state(), "old a") {
		t.Errorf("writeFiles into no directory: %v\n%s", err, state())
	}
	if err := writeFiles(names, texts); err != nil {
		t.Error(err)
	}
	const want = "a -rw-r----- a\n"
	if got := state(); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 3 {
		t.Errorf("writeFiles left\n%swant\n%s", got, want)
	}
}
