package profile

import (
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestPrintNotes: a policy prints as it is where runc reads no less in its entries,
// in whatever order it asks for them.
func TestPrintNotes(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		arch   arch.Arch
		prints bool
	}{
		{"two values", rules("ERRNO(1)", "personality if a0 == 0 -> ALLOW", "personality if a0 == 8 -> ALLOW"), arch.X86, true},
		{"two values to refuse", rules("ALLOW", "lseek if a1 == 3 -> ERRNO(1)", "lseek if a1 == 8 -> ERRNO(1)"), arch.X86_64, true},
		{"calls of a multiplexer", rules("ERRNO(1)", "socket -> ALLOW", "bind -> TRAP", "mremap -> LOG"), arch.X86_64, true},
		{"64 bits of an int", rules("ERRNO(1)", "socket if a0 != 40 -> ALLOW"), arch.X86_64, false},
		{"a deny after an allow", rules("ERRNO(1)", "mount -> ALLOW", "mount -> KILL_PROCESS"), arch.X86_64, false},
		{"an order of runc's own", rules("ERRNO(1)", "mremap if a0 > 1 -> TRAP", "mremap if a0 == 5 -> ALLOW"), arch.X86_64, false},
		{"NOTIFY on write", rules("ALLOW", "write -> NOTIFY"), arch.X86_64, false},
		{"an errno that libseccomp refuses", rules("ALLOW", "dup -> ERRNO(4095)"), arch.X86_64, false},
		{"a deny list on MIPS", rules("ALLOW", "unshare -> ERRNO(1)"), arch.MIPS64, false},
		{"what is stricter than the default on MIPS", rules("ERRNO(1)", "socket -> KILL_PROCESS"), arch.MIPS64, false},
		{"an allow list on MIPS", rules("ERRNO(1)", "read -> ALLOW"), arch.MIPS64, true},
	}
	for _, tt := range tests {
		pol, err := resolveText(tt.text, Target{Arch: tt.arch})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if _, err := pol.MarshalJSON(); (err == nil) != tt.prints || tt.prints != (len(pol.PrintNotes()) == 0) {
			t.Errorf("%s: MarshalJSON: %v, notes %v, want it to print: %v", tt.name, err, pol.PrintNotes(), tt.prints)
		}
	}
}

// TestExtensions: negative numbers written in two ways are weaker where together
// they may open what each refuses.
func TestExtensions(t *testing.T) {
	tests := []struct {
		name  string
		text  string
		taken bool
	}{
		{"EQ and NE", rules("ERRNO(1)", "dup if a0 == 0xffffffff80000000 -> ALLOW", "dup if a0 != 0x80000000 -> KILL_PROCESS"), false},
		{"NE and NE", rules("ALLOW", "setns if a0 != 0xffffffff -> ERRNO(1)", "setns if a0 != 0xffffffffffffffff -> ERRNO(1)"), false},
		{"two numbers", rules("ERRNO(1)", "setns if a0 == 0xffffffffffffffff -> KILL_PROCESS", "setns if a0 == 0xfffffffe -> ALLOW"), true},
		{"one number for two actions", rules("ALLOW", "lseek if a0 == 0xffffffffffffffff -> ERRNO(1)", "lseek if a0 == 0xffffffff -> TRAP"), true},
		{"both permissive", rules("ERRNO(1)", "setns if a0 != 0xffffffff -> ALLOW", "setns if a0 != 0xffffffffffffffff -> ALLOW"), true},
		{"-1 for 16 bits of a register of 32", rules("ERRNO(1)", "setresuid if a0 == 0xffffffff -> ALLOW"), true},
		{"a rule that says the default", rules("ERRNO(1)", "setns if a0 == 0x100000001 -> ERRNO(1)"), true},
	}
	for _, tt := range tests {
		for _, a := range []arch.Arch{arch.X86_64, arch.X86} {
			if _, err := resolveText(tt.text, Target{Arch: a}); (err == nil) != tt.taken {
				t.Errorf("%s, %s: %v, want it taken: %v", tt.name, a, err, tt.taken)
			}
		}
	}
}

// TestCompareConds: what one condition takes and another does not, as the values of
// sixteen bits have it.
func TestCompareConds(t *testing.T) {
	conds := []policy.Cond{
		{Op: policy.EQ, Value: 5}, {Op: policy.NE, Value: 5}, {Op: policy.LT, Value: 5}, {Op: policy.LE, Value: 5}, {Op: policy.GE, Value: 5}, {Op: policy.GT, Value: 4}, {Op: policy.GE, Value: 0},
		{Op: policy.MaskedEQ, Mask: 6, Value: 4}, {Op: policy.MaskedEQ, Mask: 6, Value: 5}, {Op: policy.MaskedEQ, Mask: 7, Value: 5}, {Op: policy.MaskedEQ, Mask: 6, Value: 2}, {Op: policy.MaskedEQ, Value: 0},
	}
	for _, c := range conds {
		for _, k := range conds {
			c.Width, k.Width = 16, 16
			var kNotC, cNotK bool
			for v := range uint64(1 << 16) {
				inC, inK := c.Matches([6]uint64{v}), k.Matches([6]uint64{v})
				kNotC, cNotK = kNotC || inK && !inC, cNotK || inC && !inK
			}
			if a, b := compareConds(c, k); a != kNotC || b != cNotK {
				t.Errorf("compareConds(%v, %v) = %t, %t, want %t, %t", c, k, a, b, kNotC, cNotK)
			}
		}
	}
}
