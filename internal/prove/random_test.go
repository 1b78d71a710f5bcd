package prove

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var seed = flag.Uint64("seed", 1, "of the random tests, 0 for a new one")

// newRand returns a source of random numbers, and prints its seed.
func newRand(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with -seed=%d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// repeat returns n, or a fraction of it in short tests.
func repeat(n int) int {
	if testing.Short() {
		return max(1, n/10)
	}
	return n
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// edges are words at which comparisons change their minds.
var edges = []uint32{
	0, 1, 2, 3, 5, 7, 8, 15, 16, 31, 32, 59, 60, 63, 64, 255, 256, 3999, 4000, 4095, 4999, 5000, 5999, 6000, 6999, 7000, 0xffff, 0x10000, arch.X32Bit - 1, arch.X32Bit,
	arch.X32Bit + 1, 0x7fffffff, 0x80000000, 0xc0000000, 0xc000003e, 0x40000003, 0xfffffffe, 0xffffffff,
}

func randomWord(r *rand.Rand) uint32 {
	switch r.IntN(4) {
	case 0:
		return r.Uint32()
	case 1:
		return r.Uint32N(8)
	case 2:
		return 1 << r.IntN(32)
	}
	return pick(r, edges...)
}

// randomCall returns a call whose words are of edges and of ks.
func randomCall(r *rand.Rand, ks []uint32) syscalls.Call {
	w := func() uint32 {
		if len(ks) > 0 && r.IntN(3) > 0 {
			return pick(r, ks...) + uint32(r.IntN(3)) - 1
		}
		return randomWord(r)
	}
	c := syscalls.Call{Audit: w(), Nr: w(), IP: uint64(w())<<32 | uint64(w())}
	for i := range c.Args {
		c.Args[i] = uint64(w())<<32 | uint64(w())
	}
	return c
}

var families = [][]arch.Arch{
	{arch.X86_64}, {arch.X86_64, arch.X86, arch.X32}, {arch.X86_64, arch.X32}, {arch.X32}, {arch.X32, arch.X86_64}, {arch.X86},
	{arch.AArch64, arch.ARM}, {arch.S390X, arch.S390}, {arch.MIPS64, arch.MIPS64N32, arch.MIPS}, {arch.MIPS}, {arch.MIPSEL64N32, arch.MIPSEL}, {arch.PPC64}, {arch.PPC64LE},
}

// randomPolicy makes a policy whose conditions are from few values, so that they
// meet, with several rules on some calls.
func randomPolicy(r *rand.Rand) *policy.Policy {
	actions := []policy.Action{policy.Allow, policy.Errno(1), policy.Errno(38), policy.Log, policy.KillProcess, policy.Trace(3)}
	pol := &policy.Policy{Default: pick(r, actions...), BadArch: pick(r, actions...), ByAudit: r.IntN(4) == 0}
	for _, a := range pick(r, families...) {
		ap := policy.ArchPolicy{Arch: a}
		nr := a.NumberBase()
		for range r.IntN(20) {
			nr += uint32(r.IntN(3))
			rule := policy.Rule{Nr: nr, Origin: &policy.Origin{Name: "call"}, Action: pick(r, actions...)}
			for arg := range 6 {
				if r.IntN(5) == 0 {
					rule.Conds = append(rule.Conds, randomCond(r, arg))
				}
			}
			ap.Rules = append(ap.Rules, rule)
		}
		switch lo := nr + uint32(r.IntN(3)); r.IntN(4) {
		case 0:
			ap.Newer = []policy.Range{{Lo: lo, Hi: lo + uint32(r.IntN(100))}}
		case 1:
			ap.Newer = []policy.Range{{Lo: a.NumberBase(), Hi: a.NumberBase()}, {Lo: lo + 1, Hi: a.NumberBase() + 1<<30 - 1}}
		}
		if ap.Newer != nil {
			ap.Enosys = policy.Errno(a.ENOSYS())
		}
		pol.Arches = append(pol.Arches, ap)
	}
	return pol
}

func randomCond(r *rand.Rand, arg int) policy.Cond {
	values := []uint64{0, 1, 2, 5, 7, 8, 255, 256, 1<<16 - 1, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 5, 5 << 32, 1 << 63, ^uint64(0)}
	c := policy.Cond{Arg: uint8(arg), Op: policy.Op(1 + r.IntN(7)), Width: uint8(pick(r, 0, 16, 32, 64))}
	field := ^uint64(0)
	if c.Width > 0 {
		field >>= 64 - c.Width
	}
	c.Value, c.Mask = pick(r, values...)&field, pick(r, values...)&field
	if c.Op != policy.MaskedEQ {
		c.Mask = 0
	}
	return c
}

// constants returns the words that a program and a policy compare with, sorted.
func constants(insns []bpf.RawInstruction, pol *policy.Policy) (ks []uint32) {
	for _, in := range insns {
		ks = append(ks, in.K)
	}
	if pol != nil {
		for _, a := range pol.Arches {
			ks = append(ks, a.Arch.Audit())
			for _, rule := range a.Rules {
				ks = append(ks, rule.Nr)
				for _, c := range rule.Conds {
					ks = append(ks, uint32(c.Value>>32), uint32(c.Value), uint32(c.Mask>>32), uint32(c.Mask))
				}
			}
			for _, n := range a.Newer {
				ks = append(ks, n.Lo, n.Hi)
			}
		}
	}
	slices.Sort(ks)
	return slices.Compact(ks)
}

// likely returns a call that comes to some rule of the policy, with arguments
// around what programs and rules compare with.
func likely(r *rand.Rand, pol *policy.Policy, ks []uint32) syscalls.Call {
	c := randomCall(r, ks)
	a := pick(r, pol.Arches...)
	if r.IntN(8) > 0 {
		c.Audit = a.Arch.Audit()
	}
	if len(a.Rules) > 0 && r.IntN(4) > 0 {
		rule := pick(r, a.Rules...)
		c.Nr = rule.Nr
		for _, cond := range rule.Conds {
			if r.IntN(2) == 0 {
				c.Args[cond.Arg] = cond.Value + uint64(r.IntN(3)) - 1
			}
		}
	}
	return c
}

// inputOf returns the call as an input.
func inputOf(c syscalls.Call) *input {
	in := &input{wordArch: c.Audit, wordNr: c.Nr, wordIP: uint32(c.IP >> 32), wordIP + 1: uint32(c.IP)}
	for i, v := range c.Args {
		in[high(i)], in[low(i)] = uint32(v>>32), uint32(v)
	}
	return in
}

// at returns the leaf of f for a call.
func (d *diagrams) at(f node, c syscalls.Call) row {
	in := inputOf(c)
	for d.rows[f].level != atLeaf {
		r := d.rows[f]
		if in[r.level/32]>>(31-r.level%32)&1 == 0 {
			f = r.lo
		} else {
			f = r.hi
		}
	}
	return d.rows[f]
}
