//go:build seccomp

package libseccomp

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
)

// shrink returns the trial with as little in the profile as still shows a
// mismatch: without any one entry, name, condition or ABI more there is none.
func (c *trial) shrink() *trial {
	mismatches := func(c *trial) bool {
		_, err := c.judge()
		return errors.As(err, new(mismatch))
	}
	if !mismatches(c) {
		return c // an error of another kind
	}
	for {
		i := slices.IndexFunc(c.smaller(), mismatches)
		if i < 0 {
			return c
		}
		c = c.smaller()[i]
	}
}

// smaller returns the trial without one thing of its profile, in all ways.
func (c *trial) smaller() (list []*trial) {
	with := func(change func(s *specs.LinuxSeccomp)) {
		s := *c.s
		s.Architectures = slices.Clone(s.Architectures)
		s.Syscalls = slices.Clone(s.Syscalls)
		change(&s)
		list = append(list, &trial{s: &s, arch: c.arch, level: c.level})
	}
	for i, e := range c.s.Syscalls {
		with(func(s *specs.LinuxSeccomp) { s.Syscalls = slices.Delete(s.Syscalls, i, i+1) })
		for j := range e.Names {
			if len(e.Names) > 1 {
				with(func(s *specs.LinuxSeccomp) { s.Syscalls[i].Names = slices.Delete(slices.Clone(e.Names), j, j+1) })
			}
		}
		for j := range e.Args {
			with(func(s *specs.LinuxSeccomp) { s.Syscalls[i].Args = slices.Delete(slices.Clone(e.Args), j, j+1) })
		}
	}
	for i := range c.s.Architectures {
		with(func(s *specs.LinuxSeccomp) { s.Architectures = slices.Delete(s.Architectures, i, i+1) })
	}
	return list
}

// TestShrink: what does not matter to a mismatch is taken away, what does stays.
func TestShrink(t *testing.T) {
	names := func(e specs.LinuxSyscall, list ...string) specs.LinuxSyscall {
		e.Names = list
		return e
	}
	first, second := deny("getppid", is(0, "==", 2)), deny("getppid", is(0, "!=", 5), is(1, "==", 2))
	c := trialOf([]arch.Arch{arch.X86_64, arch.X32, arch.X86}, []specs.LinuxSyscall{
		deny("kill"), first, names(second, "getuid", "getppid", "read"), deny("write", is(0, "==", 1), is(3, ">", 7)),
	})
	want := trialOf([]arch.Arch{arch.X86_64}, []specs.LinuxSyscall{first, second}).text()
	if diff := cmp.Diff(want, c.shrink().text()); diff != "" {
		t.Errorf("shrink(%s) (-want +got)\n%s", c.text(), diff)
	}
	equal := trialOf([]arch.Arch{arch.X86_64, arch.X86}, []specs.LinuxSyscall{first, deny("kill")})
	if got := equal.shrink(); got != equal {
		t.Errorf("shrink(%s) = %s, want the same: there is no mismatch", equal.text(), got.text())
	}
}
