package prove

import (
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
)

// benchmark proves the program of a policy and reports its size.
func benchmark(b *testing.B, insns []bpf.RawInstruction, pol *profile.Policy) {
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
	pol := defaultPolicy(b, arch.X86_64, profile.DockerCaps())
	benchmark(b, mustCompile(b, pol), pol)
}

// separate is a policy of n calls with four conditions each that no other has.
func separate(n, width int) *profile.Policy {
	a := profile.ArchPolicy{Arch: arch.X86_64}
	for nr := range n {
		r := profile.Rule{Nr: uint32(nr), Action: profile.Allow}
		for arg, op := range []profile.Op{profile.EQ, profile.NE, profile.LT, profile.GE} {
			v := uint64(nr*4+arg+1) * 0x9e3779b97f4a7c15
			r.Conds = append(r.Conds, profile.Cond{Arg: arg, Op: op, Value: v >> (64 - width), Width: width})
		}
		a.Rules = append(a.Rules, r)
	}
	return &profile.Policy{Default: profile.Errno(1), Arches: []profile.ArchPolicy{a}}
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
	a := profile.ArchPolicy{Arch: arch.X86_64}
	for i := range 400 {
		a.Rules = append(a.Rules, profile.Rule{Nr: 16, Action: profile.Allow, Conds: []profile.Cond{
			{Arg: i % 2, Op: profile.EQ, Value: uint64(i) * 0x5401, Width: 32}}})
	}
	pol := &profile.Policy{Default: profile.Errno(1), Arches: []profile.ArchPolicy{a}}
	benchmark(b, mustCompile(b, pol), pol)
}

// BenchmarkChain proves a program that compares one number after another, as
// libseccomp's do.
func BenchmarkChain(b *testing.B) {
	insns := []bpf.RawInstruction{ld(4), jump(0x15, arch.AArch64.Audit(), 1, 0), ret(kill), ld(0)}
	a := profile.ArchPolicy{Arch: arch.AArch64}
	for nr := uint32(0); nr < 1200; nr += 2 {
		a.Rules = append(a.Rules, profile.Rule{Nr: nr, Action: profile.Allow})
		insns = append(insns, jump(0x15, nr, 0, 1), ret(allow))
	}
	insns = append(insns, ret(errno))
	benchmark(b, insns, &profile.Policy{Default: errno, BadArch: kill, Arches: []profile.ArchPolicy{a}})
}

// BenchmarkCanon makes the canonical form of the default profile for three ABIs.
func BenchmarkCanon(b *testing.B) {
	pol := defaultPolicy(b, arch.X86_64, profile.DockerCaps())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Canon(pol); err != nil {
			b.Fatal(err)
		}
	}
}
