package prove

import (
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// benchmark proves the program of a policy and reports its size.
func benchmark(b *testing.B, insns []bpf.RawInstruction, pol *policy.Policy) {
	b.ReportAllocs()
	for b.Loop() {
		if w, err := Policy(insns, pol); w != nil || err != nil {
			b.Fatalf("Policy = %+v, %v, want nil, nil", w, err)
		}
	}
	d := newDiagrams()
	d.policy(pol, nil)
	d.program(insns, arch.X86_64)
	b.ReportMetric(float64(len(insns)), "insns")
	b.ReportMetric(float64(len(d.rows)), "nodes")
	b.ReportMetric(float64(d.steps), "steps")
}

// BenchmarkDefault proves the default profile for x86_64, x86 and x32.
func BenchmarkDefault(b *testing.B) {
	pol := defaultPolicy(b, arch.X86_64, mustCaps("docker"))
	benchmark(b, mustCompile(b, pol), pol)
}

// separate is a policy of n calls with four conditions each that no other has.
func separate(n, width int) *policy.Policy {
	a := policy.ArchPolicy{Arch: arch.X86_64}
	for nr := range n {
		r := policy.Rule{Nr: uint32(nr), Action: policy.Allow}
		for arg, op := range []policy.Op{policy.EQ, policy.NE, policy.LT, policy.GE} {
			v := uint64(nr*4+arg+1) * 0x9e3779b97f4a7c15
			r.Conds = append(r.Conds, policy.Cond{Arg: uint8(arg), Op: op, Value: v >> (64 - width), Width: uint8(width)})
		}
		a.Rules = append(a.Rules, r)
	}
	return &policy.Policy{Default: policy.Errno(1), Arches: []policy.ArchPolicy{a}}
}

// BenchmarkSeparate proves as many rules with conditions as fit a program.
func BenchmarkSeparate(b *testing.B) {
	pol := separate(205, 64)
	benchmark(b, mustCompile(b, pol), pol)
}

// BenchmarkSeparateNarrow is BenchmarkSeparate for arguments of 32 bits.
func BenchmarkSeparateNarrow(b *testing.B) {
	pol := separate(400, 32)
	benchmark(b, mustCompile(b, pol), pol)
}

// BenchmarkManySeparate is the policy's side of 450 rules of 64 bits, which no
// program has room for, with one that shows that it is not equal.
func BenchmarkManySeparate(b *testing.B) {
	pol := separate(450, 64)
	b.ReportAllocs()
	for b.Loop() {
		if w, err := Policy([]bpf.RawInstruction{ret(errno)}, pol); w == nil || err != nil {
			b.Fatalf("Policy = %+v, %v, want a witness", w, err)
		}
	}
}

// BenchmarkOneCall proves 400 rules of one call, each of a value of one of two
// arguments.
func BenchmarkOneCall(b *testing.B) {
	a := policy.ArchPolicy{Arch: arch.X86_64}
	for i := range 400 {
		a.Rules = append(a.Rules, policy.Rule{Nr: 16, Action: policy.Allow, Conds: []policy.Cond{
			{Arg: uint8(i % 2), Op: policy.EQ, Value: uint64(i) * 0x5401, Width: 32}}})
	}
	pol := &policy.Policy{Default: policy.Errno(1), Arches: []policy.ArchPolicy{a}}
	benchmark(b, mustCompile(b, pol), pol)
}

// BenchmarkChain proves a program that compares one number after another, as
// libseccomp's do.
func BenchmarkChain(b *testing.B) {
	insns := []bpf.RawInstruction{ld(4), jump(0x15, arch.AArch64.Audit(), 1, 0), ret(kill), ld(0)}
	a := policy.ArchPolicy{Arch: arch.AArch64}
	for nr := uint32(0); nr < 1200; nr += 2 {
		a.Rules = append(a.Rules, policy.Rule{Nr: nr, Action: policy.Allow})
		insns = append(insns, jump(0x15, nr, 0, 1), ret(allow))
	}
	insns = append(insns, ret(errno))
	benchmark(b, insns, &policy.Policy{Default: errno, BadArch: kill, Arches: []policy.ArchPolicy{a}})
}

// BenchmarkCanon makes the canonical form of the default profile for three ABIs.
func BenchmarkCanon(b *testing.B) {
	pol := defaultPolicy(b, arch.X86_64, mustCaps("docker"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Canon(pol); err != nil {
			b.Fatal(err)
		}
	}
}
