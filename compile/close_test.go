package compile

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestClose: what passes by another name is refused, and nothing else changes.
func TestClose(t *testing.T) {
	const deny = `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"], "syscalls": [
		{"names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}], "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
		{"names": ["mount", "openat", "futex"], "action": "SCMP_ACT_ERRNO"},
		{"names": ["socket"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 38, "op": "SCMP_CMP_EQ"}]}]}`
	const allow = `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "syscalls": [
		{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}], "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
		{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
		{"names": ["clone3", "openat", "openat2", "dup3", "socketcall"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["dup2"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
		{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`
	named := `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"], "syscalls": [
		{"names": ["chmod", "unlink", "utimes"], "action": "SCMP_ACT_ERRNO"},
		{"names": ["mkdir"], "action": "SCMP_ACT_LOG"},
		{"names": ["setgid"], "action": "SCMP_ACT_ERRNO"},
		{"names": ["setuid"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]}]}`
	all := []profile.Bypass{profile.BypassClone3, profile.BypassNewer, profile.BypassSocketcall}
	for _, tt := range []struct {
		name, text, caps string
		calls            []string // CALL = ACTION before and after
	}{
		{"a deny list", deny, "none", []string{
			"x86_64 clone3() = ALLOW ERRNO(38)", "x86_64 fsopen() = ALLOW ERRNO(38)", "x86_64 openat2() = ALLOW ERRNO(38)", "x86 futex_time64() = ALLOW ERRNO(38)",
			"x86 socketcall(4) = ALLOW ERRNO(38)", "x86_64 read() = ALLOW ALLOW", "x86_64 accept4() = ALLOW ALLOW", "x86_64 clone(268435456) = ERRNO(1) ERRNO(1)"}},
		{"a deny list, with the capability", deny, "CAP_SYS_ADMIN", []string{"x86_64 clone3() = ALLOW ALLOW", "x86_64 clone(268435456) = ALLOW ALLOW"}},
		{"an allow list", allow, "none", []string{
			"x86_64 clone3() = ALLOW ERRNO(38)", "x86_64 openat2() = ALLOW ALLOW", "x86_64 dup3(1) = ALLOW ALLOW", "x86_64 dup3(2) = ALLOW ERRNO(1)", "x86 socketcall(4) = ALLOW ERRNO(38)"}},
		{"an allow list, with the capability", allow, "CAP_SYS_ADMIN", []string{"x86_64 clone3() = ALLOW ALLOW"}},
		{"calls that are refused by name", named, "none", []string{
			"x86_64 fchmodat() = ALLOW ERRNO(38)", "x86_64 fchmodat2() = ALLOW ERRNO(38)", "x86_64 fchmod() = ALLOW ALLOW", "x86_64 mkdirat() = ALLOW ALLOW",
			"x86 setgid32() = ALLOW ERRNO(38)", "x86 setuid32(0) = ALLOW ALLOW", "x86_64 unlinkat() = ALLOW ERRNO(38)", "x86_64 utimensat() = ALLOW ERRNO(38)", "x86_64 futimesat() = ALLOW ERRNO(38)"}},
		{"calls that a list of newer ones leaves out", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["fchmodat", "unlinkat", "mkdirat"], "action": "SCMP_ACT_ALLOW"},
			{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}`, "none", []string{
			"x86_64 fchmodat() = ALLOW ALLOW", "x86_64 unlinkat() = ALLOW ALLOW", "x86_64 mkdirat() = ALLOW ERRNO(38)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := profile.Parse([]byte(tt.text), profile.ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			closed, err := Close(p, all, arch.X86_64)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := Close(closed, all, arch.X86_64); err != nil || textOf(t, again) != textOf(t, closed) {
				t.Errorf("closed twice, the profile changes (%v)", err)
			}
			target := profile.Target{Arch: arch.X86_64, Caps: mustCaps(tt.caps), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true}
			for _, line := range tt.calls {
				call, answers, _ := strings.Cut(line, " = ")
				c, err := syscalls.ParseCall(call)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, q := range []*profile.Profile{p, closed} {
					res, err := q.Resolve(target)
					if err != nil {
						t.Fatal(err)
					}
					a, _ := res.Decide(c)
					got = append(got, a.String())
				}
				if got := strings.Join(got, " "); got != answers {
					t.Errorf("%s = %s, want %s", call, got, answers)
				}
			}
		})
	}
}

func textOf(t *testing.T, p *profile.Profile) string {
	t.Helper()
	text, err := p.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCloseDefaults closes and hardens the defaults of engines, with the proofs of Close
// and Harden, and asks what runc then makes of a call.
func TestCloseDefaults(t *testing.T) {
	vsock, clone3 := "x86_64 socket(0x100000028, 1, 0)", "x86_64 clone3()"
	skipped := 0
	for _, tt := range []struct{ name, file, vsock, clone3, allowed string }{
		{"Docker's, built in", "", vsock, clone3, ""},
		{"Docker's", "../../shared/facts/profiles/docker-default.json", vsock, clone3, ""},
		{"Podman's", "../../shared/facts/profiles/containers-seccomp.json", "", "", "setns"}, // where clone has no conditions
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := profile.DefaultText()
			if tt.file != "" {
				var err error
				if text, err = os.ReadFile(tt.file); err != nil {
					skipped++
					t.Skip(err)
				}
			}
			p, err := profile.Parse(text, profile.ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			closed, err := Close(p, []profile.Bypass{profile.BypassClone3, profile.BypassNewer, profile.BypassSocketcall}, arch.X86_64, arch.AArch64)
			if err != nil {
				t.Fatal(err)
			}
			hard, err := Harden(closed, arch.X86_64, arch.AArch64)
			var differs *HardenError
			if tt.allowed != "" && errors.As(err, &differs) && differs.Difference.Call == tt.allowed {
				// The text allows the call for everyone and also refuses it, which runc reads as
				// allowed. Without the permit it can be hardened.
				e, err := profile.ParseEntries([]byte(`{"names": ["`+tt.allowed+`"], "action": "SCMP_ACT_ALLOW"}`), profile.ParseOptions{Dialect: p.Dialect()})
				if err != nil {
					t.Fatal(err)
				}
				if closed, err = closed.Remove(e); err != nil {
					t.Fatal(err)
				}
				hard, err = Harden(closed, arch.X86_64, arch.AArch64)
				if err != nil {
					t.Fatal(err)
				}
			} else if err != nil || tt.allowed != "" {
				t.Fatalf("hardening: %v, want an error of %q", err, tt.allowed)
			}
			target := profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true, Compat: profile.CompatRunc}
			res, err := hard.Resolve(target)
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{tt.vsock, "x86 socketcall(1)", tt.clone3} {
				if call == "" {
					continue
				}
				c, err := syscalls.ParseCall(call)
				if err != nil {
					t.Fatal(err)
				}
				if got, _ := res.Decide(c); got == policy.Allow {
					t.Errorf("under runc %s = %s", call, got)
				}
			}
		})
	}
	t.Logf("%d defaults are not here", skipped)
}
