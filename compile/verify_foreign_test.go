package compile

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestVerifyForeign: a filter that comes as bytes is held against a policy that
// it was not made from.
func TestVerifyForeign(t *testing.T) {
	target := profile.Target{Arch: arch.X86_64, Enosys: profile.Enosys{Mode: profile.EnosysOff}}
	made := mustCompile(t, `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`, target)
	f, err := LoadBytes(made.Bytes(), arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(f, made.Policy()); err != nil {
		t.Errorf("Verify against its own policy: %v", err)
	}
	other := mustCompile(t, `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}`, target)
	var wrong *MismatchError
	if err := Verify(f, other.Policy()); !errors.As(err, &wrong) {
		t.Fatalf("Verify against another policy = %v, want a MismatchError", err)
	}
	if diff := cmp.Diff("the filter is not the policy's: stricter: x86_64 write is ERRNO(1) instead of ALLOW, as in x86_64 write()", wrong.Error()); diff != "" {
		t.Errorf("Verify against another policy (-want +got):\n%s", diff)
	}
	big := mustCompile(t, `{"defaultAction": "SCMP_ACT_ERRNO"}`, profile.Target{Arch: arch.S390X})
	if err := Verify(f, big.Policy()); err == nil {
		t.Error("Verify against a policy of the other byte order: no error")
	}
	if _, err := Diff(f, big); err == nil {
		t.Error("Diff with a filter of the other byte order: no error")
	}
	if err := Verify(f, &policy.Policy{}); err == nil {
		t.Error("Verify against a policy without ABIs: no error")
	}
}

// TestVerifyOwn: what Policy makes of many rules is proved as fast when it comes back
// as bytes, though nothing says where the rules are.
func TestVerifyOwn(t *testing.T) {
	r := newRand(t)
	allocated := func(work func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		work()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	for range 3 {
		pol := &policy.Policy{Default: policy.Errno(1), BadArch: policy.KillThread,
			Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: denseRules(r, 100)}}}
		var f *Filter
		made := allocated(func() { f = must(Policy(pol, Options{})) })
		own := must(LoadBytes(f.Bytes(), arch.X86_64))
		var err error
		if proved := allocated(func() { err = Verify(own, pol) }); proved > 2*made {
			t.Errorf("Verify takes %d bytes, and Policy %d", proved, made)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestFingerprint: texts that decide every call alike have one, others do not,
// and it stays what it is.
func TestFingerprint(t *testing.T) {
	target := profile.Target{Arch: arch.X86_64, Enosys: profile.Enosys{Mode: profile.EnosysOff}}
	same := []string{
		`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["lseek", "read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 5, "op": "SCMP_CMP_LE"}]}]}`,
		`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "flags": [], "syscalls": [
			{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 6, "op": "SCMP_CMP_LT"}]},
			{"name": "lseek", "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 6, "op": "SCMP_CMP_LT"}]},
			{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 3, "op": "SCMP_CMP_EQ"}]}]}`,
		`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read", "lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 18446744073709551608, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
			{"names": ["lseek", "read"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "value": 5, "op": "SCMP_CMP_GT"}]}]}`,
	}
	var first [32]byte
	for i, text := range same {
		got, err := Fingerprint(mustCompile(t, text, target).Policy())
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = got
		}
		if !bytes.Equal(first[:], got[:]) {
			t.Errorf("Fingerprint(%s) = %x, want %x", text, got, first)
		}
	}
	target.BadArch = new(policy.Action) // the default
	got, err := Fingerprint(mustCompile(t, same[0], target).Policy())
	if err != nil || got != first {
		t.Errorf("Fingerprint with BadArch said = %x, %v", got, err)
	}
	*target.BadArch = policy.Errno(1)
	if got, err := Fingerprint(mustCompile(t, same[0], target).Policy()); err != nil || got == first {
		t.Errorf("Fingerprint with another BadArch = %x, %v", got, err)
	}
}
