package live

import (
	"encoding/binary"
	"os"
)

// n32Code does on MIPS n32 what Main does elsewhere, with one thread: the kernel gives a
// process the audit value of n32 by its ELF header, and Go makes none that have it.
var n32Code = [...]uint32{
	// map the file, however long it is
	0x3c102000, // 00: lui s0,0x2000
	0x02002025, // 04: or a0,s0,zero
	0x3c050400, // 08: lui a1,0x400
	0x24060003, // 0c: addiu a2,zero,3
	0x24070011, // 10: addiu a3,zero,17
	0x24080000, // 14: addiu a4,zero,0
	0x24090000, // 18: addiu a5,zero,0
	0x24021779, // 1c: addiu v0,zero,6009
	0x0000000c, // 20: syscall
	// PR_SET_NO_NEW_PRIVS
	0x24040026, // 24: addiu a0,zero,38
	0x24050001, // 28: addiu a1,zero,1
	0x24060000, // 2c: addiu a2,zero,0
	0x24070000, // 30: addiu a3,zero,0
	0x24080000, // 34: addiu a4,zero,0
	0x24021809, // 38: addiu v0,zero,6153
	0x0000000c, // 3c: syscall
	// the older filter
	0x24040001, // 40: addiu a0,zero,1
	0x24050000, // 44: addiu a1,zero,0
	0x3c061000, // 48: lui a2,0x1000
	0x34c61000, // 4c: ori a2,a2,0x1000
	0x240218ac, // 50: addiu v0,zero,6316
	0x0000000c, // 54: syscall
	0x14e00028, // 58: bne a3,zero,fc
	// s1 = the next call, s3 = its index, s2 = the end of the calls, where the instructions are
	0x8e0a0008, // 5c: lw a6,8(s0)
	0x8e130000, // 60: lw s3,0(s0)
	0x000a60c0, // 64: sll t0,a6,0x3
	0x000a9180, // 68: sll s2,a6,0x6
	0x024c9021, // 6c: addu s2,s2,t0
	0x26110018, // 70: addiu s1,s0,24
	0x02519021, // 74: addu s2,s2,s1
	0x001360c0, // 78: sll t0,s3,0x3
	0x00136980, // 7c: sll t1,s3,0x6
	0x022c8821, // 80: addu s1,s1,t0
	0x022d8821, // 84: addu s1,s1,t1
	// the filter under test
	0x3c061000, // 88: lui a2,0x1000
	0x34c61008, // 8c: ori a2,a2,0x1008
	0x8e0a000c, // 90: lw a6,12(s0)
	0xa4ca0000, // 94: sh a6,0(a2)
	0xacd20004, // 98: sw s2,4(a2)
	0x24040001, // 9c: addiu a0,zero,1
	0x24050000, // a0: addiu a1,zero,0
	0x240218ac, // a4: addiu v0,zero,6316
	0x0000000c, // a8: syscall
	0x14e00013, // ac: bne a3,zero,fc
	// stateCalling
	0x240a0001, // b0: addiu a6,zero,1
	0xae0a0004, // b4: sw a6,4(s0)
	// for each call
	0x12320013, // b8: beq s1,s2,108
	0xae130000, // bc: sw s3,0(s0)
	0xde220000, // c0: ld v0,0(s1)
	0xde240008, // c4: ld a0,8(s1)
	0xde250010, // c8: ld a1,16(s1)
	0xde260018, // cc: ld a2,24(s1)
	0xde270020, // d0: ld a3,32(s1)
	0xde280028, // d4: ld a4,40(s1)
	0xde290030, // d8: ld a5,48(s1)
	// the call under test
	0x0000000c, // dc: syscall
	0x00005025, // e0: or a6,zero,zero
	0x0047500b, // e4: movn a6,v0,a3
	0xfe220038, // e8: sd v0,56(s1)
	0xfe2a0040, // ec: sd a6,64(s1)
	0x26310048, // f0: addiu s1,s1,72
	0x1000fff0, // f4: beq zero,zero,b8
	0x26730001, // f8: addiu s3,s3,1
	// errno, stateRefused
	0xae020010, // fc: sw v0,16(s0)
	0x10000002, // 100: beq zero,zero,10c
	0x240a0004, // 104: addiu a6,zero,4
	// stateDone
	0x240a0005, // 108: addiu a6,zero,5
	// the state, and the end of the process without a call
	0xae0a0004, // 10c: sw a6,4(s0)
	0x8c000000, // 110: lw zero,0(zero)
}

const (
	n32Base   = 0x10000000 // where the program is loaded
	n32Entry  = 84         // after the two headers of the file
	n32Site   = n32Base + n32Entry + 0xdc + 4
	n32Data   = 0x1000 // two struct sock_fprog, and the older filter
	n32Filter = n32Data + 16
)

// N32 writes the child for MIPS n32.
func N32(name string, order binary.ByteOrder) error {
	half := func(b []byte, list ...uint16) []byte {
		b, _ = binary.Append(b, order, list)
		return b
	}
	word := func(b []byte, list ...uint32) []byte {
		b, _ = binary.Append(b, order, list)
		return b
	}
	big := order.Uint16([]byte{0, 1}) == 1
	ident := byte(1) // ELFDATA2LSB
	if big {
		ident = 2
	}
	filter := sockFilters(older(n32Site, big))
	size := uint32(n32Filter + 8*len(filter))

	b := append([]byte{0x7f, 'E', 'L', 'F', 1, ident, 1}, make([]byte, 9)...)
	b = half(b, 2, 8)                                           // ET_EXEC, EM_MIPS
	b = word(b, 1, n32Base+n32Entry, 52, 0, 0x60000000|0x20)    // EF_MIPS_ARCH_64, EF_MIPS_ABI2
	b = half(b, 52, 32, 1, 0, 0, 0)                             // one program header
	b = word(b, 1, 0, n32Base, n32Base, size, size, 7, 0x10000) // PT_LOAD
	b = word(b, n32Code[:]...)
	b = append(b, make([]byte, n32Data-len(b))...)
	b = half(b, uint16(len(filter)), 0)
	b = word(b, n32Base+n32Filter, 0, 0)
	for _, f := range filter {
		b = word(append(half(b, f.Code), f.Jt, f.Jf), f.K)
	}
	return os.WriteFile(name, b, 0o700)
}
