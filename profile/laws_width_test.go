package profile

import (
	"fmt"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestLaw8Widths has what TestLaw8Comparisons leaves out: arguments of which
// the kernel does not read 64 bits.
func TestLaw8Widths(t *testing.T) {
	x86, x32 := Target{Arch: arch.X86, Enosys: Enosys{Mode: EnosysOff}}, Target{Arch: arch.X32, Enosys: Enosys{Mode: EnosysOff}}
	aarch64, s390x := Target{Arch: arch.AArch64, Enosys: Enosys{Mode: EnosysOff}}, Target{Arch: arch.S390X, Enosys: Enosys{Mode: EnosysOff}}
	const same, stricter, weaker = "\nnote arg-width same /syscalls/0/args/0", "\nnote arg-width stricter /syscalls/0/args/0", "\nnote arg-width weaker /syscalls/0/args/0"
	accept := Target{Arch: arch.X86_64, Enosys: Enosys{Mode: EnosysOff}, AcceptWeaker: true}
	runLaw(t, []lawTest{
		// AF_VSOCK is 40.
		{"an int to refuse", rules("ALLOW", "socket if a0 == 40 -> ERRNO(1)"), Target{}, `
			x86_64 socket(40) = ERRNO(1)
			x86_64 socket(0x100000028) = ERRNO(1)
			x86_64 socket(0xffffffff00000028) = ERRNO(1)
			x86_64 socket(41) = ALLOW` + same, `
			x86_64 socket(40) = ERRNO(1)
			x86_64 socket(0x100000028) = ALLOW`},
		{"ints to allow", rules("ERRNO(1)", "socket if a0 < 38 -> ALLOW", "socket if a0 == 39 -> ALLOW", "socket if a0 > 40 -> ALLOW"), Target{}, `
			x86_64 socket(40) = ERRNO(1)
			x86_64 socket(38) = ERRNO(1)
			x86_64 socket(0x100000028) = ERRNO(1)
			x86_64 socket(0x100000002) = ALLOW
			x86_64 socket(-1) = ALLOW
			note arg-width same /syscalls/0/args/0
			note arg-width same /syscalls/1/args/0
			note arg-width same /syscalls/2/args/0`, `
			x86_64 socket(40) = ERRNO(1)
			x86_64 socket(38) = ERRNO(1)
			x86_64 socket(0x100000028) = ALLOW
			x86_64 socket(-1) = ALLOW`},
		{"all but an int", rules("ERRNO(1)", "socket if a0 != 40 -> ALLOW"), aarch64, `
			aarch64 socket(40) = ERRNO(1)
			aarch64 socket(0x100000028) = ERRNO(1)
			aarch64 socket(41) = ALLOW` + same, `
			aarch64 socket(40) = ERRNO(1)
			aarch64 socket(0x100000028) = ALLOW`},
		{"on 32-bit registers", rules("ERRNO(1)", "socket if a0 != 40 -> ALLOW", "socketcall -> ERRNO(1)"), x86, `
			x86 socket(40) = ERRNO(1)
			x86 socket(0x100000028) = ERRNO(1)
			x86 socket(41) = ALLOW
			note multiplexer stricter /syscalls/0/names/0
			note says-default same /syscalls/1/names/0`, `
			x86 socket(0x100000028) = ERRNO(1)
			x86 socket(41) = ALLOW
			x86 socketcall(1) = ALLOW
			note multiplexer weaker /syscalls/0/names/0
			note says-default weaker /syscalls/1/names/0`},
		{"comparisons are unsigned, of ints, too", rules("ERRNO(1)", "setns if a0 > 0 -> ALLOW"), Target{}, `
			x86_64 setns(-1) = ALLOW
			x86_64 setns(0x80000000) = ALLOW
			x86_64 setns(0x100000000) = ERRNO(1)` + same, `
			x86_64 setns(-1) = ALLOW
			x86_64 setns(0x80000000) = ALLOW
			x86_64 setns(0x100000000) = ALLOW`},
		{"-1 in 64 bits is -1 in 32", rules("ERRNO(1)", "setns if a0 == 0xffffffffffffffff -> ALLOW"), Target{}, `
			x86_64 setns(-1) = ALLOW
			x86_64 setns(0xffffffff) = ALLOW
			x86_64 setns(0xfffffffe) = ERRNO(1)` + same, `
			x86_64 setns(-1) = ALLOW
			x86_64 setns(0xffffffff) = ERRNO(1)`},
		{"0x80000000 either way", rules("ERRNO(1)", "setns if a0 == 0x80000000 -> ALLOW"), Target{}, `
			x86_64 setns(0x80000000) = ALLOW
			x86_64 setns(0xffffffff80000000) = ALLOW` + same, `
			x86_64 setns(0x80000000) = ALLOW
			x86_64 setns(0xffffffff80000000) = ERRNO(1)`},

		// 0x100000001 is no int: it lies above all that are not negative, and below
		// those that are, where they are extended by their sign.
		{"no int, permissive, ==", rules("ERRNO(1)", "dup if a0 == 0x100000001 -> ALLOW"), Target{}, `
			x86_64 dup(1) = ERRNO(1)
			x86_64 dup(0x100000001) = ERRNO(1)` + stricter, `
			x86_64 dup(1) = ERRNO(1)
			x86_64 dup(0x100000001) = ALLOW`},
		{"no int, permissive, !=", rules("ERRNO(1)", "dup if a0 != 0x100000001 -> ALLOW"), accept, `
			x86_64 dup(1) = ALLOW
			x86_64 dup(-1) = ALLOW
			x86_64 dup(0x100000001) = ALLOW` + weaker, `
			x86_64 dup(1) = ALLOW
			x86_64 dup(0x100000001) = ERRNO(1)`},
		{"no int, permissive, != is refused: it excludes nothing", rules("ERRNO(1)", "dup if a0 != 0x100000001 -> ALLOW"), Target{}, `
			refused arg-width /syscalls/0/args/0`, `
			x86_64 dup(0x100000001) = ERRNO(1)`},
		{"no int, permissive, <", rules("ERRNO(1)", "dup if a0 < 0x100000001 -> ALLOW"), Target{}, `
			x86_64 dup(0x7fffffff) = ALLOW
			x86_64 dup(0x80000000) = ERRNO(1)
			x86_64 dup(0x17fffffff) = ALLOW` + stricter, `
			x86_64 dup(0x80000000) = ALLOW
			x86_64 dup(0x100000000) = ALLOW
			x86_64 dup(0x17fffffff) = ERRNO(1)`},
		{"no int, permissive, <=", rules("ERRNO(1)", "dup if a0 <= 0x100000001 -> ALLOW"), Target{}, `
			x86_64 dup(0x7fffffff) = ALLOW
			x86_64 dup(-1) = ERRNO(1)` + stricter, `
			x86_64 dup(0x100000001) = ALLOW
			x86_64 dup(-1) = ERRNO(1)`},
		{"no int, permissive, >", rules("ERRNO(1)", "dup if a0 > 0x100000001 -> ALLOW"), Target{}, `
			x86_64 dup(-1) = ERRNO(1)
			x86_64 dup(0x100000002) = ERRNO(1)` + stricter, `
			x86_64 dup(-1) = ALLOW
			x86_64 dup(0x100000002) = ALLOW`},
		{"no int, permissive, >=", rules("ERRNO(1)", "dup if a0 >= 0x100000001 -> ALLOW"), Target{}, `
			x86_64 dup(-1) = ERRNO(1)` + stricter, `
			x86_64 dup(0x100000001) = ALLOW`},
		{"no int, permissive, a mask", rules("ERRNO(1)", "dup if a0 & 0x100000001 == 0x100000001 -> ALLOW"), Target{}, `
			x86_64 dup(1) = ERRNO(1)
			x86_64 dup(-1) = ERRNO(1)` + stricter, `
			x86_64 dup(1) = ERRNO(1)
			x86_64 dup(-1) = ALLOW`},
		{"no int, strict, ==", rules("ALLOW", "dup if a0 == 0x100000001 -> TRAP"), accept, `
			x86_64 dup(1) = ALLOW
			x86_64 dup(0x100000001) = ALLOW` + weaker, `
			x86_64 dup(1) = ALLOW
			x86_64 dup(0x100000001) = TRAP`},
		{"no int, strict, == is refused", rules("ALLOW", "dup if a0 == 0x100000001 -> TRAP"), Target{}, `
			refused arg-width /syscalls/0/args/0`, `
			x86_64 dup(0x100000001) = TRAP`},
		{"no int, strict, !=", rules("ALLOW", "dup if a0 != 0x100000001 -> TRAP"), Target{}, `
			x86_64 dup(0x100000001) = TRAP
			x86_64 dup(1) = TRAP` + stricter, `
			x86_64 dup(0x100000001) = ALLOW
			x86_64 dup(1) = TRAP`},
		{"no int, strict, <", rules("ALLOW", "dup if a0 < 0x100000001 -> TRAP"), Target{}, `
			x86_64 dup(1) = TRAP
			x86_64 dup(-1) = TRAP` + stricter, `
			x86_64 dup(1) = TRAP
			x86_64 dup(-1) = ALLOW`},
		{"no int, strict, >=", rules("ALLOW", "dup if a0 >= 0x100000001 -> TRAP"), Target{}, `
			x86_64 dup(0x7fffffff) = ALLOW
			x86_64 dup(0x80000000) = TRAP
			x86_64 dup(0x100000002) = ALLOW` + stricter, `
			x86_64 dup(0x80000000) = ALLOW
			x86_64 dup(0x100000002) = TRAP`},
		{"no int, strict, a mask", rules("ALLOW", "dup if a0 & 0x100000001 == 0x100000001 -> TRAP"), Target{}, `
			x86_64 dup(1) = ALLOW
			x86_64 dup(-1) = TRAP
			x86_64 dup(0x80000000) = ALLOW
			x86_64 dup(0x80000001) = TRAP` + stricter, `
			x86_64 dup(0x80000001) = ALLOW
			x86_64 dup(0x100000001) = TRAP`},

		{"a mask applies first", rules("ERRNO(1)", "dup if a0 & 0xff == 0x100000005 -> ALLOW"), Target{}, `
			x86_64 dup(5) = ALLOW
			x86_64 dup(0x100000005) = ALLOW
			note mask-bits same /syscalls/0/args/0`, ""},
		// In the sign extension of a negative int all upper bits are set.
		{"a mask of what the kernel drops", rules("ERRNO(1)", "dup if a0 & 0xf00000000 == 0 -> ALLOW"), Target{}, `
			x86_64 dup(0) = ALLOW
			x86_64 dup(0x7fffffff) = ALLOW
			x86_64 dup(0x80000000) = ERRNO(1)
			x86_64 dup(-1) = ERRNO(1)
			x86_64 dup(0xf00000000) = ALLOW` + stricter, `
			x86_64 dup(0) = ALLOW
			x86_64 dup(0x80000000) = ALLOW
			x86_64 dup(0xf00000000) = ERRNO(1)`},
		{"a mask of what the kernel drops, strict", rules("ALLOW", "dup if a0 & 0x100000000 == 0 -> TRAP"), Target{}, `
			x86_64 dup(0) = TRAP
			x86_64 dup(-1) = TRAP
			x86_64 dup(0x100000000) = TRAP` + stricter + `
			note mask-none same /syscalls/0/args/0`, `
			x86_64 dup(0) = TRAP
			x86_64 dup(0x100000000) = ALLOW
			note mask-none same /syscalls/0/args/0`},
		{"a mask of what the kernel drops, all set, strict", rules("ALLOW", "dup if a0 & 0x300000000 == 0x300000000 -> TRAP"), Target{}, `
			x86_64 dup(0) = ALLOW
			x86_64 dup(-1) = TRAP
			x86_64 dup(0x80000000) = TRAP
			x86_64 dup(0x300000000) = ALLOW` + stricter, `
			x86_64 dup(0x80000000) = ALLOW
			x86_64 dup(0x300000000) = TRAP`},
		{"a mask of what the kernel drops, some set, strict", rules("ALLOW", "dup if a0 & 0x300000000 == 0x100000000 -> TRAP"), accept, `
			x86_64 dup(-1) = ALLOW
			x86_64 dup(0x100000000) = ALLOW` + weaker, `
			x86_64 dup(0x100000000) = TRAP`},
		{"a mask of what the kernel drops, some set, is refused", rules("ALLOW", "dup if a0 & 0x300000000 == 0x100000000 -> TRAP"), Target{}, `
			refused arg-width /syscalls/0/args/0`, `
			x86_64 dup(0x100000000) = TRAP`},
		{"a mask above 16 bits", rules("ERRNO(1)", "fchmod if a1 & 0x10fff == 0x1ff -> ALLOW"), Target{}, `
			x86_64 fchmod(0, 0x1ff) = ALLOW
			x86_64 fchmod(0, 0x101ff) = ALLOW
			x86_64 fchmod(0, 0x81ff) = ERRNO(1)` + stricter, `
			x86_64 fchmod(0, 0x1ff) = ALLOW
			x86_64 fchmod(0, 0x101ff) = ERRNO(1)
			x86_64 fchmod(0, 0x81ff) = ALLOW`},
		{"a mask above the registers", rules("ERRNO(1)", "dup if a0 & 0x100000001 == 1 -> ALLOW"), x86, `
			x86 dup(1) = ALLOW
			x86 dup(0x80000001) = ERRNO(1)` + stricter, `
			x86 dup(1) = ALLOW
			x86 dup(0x80000001) = ALLOW` + same},
		{"a mask of all bits", rules("ERRNO(1)", "dup if a0 & 0xffffffffffffffff == 15 -> ALLOW"), Target{}, `
			x86_64 dup(15) = ALLOW
			x86_64 dup(0x10000000f) = ALLOW` + same, `
			x86_64 dup(15) = ALLOW
			x86_64 dup(0x10000000f) = ERRNO(1)`},
		{"flags that the kernel cuts", rules("ERRNO(1)", "clone if a0 & 0x7e020000 == 0 -> ALLOW"), Target{}, `
			x86_64 clone(0x100000011) = ALLOW
			x86_64 clone(0x10000000) = ERRNO(1)`, ""},
		{"they are s390x's second argument", rules("ERRNO(1)", "clone if a1 == 17 -> ALLOW"), s390x, `
			s390x clone(0, 17) = ALLOW
			s390x clone(0, 0x100000011) = ALLOW` + same, `
			s390x clone(0, 17) = ALLOW
			s390x clone(0, 0x100000011) = ERRNO(1)`},

		{"16 bits", rules("ERRNO(1)", "fchmod if a1 <= 0x1ff -> ALLOW"), Target{}, `
			x86_64 fchmod(0, 0x1ff) = ALLOW
			x86_64 fchmod(0, 0x101ff) = ALLOW
			x86_64 fchmod(0, 0x200) = ERRNO(1)
			x86_64 fchmod(0, 0xffff0200) = ERRNO(1)` + same, `
			x86_64 fchmod(0, 0x1ff) = ALLOW
			x86_64 fchmod(0, 0x101ff) = ERRNO(1)`},
		{"16 bits of 32", rules("ERRNO(1)", "fchmod if a1 & 0x800 == 0 -> ALLOW", "setuid if a0 == 0xffff -> ALLOW"), x86, `
			x86 fchmod(0, 0x10000) = ALLOW
			x86 fchmod(0, 0x10800) = ERRNO(1)
			x86 setuid(0xffff) = ALLOW
			x86 setuid(-1) = ALLOW`, `
			x86 fchmod(0, 0x10000) = ALLOW
			x86 setuid(0xffff) = ALLOW
			x86 setuid(-1) = ERRNO(1)`},
		{"-1 in 16 bits", rules("ALLOW", "fchmod if a1 == 0xffffffffffffffff -> TRAP"), Target{}, `
			x86_64 fchmod(0, 0xffff) = TRAP
			x86_64 fchmod(0, -1) = TRAP
			x86_64 fchmod(0, 0x7fff) = ALLOW` + same, `
			x86_64 fchmod(0, 0xffff) = ALLOW
			x86_64 fchmod(0, -1) = TRAP`},

		{"64 bits", rules("ERRNO(1)", "lseek if a1 == 0x100000005 -> ALLOW"), Target{}, `
			x86_64 lseek(0, 0x100000005) = ALLOW
			x86_64 lseek(0, 5) = ERRNO(1)`, ""},
		{"64 bits of x32's registers", rules("ERRNO(1)", "lseek if a1 == 5 -> ALLOW", "lseek if a1 > 0x200000000 -> ALLOW"), x32, `
			x32 lseek(0, 5) = ALLOW
			x32 lseek(0, 0x100000005) = ERRNO(1)
			x32 lseek(0, 0x200000001) = ALLOW
			x32 lseek(0, 1) = ERRNO(1)`, `
			x32 lseek(0, 5) = ALLOW
			x32 lseek(0, 0x100000005) = ALLOW
			x32 lseek(0, 1) = ALLOW
			x32 lseek(0, 0x100000000) = ERRNO(1)` + weaker + `
			note arg-width weaker /syscalls/1/args/0`},
		{"no number of 32 bits, on 32-bit registers", rules("ERRNO(1)", "lseek if a1 == 0x100000005 -> ALLOW", "mmap if a0 >= 0x100000000 -> ALLOW", "munmap if a0 & 0xf00000000 == 0x100000000 -> ALLOW"), x86, `
			x86 lseek(0, 5) = ERRNO(1)
			x86 mmap(7) = ERRNO(1)
			x86 munmap(7) = ERRNO(1)` + stricter + `
			note arg-width stricter /syscalls/1/args/0
			note arg-width stricter /syscalls/2/args/0`, `
			x86 lseek(0, 5) = ALLOW
			x86 mmap(7) = ALLOW
			x86 munmap(7) = ALLOW` + weaker + `
			note arg-width weaker /syscalls/1/args/0
			note arg-width weaker /syscalls/2/args/0`},
	})
}

// TestLaw8Width holds Cond.narrow against law 8 as it reads, for every argument
// of 16 bits and data around all edges.
func TestLaw8Width(t *testing.T) {
	data := []uint64{0, 1, 5, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x10005, 0x18000, 1 << 32, 1 << 63,
		^uint64(0x8000), ^uint64(0x7fff), ^uint64(4), ^uint64(0), ^uint64(0xffff)}
	masks := []uint64{0, 1, 0xff, 0x8000, 0xffff, 0x10000, 0x10001, 0x18001, ^uint64(0), ^uint64(0xffff), ^uint64(0x7fff)}
	for op := policy.NE; op <= policy.MaskedEQ; op++ {
		for _, d := range data {
			for _, m := range masks {
				if op != policy.MaskedEQ && m != 0 {
					continue
				}
				c := policy.Cond{Op: op, Value: d, Mask: m}
				for _, permissive := range []bool{false, true} {
					n, _ := narrow(c, 16, permissive)
					step := uint64(1)
					if testing.Short() {
						step = 255 // 65535 is 257 times this: both ends and most of the edges
					}
					for x := uint64(0); x < 1<<16; x += step {
						zero, sign := x, uint64(int64(int16(x)))
						want := byLaw8(c, x, 16, permissive)
						// What is above the 16 bits does not count.
						for _, arg := range []uint64{zero, sign, x | 0xabc<<16} {
							if got := n.Matches([6]uint64{arg}); got != want {
								t.Fatalf("%s, permissive %v, narrowed to %s: Matches(%#x) = %v, want %v", c, permissive, n, arg, got, want)
							}
						}
					}
				}
			}
		}
	}
}

// TestLaw8Definite: which data count as numbers of the width.
func TestLaw8Definite(t *testing.T) {
	for _, tt := range []struct {
		c    policy.Cond
		w    int
		want bool
	}{
		{policy.Cond{Op: policy.EQ, Value: 40}, 32, true},
		{policy.Cond{Op: policy.EQ, Value: 0xffffffff}, 32, true},
		{policy.Cond{Op: policy.EQ, Value: ^uint64(0)}, 32, true},
		{policy.Cond{Op: policy.EQ, Value: 0xffffffff80000000}, 32, true},
		{policy.Cond{Op: policy.EQ, Value: 0xffffffff7fffffff}, 32, false},
		{policy.Cond{Op: policy.EQ, Value: 1 << 32}, 32, false},
		{policy.Cond{Op: policy.EQ, Value: 1 << 32}, 64, true},
		{policy.Cond{Op: policy.EQ, Value: 1 << 16}, 16, false},
		{policy.Cond{Op: policy.MaskedEQ, Value: 1 << 32, Mask: 0xff}, 32, true}, // masks apply first
		{policy.Cond{Op: policy.MaskedEQ, Value: 1 << 32, Mask: 1 << 32}, 32, false},
	} {
		if _, got := narrow(tt.c, tt.w, true); got != tt.want {
			t.Errorf("%s on %d bits: definite %v, want %v", tt.c, tt.w, got, tt.want)
		}
	}
}

// TestLaw8Notes: a rule on fewer bits is noted, one that could not see the
// difference is not, and one that refuses nothing any more is weaker.
func TestLaw8Notes(t *testing.T) {
	for _, tt := range []struct {
		text string
		arch arch.Arch
		want string
	}{
		{`"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]`, arch.X86_64, "arg-width same"},
		{`"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 4294967336, "op": "SCMP_CMP_EQ"}]`, arch.X86_64, "arg-width stricter"},
		{`"names": ["socket"], "action": "SCMP_ACT_KILL", "args": [{"index": 0, "value": 4294967336, "op": "SCMP_CMP_EQ"}]`, arch.X86_64, "arg-width weaker"},
		{`"names": ["socket"], "action": "SCMP_ACT_KILL", "args": [{"index": 0, "value": 4294967336, "op": "SCMP_CMP_LT"}]`, arch.X86_64, "arg-width stricter"},
		{`"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]`, arch.X86_64, ""},
		{`"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 40, "op": "SCMP_CMP_EQ"}]`, arch.X86_64, ""},
		{`"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 40, "op": "SCMP_CMP_EQ"}]`, arch.ARM, ""},
		{`"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]`, arch.MIPS64N32, "arg-width same"},
		{`"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]`, arch.MIPSEL64N32, "arg-width same"},
	} {
		p, err := Parse([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{`+tt.text+`}]}`), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		pol, err := p.Resolve(Target{Arch: tt.arch, AcceptWeaker: true})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, n := range pol.notes {
			got += string(n.Code) + " " + n.Effect.String()
		}
		if got != tt.want {
			t.Errorf("notes of %s on %s = %q, want %q", tt.text, tt.arch, got, tt.want)
		}
	}
}

// TestLaw8Worst: the note of a rule has the worst effect that it has on one of
// the ABIs, whichever comes first. A user ID has 32 bits on x86_64 and 16 on
// x86, where 0x10005 is none.
func TestLaw8Worst(t *testing.T) {
	setuid := func(def, action string) string {
		return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_%s", "architectures": ["SCMP_ARCH_X86"], "syscalls": [
			{"names": ["setuid"], "action": "SCMP_ACT_%s", "args": [{"index": 0, "value": 65541, "op": "SCMP_CMP_EQ"}]}]}`, def, action)
	}
	runLaw(t, []lawTest{
		{"weaker on the second", setuid("ALLOW", "TRAP"), Target{}, `
			refused arg-width /syscalls/0/args/0`, `
			x86_64 setuid(0x10005) = TRAP
			x86 setuid(0x10005) = TRAP
			x86 setuid(5) = ALLOW`},
		{"weaker on the second, accepted", setuid("ALLOW", "TRAP"), Target{AcceptWeaker: true, Arch: arch.X86_64}, `
			x86_64 setuid(0x10005) = TRAP
			x86_64 setuid(0x100010005) = TRAP
			x86 setuid(0x10005) = ALLOW
			x86 setuid(5) = ALLOW
			note arg-width weaker /syscalls/0/args/0`, `
			x86_64 setuid(0x10005) = TRAP
			x86_64 setuid(0x100010005) = ALLOW
			x86 setuid(0x10005) = TRAP`},
		{"stricter on the second", setuid("TRAP", "ALLOW"), Target{}, `
			x86_64 setuid(0x10005) = ALLOW
			x86 setuid(0x10005) = TRAP
			note arg-width stricter /syscalls/0/args/0`, `
			x86_64 setuid(0x10005) = ALLOW
			x86 setuid(0x10005) = ALLOW`},
	})
}
