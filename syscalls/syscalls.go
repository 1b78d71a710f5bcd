// Package syscalls knows the system calls of every ABI that a seccomp filter
// can see: names to numbers and back, on any machine for any other.
//
//	nr, ok := syscalls.Number(arch.AArch64, "openat")   // 56, true
//	name, ok := syscalls.Name(arch.X86_64, 257)         // "openat", true
//	c, err := syscalls.ParseCall("x86_64 openat(-100, 0, 2)")
//
// and three facts about each call: how much of an argument's register the kernel
// looks at, the kernel that had the call first, and the way past its number.
//
//	w := syscalls.Width(arch.X86_64, "socket", 0)       // 32: the rest is cut off
//	v, ok := syscalls.Since(arch.X86_64, "clone3")      // 5.3, true
//	nr, sub, ok := syscalls.Mux(arch.X86, "socket")     // 102, 1, true: socketcall(SYS_SOCKET, ...)
//
// Numbers are as seccomp_data.nr has them: x32's carry bit 30, MIPS's start at
// 4000, 5000 or 6000, ARM's private calls are 0xf0001 to 0xf0006. The tables
// come from the kernel's own .tbl files by way of table.csv, whose first lines
// name the kernel and the package, as the widths do from the types in types.csv;
// narrowed.csv and since/*.csv are kept by hand and say where each line is from.
// All are read-only data and cost nothing at start-up.
package syscalls

//go:generate go run ../internal/cmd/gensyscalls

import (
	"fmt"
	"iter"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/spell"
)

// A table holds the calls of one ABI, or of two that differ in byte order alone.
type table struct {
	nr   []uint32 // numbers without the ABI's base, ascending; a number has two rows where it has two names
	name []uint16 // the call's place among all names
	at   []uint16 // for each name its row plus one, 0 where the ABI lacks it

	width []uint16 // two bits an argument, the first lowest: 0 for the register's, 1 for 32, 2 for 16
	since []uint16 // release, major<<8 | minor; 0 if unknown
}

// row returns the row of the call; ok is false if there is none.
func (t *table) row(id ID) (i int, ok bool) {
	if t == nil || id == 0 || int(id) > len(t.at) || t.at[id-1] == 0 {
		return 0, false
	}
	return int(t.at[id-1]) - 1, true
}

// An ID is a name's place among the names of all ABIs, from 1; 0 is no name. It
// is for those who ask about a name many times, and good for one version of this
// package alone.
type ID uint16

// IDs returns how many IDs there are, 0 included: all are below it.
func IDs() int { return len(nameEnd) }

// Lookup returns the ID of the name, 0 if no ABI has a call of it.
func Lookup(name string) ID {
	i, ok := find(name)
	if !ok {
		return 0
	}
	return ID(i + 1)
}

// Number is the function Number for the ID's name.
func (id ID) Number(a arch.Arch) (nr uint32, ok bool) {
	t := of(a)
	i, ok := t.row(id)
	if !ok {
		return 0, false
	}
	return t.nr[i] + a.NumberBase(), true
}

// Since is the function Since for the ID's name.
func (id ID) Since(a arch.Arch) (v Version, ok bool) {
	t := of(a)
	i, ok := t.row(id)
	if !ok || t.since[i] == 0 {
		return Version{}, false
	}
	return Version{t.since[i] >> 8, t.since[i] & 0xff}, true
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

func nameAt(i int) string { return names[nameEnd[i]:nameEnd[i+1]] }

// find returns the place of name among all names.
func find(name string) (i int, ok bool) {
	const offset, prime = 2166136261, 16777619 // of FNV-1a
	h := uint32(offset)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * prime
	}
	for ; ; h++ {
		i := int(nameSlots[h%uint32(len(nameSlots))]) - 1
		if i < 0 || nameAt(i) == name {
			return i, i >= 0
		}
	}
}

// Number returns the number of the call of that name on a, as it stands in
// seccomp_data.nr. ok is false if a has no such call; Known tells whether
// another ABI does.
func Number(a arch.Arch, name string) (nr uint32, ok bool) { return Lookup(name).Number(a) }

// Name returns the name of call nr, as it stands in seccomp_data.nr, on a. Of
// two names the first in order of the alphabet; ok is false if the kernel of
// the tables has no such call.
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

// Known reports whether any ABI has a call of that name. A name that is not
// known is misspelt or newer than the tables.
func Known(name string) bool { return Lookup(name) != 0 }

// All yields the calls of a in the order of their numbers. A number that has
// two names comes twice.
func All(a arch.Arch) iter.Seq2[uint32, string] {
	return func(yield func(uint32, string) bool) {
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
}

// Names yields the name of every call on any ABI, sorted.
func Names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range len(nameEnd) - 1 {
			if !yield(nameAt(i)) {
				return
			}
		}
	}
}

// unknownName says what is wrong with a name that a lacks.
func unknownName(a arch.Arch, name string) error {
	if Known(name) {
		return fmt.Errorf("%s has no call %s, other ABIs have", a, name)
	}
	return fmt.Errorf("unknown system call %q%s", name, spell.Hint(name, Names()))
}
