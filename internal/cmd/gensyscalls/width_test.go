package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWidthsFollow: the widths of table.csv are what types.csv gives.
func TestWidthsFollow(t *testing.T) {
	table, err := readTable(filepath.Join(tables, "table.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if table.types, err = readTypes(filepath.Join(tables, "types.csv")); err != nil {
		t.Fatal(err)
	}
	committed := append([]row(nil), table.rows...)
	if err := table.setWidths(); err != nil {
		t.Fatal(err)
	}
	known := 0
	for i, r := range table.rows {
		if r.widths != committed[i].widths {
			t.Errorf("%s %s has widths %q, types.csv gives %q", r.abi, r.name, committed[i].widths, r.widths)
		}
		if r.widths != "" {
			known++
		}
	}
	if known < len(table.rows)*8/10 {
		t.Errorf("widths of %d rows of %d", known, len(table.rows))
	}
	n := len(table.types)
	if table.dropTypes(); len(table.types) != n {
		t.Errorf("types.csv has %d definitions that no row names", n-len(table.types))
	}
}

func TestWidths(t *testing.T) {
	defs := []definition{
		{"sys_a", "kernel/a.c", "int x, umode_t y, long z, char __user * p"},
		{"compat_sys_a", "kernel/a.c", "int x, compat_mode_t y, compat_long_t z, compat_uptr_t p"},
		{"sys_twice", "kernel/a.c", "int x, umode_t y, int z"},
		{"sys_twice", "kernel/a.c", "unsigned int x, int y"},
		{"sys_twice", "kernel/b.c", "uid_t x, umode_t y"},
		{"sys_own", "kernel/a.c", "int x"},
		{"sys_own", "arch/mips/kernel/a.c", "long x"},
		{"sys_mips", "arch/mips/kernel/a.c", "int x"},
		{"sys_wide", "fs/a.c", "umode_t x, loff_t y, umode_t z"},
		{"sys_pair", "fs/a.c", "umode_t x, SC_ARG64(y), umode_t z"},
		{"sys_none", "fs/a.c", "void"},
	}
	byEntry := map[string][]definition{}
	for _, d := range defs {
		byEntry[d.entry] = append(byEntry[d.entry], d)
	}
	tests := []struct{ abi, entry, compat, want string }{
		{"x86_64", "sys_a", "compat_sys_a", "32 16 64 64"}, // no program of this ABI comes through the second
		{"x86", "sys_a", "", "32 16 32 32"},
		{"x86", "sys_a", "compat_sys_a", "32 32 32 32"},
		{"x86", "sys_a", "compat_sys_unknown", ""},
		{"s390", "", "compat_sys_a", "32 32 32 32"},
		{"x86_64", "sys_a", "compat_sys_unknown", "32 16 64 64"},
		{"x32", "compat_sys_a", "", "32 32 32 64"},
		{"x86_64", "sys_twice", "", "32 64 64"},
		{"x86", "sys_twice", "", "32 32 32"},
		{"x86_64", "sys_own", "", "32"},
		{"mips64", "sys_own", "", "64"},
		{"mips64n32", "sys_own", "", "64"},
		{"mips", "sys_mips", "", "32"},
		{"x86_64", "sys_mips", "", ""},
		{"aarch64", "sys_wide", "", "16 64 16"},
		{"arm", "sys_wide", "", "16"}, // the third argument may be register 3 or 4
		{"arm", "sys_pair", "", "16 32 32 16"},
		{"arm", "sys_none", "", ""},
		{"arm", "", "", ""},
	}
	for _, tt := range tests {
		a, ok := abiOf(tt.abi)
		if !ok {
			t.Fatalf("abiOf(%s): none", tt.abi)
		}
		got, err := a.widths(&row{entry: tt.entry, compat: tt.compat}, byEntry)
		if err != nil || formatWidths(got) != tt.want {
			t.Errorf("%s.widths(%s, %s) = %v, %v, want %s", tt.abi, tt.entry, tt.compat, got, err, tt.want)
		}
	}
	bad := &table{rows: []row{{abi: "x86", name: "x", entry: "sys_x"}}, types: []definition{{"sys_x", "fs/a.c", "foo_t x"}}}
	if err := bad.setWidths(); err == nil || err.Error() != `fs/a.c: sys_x: argument 0: unknown type "foo_t"` {
		t.Errorf("setWidths with an unknown type: %v", err)
	}
	bad.rows[0].abi = "vax"
	if err := bad.setWidths(); err == nil || err.Error() != `x of unknown ABI "vax"` {
		t.Errorf("setWidths with an unknown ABI: %v", err)
	}
}

func TestPack(t *testing.T) {
	tests := []struct {
		abi, widths string
		want        int
	}{
		{"x86_64", "", 0},
		{"x86_64", "64 64", 0},
		{"x86_64", "32 64 16", 0x21},
		{"x86_64", "16 16 16 16 16 16", 0xaaa},
		{"x86", "32 32", 0},
		{"x86", "32 16", 8},
		{"x32", "64 32", 4},
	}
	for _, tt := range tests {
		a, _ := abiOf(tt.abi)
		widths, err := parseWidths(tt.widths)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.pack(widths); err != nil || got != tt.want {
			t.Errorf("%s.pack(%s) = %#x, %v, want %#x", tt.abi, tt.widths, got, err, tt.want)
		}
	}
}

// TestNarrowErrors: a line of narrowed.csv that says nothing, or nothing true of
// the table, stops the generator.
func TestNarrowErrors(t *testing.T) {
	const tail = ",kernel/fork.c,sys_clone,lower_32_bits"
	tests := []struct{ line, want string }{
		{"clone,6,32,x86_64" + tail, "clone argument 6: want an argument from 0 to 5"},
		{"clone,x,32,x86_64" + tail, "clone argument x: want an argument from 0 to 5"},
		{"clone,0,8,x86_64" + tail, `clone argument 0: width "8" is not 16, 32 or 64`},
		{"clone,0,32 32,x86_64" + tail, `clone argument 0: width "32 32" is not 16, 32 or 64`},
		{"clone,0,32,amd64" + tail, `clone argument 0: unknown ABI "amd64"`},
		{"clone,0,32,x32" + tail, "clone argument 0: x32 has no such call"},
		{"clone,1,32,x86_64" + tail, "clone argument 1: has 32 bits on x86_64"},
		{"clone,0,64,x86_64" + tail, "clone argument 0: has 64 bits on x86_64"},
		{"clone,0,32,x86" + tail, "clone argument 0: has 32 bits on x86"},
		{"clone,0,32,x86_64,kernel/fork.c,,how", "clone argument 0: an empty column"},
		{"clone,0,32,," + tail[1:], "clone argument 0: an empty column"},
	}
	for _, tt := range tests {
		dir := plant(t, map[string]string{"narrowed.csv": narrowedColumns + "\n" + tt.line + "\n"})
		in := &table{rows: []row{{abi: "x86_64", name: "clone", widths: "64 32"}, {abi: "x86", name: "clone"}}}
		file := filepath.Join(dir, "narrowed.csv")
		if err := in.narrow(file); err == nil || err.Error() != file+": "+tt.want {
			t.Errorf("narrow with %s: %v, want %s", tt.line, err, tt.want)
		}
	}
	dir := plant(t, map[string]string{"narrowed.csv": narrowedColumns + "\nclone,2,16,x86_64 x86" + tail + "\n"})
	in := &table{rows: []row{{abi: "x86_64", name: "clone", widths: "64 32"}, {abi: "x86", name: "clone"}}}
	want := []row{{abi: "x86_64", name: "clone", widths: "64 32 16"}, {abi: "x86", name: "clone", widths: "32 32 16"}}
	if err := in.narrow(filepath.Join(dir, "narrowed.csv")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, in.rows, ours); diff != "" {
		t.Errorf("narrow (-want +got)\n%s", diff)
	}
}

func TestSinceErrors(t *testing.T) {
	tests := []struct{ lines, want string }{
		{"read,2.6", `read: release "2.6" is not MAJOR.MINOR of 3.0 or newer`},
		{"read,5", `read: release "5" is not MAJOR.MINOR of 3.0 or newer`},
		{"read,5.300", `read: release "5.300" is not MAJOR.MINOR of 3.0 or newer`},
		{"read,<=5.3", `read: release "<=5.3" is not MAJOR.MINOR of 3.0 or newer`},
		{"raed,5.3", "no call raed"},
		{"write,5.3\nread,5.3", "read behind write"},
		{"read,5.3\nread,5.4", "read behind read"},
	}
	for _, tt := range tests {
		dir := plant(t, map[string]string{"x86.csv": sinceColumns + "\n" + tt.lines + "\n"})
		in := &table{rows: []row{{abi: "x86", name: "read"}, {abi: "x86", name: "write"}}}
		if err := in.setSince(dir); err == nil || err.Error() != filepath.Join(dir, "x86.csv")+": "+tt.want {
			t.Errorf("setSince with %s: %v, want %s", strconv.Quote(tt.lines), err, tt.want)
		}
	}
	dir := plantLists(t, "")
	if err := new(table).setSince(filepath.Join(dir, "none")); err == nil {
		t.Error("setSince without lists: no error")
	}
	for name, text := range map[string]string{"mux.csv": "mux,sub,name\n", "narrowed.csv": "call\n", "since/sh.csv": ""} {
		dir := plantLists(t, columns+"\n")
		writeFile(t, filepath.Join(dir, name), text)
		if err := generate(dir, dir); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, name)+": ") {
			t.Errorf("generate with %q in %s: %v", text, name, err)
		}
	}
}
