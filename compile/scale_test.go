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
			r := profile.Rule{Nr: nr, Name: fmt.Sprintf("call%d", nr), Action: profile.Allow}
			r.Conds = []profile.Cond{{Arg: 0, Op: profile.EQ, Value: value, Width: 64}}
			a.Rules = append(a.Rules, r)
		}
		if values == 0 {
			a.Rules = append(a.Rules, profile.Rule{Nr: nr, Name: fmt.Sprintf("call%d", nr), Action: profile.Allow})
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

// TestGrowth: four times as many values take about four times as long. It would
// be sixteen if time went with the square.
func TestGrowth(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures times")
	}
	fastest := func(values int) time.Duration {
		pol, least := manyValues(1, values), time.Hour
		for range 5 {
			start := time.Now()
			if _, err := Policy(pol, Options{NoVerify: true}); err == nil {
				t.Fatalf("%d values fit into a filter", values)
			}
			least = min(least, time.Since(start))
		}
		return least
	}
	if few, many := fastest(4000), fastest(16000); many > 9*few {
		t.Errorf("4000 values take %v, 16000 take %v, want about four times as much", few, many)
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
