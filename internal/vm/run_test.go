package vm

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/syscalls"
)

var bothOrders = [...]binary.ByteOrder{binary.LittleEndian, binary.BigEndian}

func TestRun(t *testing.T) {
	type prog = []bpf.RawInstruction
	call := syscalls.Call{Nr: 59, Audit: 0xc000003e, IP: 0x1_00000002, Args: [6]uint64{0x3_00000004, 1: 5, 5: 0xb_0000000c}}
	retA := stmt(codeRetA, 0)
	// ax returns a program that does code with A and X of these values.
	ax := func(code uint16, a, x, k uint32) prog {
		return prog{stmt(codeLdImm, x), stmt(codeTax, 0), stmt(codeLdImm, a), stmt(code, k), retA}
	}
	// taken returns a program that returns 1 if the jump is taken and 2 if not.
	taken := func(code uint16, a, x, k uint32) prog {
		return prog{
			stmt(codeLdxImm, x), stmt(codeLdImm, a), jump(code, k, 1, 0),
			stmt(codeRetK, 2), stmt(codeRetK, 1),
		}
	}
	tests := []struct {
		name  string
		insns prog
		want  uint32
		steps int
	}{
		{"ret k", prog{stmt(codeRetK, 0x7fff0000)}, 0x7fff0000, 1},
		{"ret a, which starts as 0", prog{retA}, 0, 1},
		{"X starts as 0", prog{stmt(codeLdImm, 9), stmt(codeTxa, 0), retA}, 0, 3},
		{"ld imm", prog{stmt(codeLdImm, 0xffffffff), retA}, 0xffffffff, 2},
		{"ldx imm, txa", prog{stmt(codeLdxImm, 7), stmt(codeTxa, 0), retA}, 7, 3},
		{"tax", prog{stmt(codeLdImm, 7), stmt(codeTax, 0), stmt(codeLdImm, 1), stmt(codeTxa, 0), retA}, 7, 5},
		{"ld abs nr", prog{stmt(codeLdAbs, 0), retA}, 59, 2},
		{"ld abs arch", prog{stmt(codeLdAbs, 4), retA}, 0xc000003e, 2},
		{"ld len", prog{stmt(codeLdLen, 5), retA}, 64, 2},
		{"ldx len", prog{stmt(codeLdxLen, 5), stmt(codeTxa, 0), retA}, 64, 3},
		{"st, ld mem", prog{stmt(codeLdImm, 7), stmt(codeSt, 15), stmt(codeLdImm, 1), stmt(codeLdMem, 15), retA}, 7, 5},
		{"stx, ldx mem", prog{stmt(codeLdxImm, 7), stmt(codeStx, 0), stmt(codeLdxImm, 1), stmt(codeLdxMem, 0), stmt(codeTxa, 0), retA}, 7, 6},
		{"scratch words are apart", prog{
			stmt(codeLdImm, 1), stmt(codeSt, 0), stmt(codeLdImm, 2), stmt(codeSt, 1), stmt(codeLdMem, 0), retA,
		}, 1, 6},

		{"add k wraps", ax(codeAddK, 0xffffffff, 0, 3), 2, 5},
		{"add x", ax(codeAddX, 0xfffffff0, 0x20, 99), 0x10, 5},
		{"sub k wraps", ax(codeSubK, 1, 0, 2), 0xffffffff, 5},
		{"sub x", ax(codeSubX, 1, 3, 99), 0xfffffffe, 5},
		{"mul k wraps", ax(codeMulK, 0x80000001, 0, 2), 2, 5},
		{"mul x", ax(codeMulX, 0x10000, 0x10001, 99), 0x10000, 5},
		{"div k is unsigned", ax(codeDivK, 0xfffffffe, 0, 2), 0x7fffffff, 5},
		{"div x", ax(codeDivX, 0xffffffff, 0x10, 0), 0x0fffffff, 5},
		{"div x by 0 returns 0", ax(codeDivX, 7, 0, 1), 0, 4},
		{"or k", ax(codeOrK, 0xf0, 0, 0x3c), 0xfc, 5},
		{"or x", ax(codeOrX, 0xf0, 0x3c, 0), 0xfc, 5},
		{"and k", ax(codeAndK, 0xf0, 0, 0x3c), 0x30, 5},
		{"and x", ax(codeAndX, 0xf0, 0x3c, 0), 0x30, 5},
		{"xor k", ax(codeXorK, 0xf0, 0, 0x3c), 0xcc, 5},
		{"xor x", ax(codeXorX, 0xf0, 0x3c, 0), 0xcc, 5},
		{"lsh k", ax(codeLshK, 3, 0, 31), 0x80000000, 5},
		{"lsh x", ax(codeLshX, 3, 4, 31), 0x30, 5},
		{"lsh x by 32", ax(codeLshX, 3, 32, 0), 3, 5},
		{"lsh x by 0xffffffe1", ax(codeLshX, 3, 0xffffffe1, 0), 6, 5},
		{"rsh k is unsigned", ax(codeRshK, 0x80000000, 0, 31), 1, 5},
		{"rsh x", ax(codeRshX, 0x80000000, 4, 31), 0x08000000, 5},
		{"rsh x by 33", ax(codeRshX, 0x80000000, 33, 0), 0x40000000, 5},
		{"neg", ax(codeNeg, 1, 5, 5), 0xffffffff, 5},
		{"neg of the least number", ax(codeNeg, 0x80000000, 0, 0), 0x80000000, 5},

		{"ja", prog{stmt(codeJa, 1), stmt(codeRetK, 1), stmt(codeRetK, 2)}, 2, 2},
		{"ja 0", prog{stmt(codeJa, 0), stmt(codeRetK, 1), stmt(codeRetK, 2)}, 1, 2},
		{"jeq k, equal", taken(codeJeqK, 5, 9, 5), 1, 4},
		{"jeq k, not", taken(codeJeqK, 5, 5, 6), 2, 4},
		{"jeq x, equal", taken(codeJeqX, 5, 5, 9), 1, 4},
		{"jeq x, not", taken(codeJeqX, 5, 6, 5), 2, 4},
		{"jgt k, greater, unsigned", taken(codeJgtK, 0x80000000, 0, 0x7fffffff), 1, 4},
		{"jgt k, equal", taken(codeJgtK, 5, 0, 5), 2, 4},
		{"jgt k, less", taken(codeJgtK, 1, 0, 0xffffffff), 2, 4},
		{"jgt x, greater", taken(codeJgtX, 0xffffffff, 0, 9), 1, 4},
		{"jgt x, equal", taken(codeJgtX, 5, 5, 0), 2, 4},
		{"jge k, equal", taken(codeJgeK, 0x80000000, 0, 0x80000000), 1, 4},
		{"jge k, less", taken(codeJgeK, 0x7fffffff, 0, 0x80000000), 2, 4},
		{"jge x, equal", taken(codeJgeX, 5, 5, 9), 1, 4},
		{"jge x, less", taken(codeJgeX, 5, 6, 0), 2, 4},
		{"jset k, one of the bits", taken(codeJsetK, 0x80000001, 0, 0x80000002), 1, 4},
		{"jset k, none", taken(codeJsetK, 5, 5, 2), 2, 4},
		{"jset k, of 0", taken(codeJsetK, 5, 5, 0), 2, 4},
		{"jset x, one of the bits", taken(codeJsetX, 5, 6, 0), 1, 4},
		{"jset x, none", taken(codeJsetX, 5, 2, 5), 2, 4},
	}
	seen := map[uint16]bool{}
	for _, tt := range tests {
		for _, in := range tt.insns {
			seen[in.Op] = true
		}
		t.Run(tt.name, func(t *testing.T) {
			for _, order := range bothOrders {
				ret, steps := mustNew(t, order, tt.insns...).Run(call)
				if ret != tt.want || steps != tt.steps {
					t.Errorf("Run, %v = %#x after %d steps, want %#x after %d", order, ret, steps, tt.want, tt.steps)
				}
			}
		})
	}
	for _, code := range codes {
		if !seen[code] {
			t.Errorf("no test of code %#02x", code)
		}
	}
}

