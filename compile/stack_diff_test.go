package compile

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// loaded returns a stack of the instructions of another one, with nothing known of
// where they come from.
func loaded(t *testing.T, filters []*Filter) *Stack {
	t.Helper()
	var list []*Filter
	for _, f := range filters {
		g, err := Load(f.insns, f.native)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, g)
	}
	s, err := NewStack(list...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answers are what a stack of loaded filters of a policy does, for agreement tests.
type answers struct {
	*Stack
	pol *policy.Policy
}

func (a answers) Policy() *policy.Policy { return a.pol }

// TestLoadedStack: filters that come from files are proved to be a policy's stack, and
// equal to it; with one changed constant they are caught by both, or answer as before
// wherever they are tried.
func TestLoadedStack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRand(t)
	caught, equal := 0, 0
	for i := range 300 {
		pol, most := randomPolicy(r), 20+r.IntN(100)
		s, err := split(pol, Options{NoVerify: true}, most, &SizeError{})
		if err != nil || len(s.filters) == 1 {
			continue
		}
		files := loaded(t, s.filters)
		if err := Verify(files, pol); err != nil {
			t.Fatalf("policy %d: Verify of its stack: %v\n%s", i, err, pol)
		}
		if list, err := Diff(files, s); err != nil || len(list) > 0 {
			t.Fatalf("policy %d: Diff of its stack: %v, %v\n%s", i, list, err, pol)
		}
		mutant := loaded(t, mutated(r, s.filters))
		err = Verify(mutant, pol)
		list, diffErr := Diff(s, mutant)
		wrong, many := (*MismatchError)(nil), (*DiffError)(nil)
		if errors.As(diffErr, &many) { // such as a test of the bit of x32's numbers that asks another
			list, diffErr = []Difference{many.Example}, nil
		}
		switch {
		case diffErr != nil:
			t.Fatalf("policy %d: Diff of a mutant: %v\n%s", i, diffErr, pol)
		case errors.As(err, &wrong) != (len(list) > 0):
			t.Fatalf("policy %d: Verify of a mutant: %v, Diff: %v\n%s", i, err, list, pol)
		case err == nil:
			equal++
			if err := disagreement(answers{mutant, pol}, pol.Arches[0].Arch.Audit(), numbers(pol.Arches[0].Arch), r); err != nil {
				t.Fatalf("policy %d: a mutant is proved, and %v\n%s", i, err, pol)
			}
		default:
			caught++
			for _, d := range list {
				if old, new := s.Run(d.Witness), mutant.Run(d.Witness); old != d.Old || new != d.New {
					t.Fatalf("policy %d: %s, and the stacks say %s and %s", i, d, old, new)
				}
			}
			if want, _ := pol.Decide(wrong.Difference.Witness); want == mutant.Run(wrong.Difference.Witness) {
				t.Fatalf("policy %d: %s does not differ", i, wrong)
			}
		}
	}
	t.Logf("%d mutants caught, %d equal", caught, equal)
	if caught < 50 {
		t.Errorf("%d mutants caught, want 50", caught)
	}
}

// mutated returns filters of which one has another constant.
func mutated(r *rand.Rand, filters []*Filter) []*Filter {
	list := slices.Clone(filters)
	i := r.IntN(len(list))
	insns := list[i].Insns()
	var at []int
	for pc, in := range insns {
		if in.Op&7 == abi.ClassRET || in.Op&7 == 5 && in.Op != abi.ClassJMP { // a constant that can be any
			at = append(at, pc)
		}
	}
	pc := at[r.IntN(len(at))]
	if insns[pc].Op&7 == abi.ClassRET {
		insns[pc].K = uint32([]policy.Action{policy.Allow, policy.Errno(7), policy.KillProcess, policy.Log, policy.Notify}[r.IntN(5)])
	} else {
		insns[pc].K ^= 1 << r.IntN(32)
	}
	list[i] = &Filter{insns: insns, native: list[i].native}
	return list
}

