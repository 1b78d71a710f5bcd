package syscalls

import (
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

func TestConstant(t *testing.T) {
	for _, tt := range []struct {
		a    arch.Arch
		name string
		want uint64
		ok   bool
	}{
		{arch.X86_64, "AF_VSOCK", 40, true},
		{arch.X86_64, "O_DIRECTORY", 0x10000, true},
		{arch.AArch64, "O_DIRECTORY", 0x4000, true},
		{arch.X86_64, "AT_FDCWD", ^uint64(99), true},
		{arch.AArch64, "MAP_32BIT", 0, false},
		{arch.X86_64, "AF_VSOK", 0, false},
		{0, "AF_VSOCK", 0, false},
	} {
		if got, ok := Constant(tt.a, tt.name); got != tt.want || ok != tt.ok {
			t.Errorf("Constant(%s, %s) = %#x, %t; want %#x, %t", tt.a, tt.name, got, ok, tt.want, tt.ok)
		}
	}
	names := slices.Collect(Constants())
	if !slices.IsSorted(names) || !slices.Contains(names, "AF_VSOCK") || len(slices.Compact(names)) < 1000 {
		t.Errorf("Constants() has %d names", len(names))
	}
}
