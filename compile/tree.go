package compile

import (
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
	yes, no int           // the steps behind it, by index
	kid     *diagram.Node // where the tree ends; nil for a comparison
	weight  int64         // of all that comes here
}

// A planner finds the comparisons that lead from a loaded value to the node of
// its interval.
//
// Trees are made for the least sum of what their intervals weigh times the
// comparisons on the way to them, plus price for each comparison, and no way is
// longer than deepest allows. A tree parts neighbouring intervals by JGE until
// few are left, a bunch, which is told apart by JEQ and JSET. Which intervals
// are a bunch and what parts the bunches is planned by grow, or exactly by
// search.
type planner struct {
	v     []interval
	sum   []int64 // sum[i] is what the intervals before i weigh
	price int64
	steps []step
}

// plan returns the steps of a tree and the first one's index. Each interval
// differs from its neighbours.
func plan(v []interval, o layout) ([]step, int) {
	p := planner{v: v, sum: make([]int64, len(v)+1), steps: make([]step, 0, 2*len(v))}
	for i := range v {
		p.sum[i+1] = p.sum[i] + v[i].weight
	}
	p.price = price
	if o.short {
		p.price = p.sum[len(v)]
	}
	if o.optimal && len(v) <= searchMost {
		return p.steps, p.search()
	}
	return p.steps, p.grow()
}

// price is what a comparison costs for being there: as much as one more on the
// way of four calls. From there on programs hardly get faster by growing.
const price = 4 * often

// weight returns what the intervals from i to j weigh.
func (p *planner) weight(i, j int) int64 { return p.sum[j+1] - p.sum[i] }

// step adds a step.
func (p *planner) step(s step) int {
	p.steps = append(p.steps, s)
	return len(p.steps) - 1
}

// part adds the comparison that parts the intervals from i to j before k, with
// the steps for both sides.
func (p *planner) part(i, k, j, below, above int) int {
	return p.step(step{op: abi.OpJGE, k: p.v[k].lo, yes: above, no: below, weight: p.weight(i, j)})
}

// deepest returns how many comparisons a way through a tree may have: one more
// than the longest of a balanced tree would.
func (p *planner) deepest() int {
	depth := 1
	for n := len(p.v) * 4 / 5; n > 0; n /= 2 { // of five one is a single value, which needs no JGE
		depth++
	}
	return depth
}

// tree writes the comparisons from a step on and what is behind them, and
// returns the first one's label. What comes likelier is written last, so that it
// needs no jump.
func (e *emitter) tree(steps []step, at int) label {
	s := &steps[at]
	if s.kid != nil {
		return e.node(s.kid)
	}
	var yes, no label
	if steps[s.yes].weight > steps[s.no].weight {
		no = e.tree(steps, s.no)
		yes = e.tree(steps, s.yes)
	} else {
		yes = e.tree(steps, s.yes)
		no = e.tree(steps, s.no)
	}
	return e.jump(s.op, s.k, yes, no)
}
