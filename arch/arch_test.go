package arch_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
)

// Bits of an audit value beside the ELF machine (include/uapi/linux/audit.h,
// __AUDIT_ARCH_64BIT, __AUDIT_ARCH_LE, __AUDIT_ARCH_CONVENTION_MIPS64_N32).
const (
	wide   = 0x80000000
	little = 0x40000000
	n32    = 0x20000000
)

// facts are what an Arch says of itself. The audit value is the machine of
// include/uapi/linux/elf-em.h with the bits that audit.h adds.
type facts struct {
	Arch                 arch.Arch
	Name, Docker, GOARCH string
	Audit                uint32
	Bits                 int
	Big                  bool
	Base                 uint32
	ENOSYS               uint16
}

// want has every ABI in the order of the constants. Docker's quirks: mips is not
// in its table, mips64p32le is misspelt there, loong64 goes by loongarch64. x32
// is no Docker host either, but Docker's default profile has the name in its
// lists.
var want = []facts{
	{arch.X86, "x86", "x86", "386", 3 | little, 32, false, 0, 38},
	{arch.X86_64, "x86_64", "amd64", "amd64", 62 | wide | little, 64, false, 0, 38},
	{arch.X32, "x32", "x32", "", 62 | wide | little, 32, false, 1 << 30, 38},
	{arch.ARM, "arm", "arm", "arm", 40 | little, 32, false, 0, 38},
	{arch.AArch64, "aarch64", "arm64", "arm64", 183 | wide | little, 64, false, 0, 38},
	{arch.LoongArch64, "loongarch64", "loongarch64", "loong64", 258 | wide | little, 64, false, 0, 38},
	{arch.M68K, "m68k", "", "", 4, 32, true, 0, 38},
	{arch.MIPS, "mips", "", "mips", 8, 32, true, 4000, 89},
	{arch.MIPSEL, "mipsel", "mipsel", "mipsle", 8 | little, 32, false, 4000, 89},
	{arch.MIPS64, "mips64", "mips64", "mips64", 8 | wide, 64, true, 5000, 89},
	{arch.MIPSEL64, "mipsel64", "mipsel64", "mips64le", 8 | wide | little, 64, false, 5000, 89},
	{arch.MIPS64N32, "mips64n32", "mips64n32", "", 8 | wide | n32, 32, true, 6000, 89},
	{arch.MIPSEL64N32, "mipsel64n32", "mips3l64n32", "", 8 | wide | little | n32, 32, false, 6000, 89},
	{arch.PARISC, "parisc", "", "", 15, 32, true, 0, 251},
	{arch.PARISC64, "parisc64", "", "", 15 | wide, 64, true, 0, 251},
	{arch.PPC, "ppc", "ppc", "", 20, 32, true, 0, 38},
	{arch.PPC64, "ppc64", "ppc64", "ppc64", 21 | wide, 64, true, 0, 38},
	{arch.PPC64LE, "ppc64le", "ppc64le", "ppc64le", 21 | wide | little, 64, false, 0, 38},
	{arch.RISCV64, "riscv64", "riscv64", "riscv64", 243 | wide | little, 64, false, 0, 38},
	{arch.S390, "s390", "s390", "", 22, 32, true, 0, 38},
	{arch.S390X, "s390x", "s390x", "s390x", 22 | wide, 64, true, 0, 38},
	{arch.SH, "sh", "", "", 42 | little, 32, false, 0, 38},
	{arch.SHEB, "sheb", "", "", 42, 32, true, 0, 38},
}

func TestTable(t *testing.T) {
	var got []facts
	for a := range arch.All() {
		if !a.Valid() {
			t.Errorf("%s.Valid() = false", a)
		}
		got = append(got, facts{a, a.String(), a.Docker(), a.GOARCH(), a.Audit(), a.Bits(),
			a.ByteOrder() == binary.BigEndian, a.NumberBase(), a.ENOSYS()})
		if o := a.ByteOrder(); o != binary.BigEndian && o != binary.LittleEndian {
			t.Errorf("%s.ByteOrder() = %v", a, o)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the ABIs of All (-want +got)\n%s", diff)
	}
}

func TestSCMP(t *testing.T) {
	// The names in the order of the OCI runtime specification's constants.
	want := []string{
		"SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64",
		"SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPS64",
		"SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC",
		"SCMP_ARCH_PARISC64", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64",
		"SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
	}
	var got []string
	for a := range arch.All() {
		got = append(got, a.SCMP())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("SCMP of All (-want +got)\n%s", diff)
	}
}

func TestAllStops(t *testing.T) {
	for a := range arch.All() {
		if a != arch.X86 {
			t.Fatalf("All went on to %s behind a break", a)
		}
		break
	}
	for n := range arch.Names() {
		if n != "SCMP_ARCH_X86" {
			t.Fatalf("Names went on to %s behind a break", n)
		}
		break
	}
}

func TestInvalid(t *testing.T) {
	for _, a := range []arch.Arch{0, arch.SHEB + 1, 255} {
		if a.Valid() {
			t.Errorf("Arch(%d).Valid() = true", uint8(a))
		}
		lo, hi, special := a.Special()
		got := []any{a.String(), a.SCMP(), a.Docker(), a.GOARCH(), a.Audit(), a.Bits(), a.ByteOrder(), a.NumberBase(), lo, hi, special}
		want := []any{"invalid", "", "", "", uint32(0), 0, nil, uint32(0), uint32(0), uint32(0), false}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Arch(%d) (-want +got)\n%s", uint8(a), diff)
		}
		for b := range arch.All() {
			if a.SameKernel(b) || b.SameKernel(a) {
				t.Errorf("SameKernel of Arch(%d) and %s = true", uint8(a), b)
			}
		}
		if a.SameKernel(a) {
			t.Errorf("Arch(%d).SameKernel of itself = true", uint8(a))
		}
	}
}

