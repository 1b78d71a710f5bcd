//go:build seccomp

package libseccomp

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// byBit returns the program with x32's numbers told from x86_64's by bit 30, as
// the kernel tells them (arch/x86/include/asm/compat.h, in_x32_syscall). Where
// x32 is not in the filter, libseccomp tells them by 1<<30 or more.
func byBit(insns []bpf.RawInstruction) []bpf.RawInstruction {
	insns = slices.Clone(insns)
	for i := range insns {
		if in := &insns[i]; in.Op == abi.ClassJMP|abi.OpJGE && in.K == arch.X32Bit {
			in.Op = abi.ClassJMP | abi.OpJSET
		}
	}
	return insns
}

// TestByBit: what byBit changes is the answer to numbers that no call has.
func TestByBit(t *testing.T) {
	s := trialOf([]arch.Arch{arch.X86_64}, nil).s
	for _, level := range []int{1, 2} {
		insns, err := Filter(s, arch.X86_64, level)
		if err != nil {
			t.Fatal(err)
		}
		got, err := prove.Programs(insns, byBit(insns), arch.X86_64.ByteOrder())
		if err != nil {
			t.Fatal(err)
		}
		audit := arch.X86_64.Audit()
		want := []prove.Difference{{
			FirstAudit: audit, LastAudit: audit, FirstNr: 1 << 31, LastNr: 1<<31 + 1<<30 - 1,
			Old: profile.KillThread, New: profile.Allow, Witness: syscalls.Call{Audit: audit, Nr: 1 << 31},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what byBit changes at level %d (-want +got)\n%s", level, diff)
		}
	}
}
