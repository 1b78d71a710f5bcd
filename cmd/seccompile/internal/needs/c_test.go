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
		if testing.Short() && i > 1 {
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

// TestFaulty: a file with changed bytes is read or refused; nothing else happens.
func TestFaulty(t *testing.T) {
	good, err := os.ReadFile(cProgram(t, "int main(void) { return 0; }", "-O2", "-nostartfiles", "-nostdlib", "-static", "-Wl,-emain"))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewSource(1))
	rounds := 3000
	if testing.Short() {
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