func TestSpecial(t *testing.T) {
	type bounds struct{ Lo, Hi uint32 }
	want := map[arch.Arch]bounds{
		arch.X32: {0x40000200, 0x40000223},
		arch.ARM: {0xf0001, 0xf0006},
	}
	got := map[arch.Arch]bounds{}
	for a := range arch.All() {
		if lo, hi, ok := a.Special(); ok {
			got[a] = bounds{lo, hi}
		} else if lo != 0 || hi != 0 {
			t.Errorf("%s.Special() = %d, %d without ok", a, lo, hi)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Special (-want +got)\n%s", diff)
	}
}

func TestSameKernel(t *testing.T) {
	kernels := [][]arch.Arch{
		{arch.X86, arch.X86_64, arch.X32},
		{arch.ARM, arch.AArch64},
		{arch.LoongArch64},
		{arch.M68K},
		{arch.MIPS, arch.MIPS64, arch.MIPS64N32},
		{arch.MIPSEL, arch.MIPSEL64, arch.MIPSEL64N32},
		{arch.PARISC, arch.PARISC64},
		{arch.PPC, arch.PPC64},
		{arch.PPC64LE},
		{arch.RISCV64},
		{arch.S390, arch.S390X},
		{arch.SH},
		{arch.SHEB},
	}
	kernel := func(a arch.Arch) int {
		return slices.IndexFunc(kernels, func(k []arch.Arch) bool { return slices.Contains(k, a) })
	}
	for a := range arch.All() {
		for b := range arch.All() {
			if got, want := a.SameKernel(b), kernel(a) == kernel(b); got != want {
				t.Errorf("%s.SameKernel(%s) = %v, want %v", a, b, got, want)
			}
			if a.SameKernel(b) && a.ByteOrder() != b.ByteOrder() {
				t.Errorf("one kernel serves %s and %s, of different byte orders", a, b)
			}
		}
	}
}

func TestOf(t *testing.T) {
	const amd64 = 0xc000003e
	tests := []struct {
		audit, nr uint32
		want      arch.Arch
	}{
		{amd64, 0, arch.X86_64},
		{amd64, 0x3fffffff, arch.X86_64},
		{amd64, 0x40000000, arch.X32},
		{amd64, 0x40000223, arch.X32},
		{amd64, 0x7fffffff, arch.X32},
		{amd64, 0x80000000, arch.X86_64}, // bit 30 alone counts
		{amd64, 0xbfffffff, arch.X86_64},
		{amd64, 0xc0000000, arch.X32},
		{amd64, 0xfffffffe, arch.X32},
		{amd64, 0xffffffff, arch.X86_64}, // a tracer's way to skip a call
		{0x40000003, 0x40000000, arch.X86},
		{0xc00000b7, 0xffffffff, arch.AArch64},
		{0xa0000008, 6000, arch.MIPS64N32},
		{0, 0, 0},
		{0, 0x40000000, 0},
		{0x4000003e, 0, 0}, // libseccomp's token for x32 is no audit value
		{0x400000f3, 0, 0}, // riscv32
		{0x8000002b, 0, 0}, // sparc64
		{0x00000028, 0, 0}, // big-endian arm
		{0xffffffff, 0, 0},
	}
	for _, tt := range tests {
		if got, ok := arch.Of(tt.audit, tt.nr); got != tt.want || ok != (tt.want != 0) {
			t.Errorf("Of(%#x, %#x) = %s, %v, want %s", tt.audit, tt.nr, got, ok, tt.want)
		}
	}
	for _, f := range want {
		if got, ok := arch.Of(f.Audit, f.Base); got != f.Arch || !ok {
			t.Errorf("Of(%#x, %#x) = %s, %v, want %s", f.Audit, f.Base, got, ok, f.Arch)
		}
	}
}

// TestServing: on MIPS the number chooses the ABI, a thousand for each, whichever
// of the three the process is of; elsewhere the process alone does.
func TestServing(t *testing.T) {
	mips := [][3]arch.Arch{{arch.MIPS, arch.MIPS64, arch.MIPS64N32}, {arch.MIPSEL, arch.MIPSEL64, arch.MIPSEL64N32}}
	seen := map[arch.Arch]bool{}
	for _, abis := range mips {
		for _, a := range abis {
			seen[a] = true
			for _, tt := range []struct {
				nr, last uint32
				want     arch.Arch
			}{
				{0, 3999, a}, {3999, 3999, a},
				{4000, 4999, abis[0]}, {4303, 4999, abis[0]}, {4999, 4999, abis[0]},
				{5000, 5999, abis[1]}, {5999, 5999, abis[1]},
				{6000, 6999, abis[2]}, {6266, 6999, abis[2]}, {6999, 6999, abis[2]},
				{7000, ^uint32(0), a}, {arch.X32Bit, ^uint32(0), a}, {^uint32(0), ^uint32(0), a},
			} {
				if got, last := a.Serving(tt.nr); got != tt.want || last != tt.last {
					t.Errorf("%s.Serving(%d) = %s, %d, want %s, %d", a, tt.nr, got, last, tt.want, tt.last)
				}
			}
		}
	}
	for a := range arch.All() {
		for _, nr := range []uint32{0, 4000, 5000, 6000, arch.X32Bit, ^uint32(0)} {
			if got, last := a.Serving(nr); !seen[a] && (got != a || last != ^uint32(0)) {
				t.Errorf("%s.Serving(%#x) = %s, %#x, want itself for all", a, nr, got, last)
			}
		}
	}
}
