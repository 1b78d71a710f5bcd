package prove

import (
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

func BenchmarkDefault(b *testing.B) {
	pol, err := profile.Default().Resolve(profile.Target{Arch: arch.X86_64, Caps: profile.DockerCaps(), Kernel: syscalls.Version{Major: 6, Minor: 18}})
	if err != nil {
		b.Fatal(err)
	}
	f, err := compile.Policy(pol, compile.Options{})
	if err != nil {
		b.Fatal(err)
	}
	insns := f.Insns()
	b.ReportAllocs()
	for b.Loop() {
		w, err := Policy(insns, pol)
		if err != nil || w != nil {
			b.Fatal(w, err)
		}
	}
}

func BenchmarkX(b *testing.B) {
	pol, err := profile.Default().Resolve(profile.Target{Arch: arch.X86_64, Caps: profile.DockerCaps(), Kernel: syscalls.Version{Major: 6, Minor: 18}})
	if err != nil {
		b.Fatal(err)
	}
	f, _ := compile.Policy(pol, compile.Options{})
	insns := f.Insns()
	b.Run("policy", func(b *testing.B) {
		for b.Loop() {
			d := newDiagrams()
			d.policy(pol)
			b.ReportMetric(float64(len(d.rows)), "nodes")
			b.ReportMetric(float64(d.steps), "steps")
		}
	})
	b.Run("program", func(b *testing.B) {
		for b.Loop() {
			d := newDiagrams()
			d.program(insns, false, 1)
			b.ReportMetric(float64(len(d.rows)), "nodes")
			b.ReportMetric(float64(d.steps), "steps")
		}
	})
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			newDiagrams()
		}
	})
}
