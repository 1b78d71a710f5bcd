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
	file   string   // the .tbl file
	tags   []string // the values of its second column that belong to the ABI; nil for all
	marker string   // a tag that must occur, else the tree has no such ABI any more
	last   uint32   // the ABI's last number, where it has ended
	needs  string   // Makefile.syscalls that adds tags, where the file is the shared one
	header string   // asm/unistd.h with calls that no .tbl file has
}

const shared = "scripts/syscall.tbl"

// abis are the tables in the order of table.csv. A tag that a Makefile.syscalls
// adds (syscall_abis_64 +=) comes on top.
var abis = []abi{
	{name: "x86", file: "arch/x86/entry/syscalls/syscall_32.tbl", tags: []string{"i386"}},
	{name: "x86_64", file: "arch/x86/entry/syscalls/syscall_64.tbl", tags: []string{"common", "64"}},
	{name: "x32", file: "arch/x86/entry/syscalls/syscall_64.tbl", tags: []string{"common", "x32"}},
	{name: "arm", file: "arch/arm/tools/syscall.tbl", tags: []string{"common", "eabi"}, header: "arch/arm/include/uapi/asm/unistd.h"},
	{name: "aarch64", file: shared, tags: []string{"common", "64"}, needs: "arch/arm64/kernel/Makefile.syscalls"},
	{name: "loongarch64", file: shared, tags: []string{"common", "64"}, needs: "arch/loongarch/kernel/Makefile.syscalls"},
	{name: "m68k", file: "arch/m68k/kernel/syscalls/syscall.tbl"},
	{name: "mips", file: "arch/mips/kernel/syscalls/syscall_o32.tbl"},
	{name: "mips64", file: "arch/mips/kernel/syscalls/syscall_n64.tbl"},
	{name: "mips64n32", file: "arch/mips/kernel/syscalls/syscall_n32.tbl"},
	{name: "parisc", file: "arch/parisc/kernel/syscalls/syscall.tbl", tags: []string{"common", "32"}},
	{name: "parisc64", file: "arch/parisc/kernel/syscalls/syscall.tbl", tags: []string{"common", "64"}},
	{name: "ppc", file: "arch/powerpc/kernel/syscalls/syscall.tbl", tags: []string{"common", "nospu", "32"}},
	{name: "ppc64", file: "arch/powerpc/kernel/syscalls/syscall.tbl", tags: []string{"common", "nospu", "64"}},
	{name: "riscv64", file: shared, tags: []string{"common", "64"}, needs: "arch/riscv/kernel/Makefile.syscalls"},
	{name: "s390", file: "arch/s390/kernel/syscalls/syscall.tbl", tags: []string{"common", "32"}, marker: "32", last: 469},
	{name: "s390x", file: "arch/s390/kernel/syscalls/syscall.tbl", tags: []string{"common", "64"}},
	{name: "sh", file: "arch/sh/kernel/syscalls/syscall.tbl"},
}

// placeholder matches names of numbers that are kept free.
var placeholder = regexp.MustCompile(`^(reserved|unused|available)[0-9]+$`)

// importTree reads the tables of a Linux tree. An ABI that has ended keeps the
// rows it has in old, which may be nil, and gets those that its file still lists
// between them and its last number: s390's 463 to 469 came after 6.12, were the
// same for 31 and 64 bits as every new call, and 6.18, the last kernel with the
// ABI, has them (469 is file_setattr of 6.17, 470 is listns of 6.19).
func importTree(dir, text string, old *table) (*table, error) {
	version, err := kernelVersion(dir)
	if err != nil {
		return nil, err
	}
	fresh := source{text: "linux " + version + ", " + text}
	t := new(table)
	for _, a := range abis {
		rows, ended, err := a.read(dir)
		if err != nil {
			return nil, err
		}
		if ended {
			if rows, err = a.freeze(rows, old); err != nil {
				return nil, err
			}
			t.sources = append(t.sources, old.sourcesOf(a.name)...)
		}
		fresh.abis = append(fresh.abis, a.name)
		t.rows = append(t.rows, rows...)
	}
	t.sources = append([]source{fresh}, slices.DeleteFunc(t.sources, func(s source) bool { return s.text == fresh.text })...)
	return t, nil
}

// freeze returns the rows of an ABI that has ended: those in old, and of the
// tree's the ones between them and the ABI's last number.
func (a abi) freeze(rows []row, old *table) ([]row, error) {
	var kept []row
	end := uint32(0)
	if old != nil {
		for _, r := range old.rows {
			if r.abi == a.name {
				kept, end = append(kept, r), max(end, r.number)
			}
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
		if a.name == "x32" && r.number < 512 {
			r.compat = "" // that column is i386's; x32 has rows of its own
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
	return rows, !marked, nil
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
