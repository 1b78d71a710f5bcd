package compile

import (
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestCounts: calls that are always allowed count for the mean path; in a filter without
// any, those that are answered alike, whatever their arguments.
func TestCounts(t *testing.T) {
	calls := 0
	last := ^uint32(0)
	for nr := range syscalls.All(arch.X86_64) {
		if nr != last {
			calls++
		}
		last = nr
	}
	rule := func(nr uint32, action policy.Action, conds ...policy.Cond) policy.Rule {
		return policy.Rule{Nr: nr, Action: action, Conds: conds}
	}
	five := policy.Cond{Arg: 1, Op: policy.EQ, Value: 5}
	for _, tt := range []struct {
		name  string
		def   policy.Action
		rules []policy.Rule
		want  int
	}{
		{"two allowed", policy.Errno(1), []policy.Rule{rule(3, policy.Allow), rule(5, policy.Allow), rule(7, policy.Log), rule(9, policy.Allow, five)}, 2},
		{"none allowed", policy.Errno(1), []policy.Rule{rule(7, policy.Log), rule(9, policy.Allow, five)}, calls - 1},
		{"all but two allowed", policy.Allow, []policy.Rule{rule(7, policy.Log), rule(9, policy.Errno(1), five)}, calls - 2},
	} {
		pol := &policy.Policy{Default: tt.def, BadArch: policy.KillProcess, Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: tt.rules}}}
		d, _ := lower(pol)
		e := newEmitter(layout{arches: []arch.Arch{arch.X86_64}})
		e.intervals(d)
		got := 0
		for _, n := range d.Children {
			if !n.Leaf() && n.Test.Word == diagram.Nr {
				for _, v := range e.intervals(n) {
					got += int(v.always)
				}
			}
		}
		if got != tt.want {
			t.Errorf("%s: %d calls count, want %d", tt.name, got, tt.want)
		}
	}
}
