// Package arch is the table of the ABIs that a seccomp filter can see.
//
//	a, err := arch.Parse("SCMP_ARCH_X86_64") // also amd64, x86_64
//	a.Audit()                                // 0xc000003e
//
// An ABI is more than a machine: one x86_64 kernel serves x86_64, x32 and x86
// programs, each with call numbers of its own. A filter tells them apart by
// seccomp_data.arch, the AUDIT_ARCH value, and x32 from x86_64 by bit 30 of the
// number. The package holds facts alone, one row for each of the 23 ABIs that
// the OCI runtime specification names, and reads nothing from the host.
package arch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
)

// An Arch is one ABI. The zero value is invalid; its methods return zero
// values, and its String is "invalid".
type Arch uint8

// The ABIs of the OCI runtime specification.
const (
	X86 Arch = iota + 1
	X86_64
	X32
	ARM
	AArch64
	LoongArch64
	M68K
	MIPS
	MIPSEL
	MIPS64
	MIPSEL64
	MIPS64N32
	MIPSEL64N32
	PARISC
	PARISC64
	PPC
	PPC64
	PPC64LE
	RISCV64
	S390
	S390X
	SH
	SHEB
)

// X32Bit is the bit of a call number that tells x32 from x86_64
// (arch/x86/include/uapi/asm/unistd.h, __X32_SYSCALL_BIT).
const X32Bit = 0x40000000

// All yields every valid ABI, in the order of the constants.
func All() iter.Seq[Arch] {
	return func(yield func(Arch) bool) {
		for i := 1; i < len(table); i++ {
			if !yield(Arch(i)) {
				return
			}
		}
	}
}

// Valid reports whether a is one of the package's constants.
func (a Arch) Valid() bool { return a > 0 && int(a) < len(table) }

func (a Arch) row() *row {
	if !a.Valid() {
		return &table[0]
	}
	return &table[a]
}

// String returns the ABI's name in this project, which is libseccomp's:
// "x86_64", "aarch64", "mips64n32".
func (a Arch) String() string { return a.row().name }

