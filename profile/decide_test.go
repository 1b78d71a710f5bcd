package profile

import (
	"cmp"
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// randomRule returns a rule of mremap, in the notation of rules, with up to
// conds conditions on different arguments. Data are few, so that rules overlap.
func randomRule(r *rand.Rand, conds int) policy.Rule {
	actions := []policy.Action{policy.Allow, policy.Log, policy.Trace(1), policy.Errno(1), policy.Errno(2), policy.Errno(3), policy.Trap, policy.KillThread, policy.KillProcess}
	rule := policy.Rule{Origin: &policy.Origin{Name: "mremap"}, Action: actions[r.IntN(len(actions))]}
	for _, arg := range r.Perm(3)[:r.IntN(conds+1)] {
		c := randomCond(r, uint8(arg), 4)
		if c.Op != policy.MaskedEQ {
			c.Mask = 0
		}
		rule.Conds = append(rule.Conds, c)
	}
	slices.SortFunc(rule.Conds, func(a, b policy.Cond) int { return cmp.Compare(a.Arg, b.Arg) })
	return rule
}

// TestOverlapsRandom: of rules that match one call in common there are notes.
func TestOverlapsRandom(t *testing.T) {
	r := random(t)
	resolved := 0
	for range 4000 {
		var lines []string
		for range 1 + r.IntN(6) {
			rule := randomRule(r, 3)
			lines = append(lines, rule.String())
		}
		def := []policy.Action{policy.Allow, policy.Errno(1), policy.Trap}[r.IntN(3)]
		text := rules(def.String(), lines...)
		pol, err := resolveText(text, Target{Arch: arch.X86_64, Compat: Compat(r.IntN(2)), AcceptWeaker: true})
		if err != nil {
			for _, e := range faults(err) {
				if e.Code != CodeContradiction {
					t.Fatalf("Resolve(%s): %v", text, err)
				}
			}
			continue
		}
		resolved++
		checkOverlaps(t, pol)
	}
	if resolved < 2000 {
		t.Errorf("of 4000 profiles %d are without contradiction: the random rules are no good", resolved)
	}
}

// smallCalls yields the calls of mremap that tell the random conditions apart.
func smallCalls() iter.Seq[syscalls.Call] {
	return func(yield func(syscalls.Call) bool) {
		c := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 25}
		for v := range uint64(6 * 6 * 6) {
			c.Args = [6]uint64{v % 6, v / 6 % 6, v / 36}
			if !yield(c) {
				return
			}
		}
	}
}

// checkOverlaps: a rule is noted where one of another action that is asked
// before it matches a call that it matches, and the note has such a call.
func checkOverlaps(t *testing.T, pol *Resolution) {
	t.Helper()
	list := pol.policy.Arches[0].Rules
	overlap := func(j int, args [6]uint64) bool {
		return list[j].Matches(args) && slices.ContainsFunc(list[:j], func(r policy.Rule) bool {
			return r.Action != list[j].Action && r.Matches(args)
		})
	}
	for j := range list {
		want := false
		for c := range smallCalls() {
			want = want || overlap(j, c.Args)
		}
		i := slices.IndexFunc(pol.notes, func(n Note) bool { return n.Code == CodeOverlap && n.Pos == list[j].Pos() })
		switch {
		case want && i < 0:
			t.Fatalf("rule %s overlaps, and no note says so\n%s", &list[j], pol)
		case i >= 0 && !overlap(j, pol.notes[i].Witness.Args):
			t.Fatalf("note %v: the call is none of two rules\n%s", pol.notes[i], pol)
		}
	}
}

// someProfiles are profiles to resolve for everything.
func someProfiles() map[string]string {
	return map[string]string{
		"default": defaultJSON,
		"fuzzed":  fuzzed,
		"overlaps": rules("ERRNO(1)", "mremap if a0 == 1 -> ALLOW", "mremap if a1 == 1 -> TRAP", "mremap -> LOG", "mremap -> TRAP",
			"lseek if a1 > 1 -> ALLOW", "lseek if a1 < 9 -> NOTIFY", "raed -> ALLOW", "read -> ERRNO(1)"),
	}
}

func someTargets() (list []Target) {
	for a := range arch.All() {
		for _, caps := range [][]string{nil, mustCaps("docker"), mustCaps("all")} {
			for _, c := range []Compat{CompatKernel, CompatRunc} {
				list = append(list, Target{Arch: a, Caps: caps, Kernel: syscalls.Version{Major: 6, Minor: 18}, Compat: c, AcceptWeaker: true})
			}
		}
	}
	return list
}

