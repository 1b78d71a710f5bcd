package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScan(t *testing.T) {
	tests := []struct {
		name, text string
		want       []definition
	}{
		{"nothing", "int main(void)\n", nil},
		{"none", "SYSCALL_DEFINE0(getpid)\n", []definition{{"sys_getpid", "f.c", "void"}}},
		{"compat", "COMPAT_SYSCALL_DEFINE1(ia32_mmap, struct mmap_arg_struct32 __user *, arg)", []definition{{"compat_sys_ia32_mmap", "f.c", "struct mmap_arg_struct32 __user * arg"}}},
		{"a name that begins with a digit", "SYSCALL_DEFINE1(32_personality, unsigned long, personality)", []definition{{"sys_32_personality", "f.c", "unsigned long personality"}}},
		{"both", "SYSCALL32_DEFINE0(sigreturn)", []definition{{"sys_sigreturn", "f.c", "void"}, {"compat_sys_sigreturn", "f.c", "void"}}},
		{"many lines", "SYSCALL_DEFINE3(x,\n\t\tconst\tint , a, /* b, (c */\n\n u32,b, // d)\n\tloff_t,\n c)", []definition{{"sys_x", "f.c", "const int a, u32 b, loff_t c"}}},
		{"halves", "SYSCALL_DEFINE6(sh_sync_file_range6, int, fd, SC_ARG64(offset),\n\tSC_ARG64(nbytes), unsigned int, flags)", []definition{{"sys_sh_sync_file_range6", "f.c", "int fd, SC_ARG64(offset), SC_ARG64(nbytes), unsigned int flags"}}},
		{"every branch", "#if A\nSYSCALL_DEFINE1(clone, int, a)\n#elif B\nSYSCALL_DEFINE1(clone, long, b)\n#endif\n{\n}\n", []definition{{"sys_clone", "f.c", "int a"}, {"sys_clone", "f.c", "long b"}}},
		{"neither the macro itself nor prose", "#define SYSCALL_DEFINE1(name, ...) x\n// SYSCALL_DEFINE1(a, b, c)\n * SYSCALL_DEFINE1(a, b, c)\n\"SYSCALL_DEFINE1(a, b, c)\"\nSYSCALL_DEFINEx(1, a, b)\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, line, err := scan([]byte(tt.text), "f.c")
			if err != nil {
				t.Fatalf("scan: line %d: %v", line, err)
			}
			if diff := cmp.Diff(tt.want, got, ours); diff != "" {
				t.Errorf("scan (-want +got)\n%s", diff)
			}
		})
	}
}

// TestScanErrors: what the scanner does not understand stops it, with the line.
func TestScanErrors(t *testing.T) {
	tests := []struct {
		name, text string
		line       int
		want       string
	}{
		{"an unknown type", "\nSYSCALL_DEFINE2(x, int, a,\n\tfoo_t, b)\n", 2, `x: argument 1: unknown type "foo_t"`},
		{"a structure", "SYSCALL_DEFINE1(x, struct a, b)", 1, `x: argument 0: unknown type "struct a"`},
		{"bool", "SYSCALL_DEFINE1(x, bool, b)", 1, `x: argument 0: unknown type "bool"`},
		{"an unknown macro", "\n\n\nMIPS_SYSCALL_DEFINE1(x, int, a)", 4, "unknown macro MIPS_SYSCALL_DEFINE1"},
		{"an argument short", "SYSCALL_DEFINE2(x, int, a)", 1, "x: 1 arguments, want 2"},
		{"one too many", "SYSCALL_DEFINE0(x, int, a)", 1, "x: 1 arguments, want 0"},
		{"half of one", "SYSCALL_DEFINE1(x, int)", 1, `x: type "int" without a name`},
		{"an unknown pair", "SYSCALL_DEFINE2(x, ARG64(a), ARG64(b))", 1, `x: argument 0: unknown type "ARG64(a)"`},
		{"no end", "SYSCALL_DEFINE1(x, int, a\n", 1, "no ) behind SYSCALL_DEFINE1"},
		{"a condition inside", "SYSCALL_DEFINE1(x,\n#ifdef A\n\tint, a\n#endif\n)", 1, `x: argument 0: unknown type "#ifdef A int a"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, line, err := scan([]byte(tt.text), "f.c")
			if err == nil || err.Error() != tt.want || line != tt.line {
				t.Errorf("scan: line %d: %v, want line %d: %s", line, err, tt.line, tt.want)
			}
		})
	}
}

// TestTypes: the committed definitions are sorted and known to the type table,
// no pointer is narrow, and the table has no type that nothing needs.
func TestTypes(t *testing.T) {
	file := filepath.Join(tables, "types.csv")
	types, err := readTypes(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(types) < 700 {
		t.Errorf("%s has %d definitions", file, len(types))
	}
	used := map[string]bool{}
	for _, d := range types {
		regs, err := registers(d.args)
		if err != nil {
			t.Errorf("%s: %s: %v", d.file, d.entry, err)
		}
		for i, r := range regs {
			used[strings.TrimPrefix(r.ctype, "const ")] = true
			pointer := strings.ContainsAny(r.ctype, "*") || strings.Contains(r.ctype, "__user") || r.ctype == "compat_uptr_t" || strings.Contains(r.ctype, "handler_t")
			if pointer && r.width != 64 {
				t.Errorf("%s argument %d, %s, has %d bits", d.entry, i, r.ctype, r.width)
			}
		}
	}
	for _, ctype := range slices.Sorted(maps.Keys(ctypes)) {
		if !used[ctype] {
			t.Errorf("no argument has the type %s", ctype)
		}
	}
	fresh := &table{types: slices.Clone(types)}
	out := filepath.Join(t.TempDir(), "types.csv")
	if err := fresh.writeTypes(out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(types, fresh.types, ours); diff != "" {
		t.Errorf("%s is not sorted (-is +want)\n%s", file, diff)
	}
}
