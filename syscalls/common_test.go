package syscalls

import (
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
