package compile

import (
	"sync"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
)

// An interval is a run of the values that a node's test finds, all of which lead
// to one node.
type interval struct {
	lo, hi uint32 // both ends included
	kid    *diagram.Node
	weight int64 // how often it is expected, above 0
}

func (v *interval) single() bool { return v.lo == v.hi }

// A step is a comparison in a tree, or where the tree ends.
type step struct {
	op      uint16 // JEQ, JGE or JSET
	k       uint32
	yes, no int32         // the steps behind it, by index
	kid     *diagram.Node // where the tree ends; nil for a comparison
	weight  int64         // of all that comes here
}

// A planner finds the comparisons that lead from a loaded value to the node of
// its interval.
//
// Trees are made for the least sum of what their intervals weigh times the
// comparisons on the way to them, plus price for each comparison, and no way is
// longer than deepest allows. A tree parts neighbouring intervals by JGE until
// few are left, a bunch, which JEQ and JSET tell apart. Which intervals
// are a bunch and what parts the bunches is planned by grow, or exactly by
// search, as small trees always are.
type planner struct {
	optimal bool // large trees by search, too
	exact   bool // the tree that is planned is
	counted bool // weights are of counted calls, for which size matters less
	price   int64
	slack   int // how many comparisons more a way may have, 0 but where trees are studied

	gathered, searched int // how much work gather and search have been, of gatherWork and searchWork

	v     []interval // of the node that is planned
	sum   []int64    // sum[i] is what the intervals before i weigh
	steps []step     // of all trees

	least []int64 // scratch of gather
	last  []bunch
	fits  []int32 // of newReach
	shape shape
	room  searchRoom
}

// sparePlanners are planners that are free. Most diagrams need no more room than
// the one before took.
var sparePlanners sync.Pool

// newPlanner returns an empty planner.
func newPlanner(optimal bool, price int64) *planner {
	p, ok := sparePlanners.Get().(*planner)
	if !ok {
		p = &planner{steps: make([]step, 0, 512)}
	}
	p.optimal, p.counted, p.price, p.slack, p.gathered, p.searched = optimal, false, price, 0, 0, 0
	return p
}

// free leaves the planner, which nobody may use any more, for another diagram.
func (p *planner) free() {
	if cap(p.steps) > 4096 || cap(p.last) > 4096 || cap(p.room.cost) > 4096 {
		return // not worth keeping
	}
	clear(p.steps) // of nodes, which are not to stay
	clear(p.v[:cap(p.v)])
	p.steps, p.v = p.steps[:0], p.v[:0]
	sparePlanners.Put(p)
}

// plan returns the first step of a tree over intervals, each of which differs
// from its neighbours. It keeps v until the next plan.
func (p *planner) plan(v []interval) int32 {
	p.v, p.sum = v, append(p.sum[:0], 0)
	for i := range v {
		p.sum = append(p.sum, p.sum[i]+v[i].weight)
	}
	switch {
	case len(v) <= smallMost && !p.counted:
		return p.search(shortPrice)
	case len(v) <= smallMost, p.optimal && p.searches(len(v)):
		return p.search(p.price)
	}
	return p.grow()
}

// What a comparison costs for being there: as much as one more on the way of so
// many calls. From there on programs hardly get faster by growing. It is less
// for trees that grow, which see but an estimate of the ways, and more than all
// ways where a program must be short, or is small.
const (
	growPrice   = 2 * often
	searchPrice = 8 * often
	shortPrice  = 1 << 20
)

// weight returns what the intervals from i to j weigh.
func (p *planner) weight(i, j int) int64 { return p.sum[j+1] - p.sum[i] }

// step adds a step.
func (p *planner) step(s step) int32 {
	p.steps = append(p.steps, s)
	return int32(len(p.steps) - 1)
}

// part adds the comparison that parts the intervals from i to j before k, with
// the steps for both sides.
func (p *planner) part(i, k, j int, below, above int32) int32 {
	return p.step(step{op: abi.OpJGE, k: p.v[k].lo, yes: above, no: below, weight: p.weight(i, j)})
}

// deepest returns how many comparisons a way through a tree may have: one more
// than the longest of a balanced tree would, and the slack.
func (p *planner) deepest() int {
	depth := 1
	for n := len(p.v) * 4 / 5; n > 0; n /= 2 { // of five one is a single value, which needs no JGE
		depth++
	}
	return depth + p.slack
}

// tree writes the comparisons from a step on of what A holds, and what comes after
// them, and returns the first one's label. What comes likelier is written last, so
// that it needs no jump.
func (e *emitter) tree(at int32, held diagram.Test) label {
	steps := e.planner.steps
	s := &steps[at]
	if s.kid != nil {
		return e.node(s.kid, held)
	}
	var yes, no label
	if steps[s.yes].weight > steps[s.no].weight {
		no = e.tree(s.no, held)
		yes = e.tree(s.yes, held)
	} else {
		yes = e.tree(s.yes, held)
		no = e.tree(s.no, held)
	}
	return e.jump(s.op, s.k, yes, no)
}
