package compile

import (
	"math/bits"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
)

// An interval is a maximal range of the values of a node's test that lead to one node.
type interval struct {
	lo, hi uint32 // both ends included
	child  *diagram.Node
	weight int64 // expected frequency, above 0
	always int64 // of numbers: calls in the range that count for the mean path; see emitter.counts
}

func (v *interval) single() bool { return v.lo == v.hi }

// values returns the number of values. Above countedMost it is countedMost + 1.
func (v *interval) values() int { return int(min(v.hi-v.lo, countedMost)) + 1 }

// each returns the weight of one of the values.
func (v *interval) each() int64 {
	if v.single() {
		return v.weight
	}
	return v.weight / int64(v.values())
}

// countedMost is the maximum number of values of an interval that is not wide.
const countedMost = 512

// A step is a comparison in a tree, or a node at which the tree ends.
type step struct {
	op      uint16 // JEQ, JGE or JSET
	k       uint32
	yes, no int32         // the next steps, by index
	child   *diagram.Node // the node at which the tree ends; nil for a comparison
	weight  int64         // of all intervals that lead here
}

// A planner finds the comparisons that lead from a loaded value to the node of its
// interval.
//
// The cost of a tree is the sum of the weights of its intervals times the lengths of
// their paths, plus price for each comparison. No path is longer than deepest allows. A
// tree divides neighboring intervals by JGE until only a few are left, a cluster, which
// JEQ and JSET distinguish. planExact finds the best clusters and divisions for small
// trees, and optionally for large ones. planHeuristic approximates them for the others.
type planner struct {
	optimal bool // planExact also plans large trees
	exact   bool // planExact is running
	deep    bool // planNumbers is running planExact: chains and paths may be longer
	counted bool // weights are those of counted calls, for which size matters less
	price   int64
	plain   treeCost // of the plain tree of the current numbers
	slack   int      // additional comparisons that a path may have; 0 except in studies of trees

	gathered, searched int // work done by gather and planExact, of gatherWork and exactWork

	v     []interval // of the current node
	sum   []int64    // sum[i] is the weight of the intervals before i
	steps []step     // of all trees

	least    []int64 // scratch of gather
	last     []int32
	clusters []cluster
	fits     []int32 // scratch of newDepthBudget
	shape    shape
	room     exactScratch
}

// newPlanner returns a planner with room for the trees of a usual policy.
func newPlanner(optimal bool, price int64) *planner {
	return &planner{optimal: optimal, price: price, steps: make([]step, 0, 512)}
}

// grow makes room for nodes of so many intervals, by powers of two: a fresh process has
// two page faults for each size of memory.
func (p *planner) grow(intervals int) {
	n := 1 << bits.Len(uint(intervals))
	p.v, p.sum, p.least, p.last = make([]interval, 0, n), make([]int64, 0, n), make([]int64, 0, n), make([]int32, 0, n)
	p.clusters, p.fits = make([]cluster, 0, n/2), make([]int32, 0, 4*n)
	n = min(n, 32) // of a small tree
	p.room = exactScratch{make([]int64, 0, 16*n), make([]int16, 0, 16*n), make([]cluster, 0, 4*n), make([]int, 0, 4*n)}
}

// plan returns the first step of a tree over intervals, each of which leads to another
// node than its neighbors. It keeps v until the next plan.
func (p *planner) plan(v []interval) int32 {
	p.take(v)
	switch {
	case len(v) <= smallMost && !p.counted:
		return p.planExact(shortPrice)
	case len(v) <= smallMost, p.optimal && p.affordsExact(len(v)):
		return p.planExact(p.price)
	}
	return p.planHeuristic()
}

// take makes v the intervals of the current node.
func (p *planner) take(v []interval) {
	p.v, p.sum = v, append(p.sum[:0], 0)
	for i := range v {
		p.sum = append(p.sum, p.sum[i]+v[i].weight)
	}
}

// The price of a comparison is the size penalty per comparison, in units of path weight.
// Below exactPrice, programs become longer but hardly faster. The price is lower for planHeuristic,
// which only estimates path lengths. It is above the weight of all paths if a program must
// be short, or is small.
const (
	heuristicPrice = 2 * often
	exactPrice     = 8 * often
	shortPrice     = 1 << 50
)

// weight returns the weight of the intervals from i to j.
func (p *planner) weight(i, j int) int64 { return p.sum[j+1] - p.sum[i] }

// step adds a step.
func (p *planner) step(s step) int32 {
	p.steps = append(p.steps, s)
	return int32(len(p.steps) - 1)
}

// part adds the comparison that divides the intervals from i to j before k, with the
// steps for both sides.
func (p *planner) part(i, k, j int, below, above int32) int32 {
	return p.step(step{op: abi.OpJGE, k: p.v[k].lo, yes: above, no: below, weight: p.weight(i, j)})
}

// deepest returns how many comparisons a way through a tree may have: one more
// than the longest of a balanced tree would, and the slack. A deep planner may also make
// them as long as those of the plain tree, or as a chain of chainMost after one more.
func (p *planner) deepest() int {
	depth := 1
	for n := len(p.v) * 4 / 5; n > 0; n /= 2 { // of five one is a single value, which needs no JGE
		depth++
	}
	if p.deep {
		depth = max(depth, p.plain.longest, chainMost+1)
	}
	return depth + p.slack
}

// tree writes the comparisons from a step on of what A holds, and what comes after
// them, and returns the first one's label. What comes likelier is written last, so
// that it needs no jump.
func (e *emitter) tree(at int32, held diagram.Test) label {
	steps := e.planner.steps
	s := &steps[at]
	if s.child != nil {
		return e.node(s.child, held)
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
