package vm

import (
	"encoding/binary"
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

var seed = flag.Uint64("seed", 1, "of the random tests, 0 for a new one")

func random(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with -seed=%d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// edges are operands at which instructions, or checks of them, change.
var edges = []uint32{
	0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 17, 20, 31, 32, 33, 59, 60, 61, 62, 63, 64, 65, 68, 255, 256,
	4095, 4096, 0xffff, 0x10000, 0x3fffffff, arch.X32Bit, 0x7fffffff, 0x7fff0000, 0x80000000,
	0xc000003e, 0x40000003, 0xfffff000, 0xfffff034, 0xffffff00, 0xfffffffe, 0xffffffff,
}

func randomWord(r *rand.Rand) uint32 {
	switch r.IntN(4) {
	case 0:
		return r.Uint32()
	case 1:
		return r.Uint32N(16)
	case 2:
		return 1 << r.IntN(32)
	}
	return edges[r.IntN(len(edges))]
}

func randomCall(r *rand.Rand) syscalls.Call {
	c := syscalls.Call{Audit: 0xc000003e, Nr: randomWord(r), IP: r.Uint64()}
	if r.IntN(2) == 0 {
		c.Audit = randomWord(r)
	}
	for i := range c.Args {
		c.Args[i] = uint64(randomWord(r))<<32 | uint64(randomWord(r))
	}
	return c
}

// randomProgram returns a valid program of n instructions with those of the
// given codes that fit.
func randomProgram(r *rand.Rand, n int, codes []uint16) []bpf.RawInstruction {
	insns := make([]bpf.RawInstruction, n)
	for i := range insns {
		insns[i] = bpf.RawInstruction{Op: codes[r.IntN(len(codes))], K: randomWord(r)}
		insns[i].Jt, insns[i].Jf = randomSkip(r), randomSkip(r)
	}
	repair(insns)
	return insns
}

func randomSkip(r *rand.Rand) uint8 {
	switch r.IntN(3) {
	case 0:
		return 0
	case 1:
		return uint8(r.IntN(6))
	}
	return uint8(r.IntN(256))
}

// repair makes a program of the nearest valid instructions in place.
func repair(insns []bpf.RawInstruction) {
	for pc := range insns {
		in, rest := &insns[pc], uint32(len(insns)-pc-1)
		if !slices.Contains(codes, in.Op) {
			in.Op = codes[int(in.Op)%len(codes)]
		}
		if rest == 0 && in.Op != codeRetA {
			in.Op = codeRetK
		}
		switch in.Op {
		case codeLdAbs:
			in.K = in.K % 64 &^ 3
		case codeLdMem, codeLdxMem, codeSt, codeStx:
			in.K %= 16
		case codeDivK:
			in.K = max(in.K, 1)
		case codeLshK, codeRshK:
			in.K %= 32
		case codeJa:
			in.K %= rest
		case codeJeqK, codeJeqX, codeJgtK, codeJgtX, codeJgeK, codeJgeX, codeJsetK, codeJsetX:
			in.Jt = uint8(uint32(in.Jt) % rest)
			in.Jf = uint8(uint32(in.Jf) % rest)
		}
	}
	var e *Error
	for errors.As(Check(insns), &e) { // reads of unwritten scratch memory are all that is left
		insns[e.PC].Op &^= 0x60
	}
}

// mutate returns the program with a few fields, instructions or the order of
// them changed, so that it is often invalid in one place.
func mutate(r *rand.Rand, insns []bpf.RawInstruction) []bpf.RawInstruction {
	insns = slices.Clone(insns)
	for range 1 + r.IntN(2) {
		if len(insns) == 0 {
			break
		}
		i, j := r.IntN(len(insns)), r.IntN(len(insns))
		switch r.IntN(9) {
		case 0:
			insns[i].Op = uint16(r.IntN(256))
		case 1:
			insns[i].Op = codes[r.IntN(len(codes))]
		case 2:
			insns[i].K = randomWord(r)
		case 3:
			insns[i].K = uint32(len(insns)-i) - r.Uint32N(3)
		case 4:
			insns[i].Jt = uint8(len(insns) - i - r.IntN(3))
		case 5:
			insns[i].Jf = uint8(len(insns) - i - r.IntN(3))
		case 6:
			insns = slices.Delete(insns, i, i+1)
		case 7:
			insns = slices.Insert(insns, i, insns[j])
		case 8:
			insns[i], insns[j] = insns[j], insns[i]
		}
	}
	return insns
}

// appendProgram and readProgram are the program in bytes, eight an instruction:
// the input of the fuzz tests.
func appendProgram(b []byte, insns []bpf.RawInstruction) []byte {
	for _, in := range insns {
		b = binary.LittleEndian.AppendUint16(b, in.Op)
		b = append(b, in.Jt, in.Jf)
		b = binary.LittleEndian.AppendUint32(b, in.K)
	}
	return b
}

func readProgram(b []byte) []bpf.RawInstruction {
	var insns []bpf.RawInstruction
	for ; len(b) >= 8; b = b[8:] {
		insns = append(insns, bpf.RawInstruction{
			Op: binary.LittleEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.LittleEndian.Uint32(b[4:]),
		})
	}
	return insns
}
