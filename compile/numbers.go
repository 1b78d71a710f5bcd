package compile

import "github.com/seccompile/seccompile/internal/abi"

// deepMost is the maximum number of intervals of call numbers for which planNumbers uses
// planExact if another tree exceeds its bounds.
const deepMost = 64

// alwaysWeight is the additional weight of a call that is always allowed, when planNumbers
// looks for the shortest paths of these. It is above the weight of all other paths.
const alwaysWeight = 1 << 26

// planNumbers is plan for the intervals of call numbers. The tree is neither larger nor
// slower than a plain one, nor is it worse than a chain. plan does not guarantee that,
// since it prefers the fewest comparisons for small trees, and short paths for others.
// planNumbers then tries prices between the two, and finally the plain tree.
func (p *planner) planNumbers(v []interval) int32 {
	if p.counted || p.price == shortPrice {
		return p.plan(v)
	}
	rest := restOf(v)
	chain := costOfChain(v, rest)
	p.plain = costOfPlain(v, rest, plainMost)
	if p.plain.insns > abi.MaxInsns { // which does not bound anything
		return p.plan(v)
	}
	accepted := func(first int32) bool {
		c := p.costOfTree(v, first)
		return c.within(p.plain) && !c.worse(chain)
	}
	from := len(p.steps)
	if len(v) > smallMost {
		if first := p.plan(v); accepted(first) {
			return first
		}
	}
	defer func(old int64) { p.price, p.deep = old, false }(p.price)
	p.deep = true
	if len(v) <= deepMost {
		for i := range v {
			v[i].weight += v[i].always * alwaysWeight
		}
	}
	p.take(v)
	for _, price := range p.prices() {
		p.steps, p.price = p.steps[:from], price
		first := int32(0)
		if len(v) <= deepMost {
			first = p.planExact(price)
		} else {
			first = p.planHeuristic()
		}
		if accepted(first) {
			return first
		}
	}
	p.steps = p.steps[:from]
	most := plainMost
	if chain.within(p.plain) && chain.longest <= chainLongest {
		most = chain.longest
	}
	first, ok := p.planPlain(v, rest, most)
	if !ok {
		first = p.plan(v)
	}
	return first
}

// chainLongest is the maximum length of a chain that replaces a plain tree. It is enough
// for eight calls of x86_64 and x32. A chain of more numbers would save an instruction for
// each four at most, and calls that are not always allowed would take much longer.
const chainLongest = 18

// prices returns the prices that planNumbers tries, the preferred first: of small trees
// the smallest, of others the fastest.
func (p *planner) prices() (list []int64) {
	switch total := p.sum[len(p.v)]; {
	case len(p.v) <= smallMost:
		return []int64{shortPrice, 4 * total, 2 * total, total, total / 2, total / 4, total / 8}
	case len(p.v) <= deepMost:
		return []int64{total / 32, total / 16, total / 8, total / 4, total / 2, total, 2 * total, 4 * total, shortPrice}
	}
	return []int64{4 * p.price, 16 * p.price, 64 * p.price}
}

// costOfTree returns the cost of the tree over the intervals from a step on.
func (p *planner) costOfTree(v []interval, first int32) (c treeCost) {
	c.insns, c.longest = p.countSteps(first)
	for i := range v {
		if v[i].always == 0 {
			continue
		}
		n := v[i].values()
		lo, hi := v[i].lo, v[i].hi
		if n > countedMost { // of one path
			n, hi = 1, lo
		}
		c.path += v[i].always * int64(p.depths(first, lo, hi)) / int64(n)
	}
	return c
}

// countSteps returns the number of comparisons from a step on, and on the longest path.
func (p *planner) countSteps(at int32) (all, longest int) {
	s := &p.steps[at]
	if s.child != nil {
		return 0, 0
	}
	yes, longestYes := p.countSteps(s.yes)
	no, longestNo := p.countSteps(s.no)
	return yes + no + 1, max(longestYes, longestNo) + 1
}

// depths returns the sum of the numbers of comparisons for each value of a range.
func (p *planner) depths(at int32, lo, hi uint32) (sum int) {
	n := int(hi - lo + 1)
	for s := &p.steps[at]; s.child == nil; s = &p.steps[at] {
		if lo < hi && (s.op == abi.OpJSET || lo <= s.k && s.k <= hi && !(s.op == abi.OpJGE && s.k == lo)) { // not alike for all
			for v := lo; ; v++ {
				if sum += p.depths(at, v, v); v == hi {
					return sum
				}
			}
		}
		if at = s.no; s.test(lo) {
			at = s.yes
		}
		sum += n
	}
	return sum
}

// test reports whether the comparison of a step holds for a value.
func (s *step) test(value uint32) bool {
	switch s.op {
	case abi.OpJEQ:
		return value == s.k
	case abi.OpJGE:
		return value >= s.k
	case abi.OpJSET:
		return value&s.k != 0
	}
	return false
}
