//go:build seccomp

package main

import (
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"
	gvisor "gvisor.dev/gvisor/pkg/seccomp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// compileGVisor has gVisor's pkg/seccomp compile a section, for one ABI, with a
// set of rules for each action.
func compileGVisor(s *specs.LinuxSeccomp, a arch.Arch) ([]bpf.RawInstruction, error) {
	def, err := gvisorAction(s.DefaultAction, s.DefaultErrnoRet)
	if err != nil {
		return nil, err
	}
	p := gvisor.Program{Options: gvisor.ProgramOptions{DefaultAction: def, BadArchAction: gvisor.KillThread}}
	for _, e := range s.Syscalls {
		action, err := gvisorAction(e.Action, e.ErrnoRet)
		if err != nil {
			return nil, err
		}
		if action == def {
			continue
		}
		rule, err := gvisorRule(e.Args)
		if err != nil {
			return nil, err
		}
		set := gvisorSet(&p, action)
		for _, name := range e.Names {
			if nr, ok := syscalls.Number(a, name); ok {
				set.Add(uintptr(nr), rule)
			}
		}
	}
	built, _, err := p.Build()
	if err != nil {
		return nil, err
	}
	insns := make([]bpf.RawInstruction, len(built))
	for i, b := range built {
		insns[i] = bpf.RawInstruction{Op: b.OpCode, Jt: b.JumpIfTrue, Jf: b.JumpIfFalse, K: b.K}
	}
	return insns, nil
}

// gvisorSet returns the rules of the action, to which more can be added.
func gvisorSet(p *gvisor.Program, action gvisor.Action) gvisor.SyscallRules {
	for _, set := range p.RuleSets {
		if set.Action == action {
			return set.Rules
		}
	}
	set := gvisor.RuleSet{Action: action, Rules: gvisor.NewSyscallRules()}
	p.RuleSets = append(p.RuleSets, set)
	return set.Rules
}

func gvisorAction(a specs.LinuxSeccompAction, errno *uint) (gvisor.Action, error) {
	switch {
	case a == specs.ActAllow:
		return gvisor.Allow, nil
	case a == specs.ActErrno && errno == nil:
		return gvisor.ReturnError.Code(1), nil
	case a == specs.ActErrno:
		return gvisor.ReturnError.Code(uint16(*errno)), nil
	}
	return "", fmt.Errorf("no action %s here", a)
}

func gvisorRule(args []specs.LinuxSeccompArg) (gvisor.SyscallRule, error) {
	if len(args) == 0 {
		return gvisor.MatchAll{}, nil
	}
	var rule gvisor.PerArg
	for i := range rule {
		rule[i] = gvisor.AnyValue{}
	}
	for _, a := range args {
		if rule[a.Index] != (gvisor.AnyValue{}) {
			return nil, fmt.Errorf("argument %d twice in one rule", a.Index)
		}
		v := uintptr(a.Value)
		switch a.Op {
		case specs.OpNotEqual:
			rule[a.Index] = gvisor.NotEqual(v)
		case specs.OpLessThan:
			rule[a.Index] = gvisor.LessThan(v)
		case specs.OpLessEqual:
			rule[a.Index] = gvisor.LessThanOrEqual(v)
		case specs.OpEqualTo:
			rule[a.Index] = gvisor.EqualTo(v)
		case specs.OpGreaterEqual:
			rule[a.Index] = gvisor.GreaterThanOrEqual(v)
		case specs.OpGreaterThan:
			rule[a.Index] = gvisor.GreaterThan(v)
		case specs.OpMaskedEqual:
			rule[a.Index] = gvisor.MaskedEqual(v, uintptr(a.ValueTwo))
		default:
			return nil, fmt.Errorf("unknown operator %s", a.Op)
		}
	}
	return rule, nil
}
