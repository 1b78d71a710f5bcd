package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An abi says where a Linux tree keeps the calls of one ABI, or of two that
// differ in byte order alone.
type abi struct {
	name   string
	bits   int      // width of the registers: 64 on x32 and n32
	dirs   []string // the machine's directories; a compat task's kernel may be another machine's
	file   string   // the .tbl file
	tags   []string // the values of its second column that belong to the ABI; nil for all
	marker string   // a tag that must occur, else the tree has no such ABI any more
	last   uint32   // the ABI's last number, where it has ended
	needs  string   // Makefile.syscalls that adds tags, where the file is the shared one
	header string   // asm/unistd.h with calls that no .tbl file has
	compat string   // the .tbl file of a 64-bit kernel for the ABI's programs, where the ABI's own does not say
}

const shared = "scripts/syscall.tbl"

func abiOf(name string) (abi, bool) {
	i := slices.IndexFunc(abis, func(a abi) bool { return a.name == name })
	if i < 0 {
		return abi{}, false
	}
	return abis[i], true
}

// abis are the tables in the order of table.csv. A tag that a Makefile.syscalls
// adds (syscall_abis_64 +=) comes on top.
var abis = []abi{
	{name: "x86", bits: 32, dirs: []string{"arch/x86"}, file: "arch/x86/entry/syscalls/syscall_32.tbl", tags: []string{"i386"}},
	{name: "x86_64", bits: 64, dirs: []string{"arch/x86"}, file: "arch/x86/entry/syscalls/syscall_64.tbl", tags: []string{"common", "64"}},
	{name: "x32", bits: 64, dirs: []string{"arch/x86"}, file: "arch/x86/entry/syscalls/syscall_64.tbl", tags: []string{"common", "x32"}},
	{name: "arm", bits: 32, dirs: []string{"arch/arm", "arch/arm64"}, file: "arch/arm/tools/syscall.tbl", tags: []string{"common", "eabi"}, header: "arch/arm/include/uapi/asm/unistd.h", compat: "arch/arm64/tools/syscall_32.tbl"},
	{name: "aarch64", bits: 64, dirs: []string{"arch/arm64"}, file: shared, tags: []string{"common", "64"}, needs: "arch/arm64/kernel/Makefile.syscalls"},
	{name: "loongarch64", bits: 64, dirs: []string{"arch/loongarch"}, file: shared, tags: []string{"common", "64"}, needs: "arch/loongarch/kernel/Makefile.syscalls"},
	{name: "m68k", bits: 32, dirs: []string{"arch/m68k"}, file: "arch/m68k/kernel/syscalls/syscall.tbl"},
	{name: "mips", bits: 32, dirs: []string{"arch/mips"}, file: "arch/mips/kernel/syscalls/syscall_o32.tbl"},
	{name: "mips64", bits: 64, dirs: []string{"arch/mips"}, file: "arch/mips/kernel/syscalls/syscall_n64.tbl"},
	{name: "mips64n32", bits: 64, dirs: []string{"arch/mips"}, file: "arch/mips/kernel/syscalls/syscall_n32.tbl"},
	{name: "parisc", bits: 32, dirs: []string{"arch/parisc"}, file: "arch/parisc/kernel/syscalls/syscall.tbl", tags: []string{"common", "32"}},
	{name: "parisc64", bits: 64, dirs: []string{"arch/parisc"}, file: "arch/parisc/kernel/syscalls/syscall.tbl", tags: []string{"common", "64"}},
	{name: "ppc", bits: 32, dirs: []string{"arch/powerpc"}, file: "arch/powerpc/kernel/syscalls/syscall.tbl", tags: []string{"common", "nospu", "32"}},
	{name: "ppc64", bits: 64, dirs: []string{"arch/powerpc"}, file: "arch/powerpc/kernel/syscalls/syscall.tbl", tags: []string{"common", "nospu", "64"}},
	{name: "riscv64", bits: 64, dirs: []string{"arch/riscv"}, file: shared, tags: []string{"common", "64"}, needs: "arch/riscv/kernel/Makefile.syscalls"},
	{name: "s390", bits: 32, dirs: []string{"arch/s390"}, file: "arch/s390/kernel/syscalls/syscall.tbl", tags: []string{"common", "32"}, marker: "32", last: 469},
	{name: "s390x", bits: 64, dirs: []string{"arch/s390"}, file: "arch/s390/kernel/syscalls/syscall.tbl", tags: []string{"common", "64"}},
	{name: "sh", bits: 32, dirs: []string{"arch/sh"}, file: "arch/sh/kernel/syscalls/syscall.tbl"},
}

