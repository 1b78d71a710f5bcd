package compile

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile/policy"
)

// manyValues returns a policy of calls that are allowed for some values of their
// first argument each, no two values alike.
func manyValues(calls, values int) *policy.Policy {
	a := policy.ArchPolicy{Arch: arch.X86_64}
	for nr := range uint32(calls) {
		for v := range values {
			value := uint64(nr)<<40 | uint64(v*v+1)<<20 | uint64(nr)*7919 + uint64(v)*104729
			r := policy.Rule{Nr: nr, Origin: &policy.Origin{Name: fmt.Sprintf("call%d", nr)}, Action: policy.Allow}
			r.Conds = []policy.Cond{{Arg: 0, Op: policy.EQ, Value: value, Width: 64}}
			a.Rules = append(a.Rules, r)
		}
		if values == 0 {
			a.Rules = append(a.Rules, policy.Rule{Nr: nr, Origin: &policy.Origin{Name: fmt.Sprintf("call%d", nr)}, Action: policy.Allow})
		}
	}
	return &policy.Policy{Default: policy.Errno(1), BadArch: policy.KillThread, Arches: []policy.ArchPolicy{a}}
}

// TestMany holds how long programs get with calls and values, and that what is
// too long names calls.
func TestMany(t *testing.T) {
	type size struct{ calls, values int }
	want := map[size]int{
		{100, 2}:  614,
		{100, 8}:  1321,
		{450, 0}:  9,
		{450, 1}:  2280,
		{450, 2}:  2738,
		{450, 8}:  5921, // too many
		{1, 1000}: 1586,
	}
	for s, want := range want {
		f, err := Policy(manyValues(s.calls, s.values), Options{NoVerify: true})
		got := 0
		var large *SizeError
		switch {
		case errors.As(err, &large):
			if got = large.Insns; len(large.Costly) != 5 || large.Costly[0].Conds != s.values {
				t.Errorf("%d calls with %d values each: %v, want five calls with as many conditions", s.calls, s.values, err)
			}
		case err != nil:
			t.Fatal(err)
		default:
			got = len(f.insns)
		}
		if got != want || (large != nil) != (got > abi.MaxInsns) {
			t.Errorf("%d calls with %d values each: %d instructions, %v, want %d", s.calls, s.values, got, err, want)
		}
	}
}

// growing are the policies that grow with n, at most as n log n.
var growing = []struct {
	name   string
	policy func(n int) *policy.Policy
}{
	{"values of a call", func(n int) *policy.Policy { return manyValues(1, n) }},
	{"calls with two values", func(n int) *policy.Policy { return manyValues(n/2, 2) }},
	{"calls", func(n int) *policy.Policy { return manyValues(n, 0) }},
}

// nLogN is what work that is n log n grows by from n to 4n.
func nLogN(n int) float64 { return 4 * math.Log(4*float64(n)) / math.Log(float64(n)) }

// TestGrowth: memory, which is what work leaves behind, grows with the rules at
// most as n log n, and a half for lists that double; it would be 16 times for n².
func TestGrowth(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 4000
	for _, g := range growing {
		allocated := func(n int) uint64 {
			pol := g.policy(n)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Policy(pol, Options{NoVerify: true}) // most of these are too large, which takes all steps but the proof
			runtime.ReadMemStats(&after)
			if e := (*SizeError)(nil); err != nil && !errors.As(err, &e) {
				t.Fatal(err)
			}
			return after.TotalAlloc - before.TotalAlloc
		}
		few, many := allocated(n), allocated(4*n)
		if got, most := float64(many)/float64(few), 1.5*nLogN(n); got > most {
			t.Errorf("%s: %d bytes for %d, %d for %d: %.1f times, want at most %.1f", g.name, few, n, many, 4*n, got, most)
		} else {
			t.Logf("%s: %.1f times the memory", g.name, got)
		}
	}
}

// denseRules returns so many of longRules that look at two to four arguments.
func denseRules(r *rand.Rand, rules int) []policy.Rule {
	few := func(rule policy.Rule) bool { return len(rule.Conds) < 2 }
	list := slices.DeleteFunc(longRules(r, arch.X86_64, 16, 2*rules), few)
	for i := range rules {
		list[i] = list[i*len(list)/rules]
	}
	return list[:rules]
}

