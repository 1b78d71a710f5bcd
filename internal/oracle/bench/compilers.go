//go:build seccomp

package main

import (
	"encoding/json"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
)

// A compiler makes instructions of a section's text.
type compiler struct {
	name    string
	single  bool   // can compile for one ABI only, this machine's
	color   string // in the plot
	compile func(section []byte, native arch.Arch) ([]bpf.RawInstruction, error)

	// What this compiler means by a section, in our terms.
	compat profile.Compat
	enosys profile.EnosysMode
}

var (
	seccompile = compiler{"seccompile", false, "#d62728", ours(profile.CompatKernel), profile.CompatKernel, profile.EnosysRunc}
	linear     = compiler{"libseccomp, linear", false, "#7f7f7f", reads(compileLinear), profile.CompatRunc, profile.EnosysOff}
	binaryTree = compiler{"libseccomp, optimize 2", false, "#1f77b4", reads(compileTree), profile.CompatRunc, profile.EnosysOff}
	runc       = compiler{"runc", false, "#17becf", reads(compileRunc), profile.CompatRunc, profile.EnosysRunc}
	goSeccomp  = compiler{"elastic/go-seccomp-bpf", true, "#ff7f0e", reads(compileElastic), profile.CompatRunc, profile.EnosysOff}
	gVisor     = compiler{"gVisor pkg/seccomp", true, "#2ca02c", reads(compileGVisor), profile.CompatRunc, profile.EnosysOff}
)

// compilers are all of them, in the order of the tables.
var compilers = []compiler{seccompile, linear, binaryTree, runc, goSeccomp, gVisor}

// ours is this project's compiler, the proof included.
func ours(c profile.Compat) func([]byte, arch.Arch) ([]bpf.RawInstruction, error) {
	return func(section []byte, native arch.Arch) ([]bpf.RawInstruction, error) {
		t := target(native)
		t.Compat, t.AcceptWeaker = c, c == profile.CompatRunc
		f, err := compile.JSON(section, t, compile.Options{})
		if err != nil {
			return nil, err
		}
		return f.Insns(), nil
	}
}

// reads puts the decoder of the standard library before a compiler.
func reads(from func(*specs.LinuxSeccomp, arch.Arch) ([]bpf.RawInstruction, error)) func([]byte, arch.Arch) ([]bpf.RawInstruction, error) {
	return func(section []byte, native arch.Arch) ([]bpf.RawInstruction, error) {
		var s specs.LinuxSeccomp
		if err := json.Unmarshal(section, &s); err != nil {
			return nil, err
		}
		return from(&s, native)
	}
}

// takes reports whether the compiler can do the work.
func (c *compiler) takes(w work) bool { return w.single || !c.single }
