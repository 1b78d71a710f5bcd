//go:build seccomp

package main

import (
	"fmt"
	_ "unsafe" // for linkname

	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runc/libcontainer/specconv"
	"github.com/opencontainers/runtime-spec/specs-go"
	seccomp "github.com/seccomp/libseccomp-golang"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/oracle/native"
)

// runc's steps, which it exports only together with the installation.

//go:linkname getAction github.com/opencontainers/runc/libcontainer/seccomp.getAction
func getAction(configs.Action, *uint) (seccomp.ScmpAction, error)

//go:linkname matchCall github.com/opencontainers/runc/libcontainer/seccomp.matchCall
func matchCall(*seccomp.ScmpFilter, *configs.Syscall, seccomp.ScmpAction) error

//go:linkname disassembleFilter github.com/opencontainers/runc/libcontainer/seccomp/patchbpf.disassembleFilter
func disassembleFilter(*seccomp.ScmpFilter) ([]bpf.Instruction, error)

//go:linkname enosysPatchFilter github.com/opencontainers/runc/libcontainer/seccomp/patchbpf.enosysPatchFilter
func enosysPatchFilter(*configs.Seccomp, *seccomp.ScmpFilter) ([]unix.SockFilter, error)

// compileLinear has libseccomp compare number after number, as crun and Podman have it.
func compileLinear(s *specs.LinuxSeccomp, a arch.Arch) ([]bpf.RawInstruction, error) {
	return libseccomp(s, a, 1)
}

// compileTree has libseccomp make a binary tree of the numbers.
func compileTree(s *specs.LinuxSeccomp, a arch.Arch) ([]bpf.RawInstruction, error) {
	return libseccomp(s, a, 2)
}

func libseccomp(s *specs.LinuxSeccomp, a arch.Arch, level int) ([]bpf.RawInstruction, error) {
	_, f, err := addRules(s, a, level)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	insns, err := disassembleFilter(f)
	if err != nil {
		return nil, err
	}
	return bpf.Assemble(insns)
}

// compileRunc compiles as runc does: libseccomp's tree behind a stub that answers ENOSYS
// for calls newer than the profile.
func compileRunc(s *specs.LinuxSeccomp, a arch.Arch) ([]bpf.RawInstruction, error) {
	defer native.Set(a)() // the stub is for the machine that runc takes this one for
	conf, f, err := addRules(s, a, 2)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	patched, err := enosysPatchFilter(conf, f)
	if err != nil {
		return nil, err
	}
	insns := make([]bpf.RawInstruction, len(patched))
	for i, p := range patched {
		insns[i] = bpf.RawInstruction{Op: p.Code, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	return insns, nil
}

// addRules is runc's libcontainer/seccomp.InitSeccomp up to the installation, for
// any native ABI and optimize level.
func addRules(s *specs.LinuxSeccomp, a arch.Arch, level int) (*configs.Seccomp, *seccomp.ScmpFilter, error) {
	conf, err := specconv.SetupSeccomp(s)
	if err != nil {
		return nil, nil, err
	}
	def, err := getAction(conf.DefaultAction, conf.DefaultErrnoRet)
	if err != nil {
		return nil, nil, err
	}
	f, err := seccomp.NewFilter(def)
	if err != nil {
		return nil, nil, err
	}
	if err := fill(f, conf, a, def, level); err != nil {
		f.Release()
		return nil, nil, err
	}
	return conf, f, nil
}

func fill(f *seccomp.ScmpFilter, conf *configs.Seccomp, a arch.Arch, def seccomp.ScmpAction, level int) error {
	for _, name := range conf.Architectures {
		token, err := seccomp.GetArchFromString(name)
		if err != nil {
			return err
		}
		if err := f.AddArch(token); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	// A new filter has the machine's ABI.
	if a != arch.X86_64 {
		if err := f.RemoveArch(seccomp.ArchAMD64); err != nil {
			return err
		}
	}
	if err := f.SetOptimize(level); err != nil {
		return err
	}
	for _, call := range conf.Syscalls {
		if err := matchCall(f, call, def); err != nil {
			return err
		}
	}
	return nil
}
