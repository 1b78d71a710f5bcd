package profile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// TestAddPartly: what a call could touch by its unknown arguments counts as touched, and what a known
// one excludes does not.
func TestAddPartly(t *testing.T) {
	res, err := resolveText(rules("ERRNO(1)", "write if a0 == 1 and a2 == 2 -> ALLOW", "write if a0 == 3 -> ALLOW"), Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	write := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 1, Args: [6]uint64{1}}
	if got, want := res.Compared(write), [6]bool{0: true, 2: true}; got != want {
		t.Errorf("Compared(%v) = %v, want %v", write, got, want)
	}
	for _, tt := range []struct {
		known [6]bool
		want  []string
	}{
		{[6]bool{0: true}, []string{`no answer depends on "write if a0 == 3 -> ALLOW"`}},
		{[6]bool{2: true}, []string{`no answer depends on "write if a0 == 1, a2 == 2 -> ALLOW"`}},
		{[6]bool{}, nil},
	} {
		var c Coverage
		c.AddPartly(res, write, tt.known)
		var got []string
		for _, u := range c.Untouched() {
			got = append(got, u.Text)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("with %v known (-want +got):\n%s", tt.known, diff)
		}
	}
}

// TestCompared: entries that guards drop count, and of a multiplexer the number of the call.
func TestCompared(t *testing.T) {
	const text = `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "syscalls": [
		{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 3, "op": "SCMP_CMP_EQ"}], "includes": {"caps": ["CAP_SYS_ADMIN"]}},
		{"names": ["socketpair"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 3, "op": "SCMP_CMP_EQ"}], "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}`
	res, err := resolveText(text, Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][6]bool{"lseek": {1: true}, "socketcall": {0: true}, "socketpair": {1: true}, "read": {}} {
		nr, _ := syscalls.Number(arch.X86, name)
		if got := res.Compared(syscalls.Call{Audit: arch.X86.Audit(), Nr: nr}); got != want {
			t.Errorf("Compared(%s) = %v, want %v", name, got, want)
		}
	}
}
