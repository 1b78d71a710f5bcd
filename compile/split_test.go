package compile

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestSplitRandom splits made-up policies into filters of a few instructions, and
// has the proof and the interpreter judge them.
func TestSplitRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRand(t)
	stacks, filters, cuts := 0, 0, 0
	n := fewer(400)
	for i := range n {
		pol, most := randomPolicy(r), 20+r.IntN(100)
		if i%4 == 0 {
			pol, most = longPolicy(r, 40), 60+r.IntN(60)
		}
		s, err := split(pol, Options{}, most, &SizeError{})
		if large := (*SizeError)(nil); errors.As(err, &large) {
			continue
		}
		if err != nil {
			t.Fatalf("policy %d in filters of %d: %v\n%s", i, most, err, pol)
		}
		if len(s.filters) == 1 {
			continue
		}
		stacks, filters = stacks+1, filters+len(s.filters)
		if err := judgeStack(s, most, r); err != nil {
			t.Fatalf("policy %d in filters of %d: %v\n%s", i, most, err, pol)
		}
		if cutCalls(s) {
			cuts++
		}
	}
	t.Logf("%d stacks of %.1f filters on average, %d of them with a call that is cut", stacks, float64(filters)/float64(stacks), cuts)
	if stacks < n/4 || cuts < n/16 {
		t.Errorf("%d stacks, %d with a call that is cut: want %d and %d at least", stacks, cuts, n/4, n/16)
	}
}

// cutCalls reports whether two filters of a stack have rules of their own for one call.
func cutCalls(s *Stack) bool {
	for i := range s.policy.Arches {
		own := map[uint32]int{}
		for _, f := range s.filters {
			a := &f.policy.Arches[i]
			for rest := a.Rules; len(rest) > 0; rest = rest[len(rulesOf(a, rest[0].Nr)):] {
				if r := rest[0]; len(r.Conds) > 0 || r.Action != policy.Allow {
					own[r.Nr]++
				}
			}
		}
		for _, n := range own {
			if n > 1 {
				return true
			}
		}
	}
	return false
}

// judgeStack says what is wrong with a stack: calls that it answers otherwise than
// its policy, filters that are too long or that would keep the next from being
// installed, calls that are not cached.
func judgeStack(s *Stack, most int, r *rand.Rand) error {
	pol := s.policy
	for i, f := range s.filters {
		if len(f.insns) > most {
			return fmt.Errorf("filter %d has %d instructions, want at most %d", i, len(f.insns), most)
		}
	}
	for _, a := range pol.Arches {
		nrs := []uint32{0, ^uint32(0), 1 << 30, 1 << 31}
		for i, rule := range a.Rules {
			if i == 0 || rule.Nr != a.Rules[i-1].Nr {
				nrs = append(nrs, rule.Nr-1, rule.Nr, rule.Nr+1)
			}
		}
		for _, n := range a.Newer {
			nrs = append(nrs, n.Lo-1, n.Lo, n.Hi, n.Hi+1)
		}
		if err := disagreement(s, a.Arch.Audit(), nrs, r); err != nil {
			return err
		}
		always := alwaysAllowed(pol, a.Arch, nrs)
		for _, nr := range nrs {
			if c := (syscalls.Call{Audit: a.Arch.Audit(), Nr: nr}); always[nr] && !s.Cached(c) {
				return fmt.Errorf("%s is always allowed and not cached", c)
			}
		}
		for _, name := range []string{"seccomp", "prctl"} {
			nr, ok := syscalls.Number(a.Arch, name)
			for i, f := range s.filters[:len(s.filters)-1] {
				if c := (syscalls.Call{Audit: a.Arch.Audit(), Nr: nr}); ok && (f.Run(c) != policy.Allow || !f.Cached(c)) {
					return fmt.Errorf("filter %d of %d answers %s with %s", i+1, len(s.filters), c, f.Run(c))
				}
			}
		}
	}
	return nil
}

