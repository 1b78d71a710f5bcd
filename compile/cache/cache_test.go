package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// resolved returns the resolution of a text for x86_64.
func resolved(t *testing.T, text string) *profile.Resolution {
	t.Helper()
	p, err := profile.Parse([]byte(text), profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: 6, Minor: 12}})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// section returns a profile that refuses calls, with a list of flags.
func section(flags string, calls ...string) string {
	entries := make([]string, len(calls))
	for i, name := range calls {
		entries[i] = fmt.Sprintf(`{"names":["%s"],"action":"SCMP_ACT_ERRNO"}`, name)
	}
	return fmt.Sprintf(`{"defaultAction":"SCMP_ACT_ALLOW","flags":[%s],"syscalls":[%s]}`, flags, strings.Join(entries, ","))
}

// newDir returns a Dir in which nothing may fail.
func newDir(t *testing.T) Dir {
	return Dir{Path: t.TempDir(), Failed: func(err error) { t.Errorf("Failed: %v", err) }}
}

// program returns the bytes of what Program returns, which must be proved.
func (d Dir) program(t *testing.T, res *profile.Resolution) []byte {
	t.Helper()
	p, err := d.Program(res, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := load(p, arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	if err := compile.Verify(s, res.Policy()); err != nil {
		t.Errorf("Program: %v", err)
	}
	if got, want := p.Options().Flags, flags(res.Policy()); got != want {
		t.Errorf("Program has the flags %#x, want %#x", got, want)
	}
	text, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// files returns the paths of what the directory has.
func (d Dir) files(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(d.Path, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestProgram: profiles that mean the same share a file, and it is used.
func TestProgram(t *testing.T) {
	d := newDir(t)
	want := d.program(t, resolved(t, section("", "mkdir", "rmdir")))
	list := d.files(t)
	if len(list) != 1 {
		t.Fatalf("the directory has %q, want one file", list)
	}
	info, err := os.Lstat(list[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := d.program(t, resolved(t, section("", "rmdir", "mkdir"))); !bytes.Equal(got, want) {
		t.Error("a profile that means the same has another program")
	}
	if again, err := os.Lstat(list[0]); err != nil || !os.SameFile(info, again) {
		t.Errorf("the file was written again, %v", err)
	}
	for i, other := range []string{section("", "mkdir"), section(`"SECCOMP_FILTER_FLAG_LOG"`, "mkdir", "rmdir")} {
		if d.program(t, resolved(t, other)); len(d.files(t)) != 2+i {
			t.Errorf("after %s the directory has %q", other, d.files(t))
		}
	}
	var none Dir
	if got := none.program(t, resolved(t, section("", "mkdir", "rmdir"))); !bytes.Equal(got, want) {
		t.Error("without a directory there is another program")
	}
}

// TestProgramOfStack: a policy that is too large for one filter is kept as several.
func TestProgramOfStack(t *testing.T) {
	var args []string
	for i := range 2100 {
		args = append(args, fmt.Sprintf(`{"names":["lseek"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":%d,"op":"SCMP_CMP_EQ"}]}`, uint64(3*i)<<32|uint64(i)))
	}
	res := resolved(t, `{"defaultAction":"SCMP_ACT_ALLOW","flags":[],"syscalls":[`+strings.Join(args, ",")+`]}`)
	d := newDir(t)
	p, err := d.Program(res, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Options().Before) == 0 {
		t.Fatal("one filter, want several")
	}
	first := d.program(t, res)
	if list := d.files(t); len(list) != 1 {
		t.Fatalf("the directory has %q, want one file", list)
	}
	if !bytes.Equal(d.program(t, res), first) {
		t.Error("the file has another program")
	}
}

// special plants files that systems other than Unix do not have.
var special = map[string]func(name string) error{}

// TestHostileFiles: whatever is in the directory, the program is that of the policy, and
// the next one is read from a new file.
func TestHostileFiles(t *testing.T) {
	d := newDir(t)
	res := resolved(t, section("", "mkdir", "rmdir"))
	want := d.program(t, res)
	file := d.files(t)[0]
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	program := func(flags uint, insns ...bpf.RawInstruction) []byte {
		text, err := install.NewProgram(insns, flags).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	allow := bpf.RawInstruction{Op: 6, K: 0x7fff0000}
	own, err := d.Program(res, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := func(text []byte) func(string) error {
		return func(name string) error { return os.WriteFile(name, text, 0o600) }
	}
	plants := map[string]func(name string) error{
		"nothing":       text(nil),
		"garbage":       text([]byte("garbage")),
		"cut":           text(want[:len(want)-3]),
		"another":       text(program(0, allow)),
		"other flags":   text(program(uint(policy.FlagLog), own.Insns()...)),
		"not a program": text(program(0, bpf.RawInstruction{Op: 6}, bpf.RawInstruction{Op: 0xffff})),
		"a huge file":   func(name string) error { return errors.Join(os.WriteFile(name, want, 0o600), os.Truncate(name, 1<<40)) },
		"a link":        func(name string) error { return os.Symlink(outside, name) },
		"a loop":        func(name string) error { return os.Symlink(filepath.Base(name), name) },
		"dangling":      func(name string) error { return os.Symlink(outside+"2", name) },
		"a directory":   func(name string) error { return os.Mkdir(name, 0o700) },
	}
	for name, plant := range special {
		plants[name] = plant
	}
	for name, plant := range plants {
		for _, at := range []string{file, file + ".part"} {
			if err := errors.Join(os.RemoveAll(file), plant(at)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			quiet := d
			if name == "a directory" && at == file {
				quiet.Failed = nil
			}
			if got := quiet.program(t, res); !bytes.Equal(got, want) {
				t.Errorf("%s in %s: another program", name, filepath.Base(at))
			}
			if quiet.Failed == nil {
				continue
			}
			info, err := os.Lstat(file)
			if err != nil || !info.Mode().IsRegular() {
				t.Errorf("%s in %s: then %v, %v", name, filepath.Base(at), info, err)
				continue
			}
			if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s in %s: then the file has %d bytes, %v", name, filepath.Base(at), len(got), err)
			}
			if list := d.files(t); len(list) != 1 {
				t.Errorf("%s in %s: then the directory has %q", name, filepath.Base(at), list)
			}
		}
	}
	if got, err := os.ReadFile(outside); err != nil || string(got) != "kept" {
		t.Errorf("the file outside has %q, %v", got, err)
	}
	if _, err := os.Lstat(outside + "2"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the target of the dangling link: %v", err)
	}
}

// TestNotifyBefore: a file is not used in which a filter before that with the listener says
// NOTIFY, if it computes that, too: the kernel would answer with ENOSYS.
func TestNotifyBefore(t *testing.T) {
	d := newDir(t)
	res := resolved(t, `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]}`)
	want := d.program(t, res)
	own, err := d.Program(res, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	before := own.Insns()
	at := slices.Index(before, bpf.RawInstruction{Op: 6, K: 0x7fc00000})
	for i := range before[:at] { // to insert an instruction
		if in := &before[i]; in.Op&7 == 5 {
			in.Jt += uint8(min(max(i+1+int(in.Jt)-at, 0), 1))
			in.Jf += uint8(min(max(i+1+int(in.Jf)-at, 0), 1))
		}
	}
	before[at].Op = 0 // A = NOTIFY
	before = slices.Insert(before, at+1, bpf.RawInstruction{Op: 0x16})
	allow := []bpf.RawInstruction{{Op: 6, K: 0x7fff0000}}
	text, err := install.NewProgram(allow, 0, before).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	const head = len("seccompile program 1\n")
	binary.LittleEndian.PutUint64(text[head:], uint64(own.Options().Flags))
	sum := len(text) - 4
	binary.LittleEndian.PutUint32(text[sum:], crc32.ChecksumIEEE(text[:sum]))
	if err := os.WriteFile(d.files(t)[0], text, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := d.program(t, res); !bytes.Equal(got, want) {
		t.Error("the program is that of the file")
	}
}

// TestFailed: a directory that keeps nothing is reported, and the program is the same.
func TestFailed(t *testing.T) {
	res := resolved(t, section("", "mkdir"))
	want := Dir{}.program(t, res)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(t.TempDir(), "missing"), "a\x00b"} {
		var failed []error
		d := Dir{Path: path, Failed: func(err error) { failed = append(failed, err) }}
		if got := d.program(t, res); !bytes.Equal(got, want) {
			t.Errorf("%q: another program", path)
		}
		if len(failed) != 1 || !strings.HasPrefix(failed[0].Error(), path+" does not keep the filter: ") {
			t.Errorf("%q: Failed is called with %v", path, failed)
		}
		d.Failed = nil
		d.program(t, res)
	}
}

// TestAtOnce: writers and readers of one file do not disturb each other.
func TestAtOnce(t *testing.T) {
	d := newDir(t)
	res := resolved(t, section("", "mkdir"))
	want := Dir{}.program(t, res)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if got := d.program(t, res); !bytes.Equal(got, want) {
					t.Error("another program")
				}
				for _, file := range d.files(t) {
					os.Remove(file)
				}
			}
		})
	}
	all.Wait()
	d.program(t, res)
	if list := d.files(t); len(list) != 1 {
		t.Errorf("the directory has %q, want one file", list)
	}
}
