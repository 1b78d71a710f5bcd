package abi

import "testing"

// TestArguments: under ABIs of 32 bits upper halves are what the kernel shows by accident.
func TestArguments(t *testing.T) {
	shown := [6]uint64{1, 1<<64 - 6, 0xfedcba98_76543210, 1 << 32, 0, 1<<32 - 1}
	low := [6]uint64{1, 1<<32 - 6, 0x76543210, 0, 0, 1<<32 - 1}
	for _, tt := range []struct {
		name  string
		audit uint32
		want  [6]uint64
	}{
		{"x86", 0x40000003, low},
		{"arm", 0x40000028, low},
		{"mips", 0x8, low},
		{"mipsel", 0x40000008, low},
		{"x86_64", 0xc000003e, shown},
		{"mips64", 0x80000008, shown},
		{"mipsel64n32", 0xe0000008, shown},
		{"s390x", 0x80000016, shown},
	} {
		if got := Arguments(tt.audit, shown); got != tt.want {
			t.Errorf("%s: %x, want %x", tt.name, got, tt.want)
		}
	}
}