// placeholder matches names of numbers that are kept free.
var placeholder = regexp.MustCompile(`^(reserved|unused|available)[0-9]+$`)

// importTree reads the tables of a Linux tree. An ABI that has ended keeps the
// rows it has in old, and those of their definitions that the tree lacks. It
// gets the rows that its file still lists between them and its last number:
// s390's 463 to 469 came after 6.12, were the same for 31 and 64 bits as every
// new call, and 6.18, the last kernel with the ABI, has them (469 is
// file_setattr of 6.17, 470 is listns of 6.19).
func importTree(dir, text string, old *table) (*table, error) {
	version, err := kernelVersion(dir)
	if err != nil {
		return nil, err
	}
	fresh := source{text: "linux " + version + ", " + text}
	t := new(table)
	if t.types, err = readDefinitions(dir); err != nil {
		return nil, err
	}
	if t.subcalls, err = readSubcalls(dir); err != nil {
		return nil, err
	}
	for _, a := range abis {
		rows, ended, err := a.read(dir)
		if err != nil {
			return nil, err
		}
		if ended {
			if rows, err = a.freeze(rows, old); err != nil {
				return nil, err
			}
			t.keepTypes(rows, old)
			t.sources = append(t.sources, old.sourcesOf(a.name)...)
		}
		fresh.abis = append(fresh.abis, a.name)
		t.rows = append(t.rows, rows...)
	}
	t.sources = append([]source{fresh}, slices.DeleteFunc(t.sources, func(s source) bool { return s.text == fresh.text })...)
	t.dropTypes()
	return t, t.setWidths()
}

// keepTypes adds old's definitions of the rows' entries that the tree lacks.
func (t *table) keepTypes(rows []row, old *table) {
	fresh := map[string]bool{}
	for _, d := range t.types {
		fresh[d.entry] = true
	}
	for _, d := range old.types {
		named := func(r row) bool { return r.entry == d.entry || r.compat == d.entry }
		if !fresh[d.entry] && slices.ContainsFunc(rows, named) {
			t.types = append(t.types, d)
		}
	}
}

// dropTypes removes the definitions that no row names.
func (t *table) dropTypes() {
	named := map[string]bool{}
	for _, r := range t.rows {
		named[r.entry], named[r.compat] = true, true
	}
	t.types = slices.DeleteFunc(t.types, func(d definition) bool { return !named[d.entry] })
}

// freeze returns the rows of an ABI that has ended: those in old, and of the
// tree's the ones between them and the ABI's last number.
func (a abi) freeze(rows []row, old *table) ([]row, error) {
	var kept []row
	end := uint32(0)
	for _, r := range old.rows {
		if r.abi == a.name {
			kept, end = append(kept, r), max(end, r.number)
		}
	}
	if kept == nil {
		return nil, fmt.Errorf("the tree has no %s any more: import one that has it first", a.name)
	}
	for _, r := range rows {
		if end < r.number && r.number <= a.last {
			kept = append(kept, r)
		}
	}
	return kept, nil
}

// read returns the ABI's rows, and whether the tree no longer has the ABI.
func (a abi) read(dir string) (rows []row, ended bool, err error) {
	tags := a.tags
	if a.needs != "" {
		more, err := makefileTags(filepath.Join(dir, a.needs))
		if err != nil {
			return nil, false, err
		}
		tags = slices.Concat(tags, more)
	}
	marked := a.marker == ""
	file := filepath.Join(dir, a.file)
	err = eachLine(file, func(line string) error {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			return nil
		}
		n, err := strconv.ParseUint(f[0], 10, 32)
		if err != nil || len(f) < 3 {
			return fmt.Errorf("%q is not NUMBER ABI NAME [ENTRY [COMPAT]]", line)
		}
		marked = marked || f[1] == a.marker
		if tags != nil && !slices.Contains(tags, f[1]) || placeholder.MatchString(f[2]) {
			return nil
		}
		r := row{abi: a.name, number: uint32(n), name: f[2]}
		if len(f) > 3 {
			r.entry = symbol(f[3])
		}
		if len(f) > 4 {
			r.compat = symbol(f[4])
		}
		if a.name == "x32" && r.number < 512 || a.compat != "" {
			r.compat = "" // that column is i386's, where x32 has rows of its own, and OABI's
		}
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	if len(rows) == 0 {
		return nil, false, fmt.Errorf("%s: no calls of %s", file, a.name)
	}
	if a.header != "" {
		more, err := headerRows(filepath.Join(dir, a.header), a.name, rows)
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, more...)
	}
	if a.compat != "" {
		if err := setCompat(rows, filepath.Join(dir, a.compat)); err != nil {
			return nil, false, err
		}
	}
	return rows, !marked, nil
}

