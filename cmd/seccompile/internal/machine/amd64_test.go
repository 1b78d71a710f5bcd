package machine

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// decoded returns an instruction by its bytes in hex, at address 0x1000, and what it does.
func decoded(t *testing.T, m *Machine, text string) (Inst, []Effect) {
	t.Helper()
	code, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	in, ok := m.Decode(code, 0x1000)
	if !ok || in.Len != len(code) {
		t.Fatalf("%s: length %d, known %v", text, in.Len, ok)
	}
	return in, m.Effects(nil, code, 0x1000)
}

// The bytes and what they mean are those of GNU as and objdump.
func TestEffectsAMD64(t *testing.T) {
	for _, tt := range []struct {
		asm, code string
		want      []Effect
	}{
		{"mov $0x27,%eax", "b827000000", []Effect{{Kind: Set, Dst: rax, Imm: 0x27, Size: 4}}},
		{"mov $-1,%rax", "48c7c0ffffffff", []Effect{{Kind: Set, Dst: rax, Imm: -1, Size: 8}}},
		{"mov $0x38,%al", "b038", []Effect{{Kind: And, Dst: rax, Src: rax, Imm: ^0xff, Size: 8}, {Kind: Or, Dst: rax, Src: rax, Imm: 0x38, Size: 8}}},
		{"mov $0x38,%ah", "b438", []Effect{{Kind: Forget, Dst: rax}}},
		{"mov %rdi,%rax", "4889f8", []Effect{{Kind: Copy, Dst: rax, Src: rdi, Size: 8}}},
		{"mov %edi,%eax", "89f8", []Effect{{Kind: Copy, Dst: rax, Src: rdi, Size: 4}}},
		{"movslq %edi,%rdi", "4863ff", []Effect{{Kind: Copy, Dst: rdi, Src: rdi, Size: -4}}},
		{"xor %eax,%eax", "31c0", []Effect{{Kind: Set, Dst: rax, Size: 4}}},
		{"lea -0x268(%rsp),%r12", "4c8da42498fdffff", []Effect{{Kind: Add, Dst: 12, Src: rsp, Imm: -0x268, Size: 8}}},
		{"lea -0x6d(%rip),%rax", "488d0593ffffff", []Effect{{Kind: Set, Dst: rax, Imm: 0x1007 - 0x6d, Size: 8}}},
		{"mov 0x8(%rsp),%r9", "4c8b4c2408", []Effect{{Kind: Load, Dst: r9, Src: rsp, Imm: 8, Size: 8}}},
		{"mov %fs:0x28,%rax", "64488b042528000000", []Effect{{Kind: Forget, Dst: rax}}},
		{"mov %rax,0x318(%rsp)", "4889842418030000", []Effect{{Kind: Store, Dst: rsp, Src: rax, Imm: 0x318, Size: 8}}},
		{"movq $0x27,(%rsp)", "48c7042427000000", []Effect{{Kind: StoreImm, Dst: rsp, Value: 0x27, Size: 8}}},
		{"mov %rax,(%rcx,%rdx,8)", "488904d1", []Effect{{Kind: Leak, Src: rcx}, {Kind: Leak, Src: rdx}, {Kind: StoreAny}}},
		{"pop (%rax)", "8f00", []Effect{{Kind: Add, Dst: rsp, Src: rsp, Imm: 8, Size: 8}, {Kind: Store, Dst: rax, Src: None, Size: 8}}},
		{"pushf", "9c", []Effect{{Kind: Add, Dst: rsp, Src: rsp, Imm: -8, Size: 8}, {Kind: Store, Dst: rsp, Src: None, Size: 8}}},
		{"sub $0x2e0,%rsp", "4881ece0020000", []Effect{{Kind: Add, Dst: rsp, Src: rsp, Imm: -0x2e0, Size: 8}}},
		{"add $-0x80,%rsp", "4883c480", []Effect{{Kind: Add, Dst: rsp, Src: rsp, Imm: -0x80, Size: 8}}},
		{"push %rbp", "55", []Effect{{Kind: Add, Dst: rsp, Src: rsp, Imm: -8, Size: 8}, {Kind: Store, Dst: rsp, Src: rbp, Size: 8}}},
		{"pop %rbp", "5d", []Effect{{Kind: Load, Dst: rbp, Src: rsp, Size: 8}, {Kind: Add, Dst: rsp, Src: rsp, Imm: 8, Size: 8}}},
		{"cmove %ecx,%eax", "0f44c1", []Effect{{Kind: Either, Dst: rax, Src: rcx, Size: 4}}},
		{"or $0x11,%rax", "4883c811", []Effect{{Kind: Or, Dst: rax, Src: rax, Imm: 0x11, Size: 8}}},
		{"test %eax,%eax", "85c0", nil},
		{"nopw 0x0(%rax,%rax,1)", "660f1f440000", nil},
		{"movzbl (%rcx),%edx", "0fb611", []Effect{{Kind: Forget, Dst: rdx}}},
		{"imul %esi", "f7ee", []Effect{{Kind: Forget, Dst: rsi}, {Kind: Forget, Dst: rax}, {Kind: Forget, Dst: rdx}}},
	} {
		in, got := decoded(t, &amd64, tt.code)
		got = slices.DeleteFunc(got, func(e Effect) bool { return e.Kind == Leak && !strings.Contains(tt.asm, "(%rcx,%rdx,8)") })
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.asm, diff)
		}
		if in.Flow != Next {
			t.Errorf("%s: flow %d", tt.asm, in.Flow)
		}
	}
}

