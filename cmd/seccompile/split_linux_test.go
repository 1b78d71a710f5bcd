package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
)

// splitScript shows how many filters there are and that they refuse signals 0 and 18.
const splitScript = `grep Seccomp_filters /proc/self/status; kill -0 $$; kill -CONT $$; kill -WINCH $$; echo done`

// splitHere writes the filters of the large profile for this machine.
func splitHere(t *testing.T) (files []string) {
	t.Helper()
	t.Chdir(t.TempDir())
	writeText(t, "large.json", largeProfile())
	got := seccompile("", "compile", "--split", "--profile", "large.json", "-o", "f.bpf")
	if files = strings.Fields(got.Out); got.Status != exitOK || len(files) < 2 {
		t.Fatalf("compile --split: %s", got)
	}
	return files
}

// judgeSplit says what is wrong with what the script printed under the filters.
func judgeSplit(out, errs string, filters int) error {
	if strings.Count(errs, refused) != 2 || !strings.HasSuffix(out, "done\n") {
		return fmt.Errorf("%s%s, want %s twice", out, errs, refused)
	}
	if n := fmt.Sprintf("Seccomp_filters:\t%d\n", filters); strings.Contains(out, "Seccomp_filters") && !strings.Contains(out, n) {
		return fmt.Errorf("%s, want %s", out, n)
	}
	return nil
}

// TestSplitInstalled: the kernel takes the files, in the order of their names, and a
// command runs under all of them.
func TestSplitInstalled(t *testing.T) {
	requireRun(t)
	files := splitHere(t)
	host, err := profile.Host()
	if err != nil {
		t.Fatal(err)
	}
	var filters [][]bpf.RawInstruction
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := compile.LoadBytes(raw, host.Arch)
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, f.Insns())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out, errs strings.Builder
	cmd := exec.CommandContext(ctx, "sh", "-c", splitScript)
	cmd.Stdout, cmd.Stderr = &out, &errs
	last := len(filters) - 1
	if _, err := install.Start(filters[last], install.Options{Before: filters[:last]}, cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, errs.String())
	}
	if err := judgeSplit(out.String(), errs.String(), len(files)); err != nil {
		t.Error(err)
	}
}

// TestSplitBubblewrap: bubblewrap takes the files as they are.
func TestSplitBubblewrap(t *testing.T) {
	requireRun(t)
	bwrap, err := exec.LookPath("bwrap")
	if err != nil {
		t.Skip(err)
	}
	files := splitHere(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	args := []string{"--dev-bind", "/", "/"}
	var extra []*os.File
	for i, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		extra = append(extra, f)
		args = append(args, "--add-seccomp-fd", fmt.Sprint(3+i))
	}
	run := func(args []string) (out, errs string, err error) {
		var o, e strings.Builder
		cmd := exec.CommandContext(ctx, bwrap, append(args, "sh", "-c", splitScript)...)
		cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = &o, &e, extra
		err = cmd.Run()
		return o.String(), e.String(), err
	}
	if out, errs, err := run(args[:3:3]); err != nil || errs != "" {
		t.Skipf("bwrap without filters: %v: %s%s", err, out, errs)
	}
	out, errs, err := run(args)
	if err != nil {
		t.Errorf("%v: %s", err, errs)
	}
	if err := judgeSplit(out, errs, len(files)); err != nil {
		t.Error(err)
	}
}

// TestWriteFilesRefused: if a file cannot be replaced, those before it are what they
// were.
func TestWriteFilesRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "a", "old a")
	writeText(t, "c", "old c")
	f, err := os.Open("c")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set := func(flags uint32) error {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), unix.FS_IOC_SETFLAGS, uintptr(unsafe.Pointer(&flags)))
		if errno != 0 {
			return errno
		}
		return nil
	}
	const immutable = 0x10 // include/uapi/linux/fs.h, FS_IMMUTABLE_FL
	if err := set(immutable); err != nil {
		t.Skipf("no immutable files here: %v", err)
	}
	defer set(0)
	err = writeFiles([]string{"a", "b", "c"}, [][]byte{[]byte("a"), []byte("b"), []byte("c")})
	if err == nil {
		t.Fatal("an immutable file is replaced")
	}
	entries, _ := os.ReadDir(".")
	a, _ := os.ReadFile("a")
	c, _ := os.ReadFile("c")
	if len(entries) != 2 || string(a) != "old a" || string(c) != "old c" {
		t.Errorf("writeFiles: %v, and left %v, a: %s, c: %s", err, entries, a, c)
	}
}
