package needs

import (
	"errors"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
)

// goProgram builds a program of Go for a processor, with more flags.
func goProgram(t testing.TB, source, goarch string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"main.go": source, "go.mod": "module program\n\ngo 1.25\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", append([]string{"build", "-o", "program"}, append(flags, ".")...)...)
	build.Dir = dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+goarch, "GOWORK=off", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "program")
}

// cProgram builds a program of C for this machine.
func cProgram(t testing.TB, source string, flags ...string) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is not here")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "program.c")
	if err := os.WriteFile(file, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "program")
	if text, err := exec.Command("gcc", append(flags, "-o", out, file)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

func open(t testing.TB, file string) (*Certificate, error) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := image.Open(file, f)
	if err != nil {
		return nil, err
	}
	if img.Interp != "" {
		err := img.Link(func(name string, by *image.Image) (io.ReaderAt, string, error) {
			for _, dir := range []string{"", "/lib/x86_64-linux-gnu/", "/lib64/"} {
				if f, err := os.Open(dir + name); err == nil {
					t.Cleanup(func() { f.Close() })
					return f, dir + name, nil
				}
			}
			return nil, "", os.ErrNotExist
		})
		if err != nil {
			return nil, err
		}
	}
	return Find(img)
}

func read(t testing.TB, file string) *Certificate {
	t.Helper()
	c, err := open(t, file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *Certificate) names() (list []string) {
	for _, x := range c.Calls {
		list = append(list, x.Name)
	}
	return list
}

func (c *Certificate) reasons() string {
	var b strings.Builder
	for _, g := range c.Gates {
		for _, why := range g.Open {
			b.WriteString(g.Place + ": " + why + "\n")
		}
	}
	return b.String() + strings.Join(c.Open, "\n")
}

// args returns the values of an argument of a call.
func (c *Certificate) args(name string, i int) []uint64 {
	for _, x := range c.Calls {
		if x.Name == name {
			return x.Args[i]
		}
	}
	return nil
}

const closed = `package main

import (
	"net"
	"os"
	"syscall"
)

//go:noinline
func through(nr, a0 uintptr) { syscall.RawSyscall(nr, a0, 0, 0) }

//go:noinline
func further(a0 uintptr) { through(syscall.SYS_PERSONALITY, a0) }

func main() {
	further(0xffffffff)
	further(8)
	through(syscall.SYS_SYNC, 0)
	syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW, syscall.NETLINK_ROUTE)
	if len(os.Args) > 1 {
		net.Dial("tcp", os.Args[1])
	}
	syscall.AllThreadsSyscall(syscall.SYS_SETUID, 0, 0, 0)
}
`

// TestGo: programs of Go are read completely, on both processors, with and without symbols, and
// as position-independent ones; numbers and arguments are followed through functions.
func TestGo(t *testing.T) {
	for _, goarch := range []string{"amd64", "arm64"} {
		whole := read(t, goProgram(t, closed, goarch))
		if !whole.Complete() || whole.Go == "" || len(whole.Gates) < 30 {
			t.Errorf("%s: %d places, %s", goarch, len(whole.Gates), whole.reasons())
		}
		for _, want := range []string{"personality", "sync", "socket", "connect", "setuid", "futex", "mmap", "clone", "exit_group", "rt_sigreturn", "restart_syscall"} {
			if !slices.Contains(whole.names(), want) {
				t.Errorf("%s: no %s", goarch, want)
			}
		}
		for _, never := range []string{"bpf", "execve", "mount", "ptrace", "init_module", "setgid"} {
			if slices.Contains(whole.names(), never) {
				t.Errorf("%s: %s", goarch, never)
			}
		}
		if diff := cmp.Diff([]uint64{8, 0xffffffff}, whole.args("personality", 0)); diff != "" {
			t.Errorf("%s: personality (-want +got):\n%s", goarch, diff)
		}
		if goarch == "arm64" && whole.Arch != arch.AArch64 {
			t.Errorf("it is for %s", whole.Arch)
		}
		stripped := read(t, goProgram(t, closed, goarch, "-ldflags=-s -w"))
		if diff := cmp.Diff(whole.names(), stripped.names()); diff != "" || !stripped.Complete() {
			t.Errorf("%s, stripped: %s (-without +with):\n%s", goarch, stripped.reasons(), diff)
		}
	}
	for _, flags := range []string{"-w", "-s -w"} {
		// It has a loader, which is not Go's.
		c := read(t, goProgram(t, closed, "amd64", "-buildmode=pie", "-ldflags="+flags))
		for _, want := range []string{"personality", "sync", "socket", "connect", "setuid", "futex", "mmap", "clone", "exit_group"} {
			if !slices.Contains(c.names(), want) {
				t.Errorf("position-independent, %s: no %s", flags, want)
			}
		}
		if c.Go == "" || strings.Contains(c.reasons(), "number") || cmp.Diff([]uint64{8, 0xffffffff}, c.args("personality", 0)) != "" {
			t.Errorf("position-independent, %s: %s", flags, c.reasons())
		}
	}
}

// TestGoOpen: what is not a constant is open, with the function in which it is not.
func TestGoOpen(t *testing.T) {
	const head = "package main\n\nimport (\n\t\"os\"\n\t\"syscall\"\n)\n\n"
	for _, tt := range []struct{ name, source, want string }{
		{"computed", "func main() { syscall.RawSyscall(uintptr(len(os.Args)), 0, 0, 0) }", "main.main"},
		{"variable", "var nr = uintptr(39)\n\nfunc main() { nr += uintptr(len(os.Args)); syscall.RawSyscall(nr, 0, 0, 0) }", "main.main"},
		{"pointer", "var call = syscall.RawSyscall\n\nfunc main() { if len(os.Args) > 1 { call = nil }; call(uintptr(len(os.Args)), 0, 0, 0) }", "pointer"},
		{"method", "type n uintptr\n\ntype caller interface{ call() }\n\n//go:noinline\nfunc (x n) call() { syscall.RawSyscall(uintptr(x), 0, 0, 0) }\n\nfunc main() { var c caller = n(len(os.Args)); c.call() }", "main.n.call"},
		{"table", "var numbers = [...]uintptr{1, 2, 3}\n\nfunc main() { syscall.RawSyscall(numbers[len(os.Args)%3], 0, 0, 0) }", "main.main"},
		{"written", "//go:noinline\nfunc set(p *uintptr) { *p = uintptr(len(os.Args)) }\n\nfunc main() { nr := uintptr(39); set(&nr); syscall.RawSyscall(nr, 0, 0, 0) }", "main.main"},
		{"allThreads", "func main() { syscall.AllThreadsSyscall(uintptr(len(os.Args)), 0, 0, 0) }", "main.main"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, goarch := range []string{"amd64", "arm64"} {
				c := read(t, goProgram(t, head+tt.source+"\n", goarch))
				if c.Complete() || !strings.Contains(c.reasons(), tt.want) {
					t.Errorf("%s: complete %v, %q lacks %q", goarch, c.Complete(), c.reasons(), tt.want)
				}
			}
		})
	}
}