// withRule returns a policy with one more rule, the first.
func withRule(pol *policy.Policy, r policy.Rule) *policy.Policy {
	p := *pol
	p.Arches = slices.Clone(pol.Arches)
	r.Origin = pol.Arches[0].Rules[0].Origin
	p.Arches[0].Rules = append([]policy.Rule{r}, pol.Arches[0].Rules...)
	return &p
}

// TestDiffStacks: profiles that take several filters, or one of calls with many rules,
// are compared; what is changed in a call that no diagram can hold is a difference at
// least.
func TestDiffStacks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const trapped = "x86_64 fanotify_init is TRAP instead of ERRNO(1), as in x86_64 fanotify_init()"
	trap := policy.Rule{Nr: 300, Action: policy.Trap}
	value := policy.Rule{Nr: 0, Action: policy.Trap, Conds: []policy.Cond{{Arg: 0, Op: policy.EQ, Value: 77, Width: 64}}}
	other := policy.Rule{Nr: 16, Action: policy.KillProcess, Conds: []policy.Cond{{Arg: 3, Op: policy.EQ, Value: 0xabcdef, Width: 64}}}
	for _, tt := range []struct {
		name    string
		pol     *policy.Policy
		change  policy.Rule
		want    string
		example bool // one of several
		large   bool // takes seconds
	}{
		{"400 rules for a call", longCall(400, false), trap, trapped, false, false},
		{"400 rules for a call in any order", longCall(400, true), trap, trapped, false, false},
		{"3000 rules for a call", longCall(3000, false), trap, trapped, false, true},
		{"1000 rules for a call in any order", longCall(1000, true), trap, trapped, false, true},
		{"450 calls with 8 values each", manyValues(450, 8), policy.Rule{Nr: 500, Action: policy.Trap}, "x86_64 unassigned numbers are TRAP", false, false},
		{"a call with 3000 values", manyValues(1, 3000), trap, trapped, false, true},
		{"a value of 3000", manyValues(1, 3000), value, "stricter: x86_64 read is TRAP instead of ERRNO(1), as in x86_64 read(77)", false, true},
		{"a rule of 400", longCall(400, true), other, "x86_64 ioctl is KILL_PROCESS instead of ERRNO(1)", false, false},
		{"a rule of 1000", longCall(1000, true), other, "x86_64 ioctl", true, true},
	} {
		if tt.large && !*full {
			continue
		}
		old, err := Split(tt.pol, Options{})
		if err != nil {
			t.Fatal(err)
		}
		new, err := Split(withRule(tt.pol, tt.change), Options{})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		list, err := Diff(old, new)
		took := time.Since(start)
		var many *DiffError
		got := ""
		switch {
		case errors.As(err, &many) && tt.example:
			got = many.Example.String()
		case err != nil || tt.example:
			t.Errorf("%s: Diff = %v, %v", tt.name, list, err)
			continue
		case len(list) > 0:
			for _, d := range list {
				got += d.String() + "\n"
			}
		}
		if len(list) > 1 && tt.want == trapped || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if took > 10*time.Second && !raceEnabled { // one where nothing else runs
			t.Errorf("%s: %v, want at most 10s", tt.name, took)
		}
		if same, err := Diff(old, old); err != nil || len(same) > 0 {
			t.Errorf("%s with itself: %v, %v", tt.name, same, err)
		}
		t.Logf("%s: %d and %d filters, %v", tt.name, len(old.filters), len(new.filters), took)
		if err := Verify(loaded(t, old.filters), tt.pol); err != nil {
			t.Errorf("%s: Verify of its files: %v", tt.name, err)
		}
		if err := Verify(loaded(t, old.filters), new.policy); err == nil {
			t.Errorf("%s: Verify of its files finds no difference from the changed policy", tt.name)
		}
	}
}

