package compile

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
)

// manyValues returns a policy of calls that are allowed for some values of their
// first argument each, no two values alike.
func manyValues(calls, values int) *policy.Policy {
	a := policy.ArchPolicy{Arch: arch.X86_64, Enosys: policy.Errno(38)}
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
		{1, 1000}: 1604,
	}
	for s, want := range want {
		f, err := Policy(manyValues(s.calls, s.values), Options{NoVerify: true})
		got := 0
		var large *SizeError
		switch {
		case errors.As(err, &large):
			if got = large.Insns; len(large.Costly) != 5 || large.Conds[0] != s.values {
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