const program = `#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
__attribute__((noinline)) static long make(long nr, long a) { return syscall(nr, a, 0, 0); }
int main(int argc, char **argv) {
	socket(AF_INET, SOCK_STREAM, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	make(SYS_sync, 0);
	make(SYS_personality, argc > 2 ? 8 : 0xffffffff);
	return 0;
}
`

// TestC: programs of C are read with the C library, static and by libraries, stripped and
// however they were optimized.
func TestC(t *testing.T) {
	for _, flags := range [][]string{{"-O0", "-static"}, {"-O2", "-static"}, {"-O2", "-static", "-s"}, {"-Os", "-static-pie"}, {"-O2"}, {"-O0", "-no-pie"}, {"-O3", "-s"}} {
		c := read(t, cProgram(t, program, flags...))
		for _, want := range []string{"socket", "prctl", "sync", "personality", "exit_group", "rt_sigreturn"} {
			if !slices.Contains(c.names(), want) {
				t.Errorf("%s: no %s", flags, want)
			}
		}
		if strings.Contains(c.reasons(), "number") {
			t.Errorf("%s: %s", flags, c.reasons())
		}
		if slices.Contains(flags, "-static") == (len(c.Files) > 1) && !slices.Contains(flags, "-static-pie") {
			t.Errorf("%s: files %s", flags, c.Files)
		}
		if got := c.args("personality", 0); got != nil && !slices.Contains(got, 8) {
			t.Errorf("%s: personality %x", flags, got)
		}
	}
}

