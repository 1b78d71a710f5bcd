// Package seccomp replaces runc's libcontainer/seccomp, whose exported names it has.
package seccomp

import (
	"errors"
	"slices"

	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
)

const Enabled = true

// Version is that of libseccomp, which is not here.
func Version() (major, minor, micro uint) { return 0, 0, 0 }

// program compiles a configuration in runc's reading, for the kernel that runs.
func program(c *configs.Seccomp) (*install.Program, error) {
	if c == nil {
		return nil, errors.New("seccomp: no configuration")
	}
	s := specs.LinuxSeccomp{DefaultAction: specs.LinuxSeccompAction(actions.name(int(c.DefaultAction))), DefaultErrnoRet: c.DefaultErrnoRet,
		Flags: append([]specs.LinuxSeccompFlag{}, c.Flags...)} // nil would mean the default, which is in there
	for _, name := range c.Architectures {
		a, err := arch.Parse(name)
		if err != nil {
			return nil, err
		}
		s.Architectures = append(s.Architectures, specs.Arch(a.SCMP()))
	}
	for _, call := range c.Syscalls {
		switch {
		case call == nil || slices.Contains(call.Args, nil):
			return nil, errors.New("seccomp: null in the configuration")
		case call.Name == "write" && call.Action == configs.Notify: // an error as runc's tests want it
			return nil, errors.New("seccomp: SCMP_ACT_NOTIFY cannot be used for the write syscall, since runc itself makes it")
		}
		e := specs.LinuxSyscall{Names: []string{call.Name}, Action: specs.LinuxSeccompAction(actions.name(int(call.Action))), ErrnoRet: call.ErrnoRet}
		for _, a := range call.Args {
			op := specs.LinuxSeccompOperator(operators.name(int(a.Op)))
			e.Args = append(e.Args, specs.LinuxSeccompArg{Index: a.Index, Value: a.Value, ValueTwo: a.ValueTwo, Op: op})
		}
		s.Syscalls = append(s.Syscalls, e)
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
	logrus.Debugf("seccomp filter flags: %d", o.Flags) // which runc's tests read
	listener, err := install.Filter(p.Insns(), o)
	if listener == nil {
		return -1, err
	}
	return listener.FD(), err
}
