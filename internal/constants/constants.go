// Package constants has the kernel's constants that arguments of system calls are
// compared with, such as O_DIRECTORY, by name and ABI.
//
// They come from the kernel's own headers by way of table.csv, whose first line
// names the kernel and the package. The table is read-only data and costs nothing at
// start-up.
package constants

//go:generate go run ../cmd/genconstants

import (
	"iter"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// A row is a value that a constant has on some ABIs.
type row struct {
	name  string
	value uint64 // a negative one is extended to 64 bits by its sign
	on    set
}

// A set has bit a for the ABI a.
type set uint32

// The ABIs as table.csv names them. Byte order makes no difference.
const (
	x86         set = 1 << arch.X86
	x86_64      set = 1 << arch.X86_64
	x32         set = 1 << arch.X32
	arm         set = 1 << arch.ARM
	aarch64     set = 1 << arch.AArch64
	loongarch64 set = 1 << arch.LoongArch64
	m68k        set = 1 << arch.M68K
	mips        set = 1<<arch.MIPS | 1<<arch.MIPSEL
	mips64      set = 1<<arch.MIPS64 | 1<<arch.MIPSEL64
	mips64n32   set = 1<<arch.MIPS64N32 | 1<<arch.MIPSEL64N32
	parisc      set = 1 << arch.PARISC
	parisc64    set = 1 << arch.PARISC64
	ppc         set = 1 << arch.PPC
	ppc64       set = 1<<arch.PPC64 | 1<<arch.PPC64LE
	riscv64     set = 1 << arch.RISCV64
	s390        set = 1 << arch.S390
	s390x       set = 1 << arch.S390X
	sh          set = 1<<arch.SH | 1<<arch.SHEB

	all = x86 | x86_64 | x32 | arm | aarch64 | loongarch64 | m68k | mips | mips64 | mips64n32 | parisc | parisc64 | ppc | ppc64 | riscv64 | s390 | s390x | sh
)

// rows returns the rows of a constant, none if there is no such constant.
func rows(name string) []row {
	i, _ := slices.BinarySearchFunc(table[:], name, func(r row, name string) int { return strings.Compare(r.name, name) })
	n := i
	for n < len(table) && table[n].name == name {
		n++
	}
	return table[i:n]
}

// Known reports whether some ABI has the constant.
func Known(name string) bool { return len(rows(name)) > 0 }

// Value returns the constant's value on an ABI; ok is false if the ABI lacks it.
func Value(a arch.Arch, name string) (n uint64, ok bool) {
	for _, r := range rows(name) {
		if a.Valid() && r.on>>a&1 == 1 {
			return r.value, true
		}
	}
	return 0, false
}

// Names returns an iterator over all names, in order.
func Names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i, r := range table {
			if (i == 0 || table[i-1].name != r.name) && !yield(r.name) {
				return
			}
		}
	}
}