// alwaysAllowed returns the numbers that one filter of the whole policy caches.
func alwaysAllowed(pol *policy.Policy, a arch.Arch, nrs []uint32) map[uint32]bool {
	always := map[uint32]bool{}
	f, err := Policy(pol, Options{NoVerify: true})
	for _, nr := range nrs {
		always[nr] = err == nil && f.Cached(syscalls.Call{Audit: a.Audit(), Nr: nr})
	}
	return always
}

// longCall returns a policy with so many rules for ioctl; odd ones have rules in no
// order of strictness.
func longCall(rules int, odd bool) *policy.Policy {
	seed := uint64(1)
	if odd {
		seed = 3
	}
	pol := &policy.Policy{Default: policy.Errno(1), BadArch: policy.KillProcess}
	pol.Arches = []policy.ArchPolicy{{Arch: arch.X86_64, Rules: longRules(rand.New(rand.NewPCG(seed, 0)), arch.X86_64, 16, rules)}}
	return pol
}

// otherThan returns a policy that refuses all but so many values of an argument, by one
// rule.
func otherThan(values int) *policy.Policy {
	pol := manyValues(1, values)
	rule := policy.Rule{Nr: 16, Action: policy.Errno(13), Origin: pol.Arches[0].Rules[0].Origin}
	for _, r := range pol.Arches[0].Rules {
		c := r.Conds[0]
		c.Op = policy.NE
		rule.Conds = append(rule.Conds, c)
	}
	pol.Default, pol.Arches[0].Rules = policy.Allow, []policy.Rule{rule}
	return pol
}

// TestSplit holds how many filters large policies take.
func TestSplit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, tt := range []struct {
		name    string
		pol     *policy.Policy
		filters int
		large   bool // takes seconds
	}{
		{"400 rules for a call", longCall(400, false), 1, false},
		{"400 rules for a call in any order", longCall(400, true), 1, false},
		{"3000 rules for a call", longCall(3000, false), 2, true},
		{"1000 rules for a call in any order", longCall(1000, true), 3, true},
		{"450 calls with 8 values each", manyValues(450, 8), 2, false},
		{"a call with 3000 values", manyValues(1, 3000), 3, true},
		{"a rule with 2000 conditions", otherThan(2000), 2, true},
	} {
		if tt.large && !*full {
			continue
		}
		start := time.Now()
		s, err := Split(tt.pol, Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		took := time.Since(start)
		if err := judgeStack(s, abi.MaxInsns, newRand(t)); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		sum := s.Summary()
		t.Logf("%s: %d instructions in %d filters, %d as eBPF, %v", tt.name, sum.Insns, sum.Filters, sum.Converted, took)
		if sum.Filters != tt.filters {
			t.Errorf("%s: %d filters, want %d", tt.name, sum.Filters, tt.filters)
		}
		if err := Verify(s, tt.pol); err != nil {
			t.Errorf("%s: Verify: %v", tt.name, err)
		}
	}
}

