//go:build seccomp

package libseccomp

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
)

// TestTiny: libseccomp makes of no made-up profile of up to eight calls a program that
// means the same and beats ours.
func TestTiny(t *testing.T) {
	unbeaten(t, *count/10, 1, (*maker).tiny)
}

// TestOdd is TestTiny for profiles of up to 68 calls, many with the same conditions, at
// level 2. Level 1 makes chains that find five calls in three comparisons and all others
// after sixty, which we do not (compile/numbers.go, chainLongest).
func TestOdd(t *testing.T) {
	unbeaten(t, *count/40, 2, (*maker).odd)
}

// unbeaten fails the test if libseccomp beats us for one of n profiles of a kind, at
// the lowest level or above.
func unbeaten(t *testing.T, n, lowest int, profile func(m *maker, f family, calls []string) *trial) {
	for _, f := range []family{{arch.X86_64}, {arch.X86_64, arch.X86}, {arch.X86_64, arch.X86, arch.X32}, {arch.X86}, {arch.AArch64, arch.ARM}, {arch.RISCV64}} {
		calls := namesOf(f).ordinary
		for level := lowest; level <= 2; level++ {
			var got tally
			for i := range uint64(n) {
				m := maker{Rand: rand.New(rand.NewPCG(*seed, i))}
				c := profile(&m, f, calls)
				pol, err := c.policy()
				if err != nil {
					got.refused++
					continue
				}
				got.compete(t, fmt.Sprintf("-seed=%d, profile %d", *seed, i), pol, c.s, f[0], level)
			}
			t.Logf("%v, optimize level %d: %v", f, level, &got)
			if got.beaten > 0 {
				t.Errorf("%v, optimize level %d: libseccomp beats us for %d profiles", f, level, got.beaten)
			}
			if got.equal() < n*9/10 {
				t.Errorf("%v, optimize level %d: %d of %d profiles can be compared, want nine in ten", f, level, got.equal(), n)
			}
		}
	}
}

// tiny returns a profile of one to eight calls, one rule each: half of the profiles allow
// calls alone, others have any actions, and a third has conditions.
func (m *maker) tiny(f family, calls []string) *trial {
	m.def = specs.LinuxSyscall{Action: specs.ActErrno}
	common := specs.LinuxSyscall{Action: specs.ActAllow}
	if m.IntN(2) == 0 {
		m.def = m.action()
		common = m.otherAction()
	}
	c := &trial{arch: f[0], s: &specs.LinuxSeccomp{DefaultAction: m.def.Action, DefaultErrnoRet: m.def.ErrnoRet}}
	for _, a := range f[1:] {
		c.s.Architectures = append(c.s.Architectures, specs.Arch(a.SCMP()))
	}
	conditions := m.IntN(3) == 0
	// Data for which each comparison can hold: a rule that never matches has no instructions
	// here, but libseccomp tests its number, and then parts the others in another way.
	datum := func() uint64 { return 1 + m.word()%(1<<31) }
	order := m.Perm(len(calls))
	for i := range 1 + m.IntN(8) {
		rule := common
		if m.IntN(4) == 0 {
			rule = m.otherAction()
		}
		if conditions && m.IntN(2) == 0 {
			rule.Args = m.conds(2, anyOp, datum)
		}
		rule.Names = []string{calls[order[i]]}
		c.s.Syscalls = append(c.s.Syscalls, rule)
	}
	return c
}

// odd returns a tiny profile, and up to 60 calls more with the same rules, some of them
// calls that have one already.
func (m *maker) odd(f family, calls []string) *trial {
	c := m.tiny(f, calls)
	order := m.Perm(len(calls))
	for k := range m.IntN(60) {
		r := c.s.Syscalls[m.IntN(len(c.s.Syscalls))]
		r.Names = []string{calls[order[k]]}
		if m.IntN(8) == 0 {
			r.Names = c.s.Syscalls[m.IntN(len(c.s.Syscalls))].Names
		}
		c.s.Syscalls = append(c.s.Syscalls, r)
	}
	return c
}
