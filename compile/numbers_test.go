package compile

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/internal/diagram"
)

// randomNumbers makes intervals of call numbers, some with x32's numbers as other
// compilers answer them.
func randomNumbers(r *rand.Rand) []interval {
	v := randomIntervals(r, 2+r.IntN(2+r.IntN(100)))
	x32, end := interval{lo: 0x40000000, hi: whole, child: &diagram.Node{Verdict: 99}}, interval{lo: whole, hi: whole, child: restOf(v)}
	switch v[len(v)-1].hi = x32.lo - 1; r.IntN(3) {
	case 0: // libseccomp's
		x32.hi--
		v = append(v, x32, end)
	case 1: // go-seccomp-bpf's
		v = append(v, x32)
	default:
		v[len(v)-1].hi = whole
	}
	for i := range v {
		v[i].weight = seldom
		if n := int64(v[i].values()); v[i].child.Verdict < 2 && n <= countedMost && v[i].lo < x32.lo {
			v[i].weight = seldom + n*often
			if v[i].child.Verdict == 0 { // others have conditions
				v[i].always = n
			}
		}
	}
	return v
}

// TestPlanNumbers: trees lead every number to the node of its interval, are neither larger
// nor slower than plain trees, and not worse than chains.
func TestPlanNumbers(t *testing.T) {
	r := newRand(t)
	for range 2000 {
		v := randomNumbers(r)
		p := newPlanner(false, heuristicPrice)
		first := p.planNumbers(slices.Clone(v))
		leads(t, p, first, v)
		got, plain, chain := p.costOfTree(v, first), costOfPlain(v, restOf(v), plainMost), costOfChain(v, restOf(v))
		if !got.within(plain) {
			t.Errorf("%d intervals: %+v exceeds the plain tree's %+v", len(v), got, plain)
		}
		if chain.longest <= chainLongest && got.worse(chain) {
			t.Errorf("%d intervals: %+v is worse than the chain's %+v", len(v), got, chain)
		}
	}
}

// TestPlanPlain: plain trees and chains lead every number to the node of its interval, and
// cost what costOfPlain says. Paths may be shorter, since frequent numbers come first.
func TestPlanPlain(t *testing.T) {
	const unlimited = 1 << 28 // in the only group of a chain
	r := newRand(t)
	made := 0
	for range 500 {
		v := randomNumbers(r)
		for _, most := range []int{1, plainMost, unlimited} {
			p := newPlanner(false, heuristicPrice)
			first, ok := p.planPlain(v, restOf(v), most)
			if !ok { // two wide ranges
				continue
			}
			made++
			leads(t, p, first, v)
			got, want := p.costOfTree(v, first), costOfPlain(v, restOf(v), most)
			if got.insns != want.insns || got.longest != want.longest || got.path > want.path {
				t.Errorf("%d intervals, groups of %d: the tree costs %+v, want %+v", len(v), most, got, want)
			}
			if chain := costOfChain(v, restOf(v)); most == unlimited && got != chain {
				t.Errorf("%d intervals: the chain costs %+v, want %+v", len(v), got, chain)
			}
		}
	}
	if made < 500 {
		t.Errorf("%d plain trees, want 500", made)
	}
}

// leads fails the test if a value does not come to the node of its interval.
func leads(t *testing.T, p *planner, first int32, v []interval) {
	t.Helper()
	for i := range v {
		for _, value := range []uint32{v[i].lo, v[i].lo + (v[i].hi-v[i].lo)/2, v[i].hi} {
			if child, _ := walk(p.steps, first, value); child != v[i].child {
				t.Fatalf("%d intervals: %#x leads to %d, want %d", len(v), value, child.Verdict, v[i].child.Verdict)
			}
		}
	}
}
