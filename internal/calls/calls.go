// Package calls holds the tables of system calls, generated from the lists in its directory.
// Package syscalls is the public interface to them. Package profile looks up a name here once
// and then uses its ID.
//
// The tables come from the kernel's own .tbl files by way of table.csv, whose
// first lines name the kernel and the package, as the widths do from the types
// in types.csv; narrowed.csv and since/*.csv are kept by hand and cite the
// source of each line. All tables are read-only data and cost nothing at
// start-up.
package calls

//go:generate go run ../cmd/gensyscalls

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
)

// A table holds the calls of one ABI, or of two that differ in byte order alone.
type table struct {
	nr   []uint32 // numbers without the ABI's base, ascending; a number has two rows where it has two names
	name []uint16 // the call's place among all names
	at   []uint16 // for each name its row plus one, 0 where the ABI lacks it

	width []uint16 // two bits an argument, the first lowest: 0 for the register's, 1 for 32, 2 for 16
	since []uint16 // release, major<<8 | minor; 0 if unknown
}

// row returns the row of the call; ok is false if the ABI lacks it.
func (t *table) row(id ID) (i int, ok bool) {
	if t == nil || id == 0 || int(id) > len(t.at) || t.at[id-1] == 0 {
		return 0, false
	}
	return int(t.at[id-1]) - 1, true
}

var tables = [...]*table{
	arch.X86:         &x86Table,
	arch.X86_64:      &x86_64Table,
	arch.X32:         &x32Table,
	arch.ARM:         &armTable,
	arch.AArch64:     &aarch64Table,
	arch.LoongArch64: &loongarch64Table,
	arch.M68K:        &m68kTable,
	arch.MIPS:        &mipsTable,
	arch.MIPSEL:      &mipsTable,
	arch.MIPS64:      &mips64Table,
	arch.MIPSEL64:    &mips64Table,
	arch.MIPS64N32:   &mips64n32Table,
	arch.MIPSEL64N32: &mips64n32Table,
	arch.PARISC:      &pariscTable,
	arch.PARISC64:    &parisc64Table,
	arch.PPC:         &ppcTable,
	arch.PPC64:       &ppc64Table,
	arch.PPC64LE:     &ppc64Table,
	arch.RISCV64:     &riscv64Table,
	arch.S390:        &s390Table,
	arch.S390X:       &s390xTable,
	arch.SH:          &shTable,
	arch.SHEB:        &shTable,
}

// of returns a's table, nil for an invalid Arch.
func of(a arch.Arch) *table {
	if !a.Valid() {
		return nil
	}
	return tables[a]
}

// Name returns the name of call nr on a. The number is as in seccomp_data.nr. If a call has
// two names, Name returns the alphabetically first. ok is false if the table has no such
// number.
func Name(a arch.Arch, nr uint32) (name string, ok bool) {
	t := of(a)
	if t == nil {
		return "", false
	}
	i, ok := slices.BinarySearch(t.nr, nr-a.NumberBase())
	if !ok {
		return "", false
	}
	return nameAt(int(t.name[i])), true
}

// All calls yield with each call of a, ordered by number, then by name, until it
// returns false.
func All(a arch.Arch, yield func(nr uint32, name string) bool) {
	t := of(a)
	if t == nil {
		return
	}
	for i, nr := range t.nr {
		if !yield(nr+a.NumberBase(), nameAt(int(t.name[i]))) {
			return
		}
	}
}
