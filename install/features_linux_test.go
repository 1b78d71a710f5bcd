package install

import (
	"slices"
	"testing"

	"github.com/seccompile/seccompile/internal/abi"
)

// TestProbe: the probe has what HaveAction and HaveFlag say, and at least what every
// kernel with seccomp(2) has.
func TestProbe(t *testing.T) {
	requireFilters(t)
	actions, flags := Probe()
	for _, a := range []uint32{abi.RetKillThread, abi.RetTrap, abi.RetErrno, abi.RetTrace, abi.RetAllow} {
		if !slices.Contains(actions, a) {
			t.Errorf("Probe: no action %#x in %#x", a, actions)
		}
	}
	if slices.Contains(actions, 0x12340000) || flags&^(1<<6-1) != 0 {
		t.Errorf("Probe = %#x, %#x: more than any kernel has", actions, flags)
	}
	for _, a := range actions {
		if err := HaveAction(a); err != nil {
			t.Errorf("Probe has %#x: HaveAction: %v", a, err)
		}
	}
	for bit := uint(1); bit < 1<<8; bit <<= 1 {
		if has, err := flags&bit != 0, HaveFlag(bit); has != (err == nil) {
			t.Errorf("Probe has flag %#x: %v, HaveFlag: %v", bit, has, err)
		}
	}
}
