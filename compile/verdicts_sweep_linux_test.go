package compile

import (
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/live"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/net/bpf"
)

// edges are values of arguments at which words and signs change.
var edges = []uint64{0, 1, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 63, 1<<64 - 1}

// sweep returns calls at the edges of what a policy tells apart: all numbers of the table
// and those around ranges, with arguments around the values of the policy's conditions.
func (p program) sweep(pol *policy.Policy) (calls []live.Call) {
	add := func(nr uint32, args [6]uint64) {
		call := live.Call{Nr: nr, Args: args}
		if _, ok := p.sees(call); ok {
			calls = append(calls, call)
		}
	}
	for _, nr := range p.numbers(pol) {
		add(nr, [6]uint64{})
		add(nr, [6]uint64{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1})
	}
	for _, part := range pol.Arches {
		if !p.serves(part.Arch) {
			continue
		}
		for _, r := range part.Rules {
			if len(r.Conds) == 0 {
				continue
			}
			meets := [6]uint64{}
			for _, cond := range r.Conds {
				meets[cond.Arg] = meeting(cond)
			}
			add(r.Nr, meets)
			if p.serves(arch.MIPS) {
				add(4000, [6]uint64{uint64(r.Nr), meets[0], meets[1], meets[2], meets[3], meets[4]})
			}
			for _, nr := range []uint32{r.Nr - 1, r.Nr + 1, r.Nr | 1<<16, r.Nr ^ arch.X32Bit, r.Nr | 1<<31} {
				add(nr, meets)
			}
			for _, cond := range r.Conds {
				args := meets
				for _, v := range beside(cond) {
					args[cond.Arg] = v
					add(r.Nr, args)
				}
				args[cond.Arg], args[(cond.Arg+1)%6] = meets[(cond.Arg+1)%6], meets[cond.Arg]
				add(r.Nr, args)
			}
		}
	}
	return calls
}

// serves reports whether programs of p's ABI can make calls of another one.
func (p program) serves(a arch.Arch) bool {
	return a.Audit() == p.arch.Audit() || a.NumberBase() >= 4000 && a != arch.X32 && p.arch.NumberBase() >= 4000
}

// numbers returns the numbers of calls, and those around ranges.
func (p program) numbers(pol *policy.Policy) []uint32 {
	list := []uint32{0, 1<<16 - 1, 1 << 16, 1<<20 - 1, 1 << 20, arch.X32Bit - 1, 1<<31 - 1, 1 << 31, 1<<32 - 2, 1<<32 - 1}
	edge := func(lo, hi uint32) { list = append(list, lo-1, lo, lo+1, hi-1, hi, hi+1) }
	for a := range arch.All() {
		if !a.SameKernel(p.arch) || !p.serves(a) {
			continue
		}
		var numbers []uint32
		for nr := range syscalls.All(a) {
			numbers = append(numbers, nr)
		}
		list = append(list, numbers...)
		edge(slices.Min(numbers), slices.Max(numbers))
		if lo, hi, ok := a.Special(); ok {
			edge(lo, hi)
		}
		edge(a.NumberBase(), a.NumberBase()+999)
	}
	for _, part := range pol.Arches {
		if p.serves(part.Arch) {
			for _, r := range part.Newer {
				edge(r.Lo, r.Hi)
			}
			for _, r := range part.Rules {
				list = append(list, r.Nr)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// meeting returns a value that meets a condition.
func meeting(c policy.Cond) uint64 {
	switch c.Op {
	case policy.NE, policy.GT:
		return c.Value + 1
	case policy.LT:
		return c.Value - 1
	}
	return c.Value
}

// beside returns values on both sides of a condition.
func beside(c policy.Cond) []uint64 {
	v := c.Value
	list := append([]uint64{v, v - 1, v + 1, v | 1<<32, v | 1<<63, v ^ 1<<31, v ^ 1<<16, v << 32, ^v}, edges...)
	if c.Op == policy.MaskedEQ {
		list = append(list, v|^c.Mask)
		for bit := uint64(1); bit != 0; bit <<= 1 {
			if c.Mask&bit != 0 {
				list = append(list, v^bit)
			}
		}
	}
	return list
}

// plant has the kernel find faults: a wrong number and a wrong width in a policy, and a
// filter that loads the wrong half of an argument.
func (p program) plant(t *testing.T) {
	prof, err := profile.New(policy.Errno(1)).Allow("read").
		Allow("openat").If(profile.Arg(2).Is(5)).
		Allow("write").If(profile.Arg(2).Is(7)).Profile()
	if err != nil {
		t.Fatal(err)
	}
	compiled := func(change func(r *policy.Rule)) *Filter {
		f, err := Profile(prof, profile.Target{Arch: p.arch, Kernel: syscalls.Newest()}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.policy.Arches[0].Rules {
			change(&f.policy.Arches[0].Rules[i])
		}
		if f, err = Policy(f.policy, Options{}); err != nil {
			t.Fatal(err)
		}
		return f
	}
	right := compiled(func(*policy.Rule) {})
	number, _ := syscalls.Number(p.arch, "read")
	wrongNumber := compiled(func(r *policy.Rule) {
		if r.Nr == number {
			r.Nr += 100
		}
	})
	wrongWidth := compiled(func(r *policy.Rule) {
		for i := range r.Conds {
			r.Conds[i].Width = uint8(p.arch.RegisterBits() / 2)
		}
	})
	wrongHalf := right.Insns()
	for i, x := range wrongHalf {
		if x.Op == abi.ClassLD|abi.ModeABS && x.K >= abi.DataArgs {
			wrongHalf[i].K ^= 4
			break
		}
	}
	calls := p.sweep(right.policy)
	for _, tt := range []struct {
		fault string
		insns []bpf.RawInstruction
	}{
		{"", right.Insns()},
		{"a number", wrongNumber.Insns()},
		{"a width", wrongWidth.Insns()},
		{"half of an argument", wrongHalf},
	} {
		found, err := p.differences(right.policy, tt.insns, calls)
		if err != nil {
			t.Fatal(err)
		}
		if (len(found) > 0) != (tt.fault != "") {
			t.Errorf("with %q wrong, %d of %d calls differ: %.3q", tt.fault, len(found), len(calls), found)
		} else if len(found) > 0 {
			t.Logf("%s wrong: %d of %d calls, such as: %s", tt.fault, len(found), len(calls), found[0])
		}
	}
}
