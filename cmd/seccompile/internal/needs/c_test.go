//go:build linux && (amd64 || 386)

package needs

import (
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
)

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
	for i, flags := range [][]string{{"-O2", "-static", "-s"}, {"-O2"}, {"-O0", "-static"}, {"-O2", "-static"}, {"-Os", "-static-pie"}, {"-O0", "-no-pie"}, {"-O3", "-s"}} {
		if !*large && i > 1 {
			break
		}
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
		{"index", "int main(int argc, char **argv) { volatile long a[4] = {39, 39, 39, 39}; a[argc - 1] = 110; return syscall(a[0]); }", "number"},
		{"downwards", "int main(int argc, char **argv) { volatile long a[4] = {39, 39, 39, 39}; for (int i = 3; i >= 0; i--) a[i] = 109 + argc; return syscall(a[0]); }", "number"},
		{"pointer to an element", "__attribute__((noinline)) void set(long *p) { *p = 110; __asm__ volatile(\"\" ::: \"memory\"); } int main(int argc, char **argv) { long a[4] = {39, 39, 39, 39}; set(&a[argc - 1]); return syscall(a[0]); }", "number"},
		{"setjmp", "#include <setjmp.h>\nstatic jmp_buf b; int main(void) { volatile long nr = 39; if (setjmp(b) == 0) { nr = 110; longjmp(b, 1); } return syscall(nr); }", "number"},
		{"struct", "struct job { long nr, a, b, c; }; __attribute__((noinline)) long run(struct job *j) { return syscall(j->nr, j->a, j->b, j->c); } int main(int argc, char **argv) { struct job *j = calloc(1, sizeof *j); j->nr = argc; return run(j); }", "number"},
		{"computed goto", "static long k(int i) { static const int off[] = {&&l0 - &&l0, &&l1 - &&l0, &&l2 - &&l0}; long n = 110, r; goto *(&&l0 + off[i]); l0: n = 39; l1: __asm__ volatile(\"syscall\" : \"=a\"(r) : \"a\"(n) : \"rcx\", \"r11\", \"memory\"); return r; l2: return 0; } int main(int argc, char **argv) { return k(argc); }", "number"},
		{"table of imports", "long (*volatile table[])(long, ...) = {syscall}; int main(int argc, char **argv) { return table[argc - 1](110); }", "pointer"},
		{"dlsym", "int main(int argc, char **argv) { return ((long (*)(long, ...))dlsym(RTLD_DEFAULT, argv[1]))(110); }", "dlsym"},
		{"pop", "int main(int argc, char **argv) { long n = 39; __asm__ volatile(\"push %1; pop %0\" : \"+m\"(n) : \"r\"(argc + 109L)); return syscall(n); }", "number"},
		{"protection", "int main(int argc, char **argv) { return mmap(0, 4096, 3 | (argc > 100 ? argc : 4), MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == 0; }", "protected"},
		{"nss", "int main(int argc, char **argv) { return gethostbyname(argv[1]) == 0; }", "nsswitch"},
	} {
		if !*large && tt.name != "pointer" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			c := read(t, cProgram(t, head+tt.source+"\n", "-O2"))
			if c.Complete() || !strings.Contains(c.reasons(), tt.want) {
				t.Errorf("complete %v, %q lacks %q", c.Complete(), c.reasons(), tt.want)
			}
		})
	}
}

// TestCReached: functions to which only data leads are reached: in packed structures, in memory of
// threads, and in libraries by themselves.
func TestCReached(t *testing.T) {
	const hidden = "static void hidden(void) { __asm__ volatile(\"syscall\" :: \"a\"(110) : \"rcx\", \"r11\", \"memory\"); }\n"
	for _, tt := range []struct {
		name, source string
		flags        []string
	}{
		{"packed", hidden + "struct __attribute__((packed)) { char c; void (*f)(void); } t[2] = {{1, hidden}, {2, hidden}}; int main(int argc, char **argv) { t[argc - 1].f(); return 0; }", []string{"-O2", "-static", "-no-pie", "-fno-pie"}},
		{"thread", hidden + "__thread void (*volatile f)(void) = hidden; int main(void) { f(); return 0; }", []string{"-O2", "-static", "-no-pie", "-fno-pie"}},
		{"table", hidden + "void (*volatile f[])(void) = {hidden}; int main(int argc, char **argv) { f[argc - 1](); return 0; }", []string{"-O2"}},
		{"library", "long a(void) { long r; __asm__ volatile(\"syscall\" : \"=a\"(r) : \"a\"(110) : \"rcx\", \"r11\", \"memory\"); return r; }", []string{"-O2", "-shared", "-fPIC"}},
		{"into the next", "__asm__(\".globl first, second\\n.type first, @function\\n.type second, @function\\nfirst: mov $110, %eax\\nsecond: syscall\\nret\\n\"); void first(void); void second(void); int main(int argc, char **argv) { first(); return 0; }", []string{"-O2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := read(t, cProgram(t, tt.source+"\n", tt.flags...))
			if !slices.Contains(c.names(), "getppid") && !strings.Contains(c.reasons(), "pointer") {
				t.Errorf("no getppid in %s, and open: %s", c.names(), c.reasons())
			}
		})
	}
}

// TestFaulty: a file with changed bytes is read or refused; nothing else happens.
func TestFaulty(t *testing.T) {
	good, err := os.ReadFile(cProgram(t, "int main(void) { return 0; }", "-O2", "-nostartfiles", "-nostdlib", "-static", "-Wl,-emain"))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewSource(1))
	rounds := 3000
	if !*large {
		rounds = 300
	}
	for range rounds {
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

// BenchmarkFind reads a program with the whole GNU C library.
func BenchmarkFind(b *testing.B) {
	file := cProgram(b, program, "-O2", "-static")
	for b.Loop() {
		read(b, file)
	}
}
