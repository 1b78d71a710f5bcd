package vector_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/vector"
)

func TestCheck(t *testing.T) {
	const text = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["read"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["socket"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`
	o := compile.Options{Parse: profile.ParseOptions{File: "web.json"}}
	f, err := compile.JSON([]byte(text), profile.Target{Arch: arch.X86_64}, o)
	if err != nil {
		t.Fatal(err)
	}
	byHand, err := compile.Policy(&policy.Policy{Default: policy.Trap, Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{{Nr: 1}}}}}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := compile.Load(f.Insns(), arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	stack, err := compile.Split(f.Policy(), compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		filter vector.Filter
		line   string
		want   string // "" if the answer is the expected one
	}{
		{f, "x86_64 read() = ALLOW", ""},
		{f, "x86_64 read()", ""},
		{f, "x86_64 read( 1 ) = LOG", "x86_64 read( 1 ) = ALLOW, want LOG; decided by web.json:2:14: read -> ALLOW"},
		{f, "x86_64 socket(1) = ALLOW", "x86_64 socket(1) = LOG, want ALLOW; decided by web.json:3:14: socket if a0:32 == 1 -> LOG"},
		{f, "x86_64 socket(2) = LOG", "x86_64 socket(2) = ERRNO(1), want LOG; decided by the default action"},
		{f, "x86_64 socket(2) = ERRNO(2)", "x86_64 socket(2) = ERRNO(1), want ERRNO(2); decided by the default action"},
		{f, "x86_64 1000() = ALLOW", "x86_64 1000() = ERRNO(38), want ALLOW; decided by the answer to calls newer than the profile"},
		{f, "x86 read() = ALLOW", "x86 read() = KILL_THREAD, want ALLOW; decided by the action for calls of other ABIs"},
		{f, "x32 read() = ALLOW", "x32 read() = KILL_THREAD, want ALLOW; decided by the action for calls of other ABIs"},
		{stack, "x86_64 read() = LOG", "x86_64 read() = ALLOW, want LOG; decided by web.json:2:14: read -> ALLOW"},
		{byHand, "x86_64 write() = ALLOW", "x86_64 write() = KILL_THREAD, want ALLOW; decided by call 1 -> KILL_THREAD"},
		{foreign, "x86_64 read() = LOG", "x86_64 read() = ALLOW, want LOG"},
		{(*compile.Filter)(nil), "x86_64 read() = LOG", "x86_64 read() = KILL_PROCESS, want LOG"},
	}
	for _, tt := range tests {
		file, err := vector.Parse("v.vec", []byte(tt.line))
		if err != nil {
			t.Fatal(err)
		}
		err = file.Vectors[0].Check(tt.filter)
		got := ""
		if err != nil {
			got = err.Error()
			if m := new(vector.Mismatch); !errors.As(err, &m) {
				t.Errorf("Check of %q returns a %T", tt.line, err)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Check of %q (-want +got)\n%s", tt.line, diff)
		}
	}
}
