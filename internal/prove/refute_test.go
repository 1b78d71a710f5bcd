package prove

import (
	"math/bits"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestMatching: what is made from conditions meets them, and other bits are zeros,
// ones, half of them ones, or few.
func TestMatching(t *testing.T) {
	s := search{state: 1}
	tests := [][]policy.Cond{
		nil,
		{{Arg: 0, Op: policy.EQ, Value: 5, Width: 32}, {Arg: 5, Op: policy.EQ, Value: 1 << 40, Width: 64}},
		{{Arg: 1, Op: policy.NE, Value: 7, Width: 32}, {Arg: 2, Op: policy.NE, Value: 7}},
		{{Arg: 1, Op: policy.LT, Value: 7, Width: 32}, {Arg: 2, Op: policy.LE, Value: 7}},
		{{Arg: 1, Op: policy.GT, Value: 7, Width: 16}, {Arg: 2, Op: policy.GE, Value: 7}},
		{{Arg: 3, Op: policy.MaskedEQ, Mask: 0xf0, Value: 0x30, Width: 32}, {Arg: 4, Op: policy.MaskedEQ, Mask: 1 << 63, Value: 1 << 63}},
	}
	for _, conds := range tests {
		rule := policy.Rule{Conds: conds}
		for fill, want := range [4]struct{ least, most int }{{0, 0}, {64, 64}, {28, 36}, {6, 10}} {
			const tries = 400
			ones, free := 0, 0
			for range tries {
				args := s.matching(conds, fill)
				if !rule.Matches(args) {
					t.Errorf("matching(%v, %d) = %#x, which do not match", conds, fill, args)
				}
				for i, v := range args {
					if !asks(conds, uint8(i)) {
						ones += bits.OnesCount64(v)
						free++
					}
				}
			}
			if ones < want.least*free || ones > want.most*free {
				t.Errorf("matching(%v, %d): %d ones in %d arguments, want %d to %d each", conds, fill, ones, free, want.least, want.most)
			}
		}
	}
}

// asks reports whether a condition is about the argument.
func asks(conds []policy.Cond, arg uint8) bool {
	for _, c := range conds {
		if c.Arg == arg {
			return true
		}
	}
	return false
}

// TestPlain: a counterexample has no bit that does not matter.
func TestPlain(t *testing.T) {
	pol, insns, _ := chain(4, func(i int) int { return i })
	insns[len(insns)-2] = ret(errno) // of the last rule
	e := newDiagrams().execution(insns, pol.Arches[0].Arch)
	w, err := e.refute(pol, x86_64, 0, refuteSteps)
	if err != nil || w == nil || w.Call.Args != [6]uint64{1<<3 | 1<<60} || w.Got != errno || w.Want != policy.Allow {
		t.Errorf("refute = %+v, %v, want the two bits of the last rule", w, err)
	}
}

// TestDoubts: where a claim is not true, the call that shows it is found even if
// hardly any input gets there: past rules that match all but one in 2^40.
func TestDoubts(t *testing.T) {
	const before = 40
	a := policy.ArchPolicy{Arch: arch.X86_64}
	rule := func(arg uint8, bit int, set uint64, action policy.Action) {
		a.Rules = append(a.Rules, policy.Rule{Origin: &policy.Origin{Name: "read"}, Action: action, Conds: []policy.Cond{
			{Arg: arg, Op: policy.MaskedEQ, Mask: 1 << bit, Value: set << bit}}})
	}
	var insns []bpf.RawInstruction
	for i := range before {
		rule(0, i, uint64(i%2), policy.Allow)
		insns = append(insns, ld(16+uint32(i/32*4)), jump(0x45, 1<<(i%32), uint8(1-i%2), uint8(i%2)), ret(allow))
	}
	rule(1, 3, 1, policy.Errno(1))
	claim := Claim{PC: len(insns), Arch: arch.X86_64, Rules: []int{before}}
	insns = append(insns, ld(24), jump(0x45, 1<<3, 0, 1), ret(errno+1), ret(kill))
	pol := &policy.Policy{Default: kill, BadArch: kill, Arches: []policy.ArchPolicy{a}}

	d := newDiagrams()
	_, long := d.policy(pol, []Claim{claim})
	e := d.execution(insns, arch.X86_64)
	if len(long) != 1 || e.proveCall(long[0]) || len(e.doubts) != 1 {
		t.Fatalf("%d long calls, %d doubts, want a doubt about one", len(long), len(e.doubts))
	}
	w, err := e.refute(pol, x86_64, 0, refuteSteps)
	const only = 0x5555555555 // even bits set, odd ones clear
	if err != nil || w == nil || w.Call.Args != [6]uint64{only, 1 << 3} || w.Got != errno+1 || w.Want != errno {
		t.Errorf("refute = %+v, %v, want the call with %#x and 8", w, err, uint64(only))
	}
}

// TestMixed: what shows only where the data of several rules meet is found.
func TestMixed(t *testing.T) {
	const a, b, c = 0x1234567, 0x2345678, 0x3456789
	eq := func(arg uint8, v uint64) policy.Rule {
		return policy.Rule{Action: policy.Allow, Conds: []policy.Cond{{Arg: arg, Op: policy.EQ, Value: v, Width: 32}}}
	}
	pol := &policy.Policy{Default: policy.Errno(1), BadArch: kill, Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{eq(0, a), eq(1, b), eq(2, c)}}}}
	insns := []bpf.RawInstruction{
		ld(16), jump(0x15, a, 0, 5), // all three are wrong
		ld(24), jump(0x15, b, 0, 2),
		ld(32), jump(0x15, c, 5, 0), ret(allow),
		ld(24), jump(0x15, b, 3, 0), ld(32), jump(0x15, c, 1, 0), ret(errno), ret(allow),
	}
	e := newDiagrams().execution(insns, arch.X86_64)
	w, err := e.refute(pol, x86_64, 0, refuteSteps)
	if err != nil || w == nil || w.Call.Args != [6]uint64{a, b, c} || w.Got != errno || w.Want != policy.Allow {
		t.Errorf("refute = %+v, %v, want the call with all three", w, err)
	}
}
