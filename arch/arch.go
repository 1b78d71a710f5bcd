// Package arch describes the ABIs that a seccomp filter can see.
//
//	a, err := arch.Parse("SCMP_ARCH_X86_64") // also amd64, x86_64
//	a.Audit()                                // 0xc000003e
//
// One kernel can serve several ABIs: an x86_64 kernel runs x86_64, x32 and x86 programs.
// Each ABI has its own call numbers. A filter tells ABIs apart by seccomp_data.arch, the
// AUDIT_ARCH value. It tells x32 from x86_64 by bit 30 of the number ([X32Bit]).
//
// The package is a table with one row for each of the 23 ABIs that the OCI runtime
// specification names. It reads nothing from the host.
package arch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
)

// An Arch is one ABI. The zero value is invalid: Valid returns false, and String returns
// "invalid". Unless a method says what it returns for an invalid Arch, the result has no
// meaning.
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

// X32Bit is the bit of a call number that distinguishes x32 from x86_64
// (arch/x86/include/uapi/asm/unistd.h, __X32_SYSCALL_BIT).
const X32Bit = 0x40000000

// All returns an iterator over all valid ABIs, in the order of the constants.
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

// String returns libseccomp's name for the ABI, such as "x86_64", "aarch64" or
// "mips64n32". It returns "invalid" for an invalid Arch.
func (a Arch) String() string { return a.row().name }

// MarshalText returns the text of [Arch.String]. It returns an error for an invalid Arch.
func (a Arch) MarshalText() ([]byte, error) {
	if !a.Valid() {
		return nil, fmt.Errorf("Arch(%d) is not an ABI", uint8(a))
	}
	return []byte(a.String()), nil
}

// UnmarshalText sets a to the ABI that text names, as [Parse] does.
func (a *Arch) UnmarshalText(text []byte) (err error) {
	if a == nil {
		return errors.New("UnmarshalText of a nil Arch")
	}
	*a, err = Parse(string(text))
	return err
}

// SCMP returns the ABI's name in profiles, such as "SCMP_ARCH_X86_64".
func (a Arch) SCMP() string {
	if !a.Valid() {
		return ""
	}
	return scmpPrefix + strings.ToUpper(a.row().name)
}

// Docker returns the name that Docker looks for in includes.arches and excludes.arches
// when a is the host's ABI. It is empty if Docker has no name for the ABI, so that no
// list matches: for mips, and for ABIs on which Docker does not run. Docker spells
// MIPSEL64N32 "mips3l64n32". X32 has a name, "x32", because Docker's own profile lists
// it, although Docker does not run on x32 hosts.
func (a Arch) Docker() string { return a.row().docker }

// Containers returns the ABI's name in the arch lists of containers/common, which takes
// it from libseccomp-golang: "amd64", "loong64". Every ABI has one.
func (a Arch) Containers() string {
	if r := a.row(); r.common != "" {
		return r.common
	}
	return a.Docker()
}

// GOARCH returns Go's name for the ABI. It is empty if Go has no port to it.
func (a Arch) GOARCH() string { return a.row().goarch }

// Audit returns the value of seccomp_data.arch for the ABI (include/uapi/linux/audit.h,
// AUDIT_ARCH_*). X32 and X86_64 share one value.
func (a Arch) Audit() uint32 { return a.row().audit }

// Bits returns the width of a pointer, 32 or 64.
func (a Arch) Bits() int { return a.row().bits }

// RegisterBits returns the width of the registers that hold arguments, 32 or 64. On x32
// and MIPS n32 it is 64, although pointers have 32 bits.
func (a Arch) RegisterBits() int {
	switch a {
	case X32, MIPS64N32, MIPSEL64N32:
		return 64
	}
	return a.Bits()
}

// ByteOrder returns the byte order of seccomp_data and of the instructions. It returns
// nil for an invalid Arch.
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

// NumberBase returns the offset between the kernel's table index and seccomp_data.nr:
// 4000, 5000 or 6000 on MIPS, [X32Bit] on x32, 0 elsewhere.
func (a Arch) NumberBase() uint32 { return a.row().base }

// Serving returns the ABI that handles call number nr in a program of ABI a, and the last
// number of the range, starting at nr, that the same ABI handles.
//
// Except on MIPS, a handles all numbers itself. A 64-bit MIPS kernel chooses the ABI by
// the number: 4000 to 4999 for o32, 5000 to 5999 for n64 and 6000 to 6999 for n32. There,
// seccomp_data.arch is the audit value of the process (arch/mips/kernel/scall64-o32.S,
// handle_sys, which passes other numbers to scall64-n32.S and scall64-n64.S).
//
// No other kernel with seccomp filters mixes numbers, apart from x32's. A kernel that
// supports ARM's older ABI has no filters (arch/arm/Kconfig, HAVE_ARCH_SECCOMP_FILTER).
// Kernels for s390, parisc and ppc choose both the ABI and the audit value by the
// process.
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

// Special returns the inclusive range of numbers outside the ordinary ones, which grow by
// one with each new call: x32's own forms of older calls (512 to 547) and ARM's private
// calls. The bounds are those of the known calls. ok is false if the ABI has no such
// range.
func (a Arch) Special() (lo, hi uint32, ok bool) {
	r := a.row()
	return r.specialLo, r.specialHi, r.specialHi != 0
}

// SameKernel reports whether one kernel can run programs of both ABIs. If so, a filter
// for one ABI can use rules for the other. Every ABI shares a kernel with itself.
func (a Arch) SameKernel(b Arch) bool {
	return a.Valid() && b.Valid() && a.row().family == b.row().family
}

// Of returns the ABI of a call from its audit value and number. The audit value alone
// decides, except that bit 30 of the number tells x32 from x86_64. Number -1 belongs to
// x86_64: neither ABI has such a call, and tracers use it to skip one. ok is false if the
// audit value is unknown.
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

// Parse returns the ABI with the given name. It accepts libseccomp's names
// ("SCMP_ARCH_X86_64", "x86_64"), the names of Docker and containers/common ("amd64"),
// GOARCH values, and what uname -m prints. Names are case-sensitive. The names mips and
// mips64 mean the big-endian ABIs, although uname -m prints them for both byte orders.
// The error for an unknown name suggests the nearest one.
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

// Names returns an iterator over the names that [Parse] accepts. The SCMP_ARCH_ names
// come first.
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
