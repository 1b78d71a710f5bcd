package machine

import (
	"github.com/seccompile/seccompile/arch"
	"golang.org/x/arch/x86/x86asm"
)

const (
	rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi Reg = 0, 1, 2, 3, 4, 5, 6, 7
	r8, r9, r10, r11                       Reg = 8, 9, 10, 11
)

var amd64 = Machine{
	Arch: arch.X86_64, SP: rsp, Pushes: true, Align: 1,
	Nr: rax, Result: rax, Args: [6]Reg{rdi, rsi, rdx, r10, r8, r9}, Clobbered: []Reg{rcx, r11},
	Frame: rbp, First: rdi, CKept: []Reg{rbx, rbp, rsp, 12, 13, 14, 15}, GoKept: []Reg{rbp, rsp}, GoArgs: []Reg{rax, rbx, rcx, rdi, rsi, r8, r9},
	Decode: decodeAMD64, Effects: effectsAMD64,
	Page: func(*Pages, []byte, uint64) (uint64, bool) { return 0, false },
}

// conditional are jumps that may go on to the next instruction.
var conditional = map[x86asm.Op]bool{
	x86asm.JA: true, x86asm.JAE: true, x86asm.JB: true, x86asm.JBE: true, x86asm.JCXZ: true, x86asm.JE: true, x86asm.JECXZ: true,
	x86asm.JG: true, x86asm.JGE: true, x86asm.JL: true, x86asm.JLE: true, x86asm.JNE: true, x86asm.JNO: true, x86asm.JNP: true,
	x86asm.JNS: true, x86asm.JO: true, x86asm.JP: true, x86asm.JRCXZ: true, x86asm.JS: true,
	x86asm.LOOP: true, x86asm.LOOPE: true, x86asm.LOOPNE: true, x86asm.XBEGIN: true,
}

// read decodes an instruction that x86asm knows. Of those with VEX and EVEX prefixes it knows some, and not
// the length of vzeroupper (v0.30.0).
func read(code []byte) (x86asm.Inst, bool) {
	for i := 0; i < len(code) && i < 4; i++ {
		switch code[i] {
		case 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65, 0x67:
			continue
		case 0xc4, 0xc5, 0x62:
			return x86asm.Inst{}, false
		}
		break
	}
	in, err := x86asm.Decode(code, 64)
	return in, err == nil && in.Op != 0 // of a prefix alone it is 0
}

func decodeAMD64(code []byte, addr uint64) (Inst, bool) {
	i := Inst{Addr: addr}
	in, ok := read(code)
	if !ok {
		n, ok := lengthAMD64(code)
		i.Len = n.len
		if n.relative {
			i.Ref, i.Reads = i.End()+uint64(int64(n.disp)), true
		}
		return i, ok
	}
	i.Len = in.Len
	switch in.Op {
	case x86asm.SYSCALL:
		i.Flow = Kernel
	case x86asm.SYSENTER:
		i.Flow = KernelNo
	case x86asm.INT:
		if n, ok := in.Args[0].(x86asm.Imm); ok && n == 0x80 {
			i.Flow = KernelNo
		} else {
			i.Flow = Stop
		}
	case x86asm.CALL, x86asm.JMP:
		i.Flow = CallAny
		if in.Op == x86asm.JMP {
			i.Flow = JumpAny
		}
		if rel, ok := in.Args[0].(x86asm.Rel); ok {
			i.Target = i.End() + uint64(int64(rel))
			i.Flow = Call
			if in.Op == x86asm.JMP {
				i.Flow = Jump
			}
		}
	case x86asm.RET, x86asm.LRET, x86asm.IRET, x86asm.IRETD, x86asm.IRETQ:
		i.Flow = Return
	case x86asm.LCALL, x86asm.LJMP, x86asm.SYSRET, x86asm.SYSEXIT, x86asm.HLT, x86asm.UD0, x86asm.UD1, x86asm.UD2, x86asm.ICEBP:
		i.Flow = Stop
	case x86asm.TEST:
		a, size := register(in.Args[0])
		if b, _ := register(in.Args[1]); a != None && a == b && size == 8 {
			i.Compares, i.Reg = true, a
		}
	case x86asm.CMP:
		a, size := register(in.Args[0])
		if v, ok := in.Args[1].(x86asm.Imm); ok && a != None && size == 8 {
			i.Compares, i.Reg, i.Value = true, a, uint64(v)
		}
	default:
		if conditional[in.Op] {
			switch in.Op {
			case x86asm.JE:
				i.When = Equal
			case x86asm.JNE:
				i.When = Unequal
			}
			i.Flow = Branch
			rel, _ := in.Args[0].(x86asm.Rel)
			i.Target = i.End() + uint64(int64(rel))
		}
	}
	for _, a := range in.Args {
		if m, ok := a.(x86asm.Mem); ok && m.Base == x86asm.RIP {
			i.Ref, i.Reads = i.End()+uint64(displacement(m)), in.Op != x86asm.LEA
		} else if ok && m.Base == 0 && m.Segment == 0 && displacement(m) > 0xffff {
			i.Ref, i.Reads = uint64(displacement(m)), in.Op != x86asm.LEA
		} else if ok && displacement(m) > 0xffff {
			i.Imm = uint64(displacement(m))
		}
	}
	for _, a := range in.Args {
		if v, ok := a.(x86asm.Imm); ok {
			i.Imm, i.Far = uint64(v), in.Len == 10
		}
	}
	return i, true
}

