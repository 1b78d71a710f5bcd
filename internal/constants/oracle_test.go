package constants

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

// otherwise are constants that golang.org/x/sys/unix has with other values, as they are
// for programs that use the C library, and why.
var otherwise = map[string]string{
	"O_LARGEFILE": "0 where the library sets it itself",
	"F_GETLK":     "that for 64-bit offsets on 32-bit ABIs",
	"F_SETLK":     "that for 64-bit offsets on 32-bit ABIs",
	"F_SETLKW":    "that for 64-bit offsets on 32-bit ABIs",
	"MAP_RENAME":  "MAP_ANONYMOUS; arch/mips/include/uapi/asm/mman.h has another bit",
}

// TestAgainstUnix holds the table to the constants of golang.org/x/sys/unix, which are
// made from the headers of C libraries on emulated machines.
func TestAgainstUnix(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		t.Skipf("no go command here: %v", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "unix")
	compared, differ := 0, map[string]bool{}
	for goarch, a := range map[string]arch.Arch{
		"386": arch.X86, "amd64": arch.X86_64, "arm": arch.ARM, "arm64": arch.AArch64, "loong64": arch.LoongArch64,
		"mips": arch.MIPS, "mipsle": arch.MIPSEL, "mips64": arch.MIPS64, "mips64le": arch.MIPSEL64,
		"ppc": arch.PPC, "ppc64": arch.PPC64, "ppc64le": arch.PPC64LE, "riscv64": arch.RISCV64, "s390x": arch.S390X,
	} {
		for _, file := range []string{"zerrors_linux.go", "zerrors_linux_" + goarch + ".go"} {
			for name, want := range integers(t, filepath.Join(dir, file)) {
				got, ok := Value(a, name)
				if !ok {
					continue
				}
				compared++
				if got == want || got&(1<<32-1) == want&(1<<32-1) {
					continue
				}
				if differ[name] = true; otherwise[name] == "" {
					t.Errorf("%s on %s is %#x, in %s %#x", name, a, got, file, want)
				}
			}
		}
	}
	t.Logf("%d constants compared", compared)
	for name := range otherwise {
		if !differ[name] {
			t.Errorf("%s is the same everywhere", name)
		}
	}
	if compared < 10000 {
		t.Errorf("%d constants compared, want 10000", compared)
	}
}

// integers returns the constants of a Go file that are numbers.
func integers(t *testing.T, file string) map[string]uint64 {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]uint64{}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.ValueSpec)
		if !ok || len(s.Values) != 1 {
			return true
		}
		x, negative := s.Values[0], false
		if u, ok := x.(*ast.UnaryExpr); ok && u.Op == token.SUB {
			x, negative = u.X, true
		}
		if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.INT {
			v, err := strconv.ParseUint(lit.Value, 0, 64)
			if err != nil {
				t.Fatal(err)
			}
			if negative {
				v = -v
			}
			values[s.Names[0].Name] = v
		}
		return true
	})
	return values
}
