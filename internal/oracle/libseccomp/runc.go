//go:build seccomp

// Package libseccomp makes filters of profiles as runc does, with the libseccomp
// of the machine. Its tests hold our policies, in runc's reading, to these
// filters by proof: where libseccomp keeps to its own rules both are equal, and
// where it does not a witness shows who is wrong.
//
// What libseccomp does right was found by trying (fragments_test.go), and so was
// what it does not (miscompiled_test.go).
package libseccomp

import (
	"fmt"
	"io"
	"os"

	"github.com/opencontainers/runtime-spec/specs-go"
	seccomp "github.com/seccomp/libseccomp-golang"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
)

// tokens are the ABIs that libseccomp 2.5 knows, of this machine's byte order.
var tokens = map[arch.Arch]seccomp.ScmpArch{
	arch.X86:         seccomp.ArchX86,
	arch.X86_64:      seccomp.ArchAMD64,
	arch.X32:         seccomp.ArchX32,
	arch.ARM:         seccomp.ArchARM,
	arch.AArch64:     seccomp.ArchARM64,
	arch.MIPSEL:      seccomp.ArchMIPSEL,
	arch.MIPSEL64:    seccomp.ArchMIPSEL64,
	arch.MIPSEL64N32: seccomp.ArchMIPSEL64N32,
	arch.PPC64LE:     seccomp.ArchPPC64LE,
	arch.RISCV64:     seccomp.ArchRISCV64,
}

// Filter returns the program that runc has libseccomp make of a profile for a
// machine whose native ABI is a. Names that libseccomp does not know, and rules
// that say the default action, are left out. The optimize level is 1, or 2 for a
// binary tree of the calls, which runc asks for if there are more than 32.
func Filter(s *specs.LinuxSeccomp, a arch.Arch, level int) ([]bpf.RawInstruction, error) {
	def, err := actionOf(s.DefaultAction, s.DefaultErrnoRet)
	if err != nil {
		return nil, err
	}
	f, err := seccomp.NewFilter(def)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	if err := setArches(f, s, a); err != nil {
		return nil, err
	}
	if err := f.SetOptimize(level); err != nil {
		return nil, fmt.Errorf("optimize level %d: %w", level, err)
	}
	for i := range s.Syscalls {
		if err := addEntry(f, &s.Syscalls[i], def); err != nil {
			return nil, err
		}
	}
	return export(f, a)
}

// setArches makes the ABIs of the filter a and those of the profile, in this
// order. A new filter has this machine's, which on a machine of a's comes first.
func setArches(f *seccomp.ScmpFilter, s *specs.LinuxSeccomp, a arch.Arch) error {
	here, err := seccomp.GetNativeArch()
	if err != nil {
		return err
	}
	for i, name := range append([]specs.Arch{specs.Arch(a.SCMP())}, s.Architectures...) {
		b, err := arch.Parse(string(name))
		if err != nil {
			return err
		}
		token, ok := tokens[b]
		if !ok {
			return fmt.Errorf("%s is not among the ABIs to ask libseccomp for", b)
		}
		if err := f.AddArch(token); err != nil {
			return fmt.Errorf("%s: %w", b, err)
		}
		if i == 0 && token != here {
			if err := f.RemoveArch(here); err != nil {
				return err
			}
		}
	}
	return nil
}

// addEntry adds the rules of an entry of the profile: for each name one, or one
// for each condition where an argument comes twice.
func addEntry(f *seccomp.ScmpFilter, e *specs.LinuxSyscall, def seccomp.ScmpAction) error {
	action, err := actionOf(e.Action, e.ErrnoRet)
	if err != nil || action == def {
		return err
	}
	var conds []seccomp.ScmpCondition
	twice, seen := false, map[uint]bool{}
	for _, a := range e.Args {
		op, ok := ops[a.Op]
		if !ok {
			return fmt.Errorf("unknown operator %q", a.Op)
		}
		c, err := seccomp.MakeCondition(a.Index, op, a.Value, a.ValueTwo)
		if err != nil {
			return err
		}
		conds = append(conds, c)
		twice = twice || seen[a.Index]
		seen[a.Index] = true
	}
	for _, name := range e.Names {
		call, err := seccomp.GetSyscallFromName(name)
		switch {
		case err == seccomp.ErrSyscallDoesNotExist:
			continue
		case err != nil:
		case len(conds) == 0:
			err = f.AddRule(call, action)
		case twice:
			for i := 0; i < len(conds) && err == nil; i++ {
				err = f.AddRuleConditional(call, action, conds[i:i+1])
			}
		default:
			err = f.AddRuleConditional(call, action, conds)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

var ops = map[specs.LinuxSeccompOperator]seccomp.ScmpCompareOp{
	specs.OpNotEqual:     seccomp.CompareNotEqual,
	specs.OpLessThan:     seccomp.CompareLess,
	specs.OpLessEqual:    seccomp.CompareLessOrEqual,
	specs.OpEqualTo:      seccomp.CompareEqual,
	specs.OpGreaterEqual: seccomp.CompareGreaterEqual,
	specs.OpGreaterThan:  seccomp.CompareGreater,
	specs.OpMaskedEqual:  seccomp.CompareMaskedEqual,
}

var actions = map[specs.LinuxSeccompAction]seccomp.ScmpAction{
	specs.ActKill:        seccomp.ActKillThread,
	specs.ActKillThread:  seccomp.ActKillThread,
	specs.ActKillProcess: seccomp.ActKillProcess,
	specs.ActTrap:        seccomp.ActTrap,
	specs.ActErrno:       seccomp.ActErrno,
	specs.ActTrace:       seccomp.ActTrace,
	specs.ActLog:         seccomp.ActLog,
	specs.ActAllow:       seccomp.ActAllow,
}

// actionOf returns the action with the errno, which is EPERM if none is given.
func actionOf(a specs.LinuxSeccompAction, errno *uint) (seccomp.ScmpAction, error) {
	action, ok := actions[a]
	if !ok {
		return 0, fmt.Errorf("unknown action %q", a)
	}
	data := uint(1)
	if errno != nil {
		data = *errno
	}
	return action.SetReturnCode(int16(data)), nil // which others do not take
}

// export returns the program of the filter.
func export(f *seccomp.ScmpFilter, a arch.Arch) ([]bpf.RawInstruction, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	exported := make(chan error)
	go func() {
		err := f.ExportBPF(w)
		w.Close()
		exported <- err
	}()
	raw, readErr := io.ReadAll(r)
	if err := <-exported; err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	if readErr != nil {
		return nil, readErr
	}
	p, err := compile.LoadBytes(raw, a)
	if err != nil {
		return nil, err
	}
	return p.Insns(), nil
}
