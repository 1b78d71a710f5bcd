package prove

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

const (
	allow = 0x7fff0000
	errno = 0x00050001
	kill  = 0x00000000

	x86_64 = 0xc000003e
)

// readOnly allows read, and socket but for family 40, on x86_64.
const readOnly = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
	{"names": ["read"], "action": "SCMP_ACT_ALLOW"},
	{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]}]}`

// TestForeign proves programs that say the same in the styles of other
// compilers.
func TestForeign(t *testing.T) {
	// head refuses other ABIs and numbers from x32's bit on, and loads nr.
	head := func(rest ...bpf.RawInstruction) []bpf.RawInstruction {
		return append([]bpf.RawInstruction{
			ld(4), jump(0x15, x86_64, 1, 0), ret(kill),
			ld(0), jump(0x35, 1<<30, 0, 2), jump(0x15, ^uint32(0), 1, 0), ret(kill),
		}, rest...)
	}
	tests := []struct {
		name  string
		insns []bpf.RawInstruction
	}{
		{"a chain", head(
			jump(0x15, 0, 4, 0), jump(0x15, 41, 0, 2), ld(16), jump(0x15, 40, 0, 1), ret(errno), ret(allow))},
		{"scratch memory", append([]bpf.RawInstruction{
			ld(0), op(0x02, 15), ld(16), op(0x02, 0), ld(4), jump(0x15, x86_64, 1, 0), ret(kill),
			op(0x61, 15), op(0x87, 0), jump(0x15, ^uint32(0), 1, 0), jump(0x35, 1<<30, 6, 0),
			jump(0x15, 0, 4, 0), jump(0x15, 41, 0, 2), op(0x60, 0), jump(0x15, 40, 0, 1), ret(errno), ret(allow)}, ret(kill))},
		{"comparisons with X", head(
			op(0x01, 0), jump(0x1d, 0, 7, 0), op(0x01, 41), jump(0x1d, 0, 0, 4), op(0x01, 40), ld(16), op(0x1d, 0), jump(0x1d, 0, 0, 1), ret(errno), ret(allow))},
		{"A and X exchanged", head(
			jump(0x15, 0, 6, 0), jump(0x15, 41, 0, 4), ld(16), op(0x07, 0), op(0x00, 40), jump(0x1d, 0, 0, 1), ret(errno), ret(allow))},
		{"a difference", head(
			jump(0x15, 0, 6, 0), op(0x14, 41), jump(0x15, 0, 0, 3), ld(16), op(0xa4, 40), jump(0x15, 0, 0, 1), ret(errno), ret(allow))},
		{"halves by mask", head(
			jump(0x15, 0, 8, 0), jump(0x15, 41, 0, 6), ld(16), op(0x54, 0xffff0000), jump(0x15, 0, 0, 4), ld(16), op(0x54, 0xffff), jump(0x15, 40, 0, 1), ret(errno), ret(allow))},
		{"halves by shift", head(
			jump(0x15, 0, 8, 0), jump(0x15, 41, 0, 6), ld(16), op(0x74, 16), jump(0x15, 0, 0, 4), ld(16), op(0x64, 16), jump(0x15, 40<<16, 0, 1), ret(errno), ret(allow))},
		{"a computed return", head(
			op(0x01, 0x7fff0000-errno), op(0x03, 1), jump(0x15, 0, 4, 0), jump(0x15, 41, 0, 6), ld(16), jump(0x15, 40, 4, 0),
			op(0x05, 0), op(0x00, errno), op(0x0c, 0), op(0x16, 0), op(0x05, 0), op(0x00, errno), op(0x16, 0))},
		{"arithmetic nobody needs", head(
			op(0x07, 0), op(0x2c, 0), op(0x02, 3), op(0x87, 0),
			jump(0x15, 0, 4, 0), jump(0x15, 41, 0, 2), ld(16), jump(0x15, 40, 0, 1), ret(errno), ret(allow))},
	}
	pol := resolve(t, readOnly, arch.X86_64)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := Policy(tt.insns, pol)
			if w != nil || err != nil {
				t.Errorf("Policy = %+v, %v, want nil, nil", w, err)
			}
			// The same with one constant changed is found out.
			for pc := len(tt.insns) - 1; ; pc-- {
				if tt.insns[pc].K == 40 || tt.insns[pc].K == 40<<16 {
					tt.insns[pc].K++
					break
				}
			}
			if w, err := Policy(tt.insns, pol); err != nil || w == nil || w.Call.Nr != 41 {
				t.Errorf("Policy of the program for another family = %+v, %v, want a witness for socket", w, err)
			}
		})
	}
}

// TestUndecided: what no diagram is small enough for is an error that names the
// instruction, and only where some input gets there.
func TestUndecided(t *testing.T) {
	square := []bpf.RawInstruction{ld(16), op(0x07, 0), op(0x2c, 0)} // 2
	any := func(rest ...bpf.RawInstruction) []bpf.RawInstruction {
		return append(append([]bpf.RawInstruction{}, square...), rest...)
	}
	const reason = ": what it makes of the input is beyond the budget of the proof"
	tests := []struct {
		name  string
		insns []bpf.RawInstruction
		index int
		insn  string
	}{
		{"a product compared", any(jump(0x15, 49, 0, 1), ret(allow), ret(allow+1)), 2, "A *= X"},
		{"a product returned", any(op(0x16, 0)), 2, "A *= X"},
		{"by way of memory", any(op(0x02, 9), op(0x61, 9), op(0x87, 0), jump(0x45, 64, 0, 1), ret(allow), ret(allow+1)), 2, "A *= X"},
		{"more arithmetic", any(op(0x04, 1), op(0x54, 0xff), op(0x84, 0), jump(0x15, 49, 0, 1), ret(allow), ret(allow+1)), 2, "A *= X"},
		{"as an operand", any(op(0x07, 0), op(0x00, 5), op(0x1c, 0), op(0x1d, 0), ret(allow+1), ret(allow)), 2, "A *= X"},
		{"as a divisor", any(op(0x07, 0), op(0x00, 5), op(0x3c, 0), ret(allow)), 2, "A *= X"},
		{"two words compared", []bpf.RawInstruction{ld(16), op(0x07, 0), ld(24), jump(0x1d, 0, 0, 1), ret(allow), ret(allow + 1)}, 3, "if (args[1].low != X) goto 0005"},
		{"a word returned", []bpf.RawInstruction{ld(16), op(0x16, 0)}, 1, "return A"},
	}
	pol := &policy.Policy{Default: policy.Allow, BadArch: policy.Allow, Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := Policy(tt.insns, pol)
			var u *UndecidedError
			if !errors.As(err, &u) || w != nil {
				t.Fatalf("Policy = %+v, %v, want an UndecidedError", w, err)
			}
			want := &UndecidedError{Index: tt.index, Insn: tt.insn, Reason: reason[2:]}
			if diff := cmp.Diff(want, u); diff != "" {
				t.Errorf("Policy (-want +got)\n%s", diff)
			}
			if got, want := err.Error(), fmt.Sprintf("undecided: instruction %d (%s)%s", tt.index, tt.insn, reason); got != want {
				t.Errorf("error = %q, want %q", got, want)
			}
		})
	}

	t.Run("nobody gets there", func(t *testing.T) {
		insns := append([]bpf.RawInstruction{ld(0), jump(0x15, 5, 0, 2), ld(0), jump(0x25, 5, 1, 0), ret(allow)}, any(op(0x16, 0))...)
		if w, err := Policy(insns, pol); w != nil || err != nil {
			t.Errorf("Policy = %+v, %v, want nil, nil", w, err)
		}
	})
	t.Run("wrong elsewhere", func(t *testing.T) {
		insns := append([]bpf.RawInstruction{ld(0), jump(0x15, 7, 0, 1), ret(errno)}, any(op(0x16, 0))...)
		w, err := Policy(insns, pol)
		if err != nil || w == nil || w.Call.Nr != 7 || w.Got != errno {
			t.Errorf("Policy = %+v, %v, want call 7 as a witness", w, err)
		}
	})
}

// TestOutOfBounds: questions that grow without bounds end with an error.
func TestOutOfBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds, and much longer where machines are emulated")
	}
	t.Run("states", func(t *testing.T) { // which grow with each word of memory that two ways write differently
		var insns []bpf.RawInstruction
		for i := range uint32(16) {
			insns = append(insns, ld(16), jump(0x45, 1<<i, 0, 2), op(0x00, i+1), op(0x05, 1), op(0x00, i+100), op(0x02, i))
		}
		for i := range uint32(16) {
			insns = append(insns, ld(20), jump(0x45, 1<<i, 0, 2), op(0x60, i), jump(0x15, 9, 0, 0))
		}
		for range 3 { // the same again, until it is too much
			insns = append(insns, insns...)
		}
		for i := range uint32(16) {
			insns = append(insns, op(0x61, i), op(0x0c, 0))
		}
		insns = append(insns, op(0x16, 0))
		pol := &policy.Policy{Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}
		w, err := Policy(insns, pol)
		var u *UndecidedError
		if w == nil && !errors.As(err, &u) {
			t.Errorf("Policy = %+v, %v, want a witness or an UndecidedError", w, err)
		}
	})
	t.Run("masks", func(t *testing.T) { // many parities of an argument at once
		pol := &policy.Policy{Default: policy.Allow, Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}
		r := newRand(t)
		for i := range 600 {
			pol.Arches[0].Rules = append(pol.Arches[0].Rules, policy.Rule{Origin: &policy.Origin{Name: "read"}, Action: policy.Errno(uint16(i)), Conds: []policy.Cond{
				{Arg: 0, Op: policy.MaskedEQ, Mask: r.Uint64() & r.Uint64(), Value: 0},
				{Arg: 1, Op: policy.MaskedEQ, Mask: r.Uint64() & r.Uint64(), Value: 0},
			}})
		}
		if w, err := Policy([]bpf.RawInstruction{ret(allow)}, pol); w == nil {
			t.Errorf("Policy = nil, %v, want a witness", err)
		}
		_, err := Canon(pol)
		var u *UndecidedError
		if !errors.As(err, &u) || u.Index != -1 {
			t.Errorf("Canon: %v, want an UndecidedError of no instruction", err)
		}
	})
}

// TestForeignBit: a program that tells x32's numbers by bit 30 alone lets those
// from 0x80000000 on through to the rules of x86_64.
func TestForeignBit(t *testing.T) {
	insns := []bpf.RawInstruction{
		ld(4), jump(0x15, x86_64, 1, 0), ret(kill),
		ld(0), jump(0x45, 1<<30, 0, 2), jump(0x15, ^uint32(0), 1, 0), ret(kill),
		jump(0x15, 0, 4, 0), jump(0x15, 41, 0, 2), ld(16), jump(0x15, 40, 0, 1), ret(errno), ret(allow),
	}
	w, err := Policy(insns, resolve(t, readOnly, arch.X86_64))
	if err != nil || w == nil || w.Call.Nr < 0x80000000 || w.Call.Nr >= 0xc0000000 || w.Got != policy.Errno(1) || w.Want != policy.KillThread {
		t.Errorf("Policy = %+v, %v, want a number from 0x80000000 to 0xbfffffff", w, err)
	}
}
