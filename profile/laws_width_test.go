package profile

import (
	"fmt"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

// TestLaw8Width holds Cond.narrow against law 8 as it reads, for every argument
// of 16 bits and data around all edges.
func TestLaw8Width(t *testing.T) {
	data := []uint64{0, 1, 5, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x10005, 0x18000, 1 << 32, 1 << 63,
		^uint64(0x8000), ^uint64(0x7fff), ^uint64(4), ^uint64(0), ^uint64(0xffff)}
	masks := []uint64{0, 1, 0xff, 0x8000, 0xffff, 0x10000, 0x10001, 0x18001, ^uint64(0), ^uint64(0xffff), ^uint64(0x7fff)}
	for op := NE; op <= MaskedEQ; op++ {
		for _, d := range data {
			for _, m := range masks {
				if op != MaskedEQ && m != 0 {
					continue
				}
				c := Cond{Op: op, Value: d, Mask: m}
				for _, permissive := range []bool{false, true} {
					n, _ := c.narrow(16, permissive)
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
		c    Cond
		w    int
		want bool
	}{
		{Cond{Op: EQ, Value: 40}, 32, true},
		{Cond{Op: EQ, Value: 0xffffffff}, 32, true},
		{Cond{Op: EQ, Value: ^uint64(0)}, 32, true},
		{Cond{Op: EQ, Value: 0xffffffff80000000}, 32, true},
		{Cond{Op: EQ, Value: 0xffffffff7fffffff}, 32, false},
		{Cond{Op: EQ, Value: 1 << 32}, 32, false},
		{Cond{Op: EQ, Value: 1 << 32}, 64, true},
		{Cond{Op: EQ, Value: 1 << 16}, 16, false},
		{Cond{Op: MaskedEQ, Value: 1 << 32, Mask: 0xff}, 32, true}, // masks apply first
		{Cond{Op: MaskedEQ, Value: 1 << 32, Mask: 1 << 32}, 32, false},
	} {
		if _, got := tt.c.narrow(tt.w, true); got != tt.want {
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
		for _, n := range pol.Notes {
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
