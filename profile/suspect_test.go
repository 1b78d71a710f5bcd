package profile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
)

// TestSuspects: notes on entries that mean what they say and not what their author
// wants.
func TestSuspects(t *testing.T) {
	deny := func(entry string) string {
		return `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_ARM", "SCMP_ARCH_X86"], "syscalls": [` + entry + `]}`
	}
	tests := []struct {
		name, text string
		arch       arch.Arch
		want       []string
	}{
		{"one name on each ABI", deny(`{"names": ["getrlimit"], "action": "SCMP_ACT_ERRNO"}`), arch.AArch64, []string{"renamed: arm has"}},
		{"both names", deny(`{"names": ["getrlimit", "ugetrlimit"], "action": "SCMP_ACT_ERRNO"}`), arch.AArch64, nil},
		{"a second form on one ABI", deny(`{"names": ["mmap"], "action": "SCMP_ACT_ERRNO"}`), arch.X86_64, []string{"renamed: x86 has"}},
		{"64-bit times", deny(`{"names": ["semtimedop", "clock_settime"], "action": "SCMP_ACT_ERRNO"}`), arch.X86_64, []string{"renamed: x86 has", "renamed: x86 has"}},
		{"what says the default", deny(`{"names": ["umount"], "action": "SCMP_ACT_ALLOW"}`), arch.X86_64, []string{"says-default: umount gets"}},
		{"flags of clone3", deny(`{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 268435456, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}`), arch.X86_64,
			[]string{"clone-flags: argument 0"}},
		{"a library's function beside what it calls", deny(`{"names": ["keyctl", "keyctl_chown"], "action": "SCMP_ACT_ERRNO"}`), arch.X86_64, []string{"unknown-call: unknown system"}},
		{"a library's function beside one of two", deny(`{"names": ["clone", "system"], "action": "SCMP_ACT_ERRNO"}`), arch.X86_64, []string{"unknown-call refused"}},
	}
	for _, tt := range tests {
		res, err := resolveText(tt.text, Target{Arch: tt.arch})
		var got []string
		if err != nil {
			for _, e := range faults(err) {
				got = append(got, string(e.Code)+" refused")
			}
		} else {
			for _, n := range res.notes {
				if n.Code != CodeForeignABI && n.Code != CodeElsewhere && n.Code != CodeArgWidth && n.Code != CodeMultiplexer {
					words := strings.Fields(n.Text)
					got = append(got, string(n.Code)+": "+strings.Join(words[:2], " "))
				}
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