func TestFlowAMD64(t *testing.T) {
	for _, tt := range []struct {
		asm, code string
		want      Inst
	}{
		{"syscall", "0f05", Inst{Flow: Kernel}},
		{"int $0x80", "cd80", Inst{Flow: KernelNo}},
		{"sysenter", "0f34", Inst{Flow: KernelNo}},
		{"int3", "cc", Inst{Flow: Stop}},
		{"ud2", "0f0b", Inst{Flow: Stop}},
		{"hlt", "f4", Inst{Flow: Stop}},
		{"ret", "c3", Inst{Flow: Return}},
		{"call .+0x105", "e800010000", Inst{Flow: Call, Target: 0x1105}},
		{"jmp .-0x7b", "eb83", Inst{Flow: Jump, Target: 0x1002 - 0x7d}},
		{"je .+0x12", "7410", Inst{Flow: Branch, Target: 0x1012, When: Equal}},
		{"jne .+0x12", "7510", Inst{Flow: Branch, Target: 0x1012, When: Unequal}},
		{"jb .+0x12", "7210", Inst{Flow: Branch, Target: 0x1012}},
		{"jmp *%rax", "ffe0", Inst{Flow: JumpAny}},
		{"call *-0x10(%rip)", "ff15f0ffffff", Inst{Flow: CallAny, Ref: 0x1006 - 0x10, Reads: true}},
		{"lea 0x14591c(%rip),%rcx", "488d0d1c591400", Inst{Ref: 0x1007 + 0x14591c}},
		{"mov $0x401470,%edi", "bf70144000", Inst{}},
		{"cmp $0x7,%eax", "83f807", Inst{}},
		{"cmp $0x7,%rax", "4883f807", Inst{Compares: true, Reg: rax, Value: 7}},
		{"cmp $-1,%rdx", "4883faff", Inst{Compares: true, Reg: rdx, Value: 1<<64 - 1}},
		{"test %rax,%rax", "4885c0", Inst{Compares: true, Reg: rax}},
		{"cmp %eax,%ecx", "39c1", Inst{}},
	} {
		got, _ := decoded(t, &amd64, tt.code)
		tt.want.Addr, tt.want.Len, tt.want.Imm, tt.want.Far = got.Addr, got.Len, got.Imm, got.Far
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.asm, diff)
		}
	}
}

// TestLengthAMD64 has instructions that x86asm does not know, or of another length than they have.
func TestLengthAMD64(t *testing.T) {
	for _, tt := range []struct{ asm, code string }{
		{"vzeroupper", "c5f877"},
		{"sarx %r11,%rdx,%rdx", "c4e2a2f7d2"},
		{"rorx $0x6,%r13d,%r14d", "c4437bf0f506"},
		{"vpxor %ymm0,%ymm1,%ymm2", "c5f5efd0"},
		{"vmovdqu 0x20(%rsi),%ymm1", "c5fe6f4e20"},
		{"vpshufb 0x100(%rip),%ymm1,%ymm2", "c4e275001500010000"},
		{"vmovdqu64 %zmm0,0x40(%rdi)", "62f1fe487f4701"},
		{"vpcmpub $0x6,%ymm1,%ymm2,%k1", "62f36d283ec906"},
		{"adcx 0x18(%rax),%r13", "664c0f38f66818"},
		{"adox 0x18(%rax),%r13", "f34c0f38f66818"},
		{"endbr64", "f30f1efa"},
		{"wrpkru", "0f01ef"},
		{"tzcnt %eax,%ecx", "f30fbcc8"},
	} {
		decoded(t, &amd64, tt.code)
	}
	for _, code := range []string{"", "0f", "c5", "c4e2", "62f1fe48", "06", "c4e27f"} {
		b, _ := hex.DecodeString(code)
		if in, ok := amd64.Decode(b, 0x1000); ok {
			t.Errorf("%q is an instruction of %d bytes", code, in.Len)
		}
	}
}

// TestLeaks: an address in a register that is combined with another one may lead anywhere.
func TestLeaks(t *testing.T) {
	for _, tt := range []struct {
		asm, code string
		want      Effect
	}{
		{"lea 0x8(%rsp,%rdx,8),%rdi", "488d7cd408", Effect{Kind: Leak, Src: rsp, Imm: 8}},
		{"add %rsp,%rax", "4801e0", Effect{Kind: Leak, Src: rsp}},
		{"movq $0x6e,0x20(%rsp,%rdx,8)", "48c744d4206e000000", Effect{Kind: Leak, Src: rsp, Imm: 0x20}},
		{"movq %rsp,%xmm0", "66480f6ec4", Effect{Kind: Leak, Src: rsp}},
		{"xchg %rsp,%rax", "4894", Effect{Kind: Leak, Src: rsp}},
	} {
		if _, got := decoded(t, &amd64, tt.code); !slices.Contains(got, tt.want) {
			t.Errorf("%s: %v", tt.asm, got)
		}
	}
}
