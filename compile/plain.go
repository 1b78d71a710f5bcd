package compile

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
)

// A plain tree over call numbers is one that does not look for ranges: JGE divide the
// single numbers, highest first, into groups of at most plainMost, and JEQ find them one
// after another. All numbers are single except the rest, those that lead to the node of
// most numbers, and wide ranges. Two comparisons find each of these first, one if it
// ends with the last number.
//
// A chain is the same without JGE. Most other compilers write plain trees or chains. They
// are bounds for planNumbers.
const plainMost = 4

// A treeCost is what a tree over call numbers costs.
type treeCost struct {
	insns   int   // comparisons
	path    int64 // comparisons executed for all calls that are always allowed, each once
	longest int   // comparisons of the longest path
}

// within reports whether a tree is neither larger nor slower than o.
func (t treeCost) within(o treeCost) bool { return t.insns <= o.insns && t.path <= o.path }

// worse reports whether a tree is larger or slower than o, and better in nothing.
func (t treeCost) worse(o treeCost) bool {
	return o.within(t) && (t.insns > o.insns || t.path > o.path)
}

// restOf returns the node of most numbers. Wide ranges count as countedMost + 1: the
// numbers that no call has are several of them, and lead to one node.
func restOf(v []interval) *diagram.Node {
	type count struct {
		child  *diagram.Node
		values int
	}
	counts := make([]count, 0, 32)
	most := 0
	for i := range v {
		k := slices.IndexFunc(counts, func(c count) bool { return c.child == v[i].child })
		if k < 0 {
			k, counts = len(counts), append(counts, count{child: v[i].child})
		}
		if counts[k].values += v[i].values(); counts[k].values > counts[most].values {
			most = k
		}
	}
	return counts[most].child
}

// costOfPlain returns the cost of a plain tree with groups of so many numbers.
func costOfPlain(v []interval, rest *diagram.Node, most int) (c treeCost) {
	singles, wide, comparisons := countSingles(v, rest)
	groups := (singles + most - 1) / most
	above := make([]int, max(groups, 1)) // by group, the number of comparisons above it
	for i := range above {
		above[i] = wide
		for group, groups := i, groups; groups > 1; above[i]++ {
			if upper := upperGroups(groups); group < upper {
				groups = upper
			} else {
				group, groups = group-upper, groups-upper
			}
		}
	}
	c.insns, c.longest = comparisons+max(groups-1, 0), above[0]+min(singles, most)
	before, group, at := 0, 0, 0 // the number of singles above the interval, and the place of the next one
	for i := len(v) - 1; i >= 0; i-- {
		sum, n := 0, v[i].values()
		switch {
		case v[i].child == rest:
			last := max(before-1, 0) / most
			sum = n * (above[last] + min(most, singles-last*most))
		case n > countedMost:
			sum = n * wide
		default:
			for range n {
				sum += above[group] + at + 1
				if at++; at == most {
					group, at = group+1, 0
				}
			}
			before += n
		}
		c.path += v[i].always * int64(sum) / int64(n)
	}
	return c
}

// costOfChain returns the cost of a chain in which calls that are always allowed come first.
func costOfChain(v []interval, rest *diagram.Node) (c treeCost) {
	singles, wide, comparisons := countSingles(v, rest)
	c.insns, c.longest = comparisons, wide+singles
	at := int64(wide)
	for i := range v {
		switch always := v[i].always; {
		case v[i].child == rest:
			c.path += always * int64(wide+singles)
		case v[i].values() > countedMost:
			c.path += always * int64(wide)
		default:
			c.path += always*at + always*(always+1)/2
			at += always
		}
	}
	return c
}

// countSingles returns how many single numbers and wide ranges a plain tree finds, and by
// how many comparisons.
func countSingles(v []interval, rest *diagram.Node) (singles, wide, comparisons int) {
	for i := range v {
		switch n := v[i].values(); {
		case v[i].child == rest:
		case n > countedMost:
			wide++
		default:
			singles += n
		}
	}
	comparisons = singles + 2*wide
	if last := &v[len(v)-1]; last.child != rest && last.values() > countedMost {
		comparisons--
	}
	return singles, wide, comparisons
}

// upperGroups returns how many of more than one group JGE divides from the others.
func upperGroups(groups int) int { return 1 << (bits.Len(uint(groups-1)) - 1) }

// planPlain returns the first step of a plain tree. It is not ok if there are wide ranges
// other than one at the end, or before one last number.
func (p *planner) planPlain(v []interval, rest *diagram.Node, most int) (first int32, ok bool) {
	var list []interval // with an interval for each single number
	for i := range v {
		n := v[i].values()
		switch end := v[i+1:]; {
		case v[i].child == rest:
			list = append(list, v[i])
		case n <= countedMost:
			for k := range uint32(n) {
				list = append(list, interval{lo: v[i].lo + k, hi: v[i].lo + k, child: v[i].child, weight: v[i].each(), always: min(v[i].always, 1)})
			}
		case len(list) == 0 || len(end) > 1 || len(end) == 1 && (end[0].child != rest || !end[0].single()):
			return 0, false
		default:
			p.take(append(list, v[i:]...))
			below := p.planGroups(0, len(list)-1, most, rest)
			above := p.step(step{child: v[i].child, weight: v[i].weight})
			if len(end) == 1 {
				above = p.step(step{op: abi.OpJEQ, k: end[0].lo, no: above, weight: v[i].weight + end[0].weight,
					yes: p.step(step{child: rest, weight: end[0].weight})})
			}
			return p.part(0, len(list), len(p.v)-1, below, above), true
		}
	}
	p.take(list)
	return p.planGroups(0, len(list)-1, most, rest), true
}

// planGroups adds the steps of a plain tree of the intervals from i to j, and returns the
// first. Of the numbers of a group those that are always allowed come first, since the cost
// of a plain tree is theirs, and of the others the more frequent.
func (p *planner) planGroups(i, j, most int, rest *diagram.Node) int32 {
	var singles []int
	for k := i; k <= j; k++ {
		if p.v[k].child != rest {
			singles = append(singles, k)
		}
	}
	if groups := (len(singles) + most - 1) / most; groups > 1 {
		k := singles[len(singles)-most*upperGroups(groups)-1] + 1 // the first that is not below
		below := p.planGroups(i, k-1, most, rest)
		above := p.planGroups(k, j, most, rest)
		return p.part(i, k, j, below, above)
	}
	slices.SortStableFunc(singles, func(a, b int) int {
		v, w := &p.v[a], &p.v[b]
		return cmp.Or(cmp.Compare(v.always, w.always), cmp.Compare(v.weight, w.weight))
	})
	left := p.weight(i, j)
	for _, k := range singles {
		left -= p.v[k].weight
	}
	at := p.step(step{child: rest, weight: left})
	for _, k := range singles {
		left += p.v[k].weight
		at = p.step(step{op: abi.OpJEQ, k: p.v[k].lo, no: at, weight: left,
			yes: p.step(step{child: p.v[k].child, weight: p.v[k].weight})})
	}
	return at
}
