package compile

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFrontier holds what the best trees cost as comparisons get dearer: how few
// instructions the default profile takes, and how many are executed then. Each
// is the least of its kind: no tree of clusters with as many instructions or
// fewer has a lower mean over the calls, weighed as intervals are. docs/costs.md
// shows it.
func TestFrontier(t *testing.T) {
	want := map[string][]string{
		"x86_64 alone": {
			"61: mean 8.77, most 11", "59: mean 8.80, most 11", "57: mean 9.00, most 11", "56: mean 9.25, most 11",
		},
		"x86_64, x86, x32": {
			"234: mean 10.32, most 13", "232: mean 10.33, most 13", "228: mean 10.34, most 13", "223: mean 10.38, most 13",
			"219: mean 10.43, most 13", "211: mean 10.66, most 13", "208: mean 10.90, most 13",
		},
		"aarch64, arm": {
			"175: mean 10.10, most 13", "173: mean 10.10, most 13", "171: mean 10.11, most 13", "166: mean 10.17, most 13",
			"164: mean 10.20, most 13", "157: mean 10.59, most 13", "156: mean 10.86, most 13",
		},
	}
	got := map[string][]string{}
	for _, target := range costTargets {
		for _, price := range []int64{often / 16, 2 * often, 4 * often, 8 * often, 16 * often, 64 * often, shortPrice} {
			line := costOfBest(t, target, price, 0)
			if n := len(got[target.name]); n == 0 || got[target.name][n-1] != line {
				got[target.name] = append(got[target.name], line)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("costs of the best trees (-want +got)\n%s", diff)
	}
}

// TestFrontierByLength holds what the fastest trees cost if ways may be shorter
// and longer than they are otherwise.
func TestFrontierByLength(t *testing.T) {
	want := map[string][]string{
		"x86_64 alone":     {"61: mean 9.02, most 10", "61: mean 8.77, most 11", "61: mean 8.66, most 12", "62: mean 8.66, most 12"},
		"x86_64, x86, x32": {"228: mean 10.49, most 12", "234: mean 10.32, most 13", "237: mean 10.30, most 14", "238: mean 10.30, most 14"},
		"aarch64, arm":     {"168: mean 10.55, most 12", "175: mean 10.10, most 13", "176: mean 10.05, most 14", "176: mean 10.04, most 15"},
	}
	got := map[string][]string{}
	for _, target := range costTargets {
		for slack := -1; slack <= 2; slack++ {
			got[target.name] = append(got[target.name], costOfBest(t, target, often/16, slack))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("costs of the fastest trees (-want +got)\n%s", diff)
	}
}

// costOfBest returns what the best trees for the default profile cost where a
// comparison has a price and ways some slack.
func costOfBest(t *testing.T, target costTarget, price int64, slack int) string {
	pol := costPolicy(t, target.native, target.alone)
	l := layout{optimal: true}
	for _, a := range pol.Arches {
		l.arches = append(l.arches, a.Arch)
	}
	e := newEmitter(l)
	e.planner.price, e.planner.slack = price, slack
	insns := e.program(diagramOf(pol))
	if err := verify(insns, pol, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Load(insns, target.native)
	if err != nil {
		t.Fatal(err)
	}
	f.policy = pol
	c := costOf(f)
	return fmt.Sprintf("%d: mean %s, most %d", c.Insns, c.MeanSteps, c.MaxSteps)
}
