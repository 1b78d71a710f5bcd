package prove

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// chain is a policy of x86_64 with so many rules for call 0, each for two bits of
// an argument that no other has, and a program that asks them one after another,
// in the order given, with the first instruction of each.
func chain(rules int, order func(i int) int) (pol *policy.Policy, insns []bpf.RawInstruction, starts []int) {
	a := policy.ArchPolicy{Arch: arch.X86_64}
	for i := range rules {
		a.Rules = append(a.Rules, policy.Rule{Origin: &policy.Origin{Name: "read"}, Action: policy.Allow, Conds: []policy.Cond{
			{Arg: 0, Op: policy.MaskedEQ, Mask: 1<<i | 1<<(63-i), Value: 1<<i | 1<<(63-i)}}})
	}
	insns = []bpf.RawInstruction{ld(4), jump(0x15, x86_64, 1, 0), ret(kill), ld(0), jump(0x15, 0, 1, 0), ret(kill)}
	for k := range rules {
		i := order(k)
		starts = append(starts, len(insns))
		insns = append(insns, ld(20), jump(0x45, 1<<(31-i), 0, 3), ld(16), jump(0x45, 1<<i, 0, 1), ret(allow))
	}
	insns = append(insns, ret(kill))
	return &policy.Policy{Default: kill, BadArch: kill, Arches: []policy.ArchPolicy{a}}, insns, starts
}

// TestLists: a list is proved in any order that means the same, with claims,
// without, and with claims that are wrong.
func TestLists(t *testing.T) {
	const rules = 24
	forward := func(i int) int { return i }
	for name, order := range map[string]func(i int) int{
		"in order": forward, "backward": func(i int) int { return rules - 1 - i }, "mixed": func(i int) int { return i * 7 % rules },
	} {
		pol, insns, starts := chain(rules, order)
		var claims, wrong []Claim
		for k := range starts {
			c := Claim{PC: starts[k], Arch: arch.X86_64}
			for j := k; j < rules; j++ {
				c.Rules = append(c.Rules, order(j))
			}
			claims = append(claims, c)
			c.Rules = c.Rules[:len(c.Rules)/2]
			wrong = append(wrong, c)
		}
		for what, claims := range map[string][]Claim{"claims": claims, "no claims": nil, "wrong claims": wrong,
			"claims from nowhere": {{PC: -3, Arch: arch.X86_64, Rules: []int{-1, 5, 99}}, {PC: 1 << 20, Arch: arch.X86_64}}} {
			if w, err := Policy(insns, pol, claims...); w != nil || err != nil {
				t.Errorf("%s, %s: Policy = %+v, %v, want nil, nil", name, what, w, err)
			}
		}
		// The last rule asks for another bit.
		last := starts[rules-1] + 3
		insns[last].K <<= 1
		for what, claims := range map[string][]Claim{"claims": claims, "no claims": nil} {
			w, err := Policy(insns, pol, claims...)
			if err != nil || w == nil {
				t.Errorf("%s, %s, one bit wrong: Policy = %+v, %v, want a witness", name, what, w, err)
			} else if want, _ := pol.Decide(w.Call); want != w.Want || w.Got == w.Want {
				t.Errorf("%s, %s: %s is %s, want %s", name, what, w.Call, w.Got, want)
			}
		}
	}
}

// TestListOrder: rules of different actions that can match the same are not to be
// exchanged.
func TestListOrder(t *testing.T) {
	const rules = 24
	pol, insns, starts := chain(rules, func(i int) int { return i })
	pol.Arches[0].Rules[3].Action = policy.Errno(1) // both bits of which and of the fourth hold for some calls
	insns[starts[3]+4].K = errno
	if w, err := Policy(insns, pol); w != nil || err != nil {
		t.Fatalf("Policy = %+v, %v, want nil, nil", w, err)
	}
	a, b := starts[3], starts[4]
	for i := range 5 {
		insns[a+i], insns[b+i] = insns[b+i], insns[a+i]
	}
	var claims []Claim
	for k := range starts { // as if the order did not matter
		c := Claim{PC: starts[k], Arch: arch.X86_64}
		for j := k; j < rules; j++ {
			rule := j
			if j == 3 || j == 4 {
				rule = 7 - j
			}
			c.Rules = append(c.Rules, rule)
		}
		claims = append(claims, c)
	}
	for what, claims := range map[string][]Claim{"claims": claims, "no claims": nil} {
		if w, err := Policy(insns, pol, claims...); err != nil || w == nil {
			t.Errorf("%s: Policy = %+v, %v, want a witness", what, w, err)
		}
	}
}

