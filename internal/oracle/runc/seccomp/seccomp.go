// Package seccomp replaces runc's libcontainer/seccomp. It has the same exported names.
package seccomp

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

const Enabled = true

// Version returns the version of libseccomp, which is not used.
func Version() (major, minor, micro uint) { return 0, 0, 0 }

// names are names of the OCI specification, indexed by runc's numbers.
type names []string

var (
	actions = names{configs.Kill: "SCMP_ACT_KILL", configs.KillThread: "SCMP_ACT_KILL_THREAD", configs.KillProcess: "SCMP_ACT_KILL_PROCESS",
		configs.Trap: "SCMP_ACT_TRAP", configs.Errno: "SCMP_ACT_ERRNO", configs.Notify: "SCMP_ACT_NOTIFY",
		configs.Trace: "SCMP_ACT_TRACE", configs.Log: "SCMP_ACT_LOG", configs.Allow: "SCMP_ACT_ALLOW"}
	operators = names{configs.EqualTo: "SCMP_CMP_EQ", configs.NotEqualTo: "SCMP_CMP_NE", configs.MaskEqualTo: "SCMP_CMP_MASKED_EQ",
		configs.GreaterThan: "SCMP_CMP_GT", configs.GreaterThanOrEqualTo: "SCMP_CMP_GE",
		configs.LessThan: "SCMP_CMP_LT", configs.LessThanOrEqualTo: "SCMP_CMP_LE"}
	flags = names{"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"}
	archs = names{"SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390", "SCMP_ARCH_S390X",
		"SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
		"SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_LOONGARCH64"}
)

// name returns "" for a number that has no name. Package profile reports it.
func (n names) name(i int) string {
	if i < 0 || i >= len(n) {
		return ""
	}
	return n[i]
}

func (n names) number(name string) (int, error) {
	i := slices.Index(n, name)
	if i < 0 || name == "" {
		return 0, fmt.Errorf("seccomp: unknown name %q, want one of %q", name, n.sorted())
	}
	return i, nil
}

func (n names) sorted() []string {
	return slices.DeleteFunc(slices.Sorted(slices.Values(n)), func(s string) bool { return s == "" })
}

// The following are for runc features.
func KnownActions() []string   { return actions.sorted() }
func KnownOperators() []string { return operators.sorted() }
func KnownArchs() []string     { return archs.sorted() }
func KnownFlags() []string     { return flags.sorted() }
func SupportedFlags() []string {
	return slices.DeleteFunc(flags.sorted(), func(s string) bool { return FlagSupported(specs.LinuxSeccompFlag(s)) != nil })
}

// The following are for the conversion of a config.json.
func ConvertStringToAction(name string) (configs.Action, error) {
	i, err := actions.number(name)
	return configs.Action(i), err
}
func ConvertStringToOperator(name string) (configs.Operator, error) {
	i, err := operators.number(name)
	return configs.Operator(i), err
}
func ConvertStringToArch(name string) (string, error) {
	_, err := archs.number(name)
	a, _ := arch.Parse(name)
	return a.Containers(), err
}

// FlagSupported returns nil if the kernel has the flag. runc accepts and ignores TSYNC.
func FlagSupported(flag specs.LinuxSeccompFlag) error {
	_, err := flags.number(string(flag))
	if f, _ := policy.ParseFlag(string(flag)); err == nil && f != policy.FlagTSync {
		err = install.HaveFlag(uint(f))
	}
	return err
}

// program compiles a configuration for this kernel, in runc's reading.
func program(c *configs.Seccomp) (*install.Program, error) {
	if c == nil {
		return nil, errors.New("seccomp: no configuration")
	}
	s := specs.LinuxSeccomp{DefaultAction: specs.LinuxSeccompAction(actions.name(int(c.DefaultAction))), DefaultErrnoRet: c.DefaultErrnoRet,
		Flags: append([]specs.LinuxSeccompFlag{}, c.Flags...)} // not nil, because runc has added the default
	for _, name := range c.Architectures {
		a, err := arch.Parse(name)
		if err != nil {
			return nil, err
		}
		s.Architectures = append(s.Architectures, specs.Arch(a.SCMP()))
	}
	var last *specs.LinuxSyscall // without its names. Entries with many names need less memory.
	for _, call := range c.Syscalls {
		switch {
		case call == nil || slices.Contains(call.Args, nil):
			return nil, errors.New("seccomp: null in the configuration")
		case call.Name == "write" && call.Action == configs.Notify: // runc's tests expect this text
			return nil, errors.New("seccomp: SCMP_ACT_NOTIFY cannot be used for the write syscall, since runc itself makes it")
		}
		e := specs.LinuxSyscall{Action: specs.LinuxSeccompAction(actions.name(int(call.Action))), ErrnoRet: call.ErrnoRet}
		for _, a := range call.Args {
			op := specs.LinuxSeccompOperator(operators.name(int(a.Op)))
			e.Args = append(e.Args, specs.LinuxSeccompArg{Index: a.Index, Value: a.Value, ValueTwo: a.ValueTwo, Op: op})
		}
		if last == nil || !reflect.DeepEqual(*last, e) {
			s.Syscalls, last = append(s.Syscalls, e), &e
		}
		list := &s.Syscalls[len(s.Syscalls)-1].Names
		*list = append(*list, call.Name)
	}
	p, err := profile.FromStruct(s, profile.ParseOptions{File: "linux.seccomp"})
	if err != nil {
		return nil, err
	}
	target, err := profile.Host()
	if err != nil {
		return nil, err
	}
	target.Features = profile.FeaturesOf(install.Probe())
	target.Compat, target.AcceptWeaker = profile.CompatRunc, true
	f, err := compile.Profile(p, target, compile.Options{})
	for _, note := range f.Notes() {
		logrus.Debugf("seccomp: %s", note)
	}
	return install.NewProgram(f.Insns(), f.Flags()), err
}

// load installs a program on this thread and returns the listener, or -1. It leaves
// no_new_privs to runc.
func load(p *install.Program, err error) (int, error) {
	if err != nil {
		return -1, err
	}
	o := p.Options()
	o.AllowNewPrivs = true
	logrus.Debugf("seccomp filter flags: %d", o.Flags) // runc's tests expect this text
	listener, err := install.Filter(p.Insns(), o)
	if listener == nil {
		return -1, err
	}
	return listener.FD(), err
}
