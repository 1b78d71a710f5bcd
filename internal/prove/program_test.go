package prove

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/syscalls"
)

// codes are all that the kernel takes in a filter.
var codes = []uint16{
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0c, 0x14, 0x15, 0x16, 0x1c, 0x1d, 0x20, 0x24, 0x25, 0x2c, 0x2d, 0x34, 0x35,
	0x3c, 0x3d, 0x44, 0x45, 0x4c, 0x4d, 0x54, 0x5c, 0x60, 0x61, 0x64, 0x6c, 0x74, 0x7c, 0x80, 0x81, 0x84, 0x87, 0xa4, 0xac,
}

// plain are the codes without arithmetic that can get out of hand.
var plain = []uint16{
	0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x15, 0x16, 0x20, 0x20, 0x20, 0x25, 0x35, 0x44, 0x45, 0x54, 0x54, 0x60, 0x61, 0x64, 0x74, 0x80, 0x81, 0x87, 0xa4,
}

// FuzzProgram holds the function that is made of a program against the machine
// that executes it, for one call.
func FuzzProgram(f *testing.F) {
	f.Add([]byte{0x20, 0, 0, 0, 16, 0, 0, 0, 0x16, 0, 0, 0, 0, 0, 0, 0}, uint32(x86_64), uint32(1), uint64(2), uint64(3))
	f.Add([]byte{0x20, 0, 0, 0, 0, 0, 0, 0, 0x54, 0, 0, 0, 7, 0, 0, 0, 0x16, 0, 0, 0, 0, 0, 0, 0}, uint32(0), uint32(1), uint64(2), uint64(3))
	f.Add([]byte{0x20, 0, 0, 0, 20, 0, 0, 0, 0x15, 0, 0, 1, 2, 0, 0, 0, 6, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 9, 0, 0, 0}, uint32(0), uint32(1), uint64(2), uint64(3))
	f.Fuzz(func(t *testing.T, b []byte, audit, nr uint32, ip, arg uint64) {
		var insns []bpf.RawInstruction
		for ; len(b) >= 8 && len(insns) < 100; b = b[8:] {
			insns = append(insns, bpf.RawInstruction{Op: binary.LittleEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.LittleEndian.Uint32(b[4:])})
		}
		call := syscalls.Call{Audit: audit, Nr: nr, IP: ip, Args: [6]uint64{arg, ^arg, arg << 32, arg >> 32, ip, ^ip}}
		for a := range arch.All() {
			order := a.ByteOrder()
			prog, err := vm.New(insns, order)
			if err != nil {
				return
			}
			d := newDiagrams()
			d.raw = true
			f, stuck := d.program(insns, a)
			if stuck >= 0 {
				return
			}
			leaf := d.at(f, call)
			if ret, _ := prog.Run(call); !lost(leaf) && uint32(leaf.lo) != ret {
				t.Errorf("program at %s = %#x, want %#x (%s)\n%s", call, uint32(leaf.lo), ret, order, prog.List(nil))
			}
		}
	})
}

// randomProgram returns a program of n instructions with the given codes that
// the kernel accepts.
func randomProgram(r *rand.Rand, n int, codes []uint16) []bpf.RawInstruction {
	insns := make([]bpf.RawInstruction, n)
	for pc := range insns {
		in, rest := &insns[pc], n-pc-1
		*in = bpf.RawInstruction{Op: pick(r, codes...), K: randomWord(r)}
		switch { // or most programs end at once or alike
		case rest < 4:
			in.Op = 0x06
		case in.Op == 0x06 || in.Op == 0x00 || pc == 0:
			in.Op = 0x20
		}
		switch in.Op {
		case 0x20:
			in.K = in.K % 64 &^ 3
			if r.IntN(2) == 0 {
				in.K = pick(r, uint32(0), 4, 16, 20)
			}
		case 0x60, 0x61, 0x02, 0x03:
			in.K %= 3
		case 0x34:
			in.K = max(in.K, 1)
		case 0x64, 0x74:
			in.K %= 32
		case 0x05:
			in.K = uint32(r.IntN(min(rest, 4)))
		default:
			if in.Op&classMask == 0x05 {
				in.Jt, in.Jf = uint8(r.IntN(min(rest, 12))), uint8(r.IntN(min(rest, 12)))
			}
		}
	}
	var e *vm.Error
	for errors.As(vm.Check(insns), &e) { // only reads of unwritten scratch memory are left
		insns[e.PC].Op &^= modeMask
	}
	return insns
}

