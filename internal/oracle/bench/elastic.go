//go:build seccomp

package main

import (
	"fmt"

	elastic "github.com/elastic/go-seccomp-bpf"
	elasticarch "github.com/elastic/go-seccomp-bpf/arch"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
)

// compileElastic has go-seccomp-bpf compile what it can say of a section: one
// ABI, one group of calls for each action, no errno but EPERM by default.
func compileElastic(s *specs.LinuxSeccomp, _ arch.Arch) ([]bpf.RawInstruction, error) {
	def, err := elasticAction(s.DefaultAction, s.DefaultErrnoRet)
	if err != nil {
		return nil, err
	}
	p := elastic.Policy{DefaultAction: def}
	always := map[string]bool{} // a call may be in a group but once, if it has no conditions
	for _, e := range s.Syscalls {
		for _, name := range e.Names {
			always[name] = always[name] || len(e.Args) == 0
		}
	}
	listed := map[string]bool{}
	for _, e := range s.Syscalls {
		action, err := elasticAction(e.Action, e.ErrnoRet)
		if err != nil {
			return nil, err
		}
		if action == def {
			continue
		}
		conds, err := elasticConds(e.Args)
		if err != nil {
			return nil, err
		}
		g := elasticGroup(&p, action)
		for _, name := range e.Names {
			if _, known := elasticarch.X86_64.SyscallNames[name]; !known || listed[name] {
				continue
			}
			switch {
			case len(conds) == 0:
				listed[name] = true
				g.Names = append(g.Names, name)
			case !always[name]:
				g.NamesWithCondtions = append(g.NamesWithCondtions, elastic.NameWithConditions{Name: name, Conditions: conds})
			}
		}
	}
	insns, err := p.Assemble()
	if err != nil {
		return nil, err
	}
	return bpf.Assemble(insns)
}

// elasticGroup returns the group of the action, which it makes if there is none.
func elasticGroup(p *elastic.Policy, action elastic.Action) *elastic.SyscallGroup {
	for i := range p.Syscalls {
		if p.Syscalls[i].Action == action {
			return &p.Syscalls[i]
		}
	}
	p.Syscalls = append(p.Syscalls, elastic.SyscallGroup{Action: action})
	return &p.Syscalls[len(p.Syscalls)-1]
}

func elasticAction(a specs.LinuxSeccompAction, errno *uint) (elastic.Action, error) {
	switch {
	case a == specs.ActAllow:
		return elastic.ActionAllow, nil
	case a == specs.ActErrno && (errno == nil || *errno == 1):
		return elastic.ActionErrno, nil
	case a == specs.ActErrno:
		return elastic.ActionErrno | elastic.Action(*errno), nil
	}
	return 0, fmt.Errorf("no action %s here", a)
}

func elasticConds(args []specs.LinuxSeccompArg) (list elastic.ArgumentConditions, err error) {
	ops := map[specs.LinuxSeccompOperator]elastic.Operation{
		specs.OpNotEqual:     elastic.NotEqual,
		specs.OpLessThan:     elastic.LessThan,
		specs.OpLessEqual:    elastic.LessOrEqual,
		specs.OpEqualTo:      elastic.Equal,
		specs.OpGreaterEqual: elastic.GreaterOrEqual,
		specs.OpGreaterThan:  elastic.GreaterThan,
		specs.OpMaskedEqual:  elastic.BitsNotSet,
	}
	for _, a := range args {
		op, ok := ops[a.Op]
		if !ok || a.Op == specs.OpMaskedEqual && a.ValueTwo != 0 {
			return nil, fmt.Errorf("no condition for %s with %#x", a.Op, a.ValueTwo)
		}
		list = append(list, elastic.Condition{Argument: uint32(a.Index), Operation: op, Value: a.Value})
	}
	return list, nil
}
