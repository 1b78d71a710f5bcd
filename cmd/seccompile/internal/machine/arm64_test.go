package machine

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The words and what they mean are those of Go's disassembler.
func TestEffectsARM64(t *testing.T) {
	const sp = 31
	for _, tt := range []struct {
		asm  string
		code uint32
		want []Effect
	}{
		{"movz x0, #172", 0xd2801580, []Effect{{Kind: Set, Dst: 0, Imm: 172, Size: 8}}},
		{"movz x2, #0x5100", 0xd28a2002, []Effect{{Kind: Set, Dst: 2, Imm: 0x5100, Size: 8}}},
		{"movn w1, #99", 0x12800c61, []Effect{{Kind: Set, Dst: 1, Imm: ^99, Size: 4}}},
		{"movk x0, #1, lsl #16", 0xf2a00020, []Effect{{Kind: And, Dst: 0, Src: 0, Imm: ^0xffff0000, Size: 8}, {Kind: Or, Dst: 0, Src: 0, Imm: 0x10000, Size: 8}}},
		{"mov x1, xzr", 0xaa1f03e1, []Effect{{Kind: Set, Dst: 1, Size: 8}}},
		{"mov x3, x30", 0xaa1e03e3, []Effect{{Kind: Copy, Dst: 3, Src: 30, Size: 8}}},
		{"orr x5, xzr, #1", 0xb24003e5, []Effect{{Kind: Set, Dst: 5, Imm: 1, Size: 8}}},
		{"orr x0, xzr, #0x80000", 0xb26d03e0, []Effect{{Kind: Set, Dst: 0, Imm: 0x80000, Size: 8}}},
		{"sub x29, sp, #8", 0xd10023fd, []Effect{{Kind: Add, Dst: 29, Src: sp, Imm: -8, Size: 8}}},
		{"mov sp, x20", 0x9100029f, []Effect{{Kind: Add, Dst: sp, Src: 20, Size: 8}}},
		{"add x5, sp, #224", 0x910383e5, []Effect{{Kind: Add, Dst: 5, Src: sp, Imm: 224, Size: 8}}},
		{"adrp x5, .", 0x90000005, []Effect{{Kind: Set, Dst: 5, Imm: 0x1000, Size: 8}}},
		{"str x0, [sp, #64]", 0xf90023e0, []Effect{{Kind: Store, Dst: sp, Src: 0, Imm: 64, Size: 8}}},
		{"str xzr, [sp, #272]", 0xf9008bff, []Effect{{Kind: StoreImm, Dst: sp, Imm: 272, Size: 8}}},
		{"strb wzr, [sp, #71]", 0x39011fff, []Effect{{Kind: StoreImm, Dst: sp, Imm: 71, Size: 4}}},
		{"ldr x0, [sp, #40]", 0xf94017e0, []Effect{{Kind: Load, Dst: 0, Src: sp, Imm: 40, Size: 8}}},
		{"str x30, [sp, #-80]!", 0xf81b0ffe, []Effect{{Kind: Add, Dst: sp, Src: sp, Imm: -80, Size: 8}, {Kind: Store, Dst: sp, Src: 30, Size: 8}}},
		{"ldr x30, [sp], #80", 0xf84507fe, []Effect{{Kind: Load, Dst: 30, Src: sp, Size: 8}, {Kind: Add, Dst: sp, Src: sp, Imm: 80, Size: 8}}},
		{"stur x29, [sp, #-8]", 0xf81f83fd, []Effect{{Kind: Store, Dst: sp, Src: 29, Imm: -8, Size: 8}}},
		{"stp x1, x2, [sp, #8]", 0xa9008be1, []Effect{{Kind: Store, Dst: sp, Src: 1, Imm: 8, Size: 8}, {Kind: Store, Dst: sp, Src: 2, Imm: 16, Size: 8}}},
		{"stp x0, xzr, [sp, #8]", 0xa900ffe0, []Effect{{Kind: Store, Dst: sp, Src: 0, Imm: 8, Size: 8}, {Kind: StoreImm, Dst: sp, Imm: 16, Size: 8}}},
		{"ldp x0, x1, [sp, #40]", 0xa94287e0, []Effect{{Kind: Load, Dst: 0, Src: sp, Imm: 40, Size: 8}, {Kind: Load, Dst: 1, Src: sp, Imm: 48, Size: 8}}},
		{"csel x0, x1, x2, eq", 0x9a820020, []Effect{{Kind: Copy, Dst: 0, Src: 1, Size: 8}, {Kind: Either, Dst: 0, Src: 2, Size: 8}}},
		{"mul x0, x1, x2", 0x9b027c20, []Effect{{Kind: Forget, Dst: 0}}},
		{"cmp sp, x16", 0xeb3063ff, nil},
		{"nop", 0xd503201f, nil},
	} {
		code := binary.LittleEndian.AppendUint32(nil, tt.code)
		in, ok := arm64.Decode(code, 0x1000)
		if !ok || in.Flow != Next {
			t.Errorf("%s: known %v, flow %d", tt.asm, ok, in.Flow)
		}
		got := slices.DeleteFunc(arm64.Effects(nil, code, 0x1000), func(e Effect) bool { return e.Kind == Leak })
		if len(got) == 0 {
			got = nil
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.asm, diff)
		}
	}
}

