package profile

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestDefault: the embedded text has no faults and nothing but harmless
// notes on any ABI.
func TestDefault(t *testing.T) {
	if notes := Default().notes; len(notes) > 0 {
		t.Errorf("Default's notes = %v, want none", notes)
	}
	p, err := Parse(DefaultText(), ParseOptions{File: "default.json", Strict: true})
	if err != nil {
		t.Fatalf("Parse(DefaultText), strict: %v", err)
	}
	for a := range arch.All() {
		for _, c := range []Compat{CompatKernel, CompatRunc} {
			pol, err := p.Resolve(Target{Arch: a, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, Compat: c})
			if err != nil {
				t.Errorf("Resolve of the default for %s, strict: %v", a, err)
			} else if i := slices.IndexFunc(pol.notes, func(n Note) bool { return !n.Harmless() }); i >= 0 {
				t.Errorf("Resolve of the default for %s notes %s", a, pol.notes[i])
			}
		}
	}
}

// TestDefaultText: what DefaultText returns is the caller's.
func TestDefaultText(t *testing.T) {
	clear(DefaultText())
	if DefaultText()[0] != '{' {
		t.Error("DefaultText returns what a caller before has changed")
	}
}

// TestDefaultIsDockers resolves the default profile and Docker's own, where that
// lies beside the checkout, for every ABI, capability and kernel that they tell
// apart, and wants the same of both.
func TestDefaultIsDockers(t *testing.T) {
	in, err := os.ReadFile("../../shared/facts/profiles/docker-default.json")
	if err != nil {
		t.Skip("no profile of Docker beside the checkout")
	}
	dockers, err := Parse(in, ParseOptions{File: "docker-default.json"})
	if err != nil {
		t.Fatal(err)
	}
	ours := Default()
	sets := [][]string{nil, mustCaps("docker"), mustCaps("all")}
	for _, c := range mustCaps("all") {
		sets = append(sets, []string{c})
	}
	if testing.Short() {
		sets = sets[:3]
	}
	compared := 0
	for a := range arch.All() {
		for _, caps := range sets {
			for _, v := range []syscalls.Version{{Major: 4, Minor: 7}, {Major: 4, Minor: 8}, {Major: 6, Minor: 18}} {
				target := Target{Arch: a, Caps: caps, Kernel: v}
				want, err := dockers.Resolve(target)
				if err != nil {
					t.Fatalf("Resolve(%+v) of Docker's: %v", target, err)
				}
				got, err := ours.Resolve(target)
				if err != nil {
					t.Fatalf("Resolve(%+v) of the default: %v", target, err)
				}
				for _, n := range want.notes {
					if n.Code == CodeOverlap || n.Code == CodeFirstCounts {
						t.Fatalf("Resolve(%+v) of Docker's: %v: the order of its rules matters", target, n)
					}
				}
				if !samePolicy(want, got) {
					t.Fatalf("Resolve(%+v): the default is not Docker's (-Docker's +ours):\n%s", target, cmp.Diff(essence(want), essence(got)))
				}
				compared++
			}
		}
	}
	if want := 23 * len(sets) * 3; compared != want {
		t.Errorf("compared %d targets, want %d", compared, want)
	}
}

// samePolicy reports whether two policies have the same rules, as sets, and the
// same general answers.
func samePolicy(a, b *Resolution) bool {
	if a.policy.Default != b.policy.Default || a.policy.BadArch != b.policy.BadArch || !slices.Equal(a.policy.Flags, b.policy.Flags) || len(a.policy.Arches) != len(b.policy.Arches) {
		return false
	}
	for i := range a.policy.Arches {
		x, y := &a.policy.Arches[i], &b.policy.Arches[i]
		if x.Arch != y.Arch || x.Enosys != y.Enosys || !slices.Equal(x.Newer, y.Newer) || !slices.Equal(ruleSet(x.Rules), ruleSet(y.Rules)) {
			return false
		}
	}
	return true
}

// A plainRule is a Rule without its place, comparable.
type plainRule struct {
	Nr     uint32
	Action policy.Action
	Conds  [6]policy.Cond // in normal form, by argument
}

// ruleSet returns the rules in an order of its own, each once. It is for rules
// of which no two with different actions match one call, so that their order
// says nothing.
func ruleSet(list []policy.Rule) []plainRule {
	set := make([]plainRule, len(list))
	for i, r := range list {
		set[i] = plainRule{Nr: r.Nr, Action: r.Action}
		for j, c := range r.Conds {
			set[i].Conds[j] = c.Normal()
		}
	}
	slices.SortFunc(set, comparePlain)
	return slices.Compact(set)
}

func comparePlain(a, b plainRule) int {
	if c := int64(a.Nr) - int64(b.Nr); c != 0 {
		return sign(c < 0)
	}
	if a.Action != b.Action {
		return sign(a.Action < b.Action)
	}
	for i, x := range a.Conds {
		y := b.Conds[i]
		switch {
		case x.Arg != y.Arg:
			return sign(x.Arg < y.Arg)
		case x.Op != y.Op:
			return sign(x.Op < y.Op)
		case x.Value != y.Value:
			return sign(x.Value < y.Value)
		case x.Mask != y.Mask:
			return sign(x.Mask < y.Mask)
		}
	}
	return 0
}

func sign(less bool) int {
	if less {
		return -1
	}
	return 1
}

// essence prints what samePolicy compares.
func essence(p *Resolution) (lines []string) {
	lines = append(lines, fmt.Sprintf("default %s, bad arch %s, flags %v", p.policy.Default, p.policy.BadArch, p.policy.Flags))
	for _, a := range p.policy.Arches {
		lines = append(lines, fmt.Sprintf("%s, newer %#x -> %s", a.Arch, a.Newer, a.Enosys))
		for _, r := range ruleSet(a.Rules) {
			lines = append(lines, fmt.Sprintf("%s %d %v -> %s", a.Arch, r.Nr, r.Conds, r.Action))
		}
	}
	return lines
}
