package machine

import (
	"encoding/binary"
	"math/bits"

	"github.com/seccompile/seccompile/arch"
)

// arm64 is read from the bits of its instructions: all are of 32 bits, and few matter here. The
// encodings are those of the Arm Architecture Reference Manual, section C4.1.
var arm64 = Machine{
	Arch: arch.AArch64, SP: 31, Align: 4,
	Nr: 8, Result: 0, Args: [6]Reg{0, 1, 2, 3, 4, 5},
	Frame: 29, First: 0, CKept: []Reg{19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 31}, GoKept: []Reg{29, 31}, GoArgs: []Reg{0, 1, 2, 3, 4, 5, 6},
	Decode: decodeARM64, Effects: effectsARM64, Page: pageARM64,
}

// signed returns the n bits of x from a bit on, as a signed number.
func signed(x uint32, from, n int) int64 {
	return int64(x>>from) << (64 - n) >> (64 - n)
}

func decodeARM64(code []byte, addr uint64) (Inst, bool) {
	i := Inst{Addr: addr, Len: 4}
	if len(code) < 4 {
		return i, false
	}
	x := binary.LittleEndian.Uint32(code)
	to := func(from, n int) uint64 { return addr + uint64(signed(x, from, n))<<2 }
	switch {
	case x&0xfc000000 == 0x14000000: // B
		i.Flow, i.Target = Jump, to(0, 26)
	case x&0xfc000000 == 0x94000000: // BL
		i.Flow, i.Target = Call, to(0, 26)
	case x&0xfe000000 == 0x54000000, x&0x7e000000 == 0x34000000: // B.cond, CBZ, CBNZ
		i.Flow, i.Target = Branch, to(5, 19)
		switch {
		case x&0xfe00000e == 0x5400000e: // always
			i.Flow = Jump
		case x&0xfe00000e == 0x54000000: // EQ, NE
			i.When = Equal + When(x&1)
		case x>>25 != 0x2a: // CBZ, CBNZ
			i.Compares, i.Reg, i.When = x&31 != 31 && x>>31 == 1, Reg(x&31), Equal+When(x>>24&1)
		}
	case x&0xff80001f == 0xf100001f: // CMP of 64 bits with an immediate
		i.Compares, i.Reg, i.Value = x>>5&31 != 31, Reg(x>>5&31), uint64(x>>10&0xfff)<<(x>>22&1*12)
	case x&0x7e000000 == 0x36000000: // TBZ, TBNZ
		i.Flow, i.Target = Branch, to(5, 14)
	case x&0xfe000000 == 0xd6000000: // BR, BLR, RET, ERET and those that check a pointer
		switch x >> 21 & 7 {
		case 0:
			i.Flow = JumpAny
		case 1:
			i.Flow = CallAny
		default:
			i.Flow = Return
		}
	case x&0xffe0001f == 0xd4000001: // SVC
		i.Flow = Kernel
	case x&0xff000000 == 0xd4000000, x>>16 == 0: // BRK, HLT, HVC, SMC; UDF
		i.Flow = Stop
	case x&0x9f000000 == 0x10000000: // ADR
		i.Ref = addr + uint64(signed(x, 5, 19)<<2|int64(x>>29&3))
	case x&0xbf000000 == 0x18000000: // LDR from an address relative to the instruction
		i.Ref, i.Reads = to(5, 19), true
	}
	return i, true
}

