package compile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestPolicyLiteral: a policy that somebody writes by hand means what it says, or is
// an error.
func TestPolicyLiteral(t *testing.T) {
	e := policy.Errno(1)
	rule := func(nr uint32, conds ...policy.Cond) policy.Rule { return policy.Rule{Nr: nr, Action: e, Conds: conds} }
	tests := []struct {
		name   string
		arches []policy.ArchPolicy
		want   map[string]policy.Action
	}{
		{"numbers in any order", []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{rule(83), rule(2), rule(1), {Nr: 2, Action: policy.Log}}}},
			map[string]policy.Action{"x86_64 open()": e, "x86_64 mkdir()": e, "x86_64 write()": e, "x86_64 read()": policy.Allow}},
		{"all bits without a width", []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{rule(2, policy.Cond{Arg: 1, Op: policy.EQ, Value: 5})}}},
			map[string]policy.Action{"x86_64 open(0, 5)": e, "x86_64 open(0, 0x100000005)": policy.Allow}},
		{"a range of an argument", []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{
			rule(2, policy.Cond{Arg: 1, Op: policy.GE, Value: 5}, policy.Cond{Arg: 1, Op: policy.LE, Value: 9})}}},
			map[string]policy.Action{"x86_64 open(0, 5)": e, "x86_64 open(0, 9)": e, "x86_64 open(0, 10)": policy.Allow, "x86_64 open(0, 4)": policy.Allow}},
		{"a range with exceptions, in halves of a word", []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{
			rule(2, policy.Cond{Arg: 2, Op: policy.LT, Value: 3}, policy.Cond{Arg: 1, Op: policy.GT, Value: 1 << 32}, policy.Cond{Arg: 1, Op: policy.NE, Value: 7 << 32},
				policy.Cond{Arg: 1, Op: policy.MaskedEQ, Mask: 1, Value: 0}, policy.Cond{Arg: 1, Op: policy.LT, Value: 9, Width: 32})}}},
			map[string]policy.Action{"x86_64 open(0, 0x100000002, 2)": e, "x86_64 open(0, 0x100000002, 3)": policy.Allow, "x86_64 open(0, 0x700000000)": policy.Allow,
				"x86_64 open(0, 0x700000002)": e, "x86_64 open(0, 0x700000003)": policy.Allow, "x86_64 open(0, 0x70000000a)": policy.Allow, "x86_64 open(0, 0)": policy.Allow}},
		{"conditions that cannot all hold", []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{
			rule(2, policy.Cond{Arg: 1, Op: policy.EQ, Value: 5}, policy.Cond{Arg: 1, Op: policy.EQ, Value: 6})}}},
			map[string]policy.Action{"x86_64 open(0, 5)": policy.Allow, "x86_64 open(0, 6)": policy.Allow}},
		{"arguments in any order", []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{
			rule(2, policy.Cond{Arg: 2, Op: policy.EQ, Value: 5}, policy.Cond{Arg: 1, Op: policy.EQ, Value: 9})}}},
			map[string]policy.Action{"x86_64 open(0, 9, 5)": e, "x86_64 open(0, 5, 9)": policy.Allow}},
		{"x32 first", []policy.ArchPolicy{{Arch: arch.X32}, {Arch: arch.X86_64, Rules: []policy.Rule{rule(2)}}},
			map[string]policy.Action{"x86_64 open()": e, "x32 open()": policy.Allow}},
		{"a number that is no call, -1, and TRAP with data", []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{rule(5000), {Nr: ^uint32(0), Action: policy.Trap | 9}}}},
			map[string]policy.Action{"x86_64 5000()": e, "x86_64 0xffffffff()": policy.Trap | 9, "x86_64 5001()": policy.Allow}},
	}
	for _, tt := range tests {
		pol := &policy.Policy{Default: policy.Allow, BadArch: policy.KillProcess, Arches: tt.arches}
		for _, o := range []Options{{}, {Optimal: true}} {
			f, err := Policy(pol, o)
			if err != nil {
				t.Errorf("Policy, %s: %v", tt.name, err)
				continue
			}
			for text, want := range tt.want {
				c, err := syscalls.ParseCall(text)
				if err != nil {
					t.Fatal(err)
				}
				if got, _ := pol.Decide(c); got != want {
					t.Errorf("%s: Decide(%s) = %s, want %s", tt.name, c, got, want)
				}
				if got := f.Run(c); got != want {
					t.Errorf("%s: Run(%s) = %s, want %s", tt.name, c, got, want)
				}
			}
			if _, err := Fingerprint(pol); err != nil {
				t.Errorf("Fingerprint, %s: %v", tt.name, err)
			}
			if err := Verify(f, pol); err != nil {
				t.Errorf("Verify, %s: %v", tt.name, err)
			}
			f.Notes()
		}
	}
}

// TestNotesLiteral: a policy that no profile gave has notes on rules that never
// decide, too.
func TestNotesLiteral(t *testing.T) {
	pol := &policy.Policy{Default: policy.Errno(1), Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{
		{Nr: 8, Action: policy.Allow, Conds: []policy.Cond{{Arg: 1, Op: policy.LE, Value: 9}}},
		{Nr: 0, Action: policy.Allow},
		{Nr: 8, Action: policy.Log, Conds: []policy.Cond{{Arg: 1, Op: policy.EQ, Value: 5}}},
		{Nr: 9, Action: policy.Log, Conds: []policy.Cond{{Arg: 1, Op: policy.LT, Value: 0}}},
	}}}}
	f, err := Policy(pol, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range f.Notes() {
		got = append(got, n.String())
	}
	want := []string{
		`lseek, LOG, never decides: what it matches is decided by the rules at "lseek if a1 <= 9 -> ALLOW" (delete it), as in x86_64 lseek(0, 5)`,
		`mmap, LOG, never decides: no argument meets its conditions (delete it)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Notes (-want +got):\n%s", diff)
	}
}
