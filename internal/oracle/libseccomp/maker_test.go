//go:build seccomp

package libseccomp

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	seccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// A family is the ABIs of one filter, the native one first.
type family []arch.Arch

var families = []family{
	{arch.X86_64},
	{arch.X86_64, arch.X86},
	{arch.X86_64, arch.X86, arch.X32},
	{arch.X86_64, arch.X32},
	{arch.X86},
	{arch.AArch64},
	{arch.AArch64, arch.ARM},
	{arch.ARM},
	{arch.RISCV64},
	{arch.PPC64LE},
	{arch.MIPSEL},
	{arch.MIPSEL64, arch.MIPSEL64N32, arch.MIPSEL},
}

// has reports whether there are ABIs of so many bits.
func (f family) has(bits int) bool {
	return slices.ContainsFunc(f, func(a arch.Arch) bool { return a.Bits() == bits })
}

// uniform reports whether all ABIs are of as many bits, narrow whether of 32.
func (f family) uniform() bool { return !f.has(64) || !f.has(32) }
func (f family) narrow() bool  { return !f.has(64) }

// muxed reports whether an ABI has multiplexers.
func (f family) muxed() bool { return slices.ContainsFunc(f, hasMux) }

func hasMux(a arch.Arch) bool {
	_, _, ok := syscalls.Mux(a, "socket")
	return ok
}

// loses reports whether libseccomp's part for an ABI can lose the load of nr at
// optimize level 1, which it does with a call that has no number on the ABI. Where
// there are multiplexers these are the calls that only they make, others are left
// out; and where x32 has to be told from x86_64 nr has been loaded before.
func (f family) loses(s *specs.LinuxSeccomp) bool {
	return slices.ContainsFunc(f, func(a arch.Arch) bool {
		if a == arch.X86_64 && !slices.Contains(f, arch.X32) {
			return false
		}
		return slices.ContainsFunc(s.Syscalls, func(e specs.LinuxSyscall) bool {
			return slices.ContainsFunc(e.Names, func(name string) bool {
				_, ok := syscalls.Number(a, name)
				_, _, muxed := syscalls.Mux(a, name)
				return !ok && muxed == hasMux(a)
			})
		})
	})
}

// Names are the calls for profiles of a family, those behind multiplexers apart.
type names struct{ ordinary, muxed []string }

// namesOf returns the calls that libseccomp and we have under the same numbers.
// A call behind a multiplexer has no number there that could be asked for.
func namesOf(f family) (n names) {
	for name := range syscalls.Names() {
		nr, err := seccomp.GetSyscallFromName(name)
		if err != nil {
			continue // libseccomp does not know it
		}
		if back, err := nr.GetName(); err != nil || back != name {
			continue // two calls that this machine lacks have one number
		}
		muxed := slices.ContainsFunc(f, func(a arch.Arch) bool { _, _, ok := syscalls.Mux(a, name); return ok })
		switch {
		case name == "socketcall" || name == "ipc":
		case muxed:
			n.muxed = append(n.muxed, name)
		case !slices.ContainsFunc(f, func(a arch.Arch) bool { return !sameNumber(a, name) }):
			n.ordinary = append(n.ordinary, name)
		}
	}
	return n
}

func sameNumber(a arch.Arch, name string) bool {
	theirs, err := seccomp.GetSyscallFromNameByArch(name, tokens[a])
	ours, ok := syscalls.Number(a, name)
	if err != nil || theirs < 0 {
		return !ok
	}
	return ok && uint32(theirs) == ours
}

// allNames returns the calls for each of families.
func allNames(t *testing.T) (list []names) {
	for _, f := range families {
		n := namesOf(f)
		if len(n.ordinary) < 200 || f.muxed() && len(n.muxed) < 20 {
			t.Fatalf("%v: libseccomp and we have the same numbers for %d calls and %d multiplexed ones, want 200 and 20", f, len(n.ordinary), len(n.muxed))
		}
		list = append(list, n)
	}
	return list
}

// A maker makes trials from random numbers.
type maker struct {
	*rand.Rand
	def specs.LinuxSyscall // the default action of the profile in hand
}

func pick[T any](m *maker, from ...T) T { return from[m.IntN(len(from))] }

// trial returns a profile of calls with rules of one fragment each.
func (m *maker) trial(all []names) *trial {
	i := m.IntN(len(families))
	f, calls := families[i], all[i]
	m.def = m.action()
	c := &trial{arch: f[0], s: &specs.LinuxSeccomp{DefaultAction: m.def.Action, DefaultErrnoRet: m.def.ErrnoRet}}
	for _, a := range f[1:] {
		c.s.Architectures = append(c.s.Architectures, specs.Arch(a.SCMP()))
	}
	order := m.Perm(len(calls.ordinary))
	kinds := m.kinds(f)
	for _, kind := range kinds {
		c.fragments = append(c.fragments, kind.name)
		// Rules of multiplexed calls meet in the multiplexer, so they are for one
		// name or another; other calls come in pairs of the same rules.
		group := calls.muxed
		if !kind.muxed {
			group, order = []string{calls.ordinary[order[0]], calls.ordinary[order[1]]}, order[2:]
		}
		for _, rule := range kind.rules(m) {
			if rule.Names = group; kind.muxed {
				rule.Names = []string{pick(m, group...)}
			}
			c.s.Syscalls = append(c.s.Syscalls, rule)
		}
		if kind.muxed && m.IntN(3) == 0 {
			rule := m.action()
			rule.Names = []string{"socketcall", "ipc"}
			c.s.Syscalls = slices.Insert(c.s.Syscalls, m.IntN(len(c.s.Syscalls)+1), rule)
		}
	}
	if c.level = 1 + m.IntN(2); f.loses(c.s) {
		c.level = 2
	}
	return c
}

// kinds returns up to four fragments for a profile, at least one.
func (m *maker) kinds(f family) (kinds []fragment) {
	muxed := false
	for range 1 + m.IntN(4) {
		kind := pick(m, fragments...)
		if kind.where != nil && !kind.where(f) || kind.muxed && muxed {
			kind = fragments[0]
		}
		muxed = muxed || kind.muxed
		kinds = append(kinds, kind)
	}
	if i := slices.IndexFunc(kinds, func(k fragment) bool { return k.alone }); i >= 0 {
		for j := range kinds {
			if j != i {
				kinds[j] = fragments[0]
			}
		}
	}
	return kinds
}
