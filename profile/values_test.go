package profile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestStringsOfAny: every value of a type prints as something, those that have no name
// with their number.
func TestStringsOfAny(t *testing.T) {
	for i := range 256 {
		n := uint8(i)
		for _, tt := range []struct {
			got   string
			names int    // how many values have one
			none  string // what others print as
		}{
			{Effect(n).String(), 3, fmt.Sprintf("Effect(%d)", n)},
			{Compat(n).String(), 2, fmt.Sprintf("Compat(%d)", n)},
			{Enosys{Mode: EnosysMode(n)}.String(), 3, fmt.Sprintf("EnosysMode(%d)", n)},
			{Dialect(n).String(), len(dialects), fmt.Sprintf("Dialect(%d)", n)},
			{policy.Op(n).String(), int(policy.MaskedEQ) + 1, "?"},
			{arch.Arch(n).String(), len(archNames()), arch.Arch(0).String()},
		} {
			if i < tt.names && (tt.got == "" || strings.Contains(tt.got, "(")) || i >= tt.names && tt.got != tt.none {
				t.Errorf("value %d prints as %q, want %q from %d on", i, tt.got, tt.none, tt.names)
			}
		}
	}
	for _, w := range []uint32{0, 1, 0x7fff0000, 0x00060000, math.MaxUint32} {
		if policy.Action(w).String() == "" || policy.Flag(w).String() == "" {
			t.Errorf("%#x: Action prints as %q, Flag as %q", w, policy.Action(w), policy.Flag(w))
		}
	}
}

// archNames has a name for each ABI, and for invalid values.
func archNames() []string {
	names := []string{""}
	for a := range arch.All() {
		names = append(names, a.String())
	}
	return names
}

// TestCondAnyValue: a condition that nothing makes matches no call, or what its
// bits say, and prints.
func TestCondAnyValue(t *testing.T) {
	args := [6]uint64{7, 7, 7, 7, 7, 7}
	for _, arg := range []uint8{0, 5, 6, math.MaxUint8} {
		for _, width := range []uint8{0, 1, 16, 63, 64, 65, math.MaxUint8} {
			for op := range 256 {
				c := policy.Cond{Arg: arg, Op: policy.Op(op), Width: width, Value: 7 & policy.Cond{Width: width}.Field()}
				want := arg < 6 && (c.Op == policy.EQ || c.Op == policy.LE || c.Op == policy.GE || c.Op == policy.MaskedEQ)
				if c.Op == policy.MaskedEQ {
					c.Mask = c.Value
				}
				if got := c.Matches(args); got != want || !strings.HasPrefix(c.String(), "a"+strconv.Itoa(int(arg))) {
					t.Errorf("%+v prints as %s, Matches = %t, want %t", c, c, got, want)
				}
			}
		}
	}
}

// TestAnyOptions: options and targets that mean nothing are errors that name the
// field.
func TestAnyOptions(t *testing.T) {
	p, err := Parse([]byte(rules("ERRNO(1)", "read -> ALLOW")), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := len(dialects); i < 256; i++ {
		if _, err := Parse([]byte(`{}`), ParseOptions{Dialect: Dialect(i)}); err == nil || !strings.Contains(err.Error(), "ParseOptions.Dialect is Dialect(") {
			t.Errorf("Parse with dialect %d: %v", i, err)
		}
	}
	for _, tt := range []struct {
		target Target
		want   string // of the error
	}{
		{Target{}, "set Target.Arch"},
		{Target{Arch: 200}, "set Target.Arch"},
		{Target{Arch: arch.X86_64, Compat: 2}, "Target.Compat is Compat(2)"},
		{Target{Arch: arch.X86_64, Enosys: Enosys{Mode: 3}}, "Target.Enosys.Mode is EnosysMode(3)"},
		{Target{Arch: arch.X86_64, Enosys: Enosys{Mode: EnosysSince}}, "Target.Enosys.Since is zero"},
		{Target{Arch: arch.X86_64, Enosys: Enosys{Since: syscalls.Version{Major: 5, Minor: 15}}}, "Target.Enosys.Since is 5.15, and Mode is runc"},
		{Target{Arch: arch.X86_64, Enosys: Enosys{EnosysOff, syscalls.Version{Major: 5, Minor: 15}}}, "Target.Enosys.Since is 5.15, and Mode is off"},
		{Target{Arch: arch.X86_64, Features: FeaturesOf([]uint32{0x7fff0000, 0x7ffc0005}, 0)}, "Target.Features.Actions[1] is LOG(5), which is not an action without data"},
		{Target{Arch: arch.X86_64, Features: FeaturesOf([]uint32{0x00010000}, 0)}, "Target.Features.Actions[0] is 0x00010000"},
		{Target{Arch: arch.X86_64, Features: FeaturesOf(nil, 1<<31|1<<1)}, "Target.Features.Flags[1] is 0x80000000, which is not a flag"},
		{Target{Arch: arch.X86_64, Features: &Features{Flags: []policy.Flag{6}}}, "Target.Features.Flags[0] is 0x6, which is not a flag"},
		{Target{Arch: arch.X86_64, Features: &Features{Flags: []policy.Flag{0}}}, "Target.Features.Flags[0] is 0x0, which is not a flag"},
		{Target{Arch: arch.X86_64, BadArch: &[]policy.Action{policy.Notify}[0]}, "--bad-arch, or Target.BadArch, is NOTIFY"},
		{Target{Arch: arch.X86_64, BadArch: &[]policy.Action{policy.Notify | 1}[0]}, "--bad-arch, or Target.BadArch, is NOTIFY(1)"},
		{Target{Arch: arch.X86_64, BadArch: &[]policy.Action{policy.Errno(4096)}[0]}, "--bad-arch, or Target.BadArch, is ERRNO(4096), which the kernel treats as ERRNO(4095)"},
		{Target{Arch: arch.X86_64, BadArch: &[]policy.Action{policy.Allow}[0]}, "--bad-arch, or Target.BadArch, is ALLOW: "},
		{Target{Arch: arch.X86_64, BadArch: &[]policy.Action{policy.Log}[0]}, "--bad-arch, or Target.BadArch, is LOG: "},
		{Target{Arch: arch.X86_64, BadArch: &[]policy.Action{policy.Trace(1)}[0]}, "--bad-arch, or Target.BadArch, is TRACE(1): "},
		{Target{Arch: arch.X86_64, BadArch: &[]policy.Action{policy.Errno(0)}[0]}, "--bad-arch, or Target.BadArch, is ERRNO(0): "},
		{Target{Arch: arch.X86_64, BadArch: &[]policy.Action{0x12345678}[0]}, "--bad-arch, or Target.BadArch, is 0x12345678"},
		{Target{Arch: arch.X86_64, Kernel: syscalls.Version{Minor: 1}}, "seccomp with filters came with Linux 3.5, the target has 0.1 (--kernel"},
	} {
		if _, err := p.Resolve(tt.target); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Resolve for %+v: %v, want %s", tt.target, err, tt.want)
		}
	}
	if _, err := (*Profile)(nil).Resolve(Target{Arch: arch.X86_64}); err == nil {
		t.Error("Resolve of nil succeeds")
	}
}
