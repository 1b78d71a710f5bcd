package compile

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestVerify: a program with one wrong constant is a MiscompileError with a call
// that shows it.
func TestVerify(t *testing.T) {
	pol, err := profile.Default().Resolve(profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Policy(pol.Policy(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	insns := f.Insns()
	for i, in := range insns {
		if in.Op == abi.ClassJMP|abi.OpJEQ && in.K == 40 { // the family that socket is refused for
			insns[i].K = 41
		}
	}
	call, err := syscalls.ParseCall("x86_64 socket(40)")
	if err != nil {
		t.Fatal(err)
	}
	var got *MiscompileError
	if err := verify(insns, pol.Policy(), nil); !errors.As(err, &got) {
		t.Fatalf("verify of a wrong program = %v, want a MiscompileError", err)
	}
	if diff := cmp.Diff(&MiscompileError{call, policy.Allow, policy.Errno(1)}, got); diff != "" {
		t.Errorf("verify (-want +got)\n%s", diff)
	}
	want := "bug in the compiler, please report it with the profile: x86_64 socket(40) is ALLOW and means ERRNO(1)"
	if got.Error() != want {
		t.Errorf("error = %q, want %q", got, want)
	}
}

// TestVerifyTooHard: what cannot be proved is an error, and no fault of the
// compiler.
func TestVerifyTooHard(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds, and much longer where machines are emulated")
	}
	insns := []bpf.RawInstruction{ // whatever the product is, the answer is the policy's
		{Op: abi.ClassLD | abi.SizeW | abi.ModeABS, K: abi.DataArgs}, {Op: abi.ClassMISC | abi.MiscTAX},
		{Op: abi.ClassLD | abi.SizeW | abi.ModeABS, K: abi.DataArgs + 4}, {Op: abi.ClassALU | abi.OpMUL | abi.SrcX},
		{Op: abi.ClassJMP | abi.OpJEQ | abi.SrcK, K: 0xdeadbeef, Jf: 1}, {Op: abi.ClassRET}, {Op: abi.ClassRET},
	}
	err := verify(insns, &policy.Policy{Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}, nil)
	want := "the filter is not proved equal to the policy: undecided: instruction 3 (A *= X): what it makes of the input is beyond the budget of the proof (use fewer rules or conditions on one call)"
	if err == nil || err.Error() != want {
		t.Errorf("verify = %v, want %s", err, want)
	}
}

// TestNoVerify: the filter is the same without the proof.
func TestNoVerify(t *testing.T) {
	proved, err := JSON(profile.DefaultText(), benchTarget, Options{})
	if err != nil {
		t.Fatal(err)
	}
	unproved, err := JSON(profile.DefaultText(), benchTarget, Options{NoVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(proved.Bytes(), unproved.Bytes()); diff != "" {
		t.Errorf("without the proof (-with +without)\n%s", diff)
	}
}

// TestVerifyEffect: words that the kernel takes for one action are one, in filters that
// stand alone, in stacks, and for Diff.
func TestVerifyEffect(t *testing.T) {
	words := map[policy.Action]uint32{ // with the same effect
		policy.Allow:       uint32(policy.Allow) | 1024,
		policy.Log:         uint32(policy.Log) | 7,
		policy.Errno(4095): uint32(policy.Errno(5000)),
		policy.KillProcess: 0x12340000,
	}
	a := policy.ArchPolicy{Arch: arch.X86_64, Rules: []policy.Rule{
		{Nr: 1, Action: policy.Allow, Conds: []policy.Cond{{Op: policy.EQ, Value: 3}}},
		{Nr: 2, Action: policy.Log},
		{Nr: 3, Action: policy.Allow},
	}}
	pol := &policy.Policy{Default: policy.Errno(4095), BadArch: policy.KillProcess, Arches: []policy.ArchPolicy{a}}
	f, err := Policy(pol, Options{})
	if err != nil {
		t.Fatal(err)
	}
	insns, changed := f.Insns(), 0
	for i := range insns {
		if word, ok := words[policy.Action(insns[i].K)]; ok && insns[i].Op == abi.ClassRET|abi.RvalK {
			insns[i].K = word
			changed++
		}
	}
	if changed != len(words) {
		t.Fatalf("%d words changed, want %d", changed, len(words))
	}
	other, err := Load(insns, arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(other, pol); err != nil {
		t.Errorf("Verify = %v, want nil", err)
	}
	s, err := NewStack(other, other)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(s, pol); err != nil {
		t.Errorf("Verify of a stack = %v, want nil", err)
	}
	for _, c := range []Compiled{other, s} {
		if list, err := Diff(f, c); len(list) > 0 || err != nil {
			t.Errorf("Diff = %v, %v, want no differences", list, err)
		}
	}
	lenient := pol.Clone()
	lenient.Default = policy.Errno(4094)
	var wrong *MismatchError
	if err := Verify(other, lenient); !errors.As(err, &wrong) {
		t.Errorf("Verify against another errno = %v, want a MismatchError", err)
	}
}
