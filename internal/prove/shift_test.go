package prove

import (
	"errors"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestUnsettledShifts: what a shift gives that kernels execute in different ways
// is not known, and all else is: what does not depend on it, and shifts that are
// known to be small.
func TestUnsettledShifts(t *testing.T) {
	// Argument 0 is X. On a big-endian machine its low half is the second.
	program := func(a arch.Arch, mid ...bpf.RawInstruction) []bpf.RawInstruction {
		off := uint32(16)
		if a.BigEndian() {
			off += 4
		}
		return append([]bpf.RawInstruction{ld(off), op(0x07, 0)}, mid...)
	}
	const one, left, right = 0x00, 0x6c, 0x7c
	tests := []struct {
		name string
		mid  []bpf.RawInstruction
		lost int // the instruction that is undecided where kernels differ; -1 for none
	}{
		// 1 << X is not 0 if X counts modulo 32.
		{"a shift by an argument", []bpf.RawInstruction{op(one, 1), op(left, 0), jump(0x15, 0, 1, 0), ret(errno), ret(allow)}, 3},
		{"to the right", []bpf.RawInstruction{op(one, 1<<31), op(right, 0), jump(0x15, 0, 1, 0), ret(errno), ret(allow)}, 3},
		{"returned", []bpf.RawInstruction{op(one, 0), op(left, 0), op(0x44, errno), op(0x16, 0)}, 3},
		{"by way of memory", []bpf.RawInstruction{op(one, 1), op(left, 0), op(0x02, 3), op(0x60, 3), jump(0x15, 0, 1, 0), ret(errno), ret(allow)}, 3},
		{"of a mask", []bpf.RawInstruction{op(0x54, 31), op(0x07, 0), op(one, 1), op(left, 0), jump(0x15, 0, 1, 0), ret(errno), ret(allow)}, -1},
		{"of a mask of six bits", []bpf.RawInstruction{op(0x54, 63), op(0x07, 0), op(one, 1), op(left, 0), jump(0x15, 0, 1, 0), ret(errno), ret(allow)}, 5},
		{"by a constant in X", []bpf.RawInstruction{op(0x01, 31), op(one, 1), op(left, 0), jump(0x15, 0, 1, 0), ret(errno), ret(allow)}, -1},
		{"by 32 in X", []bpf.RawInstruction{op(0x01, 32), op(one, 1), op(left, 0), jump(0x15, 0, 1, 0), ret(errno), ret(allow)}, 4},
		{"that nobody needs", []bpf.RawInstruction{op(one, 1), op(left, 0), ret(errno)}, -1},
	}
	pol := func(a arch.Arch) *policy.Policy {
		return &policy.Policy{Default: errno, BadArch: errno, Arches: []policy.ArchPolicy{{Arch: a}}}
	}
	settled := map[arch.Arch]bool{
		arch.X86: true, arch.X86_64: true, arch.X32: true, arch.AArch64: true, arch.RISCV64: true, arch.LoongArch64: true,
		arch.MIPS: true, arch.MIPSEL: true, arch.MIPS64: true, arch.MIPSEL64: true, arch.MIPS64N32: true, arch.MIPSEL64N32: true,
	}
	for _, tt := range tests {
		for a := range arch.All() {
			insns := program(a, tt.mid...)
			w, err := Policy(insns, pol(a))
			var u *UndecidedError
			switch {
			case settled[a] || tt.lost < 0:
				if w != nil || err != nil {
					t.Errorf("%s, %s: Policy = %+v, %v, want nil, nil", a, tt.name, w, err)
				}
			case !errors.As(err, &u) || u.Index != tt.lost || w != nil:
				t.Errorf("%s, %s: Policy = %+v, %v, want instruction %d undecided", a, tt.name, w, err, tt.lost)
			}
		}
	}
	_, err := Policy(program(arch.S390X, tests[0].mid...), pol(arch.S390X))
	want := "undecided: instruction 3 (A <<= X): for some inputs kernels make different values of it (mask X to five bits before a shift; a shift by 0 can be left out)"
	if err == nil || err.Error() != want {
		t.Errorf("Policy = %v, want %s", err, want)
	}
	// What is wrong whatever the shift gives is found.
	insns := program(arch.S390X, op(one, 1), op(left, 0), jump(0x15, 0, 1, 0), ret(errno), ret(allow))
	insns = append([]bpf.RawInstruction{ld(0), jump(0x15, 7, 0, 1), ret(allow)}, insns...)
	if w, err := Policy(insns, pol(arch.S390X)); err != nil || w == nil || w.Got != allow || w.Call.Nr != 7 {
		t.Errorf("Policy of a program that allows call 7 = %+v, %v, want it as a witness", w, err)
	}

	// ARM's old JIT compiler makes 0 of a right shift by 0.
	zero := []bpf.RawInstruction{ld(0), op(0x74, 0), jump(0x15, 5, 0, 1), ret(allow), ret(errno)}
	none := []bpf.RawInstruction{ld(0), jump(0x15, 5, 0, 1), ret(allow), ret(errno)}
	for a := range arch.All() {
		list, err := Programs(Program{zero, a}, Program{none, a})
		var u *UndecidedError
		if a == arch.ARM {
			if !errors.As(err, &u) || u.Index != 1 {
				t.Errorf("%s: Programs of a shift by 0 = %v, %v, want instruction 1 undecided", a, list, err)
			}
		} else if list != nil || err != nil {
			t.Errorf("%s: Programs of a shift by 0 = %v, %v, want nil, nil", a, list, err)
		}
	}

	// The same instructions mean the same on one machine, and maybe not on two.
	shift := []bpf.RawInstruction{ld(16), op(0x07, 0), op(one, 1), op(left, 0), jump(0x15, 0, 1, 0), ret(errno), ret(allow)}
	for _, tt := range []struct {
		a, b arch.Arch
		same bool
	}{
		{arch.PPC64LE, arch.PPC64LE, true}, {arch.ARM, arch.ARM, true}, {arch.X86_64, arch.AArch64, true},
		{arch.X86_64, arch.PPC64LE, false}, {arch.ARM, arch.AArch64, false}, {arch.PPC64LE, arch.ARM, false},
	} {
		list, err := Programs(Program{shift, tt.a}, Program{shift, tt.b})
		if (err == nil) != tt.same || list != nil {
			t.Errorf("Programs of a shift on %s and on %s = %v, %v, want the same: %v", tt.a, tt.b, list, err, tt.same)
		}
	}
}