// register returns the general register of an operand and how many bytes of it that is.
func register(a x86asm.Arg) (Reg, int) {
	r, ok := a.(x86asm.Reg)
	switch {
	case !ok:
		return None, 0
	case x86asm.RAX <= r && r <= x86asm.R15:
		return Reg(r - x86asm.RAX), 8
	case x86asm.EAX <= r && r <= x86asm.R15L:
		return Reg(r - x86asm.EAX), 4
	case x86asm.AX <= r && r <= x86asm.R15W:
		return Reg(r - x86asm.AX), 2
	case x86asm.AL <= r && r <= x86asm.BL:
		return Reg(r - x86asm.AL), 1
	case x86asm.AH <= r && r <= x86asm.BH:
		return Reg(r - x86asm.AH), 1
	case x86asm.SPB <= r && r <= x86asm.R15B:
		return Reg(r-x86asm.SPB) + rsp, 1
	}
	return None, 0
}

// high reports whether an operand is the second byte of a register.
func high(a x86asm.Arg) bool {
	r, ok := a.(x86asm.Reg)
	return ok && x86asm.AH <= r && r <= x86asm.BH
}

// displacement returns that of an operand: x86asm does not extend the sign of all.
func displacement(m x86asm.Mem) int64 {
	if uint64(m.Disp)>>32 == 0 {
		return int64(int32(m.Disp))
	}
	return m.Disp
}

// plain returns base and displacement of an operand in memory: None for an address that is
// relative to the instruction; false if there is more to it.
func plain(m x86asm.Mem, end uint64) (base Reg, disp int64, ok bool) {
	switch {
	case m.Segment == x86asm.FS || m.Segment == x86asm.GS || m.Index != 0:
		return None, 0, false
	case m.Base == x86asm.RIP:
		return None, int64(end) + displacement(m), true
	case m.Base == 0:
		return None, displacement(m), true
	}
	base, size := register(m.Base)
	return base, displacement(m), size == 8
}

// implicit are registers that instructions change without naming them.
var implicit = map[x86asm.Op][]Reg{
	x86asm.CPUID: {rax, rbx, rcx, rdx}, x86asm.RDTSC: {rax, rdx}, x86asm.RDTSCP: {rax, rcx, rdx}, x86asm.RDPMC: {rax, rdx},
	x86asm.RDMSR: {rax, rdx}, x86asm.XGETBV: {rax, rdx}, x86asm.CBW: {rax}, x86asm.CWDE: {rax}, x86asm.CDQE: {rax},
	x86asm.CWD: {rdx}, x86asm.CDQ: {rdx}, x86asm.CQO: {rdx}, x86asm.MUL: {rax, rdx}, x86asm.IMUL: {rax, rdx},
	x86asm.DIV: {rax, rdx}, x86asm.IDIV: {rax, rdx}, x86asm.CMPXCHG: {rax}, x86asm.CMPXCHG8B: {rax, rdx}, x86asm.CMPXCHG16B: {rax, rdx},
	x86asm.LODSB: {rax, rsi}, x86asm.LODSW: {rax, rsi}, x86asm.LODSD: {rax, rsi}, x86asm.LODSQ: {rax, rsi},
	x86asm.STOSB: {rdi, rcx}, x86asm.STOSW: {rdi, rcx}, x86asm.STOSD: {rdi, rcx}, x86asm.STOSQ: {rdi, rcx},
	x86asm.MOVSB: {rsi, rdi, rcx}, x86asm.MOVSW: {rsi, rdi, rcx}, x86asm.MOVSD: {rsi, rdi, rcx}, x86asm.MOVSQ: {rsi, rdi, rcx},
	x86asm.SCASB: {rdi, rcx}, x86asm.SCASW: {rdi, rcx}, x86asm.SCASD: {rdi, rcx}, x86asm.SCASQ: {rdi, rcx},
	x86asm.CMPSB: {rsi, rdi, rcx}, x86asm.CMPSW: {rsi, rdi, rcx}, x86asm.CMPSD: {rsi, rdi, rcx}, x86asm.CMPSQ: {rsi, rdi, rcx},
	x86asm.LOOP: {rcx}, x86asm.LOOPE: {rcx}, x86asm.LOOPNE: {rcx}, x86asm.XLATB: {rax}, x86asm.LAHF: {rax}, x86asm.IN: {rax},
	x86asm.INSB: {rdi, rcx}, x86asm.INSW: {rdi, rcx}, x86asm.INSD: {rdi, rcx}, x86asm.OUTSB: {rsi, rcx}, x86asm.OUTSW: {rsi, rcx}, x86asm.OUTSD: {rsi, rcx},
	x86asm.PCMPESTRI: {rcx}, x86asm.PCMPISTRI: {rcx}, x86asm.XBEGIN: {rax}, x86asm.ENTER: {rsp, rbp}, x86asm.POPAD: {rsp},
	x86asm.FNSTSW: {rax},
}