func effectsARM64(list []Effect, code []byte, addr uint64) []Effect {
	if len(code) < 4 {
		return list
	}
	x := binary.LittleEndian.Uint32(code)
	rd, rn, rm := Reg(x&31), Reg(x>>5&31), Reg(x>>16&31)
	size := 4
	if x>>31 == 1 {
		size = 8
	}
	switch {
	case x&0x1f800000 == 0x12800000: // MOVN, MOVZ, MOVK
		if rd == 31 {
			return list
		}
		shift := x >> 21 & 3 * 16
		v := uint64(x>>5&0xffff) << shift
		switch x >> 29 & 3 {
		case 0:
			return append(list, Effect{Kind: Set, Dst: rd, Imm: int64(^v), Size: size})
		case 2:
			return append(list, Effect{Kind: Set, Dst: rd, Imm: int64(v), Size: size})
		}
		return append(list, Effect{Kind: And, Dst: rd, Src: rd, Imm: int64(^(0xffff << shift)), Size: size},
			Effect{Kind: Or, Dst: rd, Src: rd, Imm: int64(v), Size: size})
	case x&0x1f800000 == 0x12000000: // AND, ORR, EOR, ANDS with an immediate
		v, ok := bitmask(x)
		switch op := x >> 29 & 3; {
		case op == 3 && rd == 31:
			return list
		case ok && op == 1 && rn == 31:
			return append(list, Effect{Kind: Set, Dst: rd, Imm: int64(v), Size: size})
		case ok && op == 1:
			return append(list, Effect{Kind: Or, Dst: rd, Src: rn, Imm: int64(v), Size: size})
		case ok && op == 0 && rn != 31:
			return append(list, Effect{Kind: And, Dst: rd, Src: rn, Imm: int64(v), Size: size})
		}
		return append(list, Effect{Kind: Forget, Dst: rd})
	case x&0x7fe0ffe0 == 0x2a0003e0: // MOV: ORR of a register and zero
		switch {
		case rd == 31:
			return list
		case rm == 31:
			return append(list, Effect{Kind: Set, Dst: rd, Size: size})
		}
		return append(list, Effect{Kind: Copy, Dst: rd, Src: rm, Size: size})
	case x&0x1f800000 == 0x11000000: // ADD, SUB, ADDS, SUBS with an immediate
		flags := x>>29&1 == 1
		if flags && rd == 31 {
			return list
		}
		imm := int64(x >> 10 & 0xfff)
		if x>>22&1 == 1 {
			imm <<= 12
		}
		if x>>30&1 == 1 {
			imm = -imm
		}
		return append(list, Effect{Kind: Add, Dst: rd, Src: rn, Imm: imm, Size: size})
	case x&0x9f000000 == 0x10000000: // ADR
		i, _ := decodeARM64(code, addr)
		return appendSet(list, rd, int64(i.Ref))
	case x&0x9f000000 == 0x90000000: // ADRP
		page := signed(x, 5, 19)<<2 | int64(x>>29&3)
		return appendSet(list, rd, int64(addr&^0xfff)+page<<12)
	case x&0x1fe00000 == 0x1a800000: // CSEL, CSINC, CSINV, CSNEG
		if x>>30&1 == 0 && x>>10&3 == 0 && rd != 31 && rn != 31 && rm != 31 {
			return append(list, Effect{Kind: Copy, Dst: rd, Src: rn, Size: size}, Effect{Kind: Either, Dst: rd, Src: rm, Size: size})
		}
	case x&0x0a000000 == 0x08000000: // loads and stores
		return effectsOfMemory(list, x, addr)
	case x&0x7c000000 == 0x14000000, x&0xfe000000 == 0x54000000, x&0x7c000000 == 0x34000000, x&0xfe000000 == 0xd6000000, x&0xff000000 == 0xd4000000:
		return list // B, BL and the like: the caller knows what they do
	case x&0xffc00000 == 0xd5000000: // hints, barriers, system registers
		if x>>21&1 == 0 {
			return list
		}
	case x&0x3fe00000 == 0x0b200000: // ADD, SUB of an extended register, also of and to the stack pointer
		return append(list, Effect{Kind: Leak, Src: rn}, Effect{Kind: Leak, Src: rm}, Effect{Kind: Forget, Dst: rd})
	}
	for _, r := range []Reg{rn, rm} {
		if r != 31 {
			list = append(list, Effect{Kind: Leak, Src: r})
		}
	}
	if rd != 31 {
		list = append(list, Effect{Kind: Forget, Dst: rd})
	}
	return list
}

func appendSet(list []Effect, rd Reg, v int64) []Effect {
	if rd == 31 {
		return list
	}
	return append(list, Effect{Kind: Set, Dst: rd, Imm: v, Size: 8})
}

