package compile

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestDiffers: of filters that cannot be followed a call is found all the same, if
// one of the plainest shows that they differ.
func TestDiffers(t *testing.T) {
	load := func(insns ...bpf.RawInstruction) *Filter {
		t.Helper()
		f, err := Load(insns, arch.X86_64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	ret := func(w policy.Action) bpf.RawInstruction { return bpf.RawInstruction{Op: abi.ClassRET, K: uint32(w)} }
	allow := load(ret(policy.Allow))
	retNr := load(bpf.RawInstruction{Op: abi.ClassLD | abi.ModeABS}, bpf.RawInstruction{Op: abi.ClassRET | abi.RvalA})
	retArg := load(bpf.RawInstruction{Op: abi.ClassLD | abi.ModeABS, K: abi.DataArgs}, bpf.RawInstruction{Op: abi.ClassRET | abi.RvalA})
	for _, f := range []*Filter{retNr, retArg} {
		var many *DiffError
		if _, err := Diff(allow, f); !errors.As(err, &many) || many.Example.Old != policy.Allow || f.Run(many.Example.Witness) == policy.Allow {
			t.Errorf("Diff = %v, want a DiffError with a call", err)
		}
		var wrong *MismatchError
		pol := &policy.Policy{Default: policy.Allow, BadArch: policy.Allow, Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}
		if err := Verify(f, pol); !errors.As(err, &wrong) || f.Run(wrong.Difference.Witness) == policy.Allow {
			t.Errorf("Verify = %v, want a MismatchError with a call", err)
		}
	}
	var undecided *UndecidedError
	if _, err := Diff(retArg, retArg); err != nil && (!errors.As(err, &undecided) || !strings.HasPrefix(err.Error(), "undecided: instruction 1")) {
		t.Errorf("Diff with itself = %v, want nothing or an UndecidedError", err)
	}
	// Two words that the kernel takes for one are no difference.
	for _, pair := range [][2]policy.Action{{policy.Errno(4095), policy.Errno(5000)}, {policy.Allow, policy.Allow | 1}, {policy.KillProcess, 0x12340000}} {
		if list, err := Diff(load(ret(pair[0])), load(ret(pair[1]))); len(list) > 0 || err != nil {
			t.Errorf("Diff of %#x and %#x = %v, %v, want none", uint32(pair[0]), uint32(pair[1]), list, err)
		}
	}
}