// silent change no register.
var silent = map[x86asm.Op]bool{
	x86asm.CMP: true, x86asm.TEST: true, x86asm.NOP: true, x86asm.BT: true, x86asm.PAUSE: true, x86asm.LFENCE: true, x86asm.MFENCE: true,
	x86asm.SFENCE: true, x86asm.PREFETCHT0: true, x86asm.PREFETCHNTA: true, x86asm.UCOMISD: true, x86asm.UCOMISS: true,
	x86asm.CALL: true, x86asm.JMP: true, x86asm.RET: true,
}

func effectsAMD64(list []Effect, code []byte, addr uint64) []Effect {
	in, ok := read(code)
	if !ok {
		n, _ := lengthAMD64(code)
		for _, r := range n.regs {
			list = append(list, Effect{Kind: Leak, Src: r}, Effect{Kind: Forget, Dst: r})
		}
		return append(list, Effect{Kind: StoreAll})
	}
	if silent[in.Op] || conditional[in.Op] && len(implicit[in.Op]) == 0 {
		return list
	}
	end := addr + uint64(in.Len)
	dst, size := register(in.Args[0])
	src, srcSize := register(in.Args[1])
	imm, hasImm := in.Args[1].(x86asm.Imm)
	mem, hasMem := in.Args[1].(x86asm.Mem)
	switch in.Op {
	case x86asm.PUSH:
		list = append(list, Effect{Kind: Add, Dst: rsp, Src: rsp, Imm: -8, Size: 8})
		if v, ok := in.Args[0].(x86asm.Imm); ok {
			return append(list, Effect{Kind: StoreImm, Dst: rsp, Value: int64(v), Size: 8})
		}
		return append(list, Effect{Kind: Store, Dst: rsp, Src: dst, Size: 8}) // of memory: anything
	case x86asm.POP:
		if dst != None {
			list = append(list, Effect{Kind: Load, Dst: dst, Src: rsp, Size: 8})
		}
		if dst == rsp {
			return list
		}
		list = append(list, Effect{Kind: Add, Dst: rsp, Src: rsp, Imm: 8, Size: 8})
		if m, ok := in.Args[0].(x86asm.Mem); ok {
			list = append(list, stored(m, end, 8)...)
		}
		return list
	case x86asm.PUSHF, x86asm.PUSHFD, x86asm.PUSHFQ:
		return append(list, Effect{Kind: Add, Dst: rsp, Src: rsp, Imm: -8, Size: 8}, Effect{Kind: Store, Dst: rsp, Src: None, Size: 8})
	case x86asm.POPF, x86asm.POPFD, x86asm.POPFQ:
		return append(list, Effect{Kind: Add, Dst: rsp, Src: rsp, Imm: 8, Size: 8})
	case x86asm.LEAVE:
		return append(list, Effect{Kind: Copy, Dst: rsp, Src: rbp, Size: 8}, Effect{Kind: Load, Dst: rbp, Src: rsp, Size: 8},
			Effect{Kind: Add, Dst: rsp, Src: rsp, Imm: 8, Size: 8})
	case x86asm.LEA:
		base, disp, ok := plain(mem, end)
		switch {
		case !ok || size < 4:
		case base == None:
			return append(list, Effect{Kind: Set, Dst: dst, Imm: disp, Size: size})
		default:
			return append(list, Effect{Kind: Add, Dst: dst, Src: base, Imm: disp, Size: size})
		}
	case x86asm.MOV:
		if dst == None {
			return appendStore(list, &in, end)
		}
		switch {
		case hasImm && size < 4 && !high(in.Args[0]):
			low := int64(1)<<(8*size) - 1
			return append(list, Effect{Kind: And, Dst: dst, Src: dst, Imm: ^low, Size: 8}, Effect{Kind: Or, Dst: dst, Src: dst, Imm: int64(imm) & low, Size: 8})
		case size < 4:
		case hasImm:
			return append(list, Effect{Kind: Set, Dst: dst, Imm: int64(imm), Size: size})
		case src != None && srcSize == size:
			return append(list, Effect{Kind: Copy, Dst: dst, Src: src, Size: size})
		case hasMem:
			if base, disp, ok := plain(mem, end); ok {
				return append(list, Effect{Kind: Load, Dst: dst, Src: base, Imm: disp, Size: size})
			}
		}
	case x86asm.MOVSXD, x86asm.MOVSX:
		if src != None && srcSize == 4 {
			return append(list, Effect{Kind: Copy, Dst: dst, Src: src, Size: -4})
		}
	case x86asm.XOR, x86asm.SUB:
		switch {
		case dst != None && dst == src && size >= 4:
			return append(list, Effect{Kind: Set, Dst: dst, Size: size})
		case dst != None && in.Op == x86asm.SUB && hasImm && size >= 4:
			return append(list, Effect{Kind: Add, Dst: dst, Src: dst, Imm: -int64(imm), Size: size})
		}
	case x86asm.ADD, x86asm.AND, x86asm.OR, x86asm.SHL, x86asm.SHR:
		if dst == None || !hasImm || size < 4 {
			break
		}
		e := Effect{Dst: dst, Src: dst, Imm: int64(imm), Size: size}
		switch in.Op {
		case x86asm.ADD:
			e.Kind = Add
		case x86asm.AND:
			e.Kind = And
		case x86asm.OR:
			e.Kind = Or
		case x86asm.SHL:
			e.Kind = Shift
		default:
			e.Kind, e.Imm = Shift, -e.Imm
		}
		return append(list, e)
	case x86asm.INC, x86asm.DEC:
		if dst != None && size >= 4 {
			d := int64(1)
			if in.Op == x86asm.DEC {
				d = -1
			}
			return append(list, Effect{Kind: Add, Dst: dst, Src: dst, Imm: d, Size: size})
		}
	case x86asm.CMOVA, x86asm.CMOVAE, x86asm.CMOVB, x86asm.CMOVBE, x86asm.CMOVE, x86asm.CMOVG, x86asm.CMOVGE, x86asm.CMOVL, x86asm.CMOVLE,
		x86asm.CMOVNE, x86asm.CMOVNO, x86asm.CMOVNP, x86asm.CMOVNS, x86asm.CMOVO, x86asm.CMOVP, x86asm.CMOVS:
		if src != None && size >= 4 {
			return append(list, Effect{Kind: Either, Dst: dst, Src: src, Size: size})
		}
	}
	// Anything else: the registers that it names, and those that it does not name, change; addresses
	// in them may be used.
	for _, a := range in.Args {
		if r, _ := register(a); r != None {
			list = append(list, Effect{Kind: Leak, Src: r}, Effect{Kind: Forget, Dst: r})
		}
		if m, ok := a.(x86asm.Mem); ok {
			list = append(list, leaks(m)...)
		}
	}
	for _, r := range implicit[in.Op] {
		list = append(list, Effect{Kind: Forget, Dst: r})
	}
	if m, ok := in.Args[0].(x86asm.Mem); ok {
		list = append(list, stored(m, end, max(8, in.MemBytes))...)
	}
	return list
}

