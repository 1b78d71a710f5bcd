package web

import (
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/seccomptest"
)

func TestSandbox(t *testing.T) {
	p, err := profile.New(policy.Errno(1)).
		Allow("read", "write", "close", "exit_group").
		Allow("openat").If(profile.Arg(2).Masked("O_ACCMODE", "O_RDONLY")).
		Allow("socket").If(profile.Arg(0).Is("AF_UNIX")).
		Profile()
	if err != nil {
		t.Fatal(err)
	}
	// The same vectors as for the profile in JSON.
	seccomptest.Run(t, "testdata", seccomptest.Options{Profile: p, Complete: true})

	f, err := compile.Profile(p, profile.Target{Arch: arch.AArch64}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		call string
		want policy.Action
	}{
		{"aarch64 openat(-100, 0, 0)", policy.Allow},
		{"aarch64 openat(-100, 0, 2)", policy.Errno(1)},
		{"aarch64 openat2(-100, 0, 0, 24)", policy.Errno(38)}, // newer than the policy
		{"arm openat(-100, 0, 0)", policy.KillThread},
	} {
		seccomptest.Answer(t, f, tt.call, tt.want)
	}
}
