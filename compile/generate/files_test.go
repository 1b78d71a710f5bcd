package generate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
)

func testFiles(t *testing.T, arches ...arch.Arch) Files {
	t.Helper()
	var filters []compile.Compiled
	for _, a := range arches {
		filters = append(filters, filterFor(t, a))
	}
	files, err := Go(Options{Package: "main"}, filters...)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	three := testFiles(t, arch.X86_64, arch.AArch64, arch.RISCV64)
	two := testFiles(t, arch.X86_64, arch.AArch64)
	others := map[string]string{
		"main.go":                 "package main\n",
		"zfilter_linux_s390x.go":  "package main // by hand\n",
		"zother_linux_riscv64.go": header + "package main\n",
		// These are of the functions filter_linux and filter_linux_linux.
		"zfilter_linux_linux_riscv64.go":       header + "package main\n",
		"zfilter_linux_linux_linux_riscv64.go": header + "package main\n",
		"zfilter_linux_riscv64_test.go":        header + "package main\n",
		"zfilter_linux_riscv64.txt":            header,
	}
	for name, text := range others {
		write(t, filepath.Join(dir, name), text)
	}
	for _, files := range []Files{three, two, two} {
		if err := files.Write(dir); err != nil {
			t.Fatal(err)
		}
		if err := files.Check(dir); err != nil {
			t.Errorf("Check after Write: %v", err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(entries), len(files.List())+len(others); got != want {
			t.Errorf("%d files, want %d: %v", got, want, entries)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "zfilter_linux_amd64.go"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode()&0o111 != 0 {
		t.Errorf("mode %v, want that of a source file", info.Mode())
	}
	for name, want := range others {
		if got := read(t, filepath.Join(dir, name)); got != want {
			t.Errorf("Write changed %s: %q", name, got)
		}
	}
}

// TestWriteAgain: an earlier policy's file is replaced, and one that is right is not
// written again.
func TestWriteAgain(t *testing.T) {
	dir := t.TempDir()
	files := testFiles(t, arch.X86_64, arch.AArch64)
	if err := files.Write(dir); err != nil {
		t.Fatal(err)
	}
	right, earlier := filepath.Join(dir, "zfilter_linux_amd64.go"), filepath.Join(dir, "zfilter_linux_arm64.go")
	write(t, earlier, header+"package main\n")
	past := time.Unix(1e9, 0)
	if err := os.Chtimes(right, past, past); err != nil {
		t.Fatal(err)
	}
	if err := files.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := files.Check(dir); err != nil {
		t.Errorf("Check after Write: %v", err)
	}
	if info, err := os.Stat(right); err != nil || !info.ModTime().Equal(past) {
		t.Errorf("%s was written again, %v", right, err)
	}
	remove(t, right)
	if err := os.Mkdir(right, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := files.Write(dir); err == nil {
		t.Error("Write to a directory's name has no error")
	}
	if err := files.Check(dir); err == nil {
		t.Error("Check of a directory's name has no error")
	}
}

// TestCarriageReturns: a checkout that has added them is noticed, and mended by Write.
func TestCarriageReturns(t *testing.T) {
	dir := t.TempDir()
	files := testFiles(t, arch.X86_64)
	for _, f := range files.List() {
		write(t, filepath.Join(dir, f.Name), strings.ReplaceAll(string(f.Text), "\n", "\r\n"))
	}
	if err := files.Check(dir); err == nil {
		t.Error("Check has no error")
	}
	if err := files.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := files.Check(dir); err != nil {
		t.Errorf("Check after Write: %v", err)
	}
}

// TestWriteRefuses: a file that was not generated is not replaced.
func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "zfilter_linux_amd64.go")
	write(t, name, "package main\n")
	if err := testFiles(t, arch.X86_64).Write(dir); err == nil || err.Error() != name+" is not a generated file (remove or rename it)" {
		t.Errorf("Write: %v", err)
	}
	if got := read(t, name); got != "package main\n" {
		t.Errorf("the file is %q", got)
	}
}

func TestCheck(t *testing.T) {
	files := testFiles(t, arch.X86_64, arch.AArch64)
	text := string(files.List()[0].Text)
	const again = " (run go generate ./... and review the change)"
	tests := []struct {
		name string
		edit func(dir string)
		want string
	}{
		{"nothing", func(string) {}, ""},
		{"an instruction", func(dir string) {
			write(t, filepath.Join(dir, "zfilter_linux_amd64.go"), strings.Replace(text, "K: 0x00000004}", "K: 0x00000008}", 1))
		}, "DIR/zfilter_linux_amd64.go:21: not what the policy compiles to" + again},
		{"a byte less", func(dir string) { write(t, filepath.Join(dir, "zfilter_linux_amd64.go"), text[:len(text)-1]) }, "not what the policy compiles to"},
		{"a byte more", func(dir string) { write(t, filepath.Join(dir, "zfilter_linux_amd64.go"), text+"\n") }, "not what the policy compiles to"},
		{"no header", func(dir string) {
			write(t, filepath.Join(dir, "zfilter_linux_amd64.go"), strings.TrimPrefix(text, header))
		}, "DIR/zfilter_linux_amd64.go:1: not what the policy compiles to" + again},
		{"missing", func(dir string) { remove(t, filepath.Join(dir, "zfilter_linux_arm64.go")) }, "DIR/zfilter_linux_arm64.go is missing" + again},
		{"a former ABI", func(dir string) { write(t, filepath.Join(dir, "zfilter_linux_mips.go"), text) }, "DIR/zfilter_linux_mips.go is for an ABI that no longer has a filter" + again},
		{"two", func(dir string) {
			remove(t, filepath.Join(dir, "zfilter_linux_arm64.go"))
			remove(t, filepath.Join(dir, "zfilter_linux_amd64.go"))
		}, "DIR/zfilter_linux_amd64.go is missing" + again + "\nDIR/zfilter_linux_arm64.go is missing" + again},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		if err := files.Write(dir); err != nil {
			t.Fatal(err)
		}
		tt.edit(dir)
		err := files.Check(dir)
		if want := strings.ReplaceAll(tt.want, "DIR", dir); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: Check: %v, want %s", tt.name, err, want)
		}
	}
}

// TestNoFiles: the zero value and a missing directory are errors, never success.
func TestNoFiles(t *testing.T) {
	files := testFiles(t, arch.X86_64)
	missing := filepath.Join(t.TempDir(), "none")
	for name, err := range map[string]error{
		"zero Write":    Files{}.Write(t.TempDir()),
		"zero Check":    Files{}.Check(t.TempDir()),
		"missing Write": files.Write(missing),
		"missing Check": files.Check(missing),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}
