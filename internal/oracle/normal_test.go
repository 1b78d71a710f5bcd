package oracle

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// normal returns what a runtime on the target makes of an answer: the same for
// two answers that differ in nothing but the way to say it. The argument stays as
// it is.
func normal(in *specs.LinuxSeccomp, t profile.Target) *specs.LinuxSeccomp {
	if in == nil {
		return nil
	}
	s := *in
	s.DefaultAction, s.DefaultErrnoRet = normalAction(s.DefaultAction, s.DefaultErrnoRet)
	s.Architectures = normalArches(s.Architectures, t.Arch)
	s.Flags = normalFlags(s.Flags, t.Kernel)
	s.Syscalls = nil
	for _, c := range in.Syscalls {
		if len(c.Names) == 0 {
			continue // no name, no rule
		}
		c.Action, c.ErrnoRet = normalAction(c.Action, c.ErrnoRet)
		c.Args = slices.Clone(c.Args)
		for i := range c.Args {
			if a := &c.Args[i]; a.Op != specs.OpMaskedEqual {
				a.ValueTwo = 0 // no other operator has a second value
			}
		}
		if len(c.Args) == 0 {
			c.Args = nil
		}
		s.Syscalls = append(s.Syscalls, c)
	}
	return &s
}

// normalAction: KILL is KILL_THREAD; ERRNO and TRACE without an errno are with
// EPERM; others take none.
func normalAction(a specs.LinuxSeccompAction, errno *uint) (specs.LinuxSeccompAction, *uint) {
	switch a {
	case specs.ActKill:
		return specs.ActKillThread, nil
	case specs.ActErrno, specs.ActTrace:
		if errno == nil {
			errno = new(uint)
			*errno = 1
		}
		return a, errno
	}
	return a, nil
}

// normalArches: the native ABI is always in a filter, order and repetition say
// nothing, and what the kernel never runs gets no code.
func normalArches(list []specs.Arch, native arch.Arch) []specs.Arch {
	list = slices.DeleteFunc(slices.Clone(list), func(s specs.Arch) bool {
		a, err := arch.Parse(string(s))
		return err == nil && !a.SameKernel(native)
	})
	list = append(list, specs.Arch(native.SCMP()))
	slices.Sort(list)
	return slices.Compact(list)
}

// normalFlags: without flags, which is not the same as with an empty list,
// runtimes ask for SPEC_ALLOW; a kernel before 4.17 has none. TSYNC is up to
// whoever installs the filter.
func normalFlags(list []specs.LinuxSeccompFlag, k syscalls.Version) []specs.LinuxSeccompFlag {
	if list == nil && k.Compare(syscalls.Version{Major: 4, Minor: 17}) >= 0 {
		return []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagSpecAllow}
	}
	list = slices.DeleteFunc(slices.Clone(list), func(f specs.LinuxSeccompFlag) bool { return f == "SECCOMP_FILTER_FLAG_TSYNC" })
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 0 {
		return nil
	}
	return list
}
