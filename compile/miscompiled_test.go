package compile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
)

// TestMiscompiled: a profile of which libseccomp makes something else, or that runc does not
// load, is not hardened, nor printed as written.
func TestMiscompiled(t *testing.T) {
	three := `"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"`
	entry := func(name, action, args string) string {
		return fmt.Sprintf(`{"names": [%q], "action": "SCMP_ACT_%s", "args": [%s]}`, name, action, args)
	}
	arg := func(index int, op string, value uint64) string {
		return fmt.Sprintf(`{"index": %d, "op": "SCMP_CMP_%s", "value": %d}`, index, op, value)
	}
	masked := func(index int, mask, value uint64) string {
		return fmt.Sprintf(`{"index": %d, "op": "SCMP_CMP_MASKED_EQ", "value": %d, "valueTwo": %d}`, index, mask, value)
	}
	for _, tt := range []struct {
		name, def, arches string
		entries           []string
		want              string // in the error of Harden, "" for none
		printed           bool   // Print has a profile nevertheless
	}{
		{"a foreign call leads the ABI", "ALLOW", three, []string{entry("chown32", "ERRNO", ""), entry("socket", "ERRNO", arg(0, "EQ", 2))}, "without any rule", false},
		{"a multiplexer of another ABI does", "ALLOW", three, []string{entry("socketcall", "ERRNO", ""), entry("umask", "ERRNO", arg(0, "EQ", 2))}, "without any rule", false},
		{"it may, with conditions", "KILL", three, []string{entry("setns", "ALLOW", arg(0, "LT", 21)), entry("ipc", "ALLOW", arg(0, "EQ", 20)+","+masked(2, ^uint64(1), 26))}, "without any rule", false},
		{"a call of the ABI leads", "ALLOW", three, []string{entry("chown32", "ERRNO", ""), entry("socket", "ERRNO", arg(0, "EQ", 2)), entry("bpf", "ERRNO", "")}, "", true},
		{"x86_64 alone", "ALLOW", `"SCMP_ARCH_X86_64"`, []string{entry("chown32", "ERRNO", ""), entry("keyctl", "ERRNO", arg(0, "EQ", 2))}, "", true},
		{"two upper halves", "ERRNO", `"SCMP_ARCH_X86_64"`, []string{entry("mremap", "ALLOW", arg(0, "GT", 1<<32+5)), entry("mremap", "ALLOW", arg(0, "LE", 5))}, "x86_64 mremap: libseccomp may compile", true},
		{"two upper halves, both below", "ERRNO", `"SCMP_ARCH_X86_64"`, []string{entry("mremap", "ALLOW", arg(0, "LT", 2)), entry("mremap", "ALLOW", arg(0, "LE", 1<<33+3))}, "x86_64 mremap: libseccomp may compile", true},
		{"one upper half", "ERRNO", `"SCMP_ARCH_X86_64"`, []string{entry("mremap", "ALLOW", arg(1, "GE", 8)), entry("mremap", "ALLOW", arg(1, "EQ", 3))}, "", true},
		{"NE beside another argument", "ERRNO", `"SCMP_ARCH_X86_64"`, []string{entry("mremap", "ALLOW", arg(0, "EQ", 2)), entry("mremap", "ALLOW", arg(0, "NE", 5)+","+arg(1, "EQ", 2))}, "x86_64 mremap: libseccomp may compile", true},
		{"masks of two actions", "ERRNO", `"SCMP_ARCH_X86_64"`, []string{entry("mremap", "ALLOW", masked(1, 1<<56, 0)), entry("mremap", "KILL", masked(1, 0xfffffffe, 0xfffffffc))}, "with different actions match", true},
		{"masks of two actions, apart", "ERRNO", `"SCMP_ARCH_X86_64"`, []string{entry("mremap", "ALLOW", masked(1, 3, 0)), entry("mremap", "KILL", masked(1, 3, 1))}, "", true},
		{"before the multiplexer", "ALLOW", three, []string{entry("accept", "KILL", arg(0, "EQ", 1)), entry("accept", "TRAP", arg(0, "EQ", 2)), entry("socketcall", "KILL", ""), entry("bpf", "ERRNO", "")}, "two actions under the same condition", true},
		{"before the multiplexer, with more conditions", "ALLOW", three, []string{entry("socket", "LOG", masked(1, 6, 2)), entry("socket", "ERRNO", ""), entry("socketcall", "ERRNO", "")}, "two actions under the same condition", true},
		{"after the multiplexer", "ALLOW", three, []string{entry("socketcall", "KILL", ""), entry("accept", "KILL", masked(0, 1<<32-1, 1)), entry("accept", "TRAP", masked(0, 1<<32-1, 2)), entry("bpf", "ERRNO", "")}, "", true},
		{"a call that only a multiplexer makes leads", "TRACE", `"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"`, []string{entry("semop", "LOG", ""), entry("kill", "LOG", masked(0, 7, 1))}, "without any rule", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := fmt.Sprintf(`{"defaultAction": "SCMP_ACT_%s", "architectures": [%s], "syscalls": [%s]}`, tt.def, tt.arches, strings.Join(tt.entries, ", "))
			p, err := profile.Parse([]byte(text), profile.ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Harden(p, arch.X86_64); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Harden: error %v, want %q", err, tt.want)
			}
			res, err := p.Resolve(profile.Target{Arch: arch.X86_64, AcceptWeaker: true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Print(res.Policy()); (err == nil) != tt.printed {
				t.Errorf("Print: error %v, want none: %t", err, tt.printed)
			}
			res, err = p.Resolve(profile.Target{Arch: arch.X86_64})
			if err != nil {
				return // weaker for another reason
			}
			_, err = res.MarshalJSON()
			if !errors.Is(err, profile.ErrRefused) && tt.want != "" {
				t.Errorf("MarshalJSON: error %v, want %v", err, profile.ErrRefused)
			}
		})
	}
}
