package generate

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
)

// compiler returns the path of a compiler, or skips the test.
func compiler(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no %s", name)
	}
	if _, err := os.Stat("/usr/include/linux/filter.h"); err != nil {
		t.Skip("no headers of Linux")
	}
	return path
}

func execute(t *testing.T, dir, name string, args ...string) (out string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	text, err := c.CombinedOutput()
	return string(text), err
}

// pretend returns lines after which the compiler takes its machine for one of an ABI.
func pretend(a arch.Arch) string {
	var b strings.Builder
	for _, m := range slices.Sorted(maps.Values(cMacros)) {
		fmt.Fprintf(&b, "#undef %s\n", m)
	}
	order := "__ORDER_LITTLE_ENDIAN__"
	if a.BigEndian() {
		order = "__ORDER_BIG_ENDIAN__"
	}
	fmt.Fprintf(&b, "#define %s 1\n#undef __BYTE_ORDER__\n#define __BYTE_ORDER__ %s\n", cMacros[a], order)
	return b.String()
}

// TestC: the header has no warnings in C99 and C++, and defines the filter's bytes, for each
// ABI. Machines of other ABIs do not compile it.
func TestC(t *testing.T) {
	gcc, cxx := compiler(t, "gcc"), compiler(t, "g++")
	filters := map[string]compile.Compiled{"stack": stack(t)}
	for a := range arch.All() {
		filters[a.String()] = filterFor(t, a)
	}
	for name, c := range filters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			native := arch.X86_64
			if a, err := arch.Parse(name); err == nil {
				native = a
			}
			text, err := C("web", c)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "web.h"), string(text))
			names, progs := "&web_prog", "1"
			if len(c.Filters()) > 1 {
				names, progs = "&web_progs[i]", "WEB_COUNT"
			}
			write(t, filepath.Join(dir, "main.c"), fmt.Sprintf(`#include <stdio.h>
#include <linux/filter.h>
#include "machine.h"
#include "web.h"
#include "web.h"
int main(void) {
	unsigned i;
	fprintf(stderr, "%%x %%x\n", WEB_AUDIT_ARCH, WEB_FLAGS);
	for (i = 0; i < %s; i++) {
		const struct sock_fprog *p = %s;
		fwrite(p->filter, sizeof p->filter[0], p->len, stdout);
	}
	return 0;
}
`, progs, names))
			write(t, filepath.Join(dir, "machine.h"), pretend(native))
			warnings := []string{"-Wall", "-Wextra", "-Wpedantic", "-Werror"}
			build := append(slices.Clone(warnings), "-o", "main", "-std=c99", "main.c")
			if out, err := execute(t, dir, gcc, build...); err != nil {
				t.Fatalf("gcc: %v\n%s", err, out)
			}
			plus := append(slices.Clone(warnings), "-fsyntax-only", "-std=c++11", "-x", "c++", "main.c")
			if out, err := execute(t, dir, cxx, plus...); err != nil {
				t.Errorf("g++: %v\n%s", err, out)
			}
			tried := 0
			for other := range arch.All() {
				if tried == 2 {
					break
				}
				if cMacros[other] == cMacros[native] && other.BigEndian() == native.BigEndian() {
					continue
				}
				if strings.Contains(string(text), "!defined("+cMacros[other]+")") && other.BigEndian() == native.BigEndian() {
					continue // the filter is for it, too
				}
				tried++
				write(t, filepath.Join(dir, "machine.h"), pretend(other))
				out, err := execute(t, dir, gcc, "-fsyntax-only", "main.c")
				if err == nil || !strings.Contains(out, ", for calls of "+native.String()) {
					t.Errorf("gcc for %s: %v, %s", other, err, out)
				}
			}
			var stdout, stderr bytes.Buffer
			run := exec.Command(filepath.Join(dir, "main"))
			run.Stdout, run.Stderr = &stdout, &stderr
			if err := run.Run(); err != nil {
				t.Fatal(err)
			}
			var want bytes.Buffer
			list := c.Filters()
			order := machineOf(t, gcc).ByteOrder()
			for _, f := range list { // as the C compiler has them
				for _, in := range f.Insns() {
					binary.Write(&want, order, in)
				}
			}
			if !bytes.Equal(stdout.Bytes(), want.Bytes()) {
				t.Errorf("the header has %d bytes of instructions that are not the filter's %d", stdout.Len(), want.Len())
			}
			if got, want := stderr.String(), fmt.Sprintf("%x %x\n", native.Audit(), list[len(list)-1].Flags()); got != want {
				t.Errorf("audit value and flags %q, want %q", got, want)
			}
		})
	}
}

// machineOf returns the machine that gcc compiles for.
func machineOf(t *testing.T, gcc string) arch.Arch {
	t.Helper()
	target, err := execute(t, t.TempDir(), gcc, "-dumpmachine")
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(target, "-")
	if name == "i686" {
		name = "x86"
	}
	a, err := arch.Parse(name)
	if err != nil {
		t.Skip(err)
	}
	return a
}

// TestCMacros: gcc has the macro of the machine that it is for.
func TestCMacros(t *testing.T) {
	for a := range arch.All() {
		if cMacros[a] == "" {
			t.Errorf("%s has no macro", a)
		}
	}
	gcc := compiler(t, "gcc")
	out, err := execute(t, t.TempDir(), gcc, "-dM", "-E", "-x", "c", "/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	machine := machineOf(t, gcc)
	for a := range arch.All() {
		if is, has := a == machine, strings.Contains(out, "#define "+cMacros[a]+" "); is && !has {
			t.Errorf("gcc for %s does not define %s", a, cMacros[a])
		}
	}
}

func TestCNames(t *testing.T) {
	f := filterFor(t, arch.X86_64)
	for _, name := range []string{"", "1", "_web", "a-b", "ü", "a b", "a/*", "@web", "[web"} {
		if text, err := C(name, f); err == nil {
			t.Errorf("C(%q) = %.60s", name, text)
		}
	}
	for _, name := range []string{"a", "Z_9", "int"} {
		if _, err := C(name, f); err != nil {
			t.Errorf("C(%q): %v", name, err)
		}
	}
	if _, err := C("web", new(compile.Filter)); err == nil {
		t.Error("C of a zero Filter has no error")
	}
	if _, err := C("web", nil); err == nil {
		t.Error("C of nil has no error")
	}
}