// TestListRegisters: a list that relies on what registers hold is not one.
func TestListRegisters(t *testing.T) {
	pol, insns, starts := chain(24, func(i int) int { return i })
	insns[starts[0]] = bpf.RawInstruction{Op: abi.ClassALU | abi.OpAND | abi.SrcK, K: ^uint32(0)} // A is nr
	w, err := Policy(insns, pol)
	if u := (*UndecidedError)(nil); w == nil && !errors.As(err, &u) {
		t.Errorf("Policy = %+v, %v, want a witness or an UndecidedError", w, err)
	}
}

// TestAlike holds the runs of values that comparisons answer alike against all
// values of a byte.
func TestAlike(t *testing.T) {
	for _, op := range []uint16{abi.OpJEQ, abi.OpJGT, abi.OpJGE, abi.OpJSET} {
		for k := range uint32(64) {
			for v := range uint32(64) {
				last := v
				for last < 200 && holds(op, last+1, k) == holds(op, v, k) {
					last++
				}
				if got := alike(op, v, k); got != last && !(last == 200 && got >= last) {
					t.Fatalf("alike(%#x, %d, %d) = %d, want %d", op, v, k, got, last)
				}
			}
		}
	}
	for _, k := range []uint32{1 << 31, 3 << 30, 1<<31 | 1} {
		for v := uint32(0); ; {
			last := alike(abi.OpJSET, v, k)
			if last < v || holds(abi.OpJSET, v, k) != holds(abi.OpJSET, last, k) {
				t.Fatalf("alike(JSET, %#x, %#x) = %#x", v, k, last)
			}
			if last == ^uint32(0) || last > 1<<20 && last < 1<<30 {
				break
			}
			if v = last + 1; holds(abi.OpJSET, v, k) == holds(abi.OpJSET, last, k) {
				t.Fatalf("alike(JSET, .., %#x) stops at %#x", k, last)
			}
			if v > 16 && k&1 != 0 {
				break
			}
		}
	}
}

// TestListOfAnother: a call that comes to the list of another one, and should not,
// is a difference. One that needs no search for arguments comes first.
func TestListOfAnother(t *testing.T) {
	pol, insns, starts := chain(12, func(i int) int { return i })
	claims := []Claim{{PC: starts[0], Arch: arch.X86_64}}
	for i := range pol.Arches[0].Rules {
		claims[0].Rules = append(claims[0].Rules, i)
	}
	insns[4] = jump(0x25, 1, 0, 1) // write comes to the list of read
	tests := []struct {
		name string
		rest policy.Action // for numbers above 1
		want Witness
	}{
		{"alone", kill, Witness{syscalls.Call{Audit: x86_64, Nr: 1, Args: [6]uint64{1<<52 | 1<<11}}, policy.Allow, kill}},
		{"and another difference", errno, Witness{syscalls.Call{Audit: x86_64, Nr: 2}, errno, kill}},
	}
	for _, tt := range tests {
		insns[5] = ret(uint32(tt.rest))
		for what, claims := range map[string][]Claim{"claims": claims, "no claims": nil} {
			w, err := Policy(insns, pol, claims...)
			if err != nil {
				t.Fatalf("%s, %s: %v", tt.name, what, err)
			}
			if diff := cmp.Diff(&tt.want, w); diff != "" {
				t.Errorf("%s, %s: Policy (-want +got)\n%s", tt.name, what, diff)
			}
		}
	}
}

// TestListEntry: where a call's list begins is found whatever is done with arch and
// nr before. A program begins with A = 0.
func TestListEntry(t *testing.T) {
	zero := []bpf.RawInstruction{jump(0x15, 0, 1, 0), ret(kill)}                                            // A == 0, before anything is loaded
	masked := []bpf.RawInstruction{ld(4), op(0x54, 0xffff), jump(0x15, x86_64&0xffff, 1, 0), ret(kill)}     // arch & 0xffff
	bits := []bpf.RawInstruction{ld(4), jump(0x45, 1<<31, 1, 0), ret(kill), jump(0x45, 1, 0, 1), ret(kill)} // of arch
	far := []bpf.RawInstruction{ld(0), jump(0x25, 0, 0, 1), ret(kill), op(0x05, 1), ret(kill)}              // nr > 0
	for name, before := range map[string][]bpf.RawInstruction{"zero": zero, "masked": masked, "bits": bits, "far": far} {
		pol, insns, _ := chain(12, func(i int) int { return i })
		insns = append(before, insns...)
		if w, err := Policy(insns, pol); w != nil || err != nil {
			t.Errorf("%s: Policy = %+v, %v, want nil, nil", name, w, err)
		}
	}
}