// MarshalText returns what String does. An invalid Arch is an error.
func (a Arch) MarshalText() ([]byte, error) {
	if !a.Valid() {
		return nil, fmt.Errorf("Arch(%d) is not an ABI", uint8(a))
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads a name as Parse does.
func (a *Arch) UnmarshalText(text []byte) (err error) {
	if a == nil {
		return errors.New("UnmarshalText of a nil Arch")
	}
	*a, err = Parse(string(text))
	return err
}

// SCMP returns the name that profiles use: "SCMP_ARCH_X86_64".
func (a Arch) SCMP() string {
	if !a.Valid() {
		return ""
	}
	return scmpPrefix + strings.ToUpper(a.row().name)
}

// Docker returns the name that Docker compares with the lists of
// includes.arches and excludes.arches when a is the host's ABI. It is empty
// where Docker has none, so that no such list ever matches: for mips, and for
// the ABIs that no Docker host has. Docker spells MIPSEL64N32 "mips3l64n32". It
// has no x32 hosts either, but its own profile lists "x32", so that X32 has a
// name.
func (a Arch) Docker() string { return a.row().docker }

// Containers returns the name in lists of arches of containers/common, which
// asks libseccomp-golang for it: "amd64", "loong64". Every ABI has one.
func (a Arch) Containers() string {
	if r := a.row(); r.common != "" {
		return r.common
	}
	return a.Docker()
}

// GOARCH returns Go's name for the ABI, empty where Go has no port.
func (a Arch) GOARCH() string { return a.row().goarch }

// Audit returns the value of seccomp_data.arch for the ABI
// (include/uapi/linux/audit.h, AUDIT_ARCH_*). X32 shares X86_64's.
func (a Arch) Audit() uint32 { return a.row().audit }

// Bits returns the width of a pointer, 32 or 64.
func (a Arch) Bits() int { return a.row().bits }

// RegisterBits returns the width of the registers that hold arguments, 32 or 64. Those
// of x32 and MIPS n32 have 64, though their pointers have 32.
func (a Arch) RegisterBits() int {
	switch a {
	case X32, MIPS64N32, MIPSEL64N32:
		return 64
	}
	return a.Bits()
}

// ByteOrder returns the order of bytes in seccomp_data and in the
// instructions, nil for an invalid Arch.
func (a Arch) ByteOrder() binary.ByteOrder {
	switch {
	case !a.Valid():
		return nil
	case a.row().big:
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// BigEndian reports whether the ABI has the most significant byte of a word first.
// It is false for an invalid Arch.
func (a Arch) BigEndian() bool { return a.row().big }

// NumberBase returns what is added to the kernel's table index to give
// seccomp_data.nr: 4000, 5000 and 6000 on MIPS, X32Bit on x32, else 0.
func (a Arch) NumberBase() uint32 { return a.row().base }

// Serving returns the ABI whose call number nr is when a program of ABI a makes
// it, and the last number from nr on up to which that is so. It is a itself, and
// so for all numbers, except on MIPS. A 64-bit MIPS kernel chooses the ABI by the
// number, 4000 to 4999 for o32, 5000 to 5999 for n64 and 6000 to 6999 for n32,
// while seccomp_data.arch is that of the process (arch/mips/kernel/scall64-o32.S,
// handle_sys, which goes on to scall64-n32.S and scall64-n64.S for numbers that
// are not its own). No other kernel that has filters mixes numbers so, apart from
// x32's: one for ARM's older ABI has none (arch/arm/Kconfig,
// HAVE_ARCH_SECCOMP_FILTER), and those of s390, parisc and ppc go by the process
// for both.
func (a Arch) Serving(nr uint32) (b Arch, last uint32) {
	r := a.row()
	if r.family != familyMIPS && r.family != familyMIPSEL {
		return a, ^uint32(0)
	}
	for i := range table {
		if o := &table[i]; o.family == r.family && nr-o.base < mipsNumbers {
			return Arch(i), o.base + mipsNumbers - 1
		}
	}
	if nr < mipsNumbers*4 {
		return a, mipsNumbers*4 - 1
	}
	return a, ^uint32(0)
}

// mipsNumbers is how many numbers each MIPS ABI has, used or not
// (arch/mips/include/uapi/asm/unistd.h, __NR_Linux).
const mipsNumbers = 1000

// Special returns the inclusive range of numbers that stand apart from the
// ordinary ones, which grow by one with each new call of the kernel: x32's own
// forms of older calls (512 to 547) and ARM's private calls. ok is false where
// the ABI has none. The bounds are those of the known calls.
func (a Arch) Special() (lo, hi uint32, ok bool) {
	r := a.row()
	return r.specialLo, r.specialHi, r.specialHi != 0
}

// SameKernel reports whether one kernel can serve programs of both ABIs, so
// that a filter for one has a use for the other's rules. Every ABI is served by
// the same kernel as itself.
func (a Arch) SameKernel(b Arch) bool {
	return a.Valid() && b.Valid() && a.row().family == b.row().family
}

// Of returns the ABI of a call as the kernel reports it: by the audit value,
// and between x86_64 and x32 by the number's bit 30. Number -1 counts as
// x86_64's: neither ABI has such a call, and tracers use it to skip one. ok is
// false for an unknown audit value.
func Of(audit, nr uint32) (a Arch, ok bool) {
	if audit == table[X86_64].audit && nr&X32Bit != 0 && nr != ^uint32(0) {
		return X32, true
	}
	for i := 1; i < len(table); i++ {
		if table[i].audit == audit && Arch(i) != X32 {
			return Arch(i), true
		}
	}
	return 0, false
}

// Parse returns the ABI of a name in any of the worlds that profiles and
// machines use: SCMP_ARCH_X86_64, libseccomp's x86_64, Docker's and containers'
// amd64, GOARCH, or what uname -m prints. Names are exact, upper and lower case
// included. Two names say less than they seem to: mips and mips64, which
// uname -m prints in either byte order, mean the big-endian ABIs, as they do for
// everybody else. The error suggests the nearest name.
func Parse(name string) (Arch, error) {
	if rest, ok := strings.CutPrefix(name, scmpPrefix); ok {
		lower := strings.ToLower(rest)
		for i := 1; i < len(table); i++ {
			if table[i].name == lower && strings.ToUpper(lower) == rest {
				return Arch(i), nil
			}
		}
		return 0, unknown(name)
	}
	for i := 1; i < len(table); i++ {
		r := &table[i]
		if name == r.name || name != "" && (name == r.docker || name == r.goarch) {
			return Arch(i), nil
		}
	}
	for _, o := range otherNames {
		if o.name == name {
			return o.arch, nil
		}
	}
	return 0, unknown(name)
}

func unknown(name string) error {
	if rest, ok := strings.CutPrefix(name, scmpPrefix); ok {
		if a, err := Parse(strings.ToLower(rest)); err == nil {
			return fmt.Errorf("unknown architecture %q (did you mean %s?)", name, a.SCMP())
		}
	}
	return fmt.Errorf("unknown architecture %q%s", name, spell.HintOr(name, Names(), "SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ..."))
}

// Names yields every name that Parse takes, the SCMP_ARCH_ names first.
func Names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 1; i < len(table); i++ {
			if !yield(Arch(i).SCMP()) {
				return
			}
		}
		seen := map[string]bool{"": true}
		once := func(n string) bool {
			if seen[n] {
				return true
			}
			seen[n] = true
			return yield(n)
		}
		for i := 1; i < len(table); i++ {
			if r := &table[i]; !once(r.name) || !once(r.docker) || !once(r.goarch) {
				return
			}
		}
		for _, o := range otherNames {
			if !once(o.name) {
				return
			}
		}
	}
}
