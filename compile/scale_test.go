package compile

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile"
)

// manyValues returns a policy of calls that are allowed for some values of their
// first argument each, no two values alike.
func manyValues(calls, values int) *profile.Policy {
	a := profile.ArchPolicy{Arch: arch.X86_64, Enosys: profile.Errno(38)}
	for nr := range uint32(calls) {
		for v := range values {
			value := uint64(nr)<<40 | uint64(v*v+1)<<20 | uint64(nr)*7919 + uint64(v)*104729
			r := profile.Rule{Nr: nr, Name: &profile.Name{Text: fmt.Sprintf("call%d", nr)}, Action: profile.Allow}
			r.Conds = []profile.Cond{{Arg: 0, Op: profile.EQ, Value: value, Width: 64}}
			a.Rules = append(a.Rules, r)
		}
		if values == 0 {
			a.Rules = append(a.Rules, profile.Rule{Nr: nr, Name: &profile.Name{Text: fmt.Sprintf("call%d", nr)}, Action: profile.Allow})
		}
	}
	return &profile.Policy{Default: profile.Errno(1), BadArch: profile.KillThread, Arches: []profile.ArchPolicy{a}}
}

// TestMany holds how long programs get with calls and values, and that what is
// too long names calls.
func TestMany(t *testing.T) {
	type size struct{ calls, values int }
	want := map[size]int{
		{100, 2}:  615,
		{100, 8}:  1423,
		{450, 0}:  9,
		{450, 1}:  2280,
		{450, 2}:  2738,
		{450, 8}:  6375, // too many
		{1, 1000}: 1650,
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

// BenchmarkGrowth compares the time for sixteen thousand values with that for four
// thousand, by the fastest of some rounds. The programs differ by 4.7 times, and
// garbage collection has its share; it would be 22 if time went with the square.
func BenchmarkGrowth(b *testing.B) {
	few, many := time.Hour, time.Hour
	fastest := func(least time.Duration, pol *profile.Policy) time.Duration {
		start := time.Now()
		if _, err := Policy(pol, Options{NoVerify: true}); err == nil {
			b.Fatal("thousands of values fit into a filter")
		}
		return min(least, time.Since(start))
	}
	small, large := manyValues(1, 4000), manyValues(1, 16000)
	for b.Loop() {
		few, many = fastest(few, small), fastest(many, large)
	}
	b.ReportMetric(float64(many)/float64(few), "times")
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
