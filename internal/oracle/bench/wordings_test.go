//go:build seccomp

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	elastic "github.com/elastic/go-seccomp-bpf"
	seccomp "github.com/seccomp/libseccomp-golang"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
	gvisor "gvisor.dev/gvisor/pkg/seccomp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
	"github.com/seccompile/seccompile/testdata/builder"
)

// Five policies of testdata/builder in the words of other libraries, as their own
// examples are written. docs/builder.md compares the lines of these functions without
// the first and the last, for which they are formatted as gofmt has them.

func elasticReadOnly() elastic.Policy {
	return elastic.Policy{
		DefaultAction: elastic.ActionErrno,
		Syscalls: []elastic.SyscallGroup{{
			Action: elastic.ActionAllow,
			Names:  []string{"read", "write", "close", "exit_group"},
			NamesWithCondtions: []elastic.NameWithConditions{{
				Name:       "openat",
				Conditions: elastic.ArgumentConditions{{Argument: 2, Operation: elastic.BitsNotSet, Value: unix.O_ACCMODE | unix.O_CREAT | unix.O_TRUNC}},
			}},
		}},
	}
}

func elasticSocketFamilies() elastic.Policy {
	socket := func(family uint64) elastic.NameWithConditions {
		return elastic.NameWithConditions{
			Name:       "socket",
			Conditions: elastic.ArgumentConditions{{Argument: 0, Operation: elastic.Equal, Value: family}},
		}
	}
	return elastic.Policy{
		DefaultAction: elastic.ActionErrno,
		Syscalls: []elastic.SyscallGroup{{
			Action:             elastic.ActionAllow,
			Names:              []string{"connect", "sendto", "recvfrom", "close", "exit_group"},
			NamesWithCondtions: []elastic.NameWithConditions{socket(unix.AF_UNIX), socket(unix.AF_INET), socket(unix.AF_INET6)},
		}},
	}
}

func elasticNoTerminalInput() elastic.Policy {
	ioctl := func(request uint64) elastic.NameWithConditions {
		return elastic.NameWithConditions{
			Name:       "ioctl",
			Conditions: elastic.ArgumentConditions{{Argument: 1, Operation: elastic.Equal, Value: request}},
		}
	}
	return elastic.Policy{
		DefaultAction: elastic.ActionAllow,
		Syscalls: []elastic.SyscallGroup{{
			Action:             elastic.ActionErrno,
			NamesWithCondtions: []elastic.NameWithConditions{ioctl(unix.TIOCSTI), ioctl(unix.TIOCLINUX)},
		}},
	}
}

func elasticNoNamespaces() elastic.Policy {
	const spaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET
	return elastic.Policy{
		DefaultAction: elastic.ActionErrno,
		Syscalls: []elastic.SyscallGroup{{
			Action: elastic.ActionAllow,
			Names:  []string{"fork", "vfork", "execve", "wait4", "exit_group"},
			NamesWithCondtions: []elastic.NameWithConditions{{
				Name:       "clone",
				Conditions: elastic.ArgumentConditions{{Argument: 0, Operation: elastic.BitsNotSet, Value: spaces}},
			}},
		}, {
			Action: elastic.ActionErrno | elastic.Action(unix.ENOSYS),
			Names:  []string{"clone3"},
		}},
	}
}

func elasticWriteXorExecute() elastic.Policy {
	both := func(call string) elastic.NameWithConditions {
		return elastic.NameWithConditions{Name: call, Conditions: elastic.ArgumentConditions{
			{Argument: 2, Operation: elastic.BitsSet, Value: unix.PROT_WRITE},
			{Argument: 2, Operation: elastic.BitsSet, Value: unix.PROT_EXEC},
		}}
	}
	return elastic.Policy{
		DefaultAction: elastic.ActionAllow,
		Syscalls: []elastic.SyscallGroup{{
			Action: elastic.ActionErrno | elastic.Action(unix.EACCES),
			NamesWithCondtions: []elastic.NameWithConditions{both("mmap"), both("mprotect"), both("pkey_mprotect"), {
				Name:       "shmat",
				Conditions: elastic.ArgumentConditions{{Argument: 2, Operation: elastic.BitsSet, Value: 0o100000}},
			}},
		}},
	}
}