// leaks returns the registers of an operand in memory from which more than one address is computed.
func leaks(m x86asm.Mem) (list []Effect) {
	if m.Index == 0 {
		return nil
	}
	for _, r := range []x86asm.Reg{m.Base, m.Index} {
		if reg, size := register(r); size == 8 {
			list = append(list, Effect{Kind: Leak, Src: reg, Imm: displacement(m)})
		}
	}
	return list
}

// stored returns what a write of anything to an operand in memory does.
func stored(m x86asm.Mem, end uint64, size int) (list []Effect) {
	base, disp, ok := plain(m, end)
	if ok && base != None {
		return []Effect{{Kind: Store, Dst: base, Imm: disp, Src: None, Size: size}}
	}
	return append(leaks(m), Effect{Kind: StoreAny})
}

// appendStore appends what a MOV to memory does.
func appendStore(list []Effect, in *x86asm.Inst, end uint64) []Effect {
	m, ok := in.Args[0].(x86asm.Mem)
	if !ok { // a segment or control register
		return list
	}
	base, disp, ok := plain(m, end)
	if !ok || base == None {
		return append(list, stored(m, end, in.MemBytes)...)
	}
	if v, ok := in.Args[1].(x86asm.Imm); ok && in.MemBytes >= 4 {
		return append(list, Effect{Kind: StoreImm, Dst: base, Imm: disp, Value: int64(v), Size: in.MemBytes})
	}
	src, size := register(in.Args[1])
	if size < 4 {
		src, size = None, max(8, in.MemBytes)
	}
	return append(list, Effect{Kind: Store, Dst: base, Imm: disp, Src: src, Size: size})
}
