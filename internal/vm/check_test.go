package vm

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"
)

func TestCheck(t *testing.T) {
	ret := stmt(codeRetK, 0)
	rets := func(n int) []bpf.RawInstruction { return slices.Repeat([]bpf.RawInstruction{ret}, n) }
	type prog = []bpf.RawInstruction
	tests := []struct {
		name  string
		insns prog
		want  string
	}{
		{"one return", prog{ret}, ""},
		{"return of A", prog{stmt(codeRetA, 0)}, ""},
		{"return of any word", prog{stmt(codeRetK, 0x12345678)}, ""},
		{"longest", rets(4096), ""},
		{"none", nil, "no instructions"},
		{"too long", rets(4097), "4097 instructions, the kernel takes at most 4096"},

		{"last is no return", prog{ret, stmt(codeLdImm, 0)}, "instruction 1: the last instruction is no return"},
		{"last is a jump", prog{ret, stmt(codeJa, 0)}, "instruction 1: jump to 2, but the last instruction is 1"},
		{"unused fields", prog{{Op: codeTax, Jt: 9, Jf: 9, K: 99}, {Op: codeNeg, K: 99}, {Op: codeDivX, K: 0}, {Op: codeLshX, K: 99}, {Op: codeRetA, Jt: 9, Jf: 9, K: 99}}, ""},

		{"load of the last word", prog{stmt(codeLdAbs, 60), ret}, ""},
		{"load off a word", prog{stmt(codeLdAbs, 62), ret}, "instruction 0: load at 62 is not a word of seccomp_data"},
		{"load behind the end", prog{stmt(codeLdAbs, 64), ret}, "instruction 0: load at 64 is not a word of seccomp_data"},
		{"load at an ancillary offset", prog{stmt(codeLdAbs, 0xfffff000), ret}, "instruction 0: load at 4294963200 is not a word of seccomp_data"},
		{"half word", prog{ret, stmt(0x28, 0), ret}, "instruction 1: code 0x28 is no instruction of a filter"},
		{"ret x", prog{stmt(0x0e, 0)}, "instruction 0: code 0x0e is no instruction of a filter"},
		{"mod", prog{stmt(0x94, 1), ret}, "instruction 0: code 0x94 is no instruction of a filter"},
		{"high byte of the code", prog{stmt(0x0106, 0)}, "instruction 0: code 0x106 is no instruction of a filter"},

		{"division by 0", prog{stmt(codeDivK, 0), ret}, "instruction 0: division by 0"},
		{"shift by 31", prog{stmt(codeLshK, 31), stmt(codeRshK, 31), ret}, ""},
		{"left shift by 32", prog{stmt(codeLshK, 32), ret}, "instruction 0: shift of a 32-bit word by 32"},
		{"right shift by -1", prog{stmt(codeRshK, 0xffffffff), ret}, "instruction 0: shift of a 32-bit word by 4294967295"},

		{"jump to the last", prog{stmt(codeJa, 1), ret, ret}, ""},
		{"jump behind the last", prog{stmt(codeJa, 2), ret, ret}, "instruction 0: jump to 3, but the last instruction is 2"},
		{"jump that would wrap", prog{ret, stmt(codeJa, 0xffffffff), ret}, "instruction 1: jump to 4294967297, but the last instruction is 2"},
		{"jump that would be backward", prog{ret, stmt(codeJa, 0xfffffffe), ret}, "instruction 1: jump to 4294967296, but the last instruction is 2"},
		{"branches to the last", prog{jump(codeJeqK, 0, 1, 1), ret, ret}, ""},
		{"jt behind the last", prog{jump(codeJgtX, 0, 2, 0), ret, ret}, "instruction 0: jump if true to 3, but the last instruction is 2"},
		{"jf behind the last", prog{jump(codeJsetK, 0, 0, 255), ret, ret}, "instruction 0: jump if false to 256, but the last instruction is 2"},
		{"branch in last place", prog{jump(codeJeqK, 0, 0, 0)}, "instruction 0: jump if true to 1, but the last instruction is 0"},

		{"M[15]", prog{stmt(codeSt, 15), stmt(codeLdMem, 15), ret}, ""},
		{"M[16] stored", prog{stmt(codeSt, 16), ret}, "instruction 0: M[16] is not scratch memory, which ends at M[15]"},
		{"M[16] stored from X", prog{stmt(codeStx, 16), ret}, "instruction 0: M[16] is not scratch memory, which ends at M[15]"},
		{"M[16] loaded", prog{stmt(codeLdMem, 16), ret}, "instruction 0: M[16] is not scratch memory, which ends at M[15]"},
		{"M[16] loaded to X", prog{stmt(codeLdxMem, 0xffffffff), ret}, "instruction 0: M[4294967295] is not scratch memory, which ends at M[15]"},
		{"faults behind a return", prog{ret, stmt(codeLdAbs, 1), ret}, "instruction 1: load at 1 is not a word of seccomp_data"},
		{"the first of two faults", prog{stmt(codeLdMem, 1), stmt(codeLdAbs, 1), ret}, "instruction 0: M[1] is read where it may not have been written"},

		{"unwritten", prog{stmt(codeSt, 0), stmt(codeLdMem, 1), ret}, "instruction 1: M[1] is read where it may not have been written"},
		{"unwritten to X", prog{stmt(codeLdxMem, 0), ret}, "instruction 0: M[0] is read where it may not have been written"},
		{"written after", prog{stmt(codeLdMem, 0), stmt(codeSt, 0), ret}, "instruction 0: M[0] is read where it may not have been written"},
		{"written on one side", prog{jump(codeJeqK, 0, 1, 0), stmt(codeSt, 3), stmt(codeLdMem, 3), ret}, "instruction 2: M[3] is read where it may not have been written"},
		{"written on both sides", prog{
			jump(codeJeqK, 0, 2, 0), stmt(codeSt, 3), stmt(codeJa, 1), stmt(codeStx, 3), stmt(codeLdMem, 3), ret,
		}, ""},
		{"different words on two sides", prog{
			jump(codeJeqK, 0, 2, 0), stmt(codeSt, 3), stmt(codeJa, 1), stmt(codeSt, 4), stmt(codeLdMem, 3), ret,
		}, "instruction 4: M[3] is read where it may not have been written"},
		{"written before the branch", prog{stmt(codeSt, 3), jump(codeJeqX, 0, 1, 0), ret, stmt(codeLdMem, 3), ret}, ""},
		{"unwritten behind a far jump", prog{stmt(codeJa, 2), stmt(codeSt, 0), ret, stmt(codeLdMem, 0), ret}, "instruction 3: M[0] is read where it may not have been written"},
		{"read that no path reaches, behind a jump", prog{stmt(codeJa, 1), stmt(codeLdMem, 0), ret}, ""},
		{"read that no path reaches, behind a return", prog{ret, stmt(codeLdMem, 0), ret}, "instruction 1: M[0] is read where it may not have been written"},
		{"a return does not hide what was written", prog{stmt(codeSt, 0), ret, stmt(codeLdMem, 0), ret}, ""},
		{"what no path reaches writes nothing away", prog{
			stmt(codeSt, 0), stmt(codeJa, 1), ret, stmt(codeLdMem, 0), ret,
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Check(tt.insns)
			got := ""
			if err != nil {
				got = err.Error()
				if e := (*Error)(nil); !errors.As(err, &e) {
					t.Errorf("Check = %T, want *Error", err)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Check(%v) (-want +got):\n%s", tt.insns, diff)
			}
		})
	}
}

// around returns programs in which an instruction with the code and k = 4 is
// valid if the kernel knows the code at all, and valid as the last one.
func around(code uint16) (inside, last []bpf.RawInstruction) {
	store, ret := stmt(codeSt, 4), stmt(codeRetK, 0)
	return []bpf.RawInstruction{store, stmt(code, 4), ret, ret, ret, ret, ret}, []bpf.RawInstruction{store, stmt(code, 4)}
}

func TestCheckEveryCode(t *testing.T) {
	var got, last []uint16
	for code := range 1 << 16 {
		inside, end := around(uint16(code))
		if Check(inside) == nil {
			got = append(got, uint16(code))
		}
		if Check(end) == nil {
			last = append(last, uint16(code))
		}
	}
	if diff := cmp.Diff(codes, got); diff != "" {
		t.Errorf("codes that Check accepts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]uint16{0x06, 0x16}, last); diff != "" {
		t.Errorf("codes that Check accepts in last place (-want +got):\n%s", diff)
	}
}

// kernelCheckMemory is net/core/filter.c:check_load_and_stores as it is
// written there.
func kernelCheckMemory(filter []bpf.RawInstruction) bool {
	masks := slices.Repeat([]uint16{0xffff}, len(filter))
	memvalid := uint16(0)
	for pc, in := range filter {
		memvalid &= masks[pc]
		switch in.Op {
		case 0x02, 0x03:
			memvalid |= 1 << in.K
		case 0x60, 0x61:
			if memvalid&(1<<in.K) == 0 {
				return false
			}
		case 0x05:
			masks[pc+1+int(in.K)] &= memvalid
			memvalid = 0xffff
		case 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d:
			masks[pc+1+int(in.Jt)] &= memvalid
			masks[pc+1+int(in.Jf)] &= memvalid
			memvalid = 0xffff
		}
	}
	return true
}

// scratchCodes make programs in which scratch memory is most of what happens.
var scratchCodes = []uint16{
	codeSt, codeSt, codeStx, codeLdMem, codeLdxMem, codeJa, codeJeqK, codeJgtX, codeJsetK, codeRetK, codeLdAbs,
}

// scratchProgram returns a program that is valid but perhaps for reads of
// unwritten scratch words, of which it uses few, so that paths meet in them.
func scratchProgram(insns []bpf.RawInstruction) []bpf.RawInstruction {
	insns = slices.Clone(insns)
	for i := range insns {
		switch in := &insns[i]; in.Op {
		case codeLdImm, codeLdxImm: // repair's doing, or as good as that
			in.Op, in.K = in.Op|0x60, in.K%3
		case codeLdMem, codeLdxMem, codeSt, codeStx:
			in.K %= 3
		}
	}
	return insns
}

func TestCheckScratchMemory(t *testing.T) {
	r := random(t)
	valid := 0
	for range 20000 {
		insns := scratchProgram(randomProgram(r, 2+r.IntN(14), scratchCodes))
		got, want := Check(insns) == nil, kernelCheckMemory(insns)
		if got != want {
			t.Fatalf("Check(%v) accepts: %t, want %t", insns, got, want)
		}
		if got {
			valid++
		}
	}
	if valid < 1000 || valid > 19000 {
		t.Errorf("%d of 20000 programs are valid, too few or too many to show anything", valid)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(appendProgram(nil, []bpf.RawInstruction{stmt(codeRetK, 0)}))
	f.Add(appendProgram(nil, []bpf.RawInstruction{
		stmt(codeSt, 3), stmt(codeLdAbs, 4), jump(codeJeqK, 0xc000003e, 1, 0), stmt(codeJa, 1), stmt(codeLdMem, 3), stmt(codeRetA, 0),
	}))
	f.Add([]byte{0x28, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		insns := readProgram(b)
		err := Check(insns)
		if err == nil {
			p := mustNew(t, bothOrders[0], insns...)
			if got := len(p.Meanings(nil)); got != len(insns) {
				t.Errorf("%d meanings of %d instructions", got, len(insns))
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("Check(%v) = %T, want *Error", insns, err)
		}
		if e.PC >= 0 && Check(append(slices.Clone(insns[:e.PC]), stmt(codeRetK, 0))) != nil && !jumpsPast(insns[:e.PC], e.PC) {
			t.Errorf("Check(%v) = %v, but there is a fault before that", insns, err)
		}
	})
}

// jumpsPast reports whether an instruction jumps behind pc.
func jumpsPast(insns []bpf.RawInstruction, pc int) bool {
	for i, in := range insns {
		skip := uint64(max(in.Jt, in.Jf))
		if in.Op == codeJa {
			skip = uint64(in.K)
		}
		if in.Op&7 == 5 && uint64(i)+1+skip > uint64(pc) {
			return true
		}
	}
	return false
}
