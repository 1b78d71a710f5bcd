package syscalls

import (
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

// TestCommon: from 424 on, which came with 5.1, a number is one call's on all ABIs (scripts/syscall.tbl, and tables
// below arch).
func TestCommon(t *testing.T) {
	const first = 424
	names := map[uint32]string{}
	for nr, name := range All(arch.AArch64) {
		if nr >= first {
			names[nr] = name
		}
	}
	if len(names) < 45 {
		t.Fatalf("%d calls from %d on", len(names), first)
	}
	for a := range arch.All() {
		has := false
		for nr, name := range All(a) {
			nr -= a.NumberBase()
			if nr >= first && nr < 1<<16 && names[nr] != "" && names[nr] != name {
				t.Errorf("%s: %d is %s, %s on aarch64", a, nr, name, names[nr])
			}
			has = has || nr == first
		}
		if !has {
			t.Errorf("%s has no call %d", a, first)
		}
	}
}

// TestSiblings: ABIs of 32 and 64 bits that share a table of the kernel's have one number for a name
// (syscall.tbl below arch/s390, arch/powerpc, arch/parisc and arch/x86/entry/syscalls). s390's names without 32 are calls
// with 16-bit IDs and the like, of which s390x has none, and x32 has numbers of its own from 512 on.
func TestSiblings(t *testing.T) {
	const own = 512
	for _, tt := range []struct {
		narrow, wide arch.Arch
		same         int
		differ       string
	}{
		{arch.S390, arch.S390X, 365, "chown fchown getegid geteuid getgid getgroups getresgid getresuid getrlimit getuid lchown " +
			"setfsgid setfsuid setgid setgroups setregid setresgid setresuid setreuid setuid"},
		{arch.PPC, arch.PPC64, 423, ""},
		{arch.PARISC, arch.PARISC64, 387, ""},
		{arch.X32, arch.X86_64, 339, ""},
	} {
		same := 0
		var differ []string
		for nr, name := range All(tt.narrow) {
			nr -= tt.narrow.NumberBase()
			switch wide, ok := Number(tt.wide, name); {
			case !ok:
			case nr == wide:
				same++
			case nr >= own:
			default:
				differ = append(differ, name)
			}
		}
		slices.Sort(differ)
		if got := strings.Join(differ, " "); got != tt.differ || same < tt.same {
			t.Errorf("%s and %s: %d names have one number, want %d at least, and not %q, want %q", tt.narrow, tt.wide, same, tt.same, got, tt.differ)
		}
	}
}