// effectsOfMemory appends the effects of loads and stores.
func effectsOfMemory(list []Effect, x uint32, addr uint64) []Effect {
	rt, rn, rt2, rs := Reg(x&31), Reg(x>>5&31), Reg(x>>10&31), Reg(x>>16&31)
	vector := x>>26&1 == 1
	size := 1 << (x >> 30)
	one := func(r Reg, imm int64, load bool) {
		switch {
		case vector && load, load && r == 31:
		case vector:
			list = append(list, Effect{Kind: Store, Dst: rn, Imm: imm, Src: None, Size: 16})
		case load && size >= 4:
			list = append(list, Effect{Kind: Load, Dst: r, Src: rn, Imm: imm, Size: size})
		case load:
			list = append(list, Effect{Kind: Forget, Dst: r})
		case r == 31:
			list = append(list, Effect{Kind: StoreImm, Dst: rn, Imm: imm, Size: max(4, size)})
		case size < 4:
			list = append(list, Effect{Kind: Store, Dst: rn, Imm: imm, Src: None, Size: 8})
		default:
			list = append(list, Effect{Kind: Store, Dst: rn, Imm: imm, Src: r, Size: size})
		}
	}
	write := func(by int64) { list = append(list, Effect{Kind: Add, Dst: rn, Src: rn, Imm: by, Size: 8}) }
	switch {
	case x&0x3b000000 == 0x18000000: // LDR relative to the instruction, LDRSW, PRFM
		if !vector && x>>30 != 3 && rt != 31 {
			i, _ := decodeARM64([]byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24)}, addr)
			if x>>30 == 2 || i.Ref == 0 {
				return append(list, Effect{Kind: Forget, Dst: rt})
			}
			return append(list, Effect{Kind: Load, Dst: rt, Src: None, Imm: int64(i.Ref), Size: 4 << (x >> 30 & 1)})
		}
		return list
	case x&0x38000000 == 0x28000000: // LDP, STP, LDNP, STNP, LDPSW
		size = 4 << (x >> 31)
		scale := int64(size)
		if vector {
			scale = 4 << (x >> 30)
		}
		imm, load, mode := signed(x, 15, 7)*scale, x>>22&1 == 1, x>>23&3
		if mode == 3 {
			write(imm)
			imm = 0
		}
		by := imm
		if mode == 1 {
			imm = 0
		}
		if load && !vector && rt == rn {
			one(rt2, imm+scale, load) // before the register is another one
			one(rt, imm, load)
		} else {
			one(rt, imm, load)
			one(rt2, imm+scale, load)
		}
		if x>>30 == 1 && !vector { // LDPSW: other sizes
			list = append(list, Effect{Kind: Forget, Dst: rt}, Effect{Kind: Forget, Dst: rt2})
		}
		if mode == 1 {
			write(by)
		}
		return list
	case x&0x3b000000 == 0x39000000: // LDR, STR with an unsigned offset
		opc := x >> 22 & 3
		if !vector && size == 8 && opc == 2 { // PRFM
			return list
		}
		one(rt, int64(x>>10&0xfff)*int64(size), opc != 0)
		if opc > 1 && !vector && rt != 31 { // sign-extended
			list = append(list, Effect{Kind: Forget, Dst: rt})
		}
		return list
	case x&0x3b200000 == 0x38000000: // LDUR, LDR before and after, and their stores
		opc, mode, imm := x>>22&3, x>>10&3, signed(x, 12, 9)
		if mode == 3 {
			write(imm)
			imm = 0
		}
		by := imm
		if mode == 1 {
			imm = 0
		}
		one(rt, imm, opc != 0)
		if opc > 1 && !vector && rt != 31 {
			list = append(list, Effect{Kind: Forget, Dst: rt})
		}
		if mode == 1 {
			write(by)
		}
		return list
	}
	// Others: exclusive, atomic, with an index, of several vectors. What they may change is forgotten.
	if x&0x3b200c00 == 0x38200800 && rs != 31 { // with an index
		list = append(list, Effect{Kind: Leak, Src: rs})
	}
	list = append(list, Effect{Kind: Leak, Src: rn}, Effect{Kind: Store, Dst: rn, Src: None, Size: 64}, Effect{Kind: StoreAny})
	if vector {
		if x&0x3b200000 != 0x38200000 && rn != 31 { // several vectors, with write-back
			list = append(list, Effect{Kind: Forget, Dst: rn})
		}
		return list
	}
	for _, r := range []Reg{rt, rt2, rs, rt + 1, rs + 1} { // CASP has pairs
		if r < 31 {
			list = append(list, Effect{Kind: Forget, Dst: r})
		}
	}
	return list
}

// bitmask returns the immediate of a logical instruction (DecodeBitMasks of the manual).
func bitmask(x uint32) (uint64, bool) {
	n, immr, imms := x>>22&1, int(x>>16&63), x>>10&63
	length := bits.Len32(n<<6|^imms&63) - 1
	if length < 1 {
		return 0, false
	}
	width := 1 << length
	levels := uint32(width - 1)
	s, r := int(imms&levels), immr&int(levels)
	if s == int(levels) {
		return 0, false
	}
	element := uint64(1)<<(s+1) - 1
	element = element>>r | element<<(width-r)
	if width < 64 {
		element &= 1<<width - 1
	}
	for w := width; w < 64; w *= 2 {
		element |= element << w
	}
	if x>>31 == 0 {
		element &= 1<<32 - 1
	}
	return element, true
}

// pageARM64 follows ADRP and the ADD, or the LDR, that completes its address.
func pageARM64(p *Pages, code []byte, addr uint64) (to uint64, reads bool) {
	x := binary.LittleEndian.Uint32(code)
	rd, rn := x&31, x>>5&31
	switch {
	case x&0x9f000000 == 0x90000000:
		page := signed(x, 5, 19)<<2 | int64(x>>29&3)
		p[rd] = uint64(int64(addr&^0xfff) + page<<12)
	case x&0xffc00000 == 0x91000000 && p[rn] != 0:
		return p[rn] + uint64(x>>10&0xfff), false
	case x&0xffc00000 == 0xf9400000 && p[rn] != 0:
		return p[rn] + uint64(x>>10&0xfff)*8, true
	}
	return 0, false
}
