package profile_test

import (
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

func TestAllowGo(t *testing.T) {
	p, err := profile.New(policy.KillProcess).AllowGo().Profile()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		call string
		want policy.Action
	}{
		{"clone(0x50f00)", policy.Allow}, // what the runtime passes (runtime/os_linux.go, cloneFlags)
		{"clone(0x11)", policy.KillProcess},
		{"clone(0x10050f00)", policy.KillProcess},          // with a user namespace
		{"clone(0x40050f00)", policy.KillProcess},          // with a network
		{"clone(0xffffffff00050f00)", policy.Allow},        // the kernel reads 32 bits
		{"prctl(0x53564d41, 0, 4096, 8)", policy.Allow},    // PR_SET_VMA
		{"prctl(22, 2)", policy.KillProcess},               // PR_SET_SECCOMP
		{"futex(4096, 128)", policy.Allow},                 // FUTEX_WAIT_PRIVATE
		{"restart_syscall()", policy.Allow},                //
		{"write(2)", policy.KillProcess},                   // the program's own
		{"execve(4096, 4096, 4096)", policy.KillProcess},   //
		{"openat(-100, 4096, 524288)", policy.KillProcess}, //
	}
	for a := range arch.All() {
		if a.GOARCH() == "" || a == arch.S390X { // which has clone's flags elsewhere
			continue
		}
		res, err := p.Resolve(profile.Target{Arch: a, Enosys: profile.Enosys{Mode: profile.EnosysOff}})
		if err != nil {
			t.Fatal(a, err)
		}
		for _, n := range res.Notes() {
			if !n.Harmless() || !strings.HasPrefix(n.Pos.String(), "gocalls_test.go:14") {
				t.Errorf("%s: note %s at %s", a, n, n.Pos)
			}
		}
		for _, tt := range tests {
			call, err := syscalls.ParseCall(a.String() + " " + tt.call)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := res.Decide(call); got != tt.want {
				t.Errorf("%s = %s, want %s", call, got, tt.want)
			}
		}
		mmap := "mmap"
		if _, ok := syscalls.Number(a, "mmap2"); ok {
			mmap = "mmap2"
		}
		for prot, want := range map[string]policy.Action{"3": policy.Allow, "7": policy.KillProcess, "5": policy.KillProcess} {
			call, err := syscalls.ParseCall(a.String() + " " + mmap + "(0, 4096, " + prot + ", 0x22)")
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := res.Decide(call); got != want {
				t.Errorf("%s = %s, want %s", call, got, want)
			}
		}
	}
}

// TestAllowGoOnS390X: clone's flags are in another argument there, so that no clone
// passes, which a note says.
func TestAllowGoOnS390X(t *testing.T) {
	p, err := profile.New(policy.KillProcess).AllowGo().Profile()
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.S390X})
	if err != nil {
		t.Fatal(err)
	}
	var codes []profile.Code
	for _, n := range res.Notes() {
		if n.Code == profile.CodeCloneFlags {
			codes = append(codes, n.Code)
		}
	}
	if len(codes) != 1 {
		t.Errorf("notes %v, want one of %s", res.Notes(), profile.CodeCloneFlags)
	}
}