// setCompat fills the compat column from the table of a 64-bit kernel, where
// that names another function.
func setCompat(rows []row, file string) error {
	return eachLine(file, func(line string) error {
		f := strings.Fields(line)
		if len(f) < 4 || strings.HasPrefix(f[0], "#") {
			return nil
		}
		n, err := strconv.ParseUint(f[0], 10, 32)
		if err != nil {
			return err
		}
		for i := range rows {
			if r := &rows[i]; r.number == uint32(n) && f[len(f)-1] != r.entry {
				r.compat = symbol(f[len(f)-1])
			}
		}
		return nil
	})
}

// symbol returns an entry-point column, "" for its ways to say none.
func symbol(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

var abis64 = regexp.MustCompile(`^syscall_abis_64\s*\+=\s*(.*)$`)

// makefileTags returns the tags that a Makefile.syscalls adds to the 64-bit table.
func makefileTags(file string) (tags []string, err error) {
	err = eachLine(file, func(line string) error {
		if m := abis64.FindStringSubmatch(line); m != nil {
			tags = append(tags, strings.Fields(m[1])...)
		}
		return nil
	})
	return tags, err
}

var (
	privateCall = regexp.MustCompile(`^#define __ARM_NR_([a-z][a-z0-9_]*)\s+\(__ARM_NR_BASE\+([0-9]+)\)`)
	callAlias   = regexp.MustCompile(`^#define __NR_([a-z][a-z0-9_]*)\s+__NR_([a-z][a-z0-9_]*)`)
)

// armPrivate is __ARM_NR_BASE of an EABI program.
const armPrivate = 0x0f0000

// headerRows returns the calls that arm's asm/unistd.h adds to its table: the
// private ones and second names.
func headerRows(file, abi string, known []row) (rows []row, err error) {
	err = eachLine(file, func(line string) error {
		if m := privateCall.FindStringSubmatch(line); m != nil {
			n, err := strconv.ParseUint(m[2], 10, 16)
			if err != nil {
				return err
			}
			rows = append(rows, row{abi: abi, number: armPrivate + uint32(n), name: m[1]})
		}
		if m := callAlias.FindStringSubmatch(line); m != nil {
			i := slices.IndexFunc(known, func(r row) bool { return r.name == m[2] })
			if i < 0 {
				return fmt.Errorf("%s stands for %s, which is no call", m[1], m[2])
			}
			alias := known[i]
			alias.name = m[1]
			rows = append(rows, alias)
		}
		return nil
	})
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("%s: no private calls", file)
	}
	return rows, err
}

var makeVersion = regexp.MustCompile(`^(VERSION|PATCHLEVEL|SUBLEVEL) = ([0-9]+)$`)

// kernelVersion returns the version in the tree's Makefile.
func kernelVersion(dir string) (string, error) {
	var parts []string
	err := eachLine(filepath.Join(dir, "Makefile"), func(line string) error {
		if m := makeVersion.FindStringSubmatch(line); m != nil {
			parts = append(parts, m[2])
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(parts) != 3 {
		return "", fmt.Errorf("%s is not the top of a Linux tree", dir)
	}
	return strings.Join(parts, "."), err
}

// eachLine calls f with every line of file and says where f's error came from.
func eachLine(file string, f func(line string) error) error {
	r, err := os.Open(file)
	if err != nil {
		return err
	}
	defer r.Close()
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		if err := f(s.Text()); err != nil {
			return fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	return s.Err()
}
