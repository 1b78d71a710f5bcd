package arch_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
)

// TestParse has the names by which the ABIs go in profiles, in Docker, in Go and
// on the machines.
func TestParse(t *testing.T) {
	tests := []struct {
		want  arch.Arch
		names string
	}{
		{arch.X86, "SCMP_ARCH_X86 x86 386 i386 i486 i586 i686"},
		{arch.X86_64, "SCMP_ARCH_X86_64 x86_64 amd64"},
		{arch.X32, "SCMP_ARCH_X32 x32 amd64p32"},
		{arch.ARM, "SCMP_ARCH_ARM arm armv5tel armv5tejl armv6l armv7l armv8l"},
		{arch.AArch64, "SCMP_ARCH_AARCH64 aarch64 arm64"},
		{arch.LoongArch64, "SCMP_ARCH_LOONGARCH64 loongarch64 loong64"},
		{arch.M68K, "SCMP_ARCH_M68K m68k"},
		{arch.MIPS, "SCMP_ARCH_MIPS mips"},
		{arch.MIPSEL, "SCMP_ARCH_MIPSEL mipsel mipsle"},
		{arch.MIPS64, "SCMP_ARCH_MIPS64 mips64"},
		{arch.MIPSEL64, "SCMP_ARCH_MIPSEL64 mipsel64 mips64le"},
		{arch.MIPS64N32, "SCMP_ARCH_MIPS64N32 mips64n32 mips64p32"},
		{arch.MIPSEL64N32, "SCMP_ARCH_MIPSEL64N32 mipsel64n32 mips3l64n32 mips64p32le"},
		{arch.PARISC, "SCMP_ARCH_PARISC parisc"},
		{arch.PARISC64, "SCMP_ARCH_PARISC64 parisc64"},
		{arch.PPC, "SCMP_ARCH_PPC ppc"},
		{arch.PPC64, "SCMP_ARCH_PPC64 ppc64"},
		{arch.PPC64LE, "SCMP_ARCH_PPC64LE ppc64le"},
		{arch.RISCV64, "SCMP_ARCH_RISCV64 riscv64"},
		{arch.S390, "SCMP_ARCH_S390 s390"},
		{arch.S390X, "SCMP_ARCH_S390X s390x"},
		{arch.SH, "SCMP_ARCH_SH sh sh2 sh2a sh3 sh4 sh4a"},
		{arch.SHEB, "SCMP_ARCH_SHEB sheb sh2eb sh2aeb sh3eb sh4eb sh4aeb"},
	}
	listed := map[string]bool{}
	for _, tt := range tests {
		for name := range strings.FieldsSeq(tt.names) {
			listed[name] = true
			if got, err := arch.Parse(name); err != nil || got != tt.want {
				t.Errorf("Parse(%q) = %s, %v, want %s", name, got, err, tt.want)
			}
		}
	}
	for name := range arch.Names() {
		if !listed[name] {
			t.Errorf("Names has %q, which this test lacks", name)
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("Parse takes %q, which Names lacks or has twice", name)
	}
}

// TestParseOwnNames reads back every name that an Arch gives itself.
func TestParseOwnNames(t *testing.T) {
	for a := range arch.All() {
		for _, name := range []string{a.String(), a.SCMP(), a.Docker(), a.GOARCH()} {
			if name == "" {
				continue
			}
			if got, err := arch.Parse(name); err != nil || got != a {
				t.Errorf("Parse(%q) = %s, %v, want %s", name, got, err, a)
			}
		}
	}
}

func TestNames(t *testing.T) {
	got := slices.Collect(arch.Names())
	var want []string
	for a := range arch.All() {
		want = append(want, a.SCMP())
	}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Errorf("the first of Names (-want +got)\n%s", diff)
	}
	if s := slices.Compact(slices.Sorted(slices.Values(got))); len(s) != len(got) || slices.Contains(s, "") {
		t.Errorf("Names has a name twice or an empty one: %q", got)
	}
}

func TestParseUnknown(t *testing.T) {
	tests := []struct{ name, want string }{
		{"", `unknown architecture "" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)`},
		{"invalid", `unknown architecture "invalid" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)`}, // what String says of the zero Arch
		{"sparc64", `unknown architecture "sparc64" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)`},
		{"powerpc", `unknown architecture "powerpc" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)`},
		{"amd65", `unknown architecture "amd65" (did you mean amd64?)`},
		{"AMD64", `unknown architecture "AMD64" (did you mean amd64?)`},
		{"X86_64", `unknown architecture "X86_64" (did you mean x86_64?)`},
		{"x86-64", `unknown architecture "x86-64" (did you mean x86_64?)`},
		{" x86_64", `unknown architecture " x86_64" (did you mean x86_64?)`},
		{"loongarch", `unknown architecture "loongarch" (did you mean loongarch64?)`},
		{"SCMP_ARCH_", `unknown architecture "SCMP_ARCH_" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)`},
		{"SCMP_ARCH_NATIVE", `unknown architecture "SCMP_ARCH_NATIVE" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)`},
		{"SCMP_ARCH_AMD64", `unknown architecture "SCMP_ARCH_AMD64" (did you mean SCMP_ARCH_X86_64?)`},
		{"SCMP_ARCH_INVALID", `unknown architecture "SCMP_ARCH_INVALID" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)`},
		{"SCMP_ARCH_x86_64", `unknown architecture "SCMP_ARCH_x86_64" (did you mean SCMP_ARCH_X86_64?)`},
		{"SCMP_ARCH_AARCH46", `unknown architecture "SCMP_ARCH_AARCH46" (did you mean SCMP_ARCH_AARCH64?)`},
	}
	for _, tt := range tests {
		a, err := arch.Parse(tt.name)
		if a != 0 || err == nil || err.Error() != tt.want {
			t.Errorf("Parse(%q) = %s, %v, want the error %s", tt.name, a, err, tt.want)
		}
	}
}
