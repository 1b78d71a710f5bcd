package trace

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/seccompile/seccompile/internal/selftest"
	"golang.org/x/sys/unix"
)

// A code32 is a program of 32 bits, which calls getppid three times, at least one of them with the argument -6, and
// exit(7). Some kernels show more than 32 bits of that argument.
type code32 struct {
	machine       uint16 // of its ELF file
	flags         uint32
	getppid, exit uint32 // the calls' numbers
	code          []byte
}

const base32, head32 = 0x08050000, 52 + 32 // where the file is loaded, and the code in it

// code32s has what kernels for a GOARCH of 64 bits may execute too.
var code32s = map[string]code32{
	// int $0x80 after movl to eax and ebx. The third one is made in 64-bit mode, where rbx is -6.
	"amd64": {3 /* EM_386 */, 0, 64, 1, []byte("" +
		"\xb8\x40\x00\x00\x00\xcd\x80" + "\xb8\x40\x00\x00\x00\xcd\x80" + "\xea\x69\x00\x05\x08\x33\x00" + // ljmp to the next instruction
		"\x48\xc7\xc3\xfa\xff\xff\xff" + "\xb8\x40\x00\x00\x00\xcd\x80" +
		"\xb8\x01\x00\x00\x00\xbb\x07\x00\x00\x00\xcd\x80")},
	// svc 0 after mov to r7 and r0
	"arm64": {40 /* EM_ARM */, 0x5000000 /* EABI 5 */, 64, 1, words32(
		0xe3e00005, 0xe3a07040, 0xef000000, 0xe3a07040, 0xef000000, 0xe3a07040, 0xef000000,
		0xe3a07001, 0xe3a00007, 0xef000000)},
	"mips64":   o32Code,
	"mips64le": o32Code,
}

// syscall after li to v0 and a0
var o32Code = code32{8 /* EM_MIPS */, 0x1000 /* o32 */, 4064, 4001, words32(
	0x2404fffa, 0x24020fe0, 0x0000000c, 0x24020fe0, 0x0000000c, 0x24020fe0, 0x0000000c,
	0x24020fa1, 0x24040007, 0x0000000c)}

func words32(list ...uint32) []byte {
	b, _ := binary.Append(nil, binary.NativeEndian, list)
	return b
}

// program32 writes the program for this machine to a directory that remove removes. It skips the case where
// the kernel executes no such program.
func program32() (path string, getppid, exit uint32, remove func()) {
	p, ok := code32s[runtime.GOARCH]
	if !ok {
		selftest.Skipf("no such program for this machine")
	}
	dir, err := os.MkdirTemp("", "trace")
	must("directory", err)
	path = filepath.Join(dir, "program32")
	must("write", os.WriteFile(path, p.elf(), 0o755))
	if err := exec.Command(path).Run(); errors.Is(err, unix.ENOEXEC) {
		os.RemoveAll(dir)
		selftest.Skipf("the kernel has no programs of 32 bits")
	}
	return path, p.getppid, p.exit, func() { os.RemoveAll(dir) }
}

// want32 ends the case unless the calls of another ABI are those of the program.
func (m *marks) want32(getppid, exit uint32) {
	if m.others[getppid] != 3 || m.others[exit] != 1 || len(m.others) != 2 {
		failf("calls of 32 bits %v, want 3 of %d and 1 of %d", m.others, getppid, exit)
	}
	if m.bits != 1<<32-1 {
		failf("calls of 32 bits have arguments with the bits %#x, want %#x", m.bits, uint64(1<<32-1))
	}
}

// elf returns the program's file.
func (p code32) elf() []byte {
	size := uint32(head32 + len(p.code))
	order := byte(1) // ELFDATA2LSB
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		order = 2
	}
	b := append([]byte{0x7f, 'E', 'L', 'F', 1, order, 1}, make([]byte, 9)...)
	for _, part := range []any{
		[]uint16{2, p.machine}, // executable
		[]uint32{1, base32 + head32, 52, 0, p.flags},
		[]uint16{52, 32, 1, 0, 0, 0},
		[]uint32{1, 0, base32, base32, size, size, 5, 0x10000}, // PT_LOAD, read and execute, for pages of any size
	} {
		b, _ = binary.Append(b, binary.NativeEndian, part)
	}
	return append(b, p.code...)
}