// TestDiffUnproved: filters that were not proved are not compared by their policies.
func TestDiffUnproved(t *testing.T) {
	pol := longCall(400, true)
	old, err := Policy(pol, Options{})
	if err != nil {
		t.Fatal(err)
	}
	wrong := *old
	wrong.insns = slices.Clone(old.insns)
	for i, in := range wrong.insns {
		if in.Op == abi.ClassRET && in.K == uint32(policy.Allow) {
			wrong.insns[i].K = uint32(policy.Log)
		}
	}
	wrong.policy = withRule(pol, policy.Rule{Nr: 300, Action: policy.Trap})
	if list, err := Diff(old, &wrong); err == nil {
		t.Errorf("Diff with a filter that is not its policy's = %v, want an error", list)
	}
}

// TestNewStack: what the kernel would not accept is an error.
func TestNewStack(t *testing.T) {
	ret := func(a policy.Action, on arch.Arch) *Filter {
		f, err := Load([]bpf.RawInstruction{{Op: abi.ClassRET, K: uint32(a)}}, on)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	allow := ret(policy.Allow, arch.X86_64)
	var long []bpf.RawInstruction
	for range abi.MaxInsns - 1 {
		long = append(long, bpf.RawInstruction{Op: 0x34, K: 1}) // a division
	}
	large, err := Load(append(long, bpf.RawInstruction{Op: abi.ClassRET}), arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	told, err := Policy(&policy.Policy{Default: policy.Notify, BadArch: policy.KillThread, Flags: []policy.Flag{policy.FlagNewListener}, Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		filters []*Filter
		want    string
	}{
		{"none", nil, "no filter"},
		{"nil", []*Filter{allow, nil}, "filter 2 of 2: no filter"},
		{"zero", []*Filter{{}, allow}, "filter 1 of 2: no filter"},
		{"ABIs", []*Filter{allow, ret(policy.Allow, arch.X86)}, "filter 2 of 2 is for x86"},
		{"too much", slices.Repeat([]*Filter{large}, 9), "the kernel accepts 32768"},
		{"a listener before the last", []*Filter{told, allow}, "filter 1 of 2 has NOTIFY rules"},
		{"a listener", []*Filter{allow, told}, ""},
		{"several", []*Filter{ret(policy.Log, arch.X86_64), ret(policy.Errno(3), arch.X86_64), ret(policy.Errno(4), arch.X86_64), allow}, ""},
	} {
		s, err := NewStack(tt.filters...)
		if tt.want == "" {
			if err != nil || len(s.Filters()) != len(tt.filters) || s.Policy() != nil || len(s.Notes()) > 0 || s.Summary().Filters != len(tt.filters) {
				t.Errorf("%s: NewStack = %v, %v", tt.name, s, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: NewStack: %v, want %s", tt.name, err, tt.want)
		}
	}
	s, _ := NewStack(ret(policy.Log, arch.X86_64), ret(policy.Errno(3), arch.X86_64), ret(policy.Errno(4), arch.X86_64), allow)
	if got := s.Run(syscalls.Call{}); got != policy.Errno(4) {
		t.Errorf("the newest of equally strict answers is %s, want ERRNO(4)", got)
	}
	if list, err := Diff(s, ret(policy.Errno(4), arch.X86_64)); err != nil || len(list) > 0 {
		t.Errorf("Diff with ERRNO(4) = %v, %v", list, err)
	}
	if list, err := Diff(s, ret(policy.Errno(3), arch.X86_64)); err != nil || len(list) < 3*300 || Overall(list) != Incomparable {
		t.Errorf("Diff with ERRNO(3) = %v, %v", list, err)
	}
	for _, none := range []Compiled{nil, (*Filter)(nil), (*Stack)(nil), &Filter{}, &Stack{}} {
		if _, err := Diff(none, s); err == nil {
			t.Errorf("Diff with %#v returns no error", none)
		}
		if err := Verify(none, told.policy); err == nil {
			t.Errorf("Verify of %#v returns no error", none)
		}
	}
}