// TestProgramIsRun holds the functions that are made of random programs against
// the machine that executes them.
func TestProgramIsRun(t *testing.T) {
	r := newRand(t)
	decided, loaded := 0, 0
	for i := range repeat(1500) {
		set := codes
		if i%10 > 0 {
			set = plain
		}
		insns := randomProgram(r, 1+r.IntN(30), set)
		a := pick(r, arch.X86_64, arch.MIPS, arch.S390X, arch.ARM)
		order := a.ByteOrder()
		prog, err := vm.New(insns, order)
		if err != nil {
			t.Fatal(err)
		}
		d := newDiagrams()
		d.raw = true
		f, stuck := d.program(insns, a)
		if stuck >= 0 {
			continue
		}
		if d.rows[f].level != atLeaf {
			loaded++
		}
		ks := constants(insns, nil)
		for range 200 {
			c := randomCall(r, ks)
			leaf := d.at(f, c)
			if lost(leaf) {
				continue
			}
			decided++
			if ret, _ := prog.Run(c); uint32(leaf.lo) != ret {
				t.Fatalf("program %d at %s = %#x, want %#x (%s)\n%s", i, c, uint32(leaf.lo), ret, order, prog.List(nil))
			}
		}
	}
	if want := repeat(1500) * 150; decided < want || loaded < repeat(100) {
		t.Errorf("%d answers were decided, %d programs look at their input; want at least %d, %d", decided, loaded, want, repeat(100))
	}
}

// ld, jeq and so on write programs for tests.
func ld(off uint32) bpf.RawInstruction { return bpf.RawInstruction{Op: 0x20, K: off} }
func op(code uint16, k uint32) bpf.RawInstruction {
	return bpf.RawInstruction{Op: code, K: k}
}
func jump(code uint16, k uint32, jt, jf uint8) bpf.RawInstruction {
	return bpf.RawInstruction{Op: code, Jt: jt, Jf: jf, K: k}
}
func ret(k uint32) bpf.RawInstruction { return bpf.RawInstruction{Op: 0x06, K: k} }

// TestEveryCode has a program for each code that depends on it: what it computes
// of the low half of argument 0, and of that of argument 1 where it takes X, is
// compared with a constant. Every pair of small and of odd values is tried, and
// none may be undecided.
func TestEveryCode(t *testing.T) {
	const a0, a1 = 16, 24
	var values []uint64
	for i := range uint64(16) {
		values = append(values, i, i<<28|5)
	}
	for _, code := range codes {
		var insns []bpf.RawInstruction
		in := bpf.RawInstruction{Op: code, K: 5, Jt: 1, Jf: 0}
		// A and X are arguments of four bits each; M[1] and M[2] are what they are.
		start := []bpf.RawInstruction{ld(a1), op(0x54, 15), op(0x07, 0), op(0x03, 2), ld(a0), op(0x54, 15), op(0x02, 1)}
		switch in.Op & classMask {
		case 0x02, 0x03:
			in.K = 7
			insns = append(start, in, op(0x60, 7), op(0x16, 0))
		case 0x05:
			if code == 0x05 {
				in = bpf.RawInstruction{Op: 0x05, K: 1}
			}
			insns = append(start, in, ret(1), ret(2))
		case 0x06:
			insns = append(start, in)
		case 0x01:
			if code == 0x61 {
				in.K = 1
			}
			insns = append(start, in, op(0x87, 0), op(0x16, 0))
		default:
			switch code {
			case 0x60:
				in.K = 2
			case 0x20:
				in.K = 20
			}
			insns = append(start, in)
			if code == 0x07 {
				insns = append(insns, op(0x00, 3), op(0x0c, 0))
			}
			insns = append(insns, op(0x54, 0xf000000f), op(0x16, 0))
		}
		prog, err := vm.New(insns, binary.LittleEndian)
		if err != nil {
			t.Fatalf("code %#02x: %v", code, err)
		}
		d := newDiagrams()
		d.raw = true
		f, stuck := d.program(insns, arch.X86_64)
		if stuck >= 0 {
			t.Errorf("code %#02x: stuck at %d\n%s", code, stuck, prog.List(nil))
			continue
		}
		for _, a := range values {
			for _, x := range values {
				c := syscalls.Call{Args: [6]uint64{a, x}}
				leaf := d.at(f, c)
				if ret, _ := prog.Run(c); lost(leaf) || uint32(leaf.lo) != ret {
					t.Fatalf("code %#02x at %s = %#x (lost %v), want %#x\n%s", code, c, uint32(leaf.lo), lost(leaf), ret, prog.List(nil))
				}
			}
		}
	}
}

// TestLive: registers matter from where they are written to where they are read.
func TestLive(t *testing.T) {
	insns := []bpf.RawInstruction{
		ld(0),               // nothing is live
		op(0x02, 3),         // A
		op(0x00, 1),         // M[3]
		jump(0x1d, 0, 0, 1), // A, X, M[3]: X was never written
		op(0x61, 3),         // M[3]
		op(0x87, 0),         // X
		op(0x16, 0),         // A
	}
	insns = slices.Insert(insns, 5, op(0x05, 0)) // X, of the jump's both ways
	want := []registers{regX, regA | regX, regX | regM(3), regA | regX | regM(3), regM(3), regX, regX, regA}
	if got := live(insns); !slices.Equal(got, want) {
		t.Errorf("live = %b, want %b", got, want)
	}
}