// rule is what a program with libseccomp-golang has for itself: the library adds a rule
// for one call at a time, by its number, and each step can fail.
func rule(f *seccomp.ScmpFilter, a seccomp.ScmpAction, name string, conds ...seccomp.ScmpCondition) error {
	call, err := seccomp.GetSyscallFromName(name)
	if err != nil {
		return err
	}
	if len(conds) == 0 {
		return f.AddRule(call, a)
	}
	return f.AddRuleConditional(call, a, conds)
}

func libseccompReadOnly() (*seccomp.ScmpFilter, error) {
	f, err := seccomp.NewFilter(seccomp.ActErrno.SetReturnCode(1))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"read", "write", "close", "exit_group"} {
		if err := rule(f, seccomp.ActAllow, name); err != nil {
			return nil, err
		}
	}
	readOnly, err := seccomp.MakeCondition(2, seccomp.CompareMaskedEqual, unix.O_ACCMODE|unix.O_CREAT|unix.O_TRUNC, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	return f, rule(f, seccomp.ActAllow, "openat", readOnly)
}

func libseccompSocketFamilies() (*seccomp.ScmpFilter, error) {
	f, err := seccomp.NewFilter(seccomp.ActErrno.SetReturnCode(1))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"connect", "sendto", "recvfrom", "close", "exit_group"} {
		if err := rule(f, seccomp.ActAllow, name); err != nil {
			return nil, err
		}
	}
	for _, family := range []uint64{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6} {
		cond, err := seccomp.MakeCondition(0, seccomp.CompareEqual, family)
		if err != nil {
			return nil, err
		}
		if err := rule(f, seccomp.ActAllow, "socket", cond); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func libseccompNoTerminalInput() (*seccomp.ScmpFilter, error) {
	f, err := seccomp.NewFilter(seccomp.ActAllow)
	if err != nil {
		return nil, err
	}
	for _, request := range []uint64{unix.TIOCSTI, unix.TIOCLINUX} {
		cond, err := seccomp.MakeCondition(1, seccomp.CompareEqual, request)
		if err != nil {
			return nil, err
		}
		if err := rule(f, seccomp.ActErrno.SetReturnCode(1), "ioctl", cond); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func libseccompNoNamespaces() (*seccomp.ScmpFilter, error) {
	const spaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET
	f, err := seccomp.NewFilter(seccomp.ActErrno.SetReturnCode(1))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"fork", "vfork", "execve", "wait4", "exit_group"} {
		if err := rule(f, seccomp.ActAllow, name); err != nil {
			return nil, err
		}
	}
	cond, err := seccomp.MakeCondition(0, seccomp.CompareMaskedEqual, spaces, 0)
	if err != nil {
		return nil, err
	}
	if err := rule(f, seccomp.ActAllow, "clone", cond); err != nil {
		return nil, err
	}
	return f, rule(f, seccomp.ActErrno.SetReturnCode(int16(unix.ENOSYS)), "clone3")
}

func libseccompWriteXorExecute() (*seccomp.ScmpFilter, error) {
	const both = unix.PROT_WRITE | unix.PROT_EXEC
	f, err := seccomp.NewFilter(seccomp.ActAllow)
	if err != nil {
		return nil, err
	}
	bits := map[string]uint64{"mmap": both, "mprotect": both, "pkey_mprotect": both, "shmat": 0o100000}
	for name, bits := range bits {
		cond, err := seccomp.MakeCondition(2, seccomp.CompareMaskedEqual, bits, bits)
		if err != nil {
			return nil, err
		}
		if err := rule(f, seccomp.ActErrno.SetReturnCode(int16(unix.EACCES)), name, cond); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func gvisorReadOnly() gvisor.Program {
	return gvisor.Program{
		Options: gvisor.ProgramOptions{DefaultAction: gvisor.ReturnError.Code(1), BadArchAction: gvisor.KillThread},
		RuleSets: []gvisor.RuleSet{{Action: gvisor.Allow, Rules: gvisor.MakeSyscallRules(map[uintptr]gvisor.SyscallRule{
			unix.SYS_READ:       gvisor.MatchAll{},
			unix.SYS_WRITE:      gvisor.MatchAll{},
			unix.SYS_CLOSE:      gvisor.MatchAll{},
			unix.SYS_EXIT_GROUP: gvisor.MatchAll{},
			unix.SYS_OPENAT:     gvisor.PerArg{gvisor.AnyValue{}, gvisor.AnyValue{}, gvisor.MaskedEqual(unix.O_ACCMODE|unix.O_CREAT|unix.O_TRUNC, unix.O_RDONLY)},
		})}},
	}
}

func gvisorSocketFamilies() gvisor.Program {
	return gvisor.Program{
		Options: gvisor.ProgramOptions{DefaultAction: gvisor.ReturnError.Code(1), BadArchAction: gvisor.KillThread},
		RuleSets: []gvisor.RuleSet{{Action: gvisor.Allow, Rules: gvisor.MakeSyscallRules(map[uintptr]gvisor.SyscallRule{
			unix.SYS_CONNECT:    gvisor.MatchAll{},
			unix.SYS_SENDTO:     gvisor.MatchAll{},
			unix.SYS_RECVFROM:   gvisor.MatchAll{},
			unix.SYS_CLOSE:      gvisor.MatchAll{},
			unix.SYS_EXIT_GROUP: gvisor.MatchAll{},
			unix.SYS_SOCKET: gvisor.Or{
				gvisor.PerArg{gvisor.EqualTo(unix.AF_UNIX)},
				gvisor.PerArg{gvisor.EqualTo(unix.AF_INET)},
				gvisor.PerArg{gvisor.EqualTo(unix.AF_INET6)},
			},
		})}},
	}
}

func gvisorNoTerminalInput() gvisor.Program {
	return gvisor.Program{
		Options: gvisor.ProgramOptions{DefaultAction: gvisor.Allow, BadArchAction: gvisor.KillThread},
		RuleSets: []gvisor.RuleSet{{Action: gvisor.ReturnError.Code(1), Rules: gvisor.MakeSyscallRules(map[uintptr]gvisor.SyscallRule{
			unix.SYS_IOCTL: gvisor.Or{
				gvisor.PerArg{gvisor.AnyValue{}, gvisor.EqualTo(unix.TIOCSTI)},
				gvisor.PerArg{gvisor.AnyValue{}, gvisor.EqualTo(unix.TIOCLINUX)},
			},
		})}},
	}
}

func gvisorNoNamespaces() gvisor.Program {
	const spaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET
	return gvisor.Program{
		Options: gvisor.ProgramOptions{DefaultAction: gvisor.ReturnError.Code(1), BadArchAction: gvisor.KillThread},
		RuleSets: []gvisor.RuleSet{{Action: gvisor.Allow, Rules: gvisor.MakeSyscallRules(map[uintptr]gvisor.SyscallRule{
			unix.SYS_FORK:       gvisor.MatchAll{},
			unix.SYS_VFORK:      gvisor.MatchAll{},
			unix.SYS_EXECVE:     gvisor.MatchAll{},
			unix.SYS_WAIT4:      gvisor.MatchAll{},
			unix.SYS_EXIT_GROUP: gvisor.MatchAll{},
			unix.SYS_CLONE:      gvisor.PerArg{gvisor.MaskedEqual(spaces, 0)},
		})}, {Action: gvisor.ReturnError.Code(uint16(unix.ENOSYS)), Rules: gvisor.MakeSyscallRules(map[uintptr]gvisor.SyscallRule{
			unix.SYS_CLONE3: gvisor.MatchAll{},
		})}},
	}
}

func gvisorWriteXorExecute() gvisor.Program {
	both := gvisor.PerArg{gvisor.AnyValue{}, gvisor.AnyValue{}, gvisor.MaskedEqual(unix.PROT_WRITE|unix.PROT_EXEC, unix.PROT_WRITE|unix.PROT_EXEC)}
	return gvisor.Program{
		Options: gvisor.ProgramOptions{DefaultAction: gvisor.Allow, BadArchAction: gvisor.KillThread},
		RuleSets: []gvisor.RuleSet{{Action: gvisor.ReturnError.Code(uint16(unix.EACCES)), Rules: gvisor.MakeSyscallRules(map[uintptr]gvisor.SyscallRule{
			unix.SYS_MMAP:          both,
			unix.SYS_MPROTECT:      both,
			unix.SYS_PKEY_MPROTECT: both,
			unix.SYS_SHMAT:         gvisor.PerArg{gvisor.AnyValue{}, gvisor.AnyValue{}, gvisor.MaskedEqual(0o100000, 0o100000)},
		})}},
	}
}

// A wording is a policy in the words of a library, made a program for x86_64.
type wording struct {
	function string
	program  func() ([]bpf.RawInstruction, error)
}

func ofElastic(name string, p elastic.Policy) wording {
	return wording{"elastic" + name, func() ([]bpf.RawInstruction, error) {
		insns, err := p.Assemble()
		if err != nil {
			return nil, err
		}
		return bpf.Assemble(insns)
	}}
}

func ofLibseccomp(name string, build func() (*seccomp.ScmpFilter, error)) wording {
	return wording{"libseccomp" + name, func() ([]bpf.RawInstruction, error) {
		f, err := build()
		if err != nil {
			return nil, err
		}
		defer f.Release()
		insns, err := disassembleFilter(f)
		if err != nil {
			return nil, err
		}
		return bpf.Assemble(insns)
	}}
}

func ofGVisor(name string, p gvisor.Program) wording {
	return wording{"gvisor" + name, func() ([]bpf.RawInstruction, error) {
		built, _, err := p.Build()
		if err != nil {
			return nil, err
		}
		insns := make([]bpf.RawInstruction, len(built))
		for i, b := range built {
			insns[i] = bpf.RawInstruction{Op: b.OpCode, Jt: b.JumpIfTrue, Jf: b.JumpIfFalse, K: b.K}
		}
		return insns, nil
	}}
}

// TestWordings: the words of other libraries mean the policy for plain calls, and where
// the page says that a call gets past them, it does.
func TestWordings(t *testing.T) {
	tests := []struct {
		policy string
		others []wording
		plain  []string // calls that all answer alike
		past   string   // a call that only ours refuses
		x86    string   // a call of 32-bit programs that only ours and those that kill it refuse
	}{
		{"read-only", []wording{ofElastic("ReadOnly", elasticReadOnly()), ofLibseccomp("ReadOnly", libseccompReadOnly), ofGVisor("ReadOnly", gvisorReadOnly())},
			[]string{"openat(0, 0, 0)", "openat(0, 0, 1)", "openat(0, 0, 0x80002)", "openat(0, 0, 0x80000)", "read()", "mount()"}, "", ""},
		{"socket-families", []wording{ofElastic("SocketFamilies", elasticSocketFamilies()), ofLibseccomp("SocketFamilies", libseccompSocketFamilies), ofGVisor("SocketFamilies", gvisorSocketFamilies())},
			[]string{"socket(1)", "socket(2)", "socket(10)", "socket(0)", "socket(16)", "connect()"}, "", ""},
		{"no-terminal-input", []wording{ofElastic("NoTerminalInput", elasticNoTerminalInput()), ofLibseccomp("NoTerminalInput", libseccompNoTerminalInput), ofGVisor("NoTerminalInput", gvisorNoTerminalInput())},
			[]string{"ioctl(0, 0x5412)", "ioctl(0, 0x541c)", "ioctl(0, 0x5413)", "read()"}, "ioctl(0, 0x100005412)", "ioctl(0, 0x5412)"},
		{"no-namespaces", []wording{ofElastic("NoNamespaces", elasticNoNamespaces()), ofLibseccomp("NoNamespaces", libseccompNoNamespaces), ofGVisor("NoNamespaces", gvisorNoNamespaces())},
			[]string{"clone(0x11)", "clone(0x10000011)", "clone(0x20011)", "clone3()", "execve()"}, "", ""},
		{"write-xor-execute", []wording{ofElastic("WriteXorExecute", elasticWriteXorExecute()), ofLibseccomp("WriteXorExecute", libseccompWriteXorExecute), ofGVisor("WriteXorExecute", gvisorWriteXorExecute())},
			[]string{"mmap(0, 1, 3)", "mmap(0, 1, 5)", "mmap(0, 1, 7)", "mprotect(0, 1, 6)", "pkey_mprotect(0, 1, 4)", "shmat(0, 0, 0x8000)", "shmat(0, 0, 0x1000)"}, "", ""},
	}
	for _, tt := range tests {
		i := slices.IndexFunc(builder.Policies, func(p builder.Policy) bool { return p.Name == tt.policy })
		p, err := builder.Policies[i].Build()
		if err != nil {
			t.Fatal(err)
		}
		ours, err := compile.Profile(p, profile.Target{Arch: arch.X86_64}, compile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		answer := func(f *compile.Filter, call string) policy.Action {
			if !strings.HasPrefix(call, "x86 ") {
				call = "x86_64 " + call
			}
			c, err := syscalls.ParseCall(call)
			if err != nil {
				t.Fatal(err)
			}
			return f.Run(c)
		}
		for _, w := range tt.others {
			insns, err := w.program()
			if err != nil {
				t.Fatalf("%s: %v", w.function, err)
			}
			f, err := compile.Load(insns, arch.X86_64)
			if err != nil {
				t.Fatalf("%s: %v", w.function, err)
			}
			for _, call := range tt.plain {
				if got, want := answer(f, call), answer(ours, call); got != want {
					t.Errorf("%s: %s is %s, and ours %s", w.function, call, got, want)
				}
			}
			if tt.x86 != "" {
				passes := strings.HasPrefix(w.function, "elastic")
				if got := answer(f, "x86 "+tt.x86); passes != (got == policy.Allow) || answer(ours, "x86 "+tt.x86) == policy.Allow {
					t.Errorf("%s: x86 %s is %s: the page says that it passes with elastic alone", w.function, tt.x86, got)
				}
			}
			if tt.past != "" && (answer(f, tt.past) != policy.Allow || answer(ours, tt.past) == policy.Allow) {
				t.Errorf("%s: %s is %s, and ours %s: the page says that it gets past", w.function, tt.past, answer(f, tt.past), answer(ours, tt.past))
			}
		}
	}
}

// TestWordingsPage: docs/builder.md has the lines that each policy takes.
func TestWordingsPage(t *testing.T) {
	lines := map[string]int{}
	for _, file := range []string{"wordings_test.go", "../../../testdata/builder/policies.go"} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				lines[d.Name.Name] = fset.Position(d.Body.End()).Line - fset.Position(d.Body.Pos()).Line - 1
			}
		}
	}
	page, err := os.ReadFile("../../../docs/builder.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ReadOnly", "SocketFamilies", "NoTerminalInput", "NoNamespaces", "WriteXorExecute"} {
		row := fmt.Sprintf("| `%s` | %d | %d | %d | %d |", name, lines[name], lines["elastic"+name], lines["libseccomp"+name], lines["gvisor"+name])
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/builder.md lacks the row %s", row)
		}
	}
}
