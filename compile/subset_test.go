package compile

import (
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestSubset: what a filter answers less strictly than another one, in the order of calls.
func TestSubset(t *testing.T) {
	text := func(def, entries string) string {
		return `{"defaultAction": "` + def + `", "syscalls": [` + entries + `]}`
	}
	const (
		reads  = `{"names": ["read"], "action": "SCMP_ACT_ALLOW"}`
		writes = `{"names": ["write"], "action": "SCMP_ACT_ALLOW"}`
		inet   = `{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}`
		small  = `{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_LT"}]}`
	)
	for _, tt := range []struct{ name, base, new, want string }{
		{"itself", text("SCMP_ACT_ERRNO", reads), text("SCMP_ACT_ERRNO", reads), ""},
		{"fewer calls", text("SCMP_ACT_ERRNO", reads+","+writes), text("SCMP_ACT_ERRNO", reads), ""},
		{"more calls", text("SCMP_ACT_ERRNO", writes), text("SCMP_ACT_ERRNO", reads+","+writes), "weaker: x86_64 read is ALLOW instead of ERRNO(1), as in x86_64 read()"},
		{"fewer arguments", text("SCMP_ACT_ERRNO", small), text("SCMP_ACT_ERRNO", inet), ""},
		{"more arguments", text("SCMP_ACT_ERRNO", inet), text("SCMP_ACT_ERRNO", small), "weaker: x86_64 socket is ALLOW instead of ERRNO(1), as in x86_64 socket()"},
		{"a stricter default", text("SCMP_ACT_ERRNO", inet), text("SCMP_ACT_KILL_PROCESS", inet), ""},
		{"a weaker default", text("SCMP_ACT_KILL_PROCESS", inet), text("SCMP_ACT_LOG", inet), "weaker: x86_64 read is LOG instead of KILL_PROCESS, as in x86_64 read()"},
		{"another errno", text("SCMP_ACT_ERRNO", reads), strings.Replace(text("SCMP_ACT_ERRNO", reads), `"sys`, `"defaultErrnoRet": 13, "sys`, 1), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target := profile.Target{Arch: arch.X86_64, Enosys: profile.Enosys{Mode: profile.EnosysOff}}
			base, err := JSON([]byte(tt.base), target, Options{})
			if err != nil {
				t.Fatal(err)
			}
			new, err := JSON([]byte(tt.new), target, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, loaded := range []bool{false, true} {
				var a, b Compiled = base, new
				if loaded {
					f, _ := Load(base.Insns(), arch.X86_64)
					g, _ := Load(new.Insns(), arch.X86_64)
					a, b = f, g
				}
				d, err := Subset(a, b)
				got := ""
				if d != nil {
					got = d.String()
				}
				if err != nil || got != tt.want {
					t.Errorf("Subset, loaded %v = %q, %v, want %q", loaded, got, err, tt.want)
				}
			}
		})
	}
	if _, err := Subset(nil, &Filter{}); err == nil {
		t.Error("Subset of no filter: no error")
	}
}

// TestSubsetMany: filters that differ in more ways than Diff lists are compared all the
// same, if they come from policies.
func TestSubsetMany(t *testing.T) {
	t.Parallel()
	atLength(t)
	// Of every number, one answer for each of many values.
	many := func(first policy.Action) *Filter {
		pol := &policy.Policy{Default: policy.KillProcess, BadArch: policy.KillProcess, Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}
		rules := &pol.Arches[0].Rules
		for nr := range uint32(300) {
			for v := range uint64(250) {
				a := first
				if nr+uint32(v) > 0 {
					a = policy.Errno(uint16(1 + v))
				}
				*rules = append(*rules, policy.Rule{Nr: 2 * nr, Action: a, Conds: []policy.Cond{{Op: policy.EQ, Value: v}}})
			}
		}
		f, err := Policy(pol, Options{NoVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	kills := &policy.Policy{Default: policy.KillProcess, BadArch: policy.KillProcess, Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}
	none, err := Policy(kills, Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Subset(many(policy.Trap), none)
	if d != nil || err != nil {
		t.Errorf("Subset of what kills = %v, %v", d, err)
	}
	if _, err := Diff(many(policy.Trap), none); err == nil || !strings.Contains(err.Error(), "65536") {
		t.Errorf("Diff = %v, want too many differences", err)
	}
	if d, err = Subset(none, many(policy.Trap)); d == nil || err != nil || d.Change != Weaker {
		t.Errorf("Subset of what lets more pass = %v, %v", d, err)
	}
}