func TestFlowARM64(t *testing.T) {
	for _, tt := range []struct {
		asm  string
		code uint32
		want Inst
	}{
		{"svc #0", 0xd4000001, Inst{Flow: Kernel}},
		{"brk #0x3e8", 0xd4207d00, Inst{Flow: Stop}},
		{"udf #0", 0, Inst{Flow: Stop}},
		{"bl .+16", 0x94000004, Inst{Flow: Call, Target: 0x1010}},
		{"b .-8", 0x17fffffe, Inst{Flow: Jump, Target: 0xff8}},
		{"b.eq .+8", 0x54000040, Inst{Flow: Branch, Target: 0x1008, When: Equal}},
		{"b.ne .+8", 0x54000041, Inst{Flow: Branch, Target: 0x1008, When: Unequal}},
		{"b.ls .+8", 0x54000049, Inst{Flow: Branch, Target: 0x1008}},
		{"cbz x0, .+16", 0xb4000080, Inst{Flow: Branch, Target: 0x1010, Compares: true, When: Equal}},
		{"cbnz x1, .+44", 0xb5000161, Inst{Flow: Branch, Target: 0x102c, Compares: true, Reg: 1, When: Unequal}},
		{"tbz w0, #3, .+8", 0x36180040, Inst{Flow: Branch, Target: 0x1008}},
		{"cmp x0, #7", 0xf1001c1f, Inst{Compares: true, Value: 7}},
		{"ret", 0xd65f03c0, Inst{Flow: Return}},
		{"br x17", 0xd61f0220, Inst{Flow: JumpAny}},
		{"blr x1", 0xd63f0020, Inst{Flow: CallAny}},
		{"adr x0, .+8", 0x10000040, Inst{Ref: 0x1008}},
		{"ldr x0, .+8", 0x58000040, Inst{Ref: 0x1008, Reads: true}},
	} {
		got, ok := arm64.Decode(binary.LittleEndian.AppendUint32(nil, tt.code), 0x1000)
		tt.want.Addr, tt.want.Len = 0x1000, 4
		if diff := cmp.Diff(tt.want, got); diff != "" || !ok {
			t.Errorf("%s (-want +got):\n%s", tt.asm, diff)
		}
	}
}

func TestPageARM64(t *testing.T) {
	var pages Pages
	word := func(x uint32) []byte { return binary.LittleEndian.AppendUint32(nil, x) }
	if got, _ := arm64.Page(&pages, word(0x90000005), 0x1234); got != 0 { // adrp x5, .
		t.Errorf("adrp completes %#x", got)
	}
	if got, _ := arm64.Page(&pages, word(0x912f00a5), 0x1238); got != 0x1bc0 { // add x5, x5, #3008
		t.Errorf("add completes %#x", got)
	}
	if got, _ := arm64.Page(&pages, word(0x91000000), 0x123c); got != 0 { // add x0, x0, #0
		t.Errorf("of a register without a page it completes %#x", got)
	}
}

// TestOf: only these two are known.
func TestOf(t *testing.T) {
	if Of(amd64.Arch) != &amd64 || Of(arm64.Arch) != &arm64 || Of(0) != nil {
		t.Error("a machine is not that of its ABI")
	}
}