// TestDoubling: twice the rules of one call, on two to four arguments each, by all
// operators and for several actions, take at most 2.2 times the instructions and 3
// times the work: allocations to compile and steps to prove.
func TestDoubling(t *testing.T) {
	r := newRand(t)
	const lists = 5
	type work struct{ insns, allocs, steps int }
	var before work
	for rules := 25; rules <= 400; rules *= 2 {
		var now work
		for range lists {
			pol := &policy.Policy{Default: policy.Errno(1), BadArch: policy.KillThread,
				Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: denseRules(r, rules)}}}
			var first, last runtime.MemStats
			runtime.ReadMemStats(&first)
			f, err := Policy(pol, Options{NoVerify: true})
			runtime.ReadMemStats(&last)
			if err != nil {
				t.Fatalf("%d rules: %v", rules, err)
			}
			_, steps, err := prove.Measured(f.insns, pol, f.claims...)
			if err != nil {
				t.Fatalf("%d rules: %v", rules, err)
			}
			now.insns, now.allocs, now.steps = now.insns+len(f.insns), now.allocs+int(last.Mallocs-first.Mallocs), now.steps+steps
		}
		t.Logf("%d rules: %d instructions, %d allocations, %d steps", rules, now.insns/lists, now.allocs/lists, now.steps/lists)
		for _, w := range []struct {
			what        string
			now, before int
			most        float64
		}{
			{"instructions", now.insns, before.insns, 2.2}, {"allocations", now.allocs, before.allocs, 3},
			{"steps", now.steps, before.steps, 3},
		} {
			if w.before > 0 && float64(w.now) > w.most*float64(w.before) {
				t.Errorf("%d rules take %d %s, half as many %d: want at most %.1f times", rules, w.now/lists, w.what, w.before/lists, w.most)
			}
		}
		before = now
	}
}

// TestPlanning: trees of thousands of numbers that one bit tells apart, and many trees
// that are searched for, are planned within bounds of work.
func TestPlanning(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	even, odd := &diagram.Node{Verdict: 1}, &diagram.Node{Verdict: 2}
	values := func(n int) (v []interval) {
		for i := range uint32(n) {
			v = append(v, interval{i, i, []*diagram.Node{even, odd}[i%2], 1, 0})
		}
		v[n-1].hi = math.MaxUint32
		return v
	}
	for _, optimal := range []bool{false, true} {
		p := newPlanner(optimal, heuristicPrice)
		const large = 2000
		for _, n := range []int{100, large, large} {
			p.plan(values(n))
		}
		if most := gatherWork + large*(large+2*gatherMost*gatherMost*(singletonsMost+2)); p.gathered <= gatherWork || p.gathered > most {
			t.Errorf("optimal %v: gathered %d intervals, want more than %d and at most %d", optimal, p.gathered, gatherWork, most)
		}
		if searched := p.searched > 0; searched != optimal || p.searched > exactWork {
			t.Errorf("optimal %v: searched for %d, want at most %d", optimal, p.searched, exactWork)
		}
	}
	p := newPlanner(true, exactPrice)
	trees := 0
	for p.affordsExact(exactMost) {
		trees++
	}
	if trees != exactWork/exactMost/exactMost/exactMost || p.searched > exactWork || newPlanner(true, exactPrice).affordsExact(exactMost+1) {
		t.Errorf("%d trees of %d intervals are searched for: %d in all, want %d at most", trees, exactMost, p.searched, exactWork)
	}
}

// BenchmarkGrowth compares the time for sixteen thousand rules with that for four
// thousand, by the fastest of some rounds without garbage collection. Work that
// is n log n takes 4.7 times as long, and up to 6 because what is larger is
// farther from the processor.
func BenchmarkGrowth(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	const n = 4000
	for _, g := range growing {
		b.Run(g.name, func(b *testing.B) {
			few, many := time.Hour, time.Hour
			fastest := func(least time.Duration, pol *policy.Policy) time.Duration {
				runtime.GC()
				start := time.Now()
				Policy(pol, Options{NoVerify: true})
				return min(least, time.Since(start))
			}
			small, large := g.policy(n), g.policy(4*n)
			for b.Loop() {
				few, many = fastest(few, small), fastest(many, large)
			}
			b.ReportMetric(float64(many)/float64(few), "times")
			b.ReportMetric(nLogN(n), "times/n_log_n")
		})
	}
}

// BenchmarkMany has the worst of the policies that people are known to write.
func BenchmarkMany(b *testing.B) {
	pol := manyValues(450, 8)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Policy(pol, Options{NoVerify: true}); err == nil {
			b.Fatal("450 calls with 8 values each fit into a filter")
		}
	}
}
