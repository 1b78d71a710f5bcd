package machine

import "encoding/binary"

// An unread instruction is one of which only its length and the registers that it may
// change are known.
type unread struct {
	len      int
	regs     []Reg
	relative bool // it has an operand in memory relative to its end, at disp
	disp     int32
}

// lengthAMD64 reads instructions that x86asm does not know: those with VEX and EVEX prefixes
// and newer ones that begin with 0F (Intel SDM, volume 2, chapter 2 and appendix A). It returns false for
// all others.
func lengthAMD64(code []byte) (unread, bool) {
	var padded [2 * maxLength]byte
	n := copy(padded[:maxLength], code)
	u, ok := lengthOf(padded[:])
	return u, ok && u.len <= n
}

// maxLength is how long an instruction is at most.
const maxLength = 15

// lengthOf is lengthAMD64 of code that does not end within an instruction.
func lengthOf(code []byte) (unread, bool) {
	i := 0
	rex := byte(0)
	for ; i < 8; i++ {
		switch code[i] {
		case 0x66, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65, 0x67, 0xf0:
			continue
		}
		break
	}
	if code[i]&0xf0 == 0x40 {
		rex = code[i]
		i++
	}
	reg, rm, v := rex>>2&1<<3, rex&1<<3, None
	imm := 0
	switch code[i] {
	case 0x0f:
		switch op := code[i+1]; {
		case op == 0x38:
			i += 3
		case op == 0x3a:
			imm = 1
			i += 3
		case op == 0x01 && code[i+2] >= 0xc0: // WRPKRU, XEND, SERIALIZE and the like: no operands
			return unread{len: i + 3, regs: []Reg{rax, rcx, rdx}}, true
		case op == 0x01, op == 0x0d, 0x18 <= op && op <= 0x1f, op == 0xae, op == 0xc7, op == 0xbc, op == 0xbd, op == 0xb8:
			i += 2
		default:
			return unread{}, false
		}
	case 0xc5:
		p := code[i+1]
		reg, rm, v = ^p>>7&1<<3, 0, Reg(^p>>3&15)
		imm = immediate0F(code[i+2])
		if code[i+2] == 0x77 {
			return unread{len: i + 3}, true
		}
		i += 3
	case 0xc4:
		p, q := code[i+1], code[i+2]
		reg, rm, v = ^p>>7&1<<3, ^p>>5&1<<3, Reg(^q>>3&15)
		switch p & 31 {
		case 1:
			imm = immediate0F(code[i+3])
			if code[i+3] == 0x77 {
				return unread{len: i + 4}, true
			}
		case 2:
		case 3:
			imm = 1
		default:
			return unread{}, false
		}
		i += 4
	case 0x62:
		p, q := code[i+1], code[i+2]
		reg, rm, v = ^p>>7&1<<3, ^p>>5&1<<3, Reg(^q>>3&15)
		switch p & 7 {
		case 1:
			imm = immediate0F(code[i+4])
		case 2, 5, 6:
		case 3:
			imm = 1
		default:
			return unread{}, false
		}
		i += 5
	default:
		return unread{}, false
	}
	u := operands(code, i, imm)
	modrm := code[i]
	u.regs = append(u.regs, rcx) // of comparisons of strings
	u.regs = append(u.regs, Reg(reg|modrm>>3&7))
	if modrm>>6 == 3 {
		u.regs = append(u.regs, Reg(rm|modrm&7))
	}
	if v != None {
		u.regs = append(u.regs, v)
	}
	return u, true
}

// operands reads the operands whose ModRM byte is at i, and an immediate of some bytes.
func operands(code []byte, i, imm int) (u unread) {
	modrm := code[i]
	i++
	mod, low := modrm>>6, modrm&7
	if mod != 3 && low == 4 {
		if mod == 0 && code[i]&7 == 5 {
			mod = 2
		}
		i++
	}
	at := i
	switch {
	case mod == 1:
		i++
	case mod == 2, mod == 0 && low == 5:
		i += 4
	}
	if modrm>>6 == 0 && low == 5 {
		u.relative, u.disp = true, int32(binary.LittleEndian.Uint32(code[at:]))
	}
	u.len = i + imm
	return u
}

// immediate0F returns how many bytes of immediate an instruction of the map 0F has with VEX and
// EVEX prefixes.
func immediate0F(op byte) int {
	switch op {
	case 0x70, 0x71, 0x72, 0x73, 0xc2, 0xc4, 0xc5, 0xc6:
		return 1
	}
	return 0
}
