package compile

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestFingerprintOfFilters: the instructions of a policy's filter have the policy's
// fingerprint, and two stacks have one exactly if Diff finds no difference.
func TestFingerprintOfFilters(t *testing.T) {
	t.Parallel()
	r := newRand(t)
	equal, decided := 0, 0
	for range 60 {
		a, b := randomPair(r)
		var filters []*Filter
		for _, pol := range []*policy.Policy{a, b} {
			f, err := Policy(pol, Options{NoVerify: true})
			if err != nil {
				break
			}
			want, err := Fingerprint(pol)
			if err != nil {
				break
			}
			loaded, err := Load(f.insns, f.native)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := mustStack(t, loaded).Fingerprint(); err != nil || got != want {
				t.Fatalf("Fingerprint of the filter = %x, %v, and of its policy %x\n%s", got, err, want, pol)
			}
			filters = append(filters, loaded)
		}
		if len(filters) < 2 {
			continue
		}
		both := mustStack(t, filters...)
		fold, err := both.Fold()
		if err != nil {
			continue
		}
		decided++
		got, err := both.Fingerprint()
		if want, err2 := mustStack(t, fold).Fingerprint(); err != nil || err2 != nil || got != want {
			t.Fatalf("Fingerprint of two filters = %x, %v, and of their fold %x, %v\n%s", got, err, want, err2, both)
		}
		one, err := mustStack(t, filters[0]).Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		list, err := Diff(filters[0], both)
		var many *DiffError
		if err != nil && !errors.As(err, &many) {
			t.Fatal(err)
		}
		if same := err == nil && len(list) == 0; same != (one == got) {
			t.Fatalf("Diff finds nothing: %v; the fingerprints are equal: %v\n%s", same, one == got, both)
		} else if same {
			equal++
		}
	}
	t.Logf("%d pairs, %d equal to their first filter", decided, equal)
	if decided < 30 || equal == 0 || equal == decided {
		t.Errorf("%d pairs, %d equal to their first filter: want both kinds", decided, equal)
	}
}

// TestFingerprintOfStack: of several filters of one policy it is the policy's, and of those
// that cannot be told an error.
func TestFingerprintOfStack(t *testing.T) {
	const target = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}`
	f := mustCompile(t, target, profile.Target{Arch: arch.X86_64})
	loaded := must(Load(f.Insns(), arch.X86_64))
	want := must(Fingerprint(f.Policy()))
	for _, n := range []int{1, 2, 5} {
		s := mustStack(t, slices.Repeat([]*Filter{loaded}, n)...)
		if got, err := s.Fingerprint(); err != nil || got != want {
			t.Errorf("Fingerprint of %d times the filter = %x, %v, want %x", n, got, err, want)
		}
	}
	program := func(insns ...bpf.RawInstruction) *Filter { return must(Load(insns, arch.X86_64)) }
	ret := func(a policy.Action) bpf.RawInstruction { return bpf.RawInstruction{Op: abi.ClassRET, K: uint32(a)} }
	nr := bpf.RawInstruction{Op: abi.ClassLD | abi.ModeABS}
	notify := program(ret(policy.Notify))
	computes := program(nr, bpf.RawInstruction{Op: abi.ClassRET | abi.RvalA})
	product := program(
		bpf.RawInstruction{Op: abi.ClassLD | abi.ModeABS, K: 16}, bpf.RawInstruction{Op: abi.ClassMISC | abi.MiscTAX},
		bpf.RawInstruction{Op: abi.ClassLD | abi.ModeABS, K: 24}, bpf.RawInstruction{Op: abi.ClassALU | abi.OpMUL | abi.SrcX},
		bpf.RawInstruction{Op: abi.ClassJMP | abi.OpJEQ, Jt: 1, K: 0x12345678}, ret(policy.Allow), ret(policy.KillProcess))
	var fold *FoldError
	var undecided *UndecidedError
	for _, tt := range []struct {
		name    string
		filters []*Filter
		is      any
	}{
		{"two that return NOTIFY", []*Filter{notify, loaded, notify}, &fold},
		{"one that returns NOTIFY and one that may", []*Filter{notify, computes}, &fold},
		{"a product of arguments", []*Filter{product}, &undecided},
	} {
		if sum, err := mustStack(t, tt.filters...).Fingerprint(); err == nil || !errors.As(err, tt.is) {
			t.Errorf("%s: Fingerprint = %x, %v, want an error of type %T", tt.name, sum, err, tt.is)
		}
	}
	if _, err := mustStack(t, notify, loaded).Fingerprint(); err != nil {
		t.Errorf("one that returns NOTIFY: %v", err)
	}
	for _, s := range []*Stack{nil, {}} {
		if _, err := s.Fingerprint(); err == nil {
			t.Errorf("Fingerprint of %#v: no error", s)
		}
	}
}