func TestRunLoads(t *testing.T) {
	call := syscalls.Call{Nr: 1, Audit: 2, IP: 0x4_00000003}
	for i := range call.Args {
		call.Args[i] = uint64(2*i+6)<<32 | uint64(2*i+5)
	}
	for off := uint32(0); off < 64; off += 4 {
		insns := []bpf.RawInstruction{stmt(codeLdAbs, off), stmt(codeRetA, 0)}
		low := off/4 + 1 // how the call above is numbered
		high := low
		if off >= 8 {
			high = (low - 1) ^ 1 + 1
		}
		if got, _ := mustNew(t, binary.LittleEndian, insns...).Run(call); got != low {
			t.Errorf("load at %d, little-endian = %d, want %d", off, got, low)
		}
		if got, _ := mustNew(t, binary.BigEndian, insns...).Run(call); got != high {
			t.Errorf("load at %d, big-endian = %d, want %d", off, got, high)
		}
	}
}

func TestTrace(t *testing.T) {
	p := mustNew(t, binary.LittleEndian,
		stmt(codeLdAbs, 16),
		stmt(codeTax, 0),
		jump(codeJgtK, 4, 1, 0),
		stmt(codeRetK, 1),
		stmt(codeAddX, 0),
		stmt(codeRetA, 0),
	)
	var got []string
	ret := p.Trace(syscalls.Call{Args: [6]uint64{5}}, func(pc int, a, x uint32) {
		got = append(got, fmt.Sprintf("%d A=%d X=%d", pc, a, x))
	})
	want := []string{"0 A=0 X=0", "1 A=5 X=0", "2 A=5 X=5", "4 A=5 X=5", "5 A=10 X=5"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Trace (-want +got):\n%s", diff)
	}
	if ret != 10 {
		t.Errorf("Trace = %d, want 10", ret)
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	p := mustNew(t, binary.LittleEndian, stmt(codeLdAbs, 16), stmt(codeSt, 3), stmt(codeLdMem, 3), stmt(codeRetA, 0))
	call := syscalls.Call{Args: [6]uint64{7}}
	if n := testing.AllocsPerRun(100, func() { p.Run(call) }); n != 0 {
		t.Errorf("Run allocates %v times", n)
	}
}

// otherVM runs the program on x/net/bpf's machine, which loads big-endian
// words. It has no negation, takes ldx len for ld len and shifts by 32 or more
// to 0, so programs must do without.
func otherVM(insns []bpf.RawInstruction, words [16]uint32) (uint32, error) {
	decoded := make([]bpf.Instruction, len(insns))
	for i, in := range insns {
		decoded[i] = in.Disassemble()
	}
	vm, err := bpf.NewVM(decoded)
	if err != nil {
		return 0, err
	}
	var data []byte
	for _, w := range words {
		data = binary.BigEndian.AppendUint32(data, w)
	}
	ret, err := vm.Run(data)
	return uint32(ret), err
}

// shiftsFar reports whether the program shifts by an X above 31 on the call.
func shiftsFar(p *Program, c syscalls.Call) bool {
	far := false
	p.Trace(c, func(pc int, _, x uint32) {
		switch p.insns[pc].Op {
		case codeLshX, codeRshX:
			far = far || x >= 32
		}
	})
	return far
}

func TestRunAgreesWithOtherVM(t *testing.T) {
	r := random(t)
	common := slices.DeleteFunc(slices.Clone(codes), func(code uint16) bool {
		return code == codeNeg || code == codeLdxLen
	})
	mostly := slices.DeleteFunc(slices.Clone(common), func(code uint16) bool { return code&7 == 6 })
	compared := 0
	for i := range 3000 {
		of := common
		if i%2 == 0 {
			of = mostly // few returns, long runs
		}
		insns := randomProgram(r, 1+r.IntN(60), of)
		order := bothOrders[r.IntN(2)]
		p := mustNew(t, order, insns...)
		for range 10 {
			call := randomCall(r)
			if shiftsFar(p, call) {
				continue
			}
			want, err := otherVM(insns, Words(call, order))
			if err != nil {
				t.Fatalf("x/net/bpf on %v: %v", insns, err)
			}
			if got, _ := p.Run(call); got != want {
				t.Fatalf("Run(%v), %v, of %v = %#x, x/net/bpf has %#x", call, order, insns, got, want)
			}
			compared++
		}
	}
	if compared < 10000 {
		t.Errorf("%d runs compared, too few", compared)
	}
}

func FuzzRun(f *testing.F) {
	f.Add([]byte{codeRetA, 0, 0, 0, 0, 0, 0, 0}, uint32(1), uint32(0xc000003e), uint64(3), uint64(4))
	f.Add(appendProgram(nil, []bpf.RawInstruction{
		stmt(codeLdAbs, 4), jump(codeJeqK, 0xc000003e, 1, 0), stmt(codeRetK, 0),
		stmt(codeLdAbs, 0), jump(codeJgeK, 59, 0, 1), stmt(codeDivX, 0), stmt(codeRetK, 0x7fff0000),
	}), uint32(59), uint32(0xc000003e), uint64(3), uint64(4))
	f.Fuzz(func(t *testing.T, b []byte, nr, audit uint32, ip, arg uint64) {
		insns := readProgram(b)
		insns = insns[:min(len(insns), 600)] // more than any jt or jf skips
		if len(insns) == 0 {
			return
		}
		repair(insns)
		call := syscalls.Call{Nr: nr, Audit: audit, IP: ip, Args: [6]uint64{arg, ^arg, arg << 32, arg >> 32, ip, ^ip}}
		for _, order := range bothOrders {
			p := mustNew(t, order, insns...)
			ret, steps := p.Run(call)
			if steps < 1 || steps > len(insns) {
				t.Errorf("Run takes %d steps in %d instructions", steps, len(insns))
			}
			last, visits := -1, 0
			if got := p.Trace(call, func(pc int, _, _ uint32) {
				if pc <= last {
					t.Errorf("Trace goes from %d to %d", last, pc)
				}
				last = pc
				visits++
			}); got != ret || visits != steps {
				t.Errorf("Trace = %#x after %d steps, Run = %#x after %d", got, visits, ret, steps)
			}
			if p.Cached(audit, nr) && ret != abi.RetAllow {
				t.Errorf("Cached(%#x, %#x), but Run = %#x", audit, nr, ret)
			}
			if meanings := p.Meanings(nil); visits > 0 && len(meanings) != len(insns) {
				t.Errorf("%d meanings of %d instructions", len(meanings), len(insns))
			}
		}
	})
}

func BenchmarkRun(b *testing.B) {
	var insns []bpf.RawInstruction
	insns = append(insns, stmt(codeLdAbs, 4), jump(codeJeqK, 0xc000003e, 1, 0), stmt(codeRetK, 0), stmt(codeLdAbs, 0))
	for nr := range uint32(10) {
		insns = append(insns, jump(codeJeqK, nr, uint8(10-nr), 0))
	}
	insns = append(insns, stmt(codeRetK, abi.RetErrno|1), stmt(codeRetK, abi.RetAllow))
	p := mustNew(b, binary.LittleEndian, insns...)
	call := syscalls.Call{Audit: 0xc000003e, Nr: 9}
	b.ReportAllocs()
	for b.Loop() {
		p.Run(call)
	}
	_, steps := p.Run(call)
	b.ReportMetric(float64(steps), "insns/op")
}
