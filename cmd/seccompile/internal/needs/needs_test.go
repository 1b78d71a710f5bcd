package needs

import (
	"errors"
	"flag"
	"io"
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

var large = flag.Bool("large", false, "build all programs, not a few")

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
		if !*large {
			continue
		}
		stripped := read(t, goProgram(t, closed, goarch, "-ldflags=-s -w"))
		if diff := cmp.Diff(whole.names(), stripped.names()); diff != "" || !stripped.Complete() {
			t.Errorf("%s, stripped: %s (-without +with):\n%s", goarch, stripped.reasons(), diff)
		}
	}
	for _, flags := range []string{"-w", "-s -w"} {
		if !*large {
			break
		}
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
				if !*large && (goarch == "arm64" || tt.name != "pointer") {
					continue
				}
				c := read(t, goProgram(t, head+tt.source+"\n", goarch))
				if c.Complete() || !strings.Contains(c.reasons(), tt.want) {
					t.Errorf("%s: complete %v, %q lacks %q", goarch, c.Complete(), c.reasons(), tt.want)
				}
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
