package compile_test

import (
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestAnswers: the answers are those of Run, for calls with arguments on both sides of each
// bound, and each call gets exactly one.
func TestAnswers(t *testing.T) {
	p, err := profile.New(policy.Errno(1)).
		Allow("read", "exit_group").
		Allow("socket").If(profile.Arg(0).Is(1, 2)).
		Answer(policy.Trace(0xa17e), "ptrace").
		Answer(policy.Trace(0xa17f), "kexec_load").Profile()
	if err != nil {
		t.Fatal(err)
	}
	f, err := compile.Profile(p, profile.Target{Arch: arch.X86_64}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := compile.Answers(f)
	if err != nil {
		t.Fatal(err)
	}
	for nr, name := range syscalls.All(arch.X86_64) {
		for _, arg := range []uint64{0, 1, 2, 3, 1<<32 + 1, ^uint64(0)} {
			c := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: nr, Args: [6]uint64{arg}}
			var got []policy.Action
			for _, a := range list {
				if a.Arch != arch.X86_64 || a.Call != name {
					continue
				}
				for _, w := range a.Where {
					if w.Holds(c) {
						got = append(got, a.Action)
					}
				}
				if f.Run(a.Example) != a.Action {
					t.Errorf("%s is not %s, which Answers gives as an example of it", a.Example, a.Action)
				}
			}
			if want := f.Run(c); len(got) != 1 || got[0] != want {
				t.Errorf("Answers of %s = %v, want %s alone", c, got, want)
			}
		}
	}
}

// TestAnswersOfOne: a filter with one answer has one for every ABI.
func TestAnswersOfOne(t *testing.T) {
	for _, action := range []policy.Action{policy.Allow, policy.Trace(0xa17e)} {
		f, err := compile.Load([]bpf.RawInstruction{{Op: 6, K: uint32(action)}}, arch.X86_64)
		if err != nil {
			t.Fatal(err)
		}
		list, err := compile.Answers(f)
		if err != nil {
			t.Fatal(err)
		}
		unknown := false
		for _, a := range list {
			unknown = unknown || a.Arch == 0
			if a.Action != action {
				t.Errorf("Answers of a filter that answers %s: %+v", action, a)
			}
		}
		if !unknown {
			t.Errorf("Answers of a filter that answers %s has nothing on unknown ABIs", action)
		}
	}
}