// TestCOpen: what C does in its ways is open, or refused.
func TestCOpen(t *testing.T) {
	const head = "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/mman.h>\n#include <unistd.h>\n#include <netdb.h>\n"
	for _, tt := range []struct{ name, source, want string }{
		{"computed", "int main(int argc, char **argv) { return syscall(argc + 100, 0); }", "number"},
		{"pointer", "long (*volatile call)(long, ...) = syscall; int main(int argc, char **argv) { return call(argc + 100, 0); }", "pointer"},
		{"inline", "int main(int argc, char **argv) { long nr = atol(argv[1]), r; __asm__ volatile(\"syscall\" : \"=a\"(r) : \"a\"(nr) : \"rcx\", \"r11\", \"memory\"); return r; }", "main"},
		{"written", "__attribute__((noinline)) void set(long *p, long n) { memcpy(p, &n, sizeof n); } int main(int argc, char **argv) { long nr = 39; set(&nr, argc); return syscall(nr, 0); }", "number"},
		{"int 0x80", "int main(int argc, char **argv) { long r; __asm__ volatile(\"int $0x80\" : \"=a\"(r) : \"a\"(20) : \"memory\"); return r; }", "another ABI"},
		{"dlopen", "int main(int argc, char **argv) { return dlopen(argv[1], RTLD_NOW) == 0; }", "dlopen"},
		{"nss", "int main(int argc, char **argv) { return gethostbyname(argv[1]) == 0; }", "nsswitch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := read(t, cProgram(t, head+tt.source+"\n", "-O2"))
			if c.Complete() || !strings.Contains(c.reasons(), tt.want) {
				t.Errorf("complete %v, %q lacks %q", c.Complete(), c.reasons(), tt.want)
			}
		})
	}
}

// TestRefused: of code that is made or loaded as a program runs nothing is said.
func TestRefused(t *testing.T) {
	var refusal *image.Refusal
	text := filepath.Join(t.TempDir(), "text")
	for name, content := range map[string]string{"script": "#!/bin/sh\necho\n", "no ELF": "hello\n", "empty": "", "UPX": "\x7fELF" + strings.Repeat("x", 60) + "UPX!", "faulty": "\x7fELF\x02\x01\x01" + strings.Repeat("\xff", 200)} {
		if err := os.WriteFile(text, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, text); !errors.As(err, &refusal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	raw := "package main\n\nimport \"syscall\"\n\nfunc main() { syscall.Syscall6(syscall.SYS_MMAP, 0, 4096, 7, 34, 0, 0) }\n"
	if _, err := open(t, goProgram(t, raw, "amd64")); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "executable") {
		t.Errorf("a compiler by itself: %v", err)
	}
	jit := "package main\n\nimport \"syscall\"\n\nfunc main() { syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE|syscall.PROT_EXEC, syscall.MAP_ANON|syscall.MAP_PRIVATE) }\n"
	if _, err := open(t, goProgram(t, jit, "amd64")); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "executable") {
		t.Errorf("a compiler: %v", err)
	}
	if _, err := open(t, goProgram(t, closed, "riscv64")); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "RISCV") {
		t.Errorf("riscv64: %v", err)
	}
}

// TestFaulty: a file with changed bytes is read or refused; nothing else happens.
func TestFaulty(t *testing.T) {
	good, err := os.ReadFile(cProgram(t, "int main(void) { return 0; }", "-O2", "-nostartfiles", "-nostdlib", "-static", "-Wl,-emain"))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewSource(1))
	for range 3000 {
		b := slices.Clone(good)
		for range 1 + random.Intn(4) {
			b[random.Intn(len(b))] = byte(random.Intn(256))
		}
		if random.Intn(4) == 0 {
			b = b[:random.Intn(len(b))]
		}
		img, err := image.Open("faulty", strings.NewReader(string(b)))
		if err != nil {
			continue
		}
		Find(img)
	}
}
