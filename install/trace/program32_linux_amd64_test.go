package trace

import "encoding/binary"

// program32 returns an ELF file of x86, which calls getppid three times and exit(7), by
// int 0x80.
func program32() []byte {
	const base, head = 0x08048000, 52 + 32
	call := []byte{0xb8, 64, 0, 0, 0, 0xcd, 0x80} // mov $64, %eax; int $0x80
	var code []byte
	for range 3 {
		code = append(code, call...)
	}
	code = append(code, 0xb8, 1, 0, 0, 0, 0xbb, 7, 0, 0, 0, 0xcd, 0x80) // exit(7)
	le := binary.LittleEndian
	b := append([]byte("\x7fELF\x01\x01\x01"), make([]byte, 9)...)
	b = le.AppendUint16(b, 2) // executable
	b = le.AppendUint16(b, 3) // EM_386
	for _, n := range []uint32{1, base + head, 52, 0, 0} {
		b = le.AppendUint32(b, n)
	}
	for _, n := range []uint16{52, 32, 1, 0, 0, 0} {
		b = le.AppendUint16(b, n)
	}
	size := uint32(head + len(code))
	for _, n := range []uint32{1, 0, base, base, size, size, 5, 0x1000} { // PT_LOAD, read and execute
		b = le.AppendUint32(b, n)
	}
	return append(b, code...)
}
