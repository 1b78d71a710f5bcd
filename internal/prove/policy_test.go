package prove

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestCond holds conditions against policy.Cond.Matches around every value and
// bit that they look at, those that Resolve would not make among them.
func TestCond(t *testing.T) {
	values := []uint64{0, 1, 5, 255, 1<<15 - 1, 1 << 15, 1<<16 - 1, 1 << 16, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 5, 5 << 32, 1<<63 - 1, 1 << 63, ^uint64(0) - 1, ^uint64(0)}
	d := newDiagrams()
	for op := range policy.Op(9) {
		for _, width := range []int{0, 1, 16, 32, 64} {
			for _, v := range values {
				for _, mask := range values {
					if op != policy.MaskedEQ && mask != 5 {
						continue
					}
					c := policy.Cond{Arg: uint8(int(v % 6)), Op: op, Value: v, Mask: mask, Width: uint8(width)}
					f := d.cond(c)
					args := []uint64{v - 1, v, v + 1, v ^ 1<<32, v ^ 1<<16, v & mask, v | ^mask}
					for bit := uint64(1); bit != 0; bit <<= 1 {
						args = append(args, v^bit)
					}
					for _, arg := range append(args, values...) {
						var call syscalls.Call
						call.Args[c.Arg] = arg
						if got, want := d.at(f, call).lo == yes, c.Matches(call.Args); got != want {
							t.Fatalf("cond(%s), width %d, at %#x = %v, want %v", c, width, arg, got, want)
						}
					}
				}
			}
		}
	}
}

// TestPolicyIsDecide holds the policy's diagram against Decide, for unsorted
// policies, too, and for ABIs that stand twice.
func TestPolicyIsDecide(t *testing.T) {
	r := newRand(t)
	for range repeat(500) {
		pol := randomPolicy(r)
		if r.IntN(4) == 0 {
			for _, a := range pol.Arches {
				r.Shuffle(len(a.Rules), func(i, j int) { a.Rules[i], a.Rules[j] = a.Rules[j], a.Rules[i] })
			}
		}
		if r.IntN(4) == 0 {
			twin := pick(r, randomPolicy(r).Arches...)
			twin.Arch = pick(r, pol.Arches...).Arch
			pol.Arches = append(pol.Arches, twin)
		}
		d := newDiagrams()
		means, _ := d.policy(pol, nil)
		f := d.whole(means)
		ks := constants(nil, pol)
		for range 500 {
			c := likely(r, pol, ks)
			if got, want := d.at(f, c), decide(pol, c); policy.Action(got.lo) != want {
				t.Fatalf("policy at %s = %s, want %s\n%s", c, policy.Action(got.lo), want, pol)
			}
		}
	}
}

func decide(pol *policy.Policy, c syscalls.Call) policy.Action {
	a, _ := pol.Decide(c)
	return a
}

// TestRulesAfterAll: rules after those that match everything take no steps.
func TestRulesAfterAll(t *testing.T) {
	ne := func(v uint64) policy.Rule {
		return policy.Rule{Action: policy.Action(v), Conds: []policy.Cond{{Arg: 0, Op: policy.NE, Value: v}}}
	}
	rules := []*policy.Rule{}
	for i := range uint64(4096) {
		rule := ne(1 + i)
		rules = append(rules, &rule)
	}
	d := newDiagrams()
	few := d.call(rules[:2], policy.Allow)
	taken := d.steps
	if all := d.call(rules, policy.Allow); all != few || d.full {
		t.Errorf("the answer of all rules is not that of the first two, which match everything")
	}
	if steps := d.steps - taken; steps > 2*taken {
		t.Errorf("%d rules take %d steps, the first two %d", len(rules), steps, taken)
	}
}

// TestNumberStarts: answers to calls with an audit value change at no other numbers than
// those of the parts that owners returns.
func TestNumberStarts(t *testing.T) {
	var every []uint32 // number near one that matters
	for _, near := range []uint32{0, arch.X32Bit, 2 * arch.X32Bit, 3 * arch.X32Bit} {
		for nr := range uint32(8000) {
			every = append(every, near+nr)
		}
	}
	every = append(every, ^uint32(0))
	rules := func(nrs ...uint32) (list []policy.Rule) {
		for i, nr := range nrs {
			list = append(list, policy.Rule{Nr: nr, Action: policy.Errno(uint16(i + 1))})
		}
		return list
	}
	for _, pol := range []*policy.Policy{
		{Default: policy.Allow, Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: rules(1, 7, 300)}}},
		{Default: policy.Allow, Arches: []policy.ArchPolicy{
			{Arch: arch.X86_64, Rules: rules(1, 7, 300), Newer: []policy.Range{{Lo: 450, Hi: 460}}, Enosys: policy.Errno(38)},
			{Arch: arch.X86, Rules: rules(2, 7, 400)},
			{Arch: arch.X32, Rules: rules(arch.X32Bit|1, arch.X32Bit|520)},
		}},
		{Default: policy.Allow, Arches: []policy.ArchPolicy{
			{Arch: arch.MIPS64, Rules: rules(5000, 5003)},
			{Arch: arch.MIPS, Rules: rules(4001, 4007)},
			{Arch: arch.MIPS64N32, Rules: rules(6002), Newer: []policy.Range{{Lo: 6300, Hi: 7200}}},
		}},
	} {
		for _, pol.ByAudit = range []bool{false, true} {
			parts := partsOf(pol)
			for _, audit := range auditStarts(parts) {
				d := newDiagrams()
				answers := func(starts []uint32) []span {
					return d.numbers(pol, parts, starts, audit, func(p *part, nr uint32) node {
						return d.call(p.of(nr), p.general(pol, nr))
					})
				}
				if diff := cmp.Diff(answers(every), answers(numberStarts(owners(parts, audit))), cmp.AllowUnexported(span{})); diff != "" {
					t.Errorf("%s, ByAudit %v, audit %#x: answers (-every number +those of owners)\n%s", parts[0].Arch, pol.ByAudit, audit, diff)
				}
			}
		}
	}
}
