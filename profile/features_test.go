package profile

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestFeatures: what a probe found counts, whatever the release is.
func TestFeatures(t *testing.T) {
	old := syscalls.Version{Major: 4, Minor: 4}
	all := FeaturesOf([]uint32{abi.RetKillProcess, abi.RetKillThread, abi.RetErrno, abi.RetLog, abi.RetAllow}, abi.FlagLog|abi.FlagSpecAllow)
	none := FeaturesOf(nil, 0)
	basic := FeaturesOf([]uint32{abi.RetKillThread, abi.RetErrno, abi.RetAllow}, 0)
	notify := FeaturesOf([]uint32{abi.RetKillThread, abi.RetUserNotif, abi.RetAllow}, abi.FlagTSync|abi.FlagLog)
	listener := FeaturesOf([]uint32{abi.RetKillThread, abi.RetAllow}, abi.FlagNewListener)
	log := `{"defaultAction": "SCMP_ACT_LOG", "flags": ["SECCOMP_FILTER_FLAG_LOG"], "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`
	plain := rules("ERRNO(1)", "read -> ALLOW")
	tests := []struct {
		name, text string
		target     Target
		want       []string // what is lacking
		flags      []policy.Flag
	}{
		{"backports", log, Target{Kernel: old, Features: all}, nil, []policy.Flag{policy.FlagLog}},
		{"by the release", log, Target{Kernel: old}, []string{"action LOG", "SECCOMP_FILTER_FLAG_LOG"}, nil},
		{"left out of a newer kernel", log, Target{Kernel: syscalls.Version{Major: 6, Minor: 1}, Features: basic}, []string{"action LOG", "SECCOMP_FILTER_FLAG_LOG"}, nil},
		{"nothing", plain, Target{Features: none}, []string{"action ERRNO(1)", "action KILL_THREAD", "action ALLOW"}, nil},
		{"a kernel before filters, patched", log, Target{Kernel: syscalls.Version{Major: 3, Minor: 4}, Features: all}, nil, []policy.Flag{policy.FlagLog}},
		{"a kernel before filters", plain, Target{Kernel: syscalls.Version{Major: 3, Minor: 4}}, []string{"seccomp with filters"}, nil},
		{"NOTIFY without a listener", rules("ALLOW", "read -> NOTIFY"), Target{Features: notify}, []string{"SECCOMP_FILTER_FLAG_NEW_LISTENER"}, nil},
		{"a listener without NOTIFY", rules("ALLOW", "read -> NOTIFY"), Target{Features: listener}, []string{"action NOTIFY"}, nil},
		{"SPEC_ALLOW where it was found", plain, Target{Kernel: old, Features: all}, nil, []policy.Flag{policy.FlagSpecAllow}},
		{"no SPEC_ALLOW where it was not", plain, Target{Kernel: syscalls.Version{Major: 6, Minor: 1}, Features: basic}, nil, nil},
	}
	for _, tt := range tests {
		tt.target.Arch = arch.X86_64
		res, err := resolveText(tt.text, tt.target)
		var got []string
		for _, e := range faults(err) {
			var k *KernelError
			if !errors.As(e, &k) || e.Code != CodeKernelTooOld || k.Kernel.IsZero() != (tt.target.Features != nil) {
				t.Errorf("%s: %v, want a KernelError", tt.name, e)
				continue
			}
			got = append(got, k.What)
			if k.Since.IsZero() {
				t.Errorf("%s: %v, without the release", tt.name, k)
			}
		}
		slices.Sort(got)
		slices.Sort(tt.want)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: lacks %q, want %q", tt.name, got, tt.want)
		}
		if err == nil && !slices.Equal(res.policy.Flags, tt.flags) {
			t.Errorf("%s: flags %v, want %v", tt.name, res.policy.Flags, tt.flags)
		}
	}
}

// TestBoundingSets: each has names of capabilities, in the order of their numbers.
func TestBoundingSets(t *testing.T) {
	want := map[string]int{"docker": 14, "containerd": 14, "podman": 11, "cri-o": 9, "all": 41, "none": 0}
	for name := range BoundingSets() {
		caps, err := ParseCaps(name)
		if err != nil || len(caps) != want[name] {
			t.Errorf("ParseCaps(%s) = %d names, %v, want %d", name, len(caps), err, want[name])
		}
		at := -1
		for _, c := range caps {
			i := slices.Index(capNames[:], c)
			if i <= at {
				t.Errorf("ParseCaps(%s): %s is unknown or out of order", name, c)
			}
			at = i
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("BoundingSets lacks %v", want)
	}
	if _, err := ParseCaps("podmann"); err == nil || err.Error() != `unknown capability "podmann" (did you mean podman?)` {
		t.Errorf("ParseCaps(podmann): %v", err)
	}
}

// TestTargetJSON: a Target with the Features of a probe, and the policy with NOTIFY that
// it gets, read back from JSON as they were.
func TestTargetJSON(t *testing.T) {
	var actions []uint32
	var flags uint
	for _, a := range abi.Actions {
		actions = append(actions, a.Ret)
	}
	for _, f := range abi.Flags {
		flags |= f.Flag
	}
	bad := policy.KillProcess
	want := Target{Arch: arch.X86_64, Caps: []string{"CAP_CHOWN"}, Kernel: syscalls.Version{Major: 6, Minor: 18},
		Features: FeaturesOf(actions, flags), Enosys: Enosys{EnosysSince, syscalls.Version{Major: 5, Minor: 15}}, BadArch: &bad}
	text, err := json.Marshal(want)
	var got Target
	if err != nil || json.Unmarshal(text, &got) != nil {
		t.Fatalf("Marshal = %s, %v", text, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Target (-want +got)\n%s", diff)
	}
	res, err := resolveText(rules("ERRNO(1)", "read -> NOTIFY", "openat if a0 > 1 -> ALLOW"), got)
	if err != nil {
		t.Fatal(err)
	}
	var pol policy.Policy
	if text, err = json.Marshal(res.Policy()); err != nil || json.Unmarshal(text, &pol) != nil {
		t.Fatalf("Marshal = %s, %v", text, err)
	}
	if diff := cmp.Diff(res.Policy(), &pol); diff != "" {
		t.Errorf("Policy (-want +got)\n%s", diff)
	}
}