// TestSplit400: 400 conditions of all operators on two to four arguments of a call,
// with several actions, take a second at most.
func TestSplit400(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRand(t)
	for i := range 20 {
		a := policy.ArchPolicy{Arch: arch.X86_64}
		for conds := 0; conds < 400; {
			rules := longRules(r, arch.X86_64, 16, 60)
			for _, rule := range rules {
				if n := len(rule.Conds); 2 <= n && n <= 4 && conds < 400 {
					a.Rules = append(a.Rules, rule)
					conds += n
				}
			}
		}
		pol := &policy.Policy{Default: []policy.Action{policy.Errno(1), policy.Allow}[i%2], BadArch: policy.KillProcess, Arches: []policy.ArchPolicy{a}}
		start := time.Now()
		s, err := Split(pol, Options{})
		took := time.Since(start)
		if err != nil {
			t.Errorf("%d: %v", i, err)
			continue
		}
		t.Logf("%d instructions in %d filters, %v", s.Summary().Insns, len(s.Filters()), took)
		for range 3 { // other processes may run
			if took <= time.Second {
				break
			}
			start := time.Now()
			if _, err := Split(pol, Options{}); err != nil {
				t.Fatal(err)
			}
			took = min(took, time.Since(start))
		}
		if took > time.Second && !raceEnabled {
			t.Errorf("%d: %v, want at most 1s", i, took)
		}
		if err := judgeStack(s, abi.MaxInsns, r); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// TestSplitErrors: a policy of which no stack can be made says why.
func TestSplitErrors(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	pinned := func(name string, action policy.Action) *policy.Policy {
		pol := manyValues(1, 3000)
		nr, _ := syscalls.Number(arch.X86_64, name)
		for i := range pol.Arches[0].Rules {
			r := &pol.Arches[0].Rules[i]
			r.Nr, r.Action = nr, action
		}
		if action == policy.Notify {
			pol.Flags = []policy.Flag{policy.FlagNewListener}
		}
		return pol
	}
	mips := manyValues(1, 3000)
	mips.Arches[0].Arch = arch.MIPS64
	mips.Arches = append(mips.Arches, policy.ArchPolicy{Arch: arch.MIPS})
	for i := range mips.Arches[0].Rules {
		mips.Arches[0].Rules[i].Nr, mips.Arches[0].Rules[i].Origin = 5015, nil
	}
	for _, tt := range []struct {
		pol  *policy.Policy
		want string
	}{
		{pinned("prctl", policy.Allow), "the filter installed last, which has all answers without conditions, NOTIFY, seccomp and prctl, would need"},
		{pinned("seccomp", policy.Allow), "the filter installed last"},
		{pinned("ioctl", policy.Notify), "the filter installed last"},
		{longCall(3000, true), "32768 eBPF instructions that the kernel accepts for a task"},
		{longCall(2000, true), "eBPF instructions, and the kernel accepts 32768 for a task"},
		{manyValues(1, 20000), "all filters of a task together can have 32768"},
		{mips, "ioctl can be called by a number of another ABI"},
	} {
		s, err := Split(tt.pol, Options{})
		var large *SizeError
		if s != nil || !errors.As(err, &large) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Split = %d filters, %v, want a SizeError with %q", len(s.Filters()), err, tt.want)
		}
	}
	if _, err := Policy(manyValues(450, 8), Options{}); err == nil || !strings.Contains(err.Error(), "compile.Split, seccompile compile --split and seccompile run") {
		t.Errorf("Policy: %v, want an error that names Split", err)
	}
	if _, err := Split(nil, Options{}); err == nil {
		t.Error("Split(nil) returns no error")
	}
	s, err := Split(manyValues(450, 8), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, pol := range []*policy.Policy{nil, {}, manyValues(450, 7)} {
		if err := Verify(s, pol); err == nil {
			t.Errorf("a stack of another policy is proved to answer as\n%s", pol)
		}
	}
}

// TestStackZero: a Stack that nothing has made kills.
func TestStackZero(t *testing.T) {
	for _, s := range []*Stack{nil, {}} {
		c := syscalls.Call{Audit: arch.X86_64.Audit()}
		if s.Run(c) != policy.KillProcess || s.Cached(c) || s.Insns() != nil || s.Before() != nil || len(s.Notes()) > 0 || s.String() == "" {
			t.Errorf("a zero Stack: %s, %d filters", s.Run(c), len(s.Filters()))
		}
		if err := Verify(s, manyValues(1, 1)); err == nil {
			t.Error("a zero Stack is proved")
		}
	}
}

// TestSplitFlags: flags about a listener are those of the filter installed last.
func TestSplitFlags(t *testing.T) {
	pol := manyValues(450, 8)
	pol.Arches[0].Rules[0] = policy.Rule{Nr: pol.Arches[0].Rules[0].Nr, Action: policy.Notify}
	pol.Flags = []policy.Flag{policy.FlagLog, policy.FlagSpecAllow, policy.FlagNewListener, policy.FlagWaitKillableRecv}
	s, err := Split(pol, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const rest = abi.FlagLog | abi.FlagSpecAllow
	if got, want := s.Flags(), uint(rest|abi.FlagNewListener|abi.FlagWaitKillableRecv); got != want {
		t.Errorf("Flags() = %#x, want %#x", got, want)
	}
	for _, f := range s.Filters()[:len(s.Filters())-1] {
		if f.Flags() != rest {
			t.Errorf("flags of a filter before it = %#x, want %#x", f.Flags(), rest)
		}
	}
}