// TestResolveTwice: the same profile and target give the same policy, and the
// profile stays as it was, however many resolve it at once.
func TestResolveTwice(t *testing.T) {
	for name, text := range someProfiles() {
		p, err := Parse([]byte(text), ParseOptions{File: name})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse([]byte(text), ParseOptions{File: name})
		if err != nil || !reflect.DeepEqual(p, again) {
			t.Errorf("Parse(%s) twice gives two profiles (%v)", name, err)
		}
		var group sync.WaitGroup
		for _, target := range someTargets() {
			group.Go(func() {
				a, err1 := p.Resolve(target)
				b, err2 := p.Resolve(target)
				if fmt.Sprint(err1) != fmt.Sprint(err2) || !reflect.DeepEqual(a, b) {
					t.Errorf("Resolve(%+v) of %s twice gives two policies (%v, %v)", target, name, err1, err2)
				} else if err1 == nil && a.String() != b.String() {
					t.Errorf("Resolve(%+v) of %s twice prints\n%s\n%s", target, name, a, b)
				}
			})
		}
		group.Wait()
		if !reflect.DeepEqual(p, again) {
			t.Errorf("Resolve changes the profile %s", name)
		}
	}
}

// TestResolutionAtOnce: the methods of a Resolution may run at the same time. Only the race
// detector sees that they may not.
func TestResolutionAtOnce(t *testing.T) {
	res, err := resolveText(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`, Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true})
	if err != nil {
		t.Fatal(err)
	}
	rule := &res.Policy().Arches[0].Rules[0]
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { res.Guarded(rule) })
		group.Go(func() { res.MergeNames(res.Notes()) })
		group.Go(func() { res.PrintNotes() })
		group.Go(func() { res.Decide(syscalls.Call{}) })
		group.Go(func() {
			if _, err := res.MarshalJSON(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// TestPolicyOrder: the rules of a policy are as its comments say: by number,
// their conditions by argument with none on one argument twice.
func TestPolicyOrder(t *testing.T) {
	for name, text := range someProfiles() {
		for _, target := range someTargets() {
			pol, err := resolveText(text, target)
			if err != nil {
				continue
			}
			if pol.policy.Arches[0].Arch != target.Arch {
				t.Errorf("Resolve(%+v) of %s: %s is first", target, name, pol.policy.Arches[0].Arch)
			}
			for _, a := range pol.policy.Arches {
				if !slices.IsSortedFunc(a.Rules, func(a, b policy.Rule) int { return cmp.Compare(a.Nr, b.Nr) }) {
					t.Errorf("Resolve(%+v) of %s: rules of %s are in no order", target, name, a.Arch)
				}
				for _, r := range a.Rules {
					for i := 1; i < len(r.Conds); i++ {
						if r.Conds[i-1].Arg >= r.Conds[i].Arg {
							t.Errorf("Resolve(%+v) of %s: rule %s", target, name, &r)
						}
					}
					if nr, ok := syscalls.Number(a.Arch, r.Origin.Name); !ok || nr != r.Nr || r.Pos().Line == 0 || r.Path() == "" {
						t.Errorf("Resolve(%+v) of %s: rule %#v", target, name, r)
					}
				}
			}
			if !slices.IsSortedFunc(pol.notes, func(a, b Note) int {
				return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
			}) {
				t.Errorf("Resolve(%+v) of %s: notes are in no order", target, name)
			}
		}
	}
}

// TestPolicyString: the text of a whole policy.
func TestPolicyString(t *testing.T) {
	pol, err := resolveText(`{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X32"], "flags": ["SECCOMP_FILTER_FLAG_LOG"], "syscalls": [
{"names": ["read", "execve"], "action": "SCMP_ACT_ALLOW"},
{"names": ["lseek"], "action": "SCMP_ACT_TRAP", "args": [{"index": 1, "value": 4294967296, "op": "SCMP_CMP_GE"}]}]}`, Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	const want = `default ERRNO(1)
bad arch KILL_THREAD
flag SECCOMP_FILTER_FLAG_LOG
x86_64
  0 read -> ALLOW  # 2:12
  8 lseek if a1 >= 0x100000000 -> TRAP  # 3:12
  59 execve -> ALLOW  # 2:20
  0x3c..0x3fffffff -> ERRNO(38)
  0x80000000..0xbfffffff -> ERRNO(38)
x32
  0 read -> ALLOW  # 2:12
  8 lseek if a1 >= 0x100000000 -> TRAP  # 3:12
  520 execve -> ALLOW  # 2:20
  0x40000009..0x400001ff -> ERRNO(38)
  0x40000224..0x7fffffff -> ERRNO(38)
  0xc0000000..0xffffffff -> ERRNO(38)
`
	if got := pol.String(); got != want {
		t.Errorf("Policy.String() =\n%s, want\n%s", got, want)
	}
}
