package vm

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/syscalls"
)

// codes are the 41 codes that Linux accepts in a filter, found by trying all of
// them on Linux 6.18; in numbers, so that they do not lean on package abi.
var codes = []uint16{
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0c, 0x14, 0x15, 0x16, 0x1c, 0x1d,
	0x20, 0x24, 0x25, 0x2c, 0x2d, 0x34, 0x35, 0x3c, 0x3d, 0x44, 0x45, 0x4c, 0x4d, 0x54,
	0x5c, 0x60, 0x61, 0x64, 0x6c, 0x74, 0x7c, 0x80, 0x81, 0x84, 0x87, 0xa4, 0xac,
}

// stmt and jump are the kernel's BPF_STMT and BPF_JUMP.
func stmt(code uint16, k uint32) bpf.RawInstruction {
	return bpf.RawInstruction{Op: code, K: k}
}

func jump(code uint16, k uint32, jt, jf uint8) bpf.RawInstruction {
	return bpf.RawInstruction{Op: code, K: k, Jt: jt, Jf: jf}
}

func mustNew(t testing.TB, order binary.ByteOrder, insns ...bpf.RawInstruction) *Program {
	t.Helper()
	p, err := New(insns, order)
	if err != nil {
		t.Fatalf("New(%v): %v", insns, err)
	}
	return p
}

func TestNew(t *testing.T) {
	insns := []bpf.RawInstruction{stmt(codeRetK, 7)}
	p := mustNew(t, binary.LittleEndian, insns...)
	insns[0].K = 8
	if ret, _ := p.Run(syscalls.Call{}); ret != 7 {
		t.Errorf("a Program changed with the slice it was made of: Run = %d, want 7", ret)
	}
	if _, err := New(nil, binary.LittleEndian); err == nil || err.Error() != "no instructions" {
		t.Errorf("New(nil) = %v", err)
	}
	if _, err := New(insns, nil); err == nil {
		t.Errorf("New with no byte order: no error")
	}
}

func TestWords(t *testing.T) {
	c := syscalls.Call{
		Nr: 0x01020304, Audit: 0x11121314, IP: 0x2122232425262728,
		Args: [6]uint64{
			0x3132333435363738, 0x4142434445464748, 0x5152535455565758,
			0x6162636465666768, 0x7172737475767778, 0x8182838485868788,
		},
	}
	little := [16]uint32{
		0x01020304, 0x11121314, 0x25262728, 0x21222324,
		0x35363738, 0x31323334, 0x45464748, 0x41424344, 0x55565758, 0x51525354,
		0x65666768, 0x61626364, 0x75767778, 0x71727374, 0x85868788, 0x81828384,
	}
	big := [16]uint32{
		0x01020304, 0x11121314, 0x21222324, 0x25262728,
		0x31323334, 0x35363738, 0x41424344, 0x45464748, 0x51525354, 0x55565758,
		0x61626364, 0x65666768, 0x71727374, 0x75767778, 0x81828384, 0x85868788,
	}
	if diff := cmp.Diff(little, Words(c, binary.LittleEndian)); diff != "" {
		t.Errorf("Words, little-endian (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(big, Words(c, binary.BigEndian)); diff != "" {
		t.Errorf("Words, big-endian (-want +got):\n%s", diff)
	}
	native := Words(c, binary.NativeEndian)
	if native != little && native != big {
		t.Errorf("Words, the host's order = %#x", native)
	}
}

// The words are what struct seccomp_data holds in memory.
func TestWordsAreTheStruct(t *testing.T) {
	c := syscalls.Call{
		Nr: 59, Audit: 0xc000003e, IP: 0x7fff12345678,
		Args: [6]uint64{1, 1 << 32, 0xffffffff, 0x123456789abcdef0, 5, ^uint64(0)},
	}
	for _, order := range []interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}{binary.LittleEndian, binary.BigEndian} {
		data := order.AppendUint32(nil, c.Nr)
		data = order.AppendUint32(data, c.Audit)
		data = order.AppendUint64(data, c.IP)
		for _, v := range c.Args {
			data = order.AppendUint64(data, v)
		}
		for i, got := range Words(c, order) {
			if want := order.Uint32(data[4*i:]); got != want {
				t.Errorf("Words, %v: word %d = %#x, want %#x", order, i, got, want)
			}
		}
	}
}
