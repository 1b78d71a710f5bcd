package compile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
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
		{"-1 as a newer call and with a rule", []policy.ArchPolicy{{Arch: arch.X86_64, Newer: []policy.Range{{Lo: ^uint32(0), Hi: ^uint32(0)}}, Enosys: policy.Errno(38),
			Rules: []policy.Rule{rule(0), {Nr: ^uint32(0), Action: policy.Log}}}},
			map[string]policy.Action{"x86_64 read()": e, "x86_64 0xffffffff()": policy.Log, "x86_64 write()": policy.Allow, "x32 read()": policy.KillProcess}},
		{"newer calls up to -1", []policy.ArchPolicy{{Arch: arch.X86_64, Newer: []policy.Range{{Lo: 500, Hi: 600}, {Lo: 1 << 30, Hi: ^uint32(0)}}, Enosys: policy.Errno(38), Rules: []policy.Rule{rule(1<<30 + 1)}}},
			map[string]policy.Action{"x86_64 read()": policy.Allow, "x86_64 0xffffffff()": policy.Errno(38), "x86_64 500()": policy.Errno(38), "x32 read()": policy.Errno(38), "x32 write()": e}},
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
		`lseek, LOG, never decides: the rules at "lseek if a1 <= 9 -> ALLOW" decide all calls that it matches (delete it), as in x86_64 lseek(0, 5)`,
		`mmap, LOG, never decides: no argument satisfies its conditions (delete it)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Notes (-want +got):\n%s", diff)
	}
}

// TestPolicyOwned: what becomes of a policy or a rule that somebody holds changes no
// filter, stack or resolution.
func TestPolicyOwned(t *testing.T) {
	text := `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 3, "op": "SCMP_CMP_EQ"}]}]}`
	p, err := profile.Parse([]byte(text), profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	given := res.Policy()
	pristine := given.String()
	call, err := syscalls.ParseCall("x86_64 read(3)")
	if err != nil {
		t.Fatal(err)
	}
	filters := map[string]func() (*Filter, error){
		"Policy":     func() (*Filter, error) { return Policy(given, Options{}) },
		"Resolution": func() (*Filter, error) { return Resolution(res, Options{}) },
	}
	stacks := map[string]func() (*Stack, error){
		"Split":           func() (*Stack, error) { return Split(given, Options{}) },
		"SplitResolution": func() (*Stack, error) { return SplitResolution(res, Options{}) },
	}
	held := map[string]func() *policy.Policy{"Resolve": res.Policy}
	for name, compiled := range filters {
		f, err := compiled()
		if err != nil {
			t.Fatal(err)
		}
		held[name] = f.Policy
	}
	for name, compiled := range stacks {
		s, err := compiled()
		if err != nil {
			t.Fatal(err)
		}
		held[name] = s.Policy
	}
	_, rule := res.Decide(call)
	spoil := func(pol *policy.Policy) {
		r := &pol.Arches[0].Rules[0]
		*r.Origin, r.Conds[0].Value, r.Action = policy.Origin{}, 9, policy.Trap
		pol.Flags[0], pol.Arches[0].Newer[0], pol.Arches[0].Arch = policy.FlagLog, policy.Range{}, 0
		pol.Arches = nil
	}
	rule.Conds[0].Value, *rule.Origin = 9, policy.Origin{}
	spoil(given)
	for _, of := range held {
		spoil(of())
	}
	for name, of := range held {
		if got := of().String(); got != pristine {
			t.Errorf("%s: the policy became\n%s\nwant\n%s", name, got, pristine)
		}
	}
}
