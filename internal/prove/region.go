package prove

import (
	"fmt"
	"slices"
)

// A Case is a condition on the arguments and the instruction pointer of a call: all of
// its Values hold. The empty Case holds for every call.
type Case []Values

// Values is a condition on one argument, or the instruction pointer for Arg 6: the bits
// in Mask, the others taken as 0, are in one of the Ranges, which are ascending and do not
// touch.
type Values struct {
	Arg    int
	Mask   uint64
	Ranges []Range
}

// A Range is the numbers from Lo to Hi.
type Range struct{ Lo, Hi uint64 }

// Limits to the text of a condition, for programs: people are shown the first cases.
const (
	casesMost  = 4096    // cases of one condition
	rangesMost = 4096    // ranges of one argument
	apartMost  = 64      // so many remainders of a condition are looked at one by one
	tidyRanges = 8       // so many ranges are not made masks
	cubesMost  = 16      // cases of masks for one argument
	maskBits   = 10      // bits of a mask of which all values are tried
	splitWork  = 1 << 16 // steps to find less than there is
	regionWork = 1 << 21 // steps for the conditions of one pair of functions
	regionsAll = 1 << 23 // for all of a comparison
)

// kindPair is the kind of leaves that stand for a pair of answers.
const kindPair node = kindOpaque + 1

// regions turns diagrams into cases. They are a question of their own: what is too much
// for it has no cases, and the comparison goes on.
type regions struct {
	*diagrams
	fail bool
}

// sameCases reports whether two conditions are known and the same.
func sameCases(a, b []Case) bool {
	same := func(v, w Values) bool { return v.Arg == w.Arg && v.Mask == w.Mask && slices.Equal(v.Ranges, w.Ranges) }
	return a != nil && b != nil && slices.EqualFunc(a, b, func(x, y Case) bool { return slices.EqualFunc(x, y, same) })
}

// Limits that conditions can be beyond, as Difference.Beyond has them.
var (
	beyondCases = fmt.Sprintf("more than %d cases", casesMost)
	beyondWork  = "too much work"
)

// cases sets the condition of each of the pairs of answers that two functions have where
// they differ, or the limit that it is beyond.
func (c *comparison) cases(f [2]node, list []answers) {
	for i := range list {
		list[i].beyond = beyondWork
	}
	if c.regionSteps >= regionsAll {
		return
	}
	r := &regions{diagrams: newDiagrams()}
	r.limit = regionWork
	joint := r.joint(c.diagrams, f, list)
	for i := range list {
		if r.full {
			break
		}
		leaf := row{level: atLeaf, lo: node(i), hi: kindPair}
		r.fail = false
		switch where := r.split(r.where(joint, func(l row) bool { return l == leaf })); {
		case r.full:
		case r.fail:
			list[i].beyond = beyondCases
		default:
			list[i].where, list[i].beyond = where, ""
		}
	}
	c.regionSteps += r.steps
}

// joint returns the function that is the index of a pair of answers where f has them, and
// no elsewhere.
func (r *regions) joint(from *diagrams, f [2]node, list []answers) node {
	index := map[[2]node]node{}
	for i, x := range list {
		index[x.pair] = r.unique(row{level: atLeaf, lo: node(i), hi: kindPair})
	}
	done := map[[2]node]node{}
	var walk func(f [2]node) node
	walk = func(f [2]node) node {
		if f[0] == f[1] || r.full {
			return no
		}
		a, b := from.rows[f[0]], from.rows[f[1]]
		level := min(a.level, b.level)
		if level == atLeaf {
			return index[f]
		}
		if n, ok := done[f]; ok {
			return n
		}
		r.spend(pairSteps)
		var lo, hi [2]node
		lo[0], hi[0] = a.split(level, f[0])
		lo[1], hi[1] = b.split(level, f[1])
		n := r.test(level, walk(lo), walk(hi))
		done[f] = n
		return n
	}
	return walk(f)
}

// split returns a condition as cases, of which each call satisfies one at the most: by the
// values of the first argument that it depends on, for each of which the same remains to
// be asked of later ones.
func (r *regions) split(cond node) (list []Case) {
	switch {
	case cond == yes:
		return []Case{{}}
	case cond == no || r.fail || r.full:
		return nil
	}
	field := int((word(r.rows[cond].level/32) - wordArgs) / 2)
	whole, last := slice{field, 64, 0}, low(field).level(0)
	if rests := r.residuals(cond, last); len(rests) > apartMost {
		return r.table(cond, whole, rests)
	}
	return r.product(cond, last, func(first node) []Case { return r.values(first, whole) }, r.split)
}

// table is product of a field, by the ranges of its values, for many remainders: it goes
// through the values once.
func (r *regions) table(cond node, s slice, rests []node) (list []Case) {
	if upper, lower := s.halves(); r.support(cond, s.level(0))&upper.mask() == 0 {
		s = lower
	}
	values := map[node][]Range{}
	if !r.eachRange(cond, s, casesMost, func(rest node, own Range) { values[rest] = append(values[rest], own) }) {
		r.fail = true
		return nil
	}
	for _, rest := range rests {
		for _, t := range r.split(rest) {
			if len(list) == casesMost {
				r.fail = true
				return nil
			}
			list = append(list, slices.Concat(Case{{s.field, s.mask(), values[rest]}}, t))
		}
	}
	return list
}

// product returns a condition as cases, of those of its tests up to the level last and
// those of what then remains.
func (r *regions) product(cond node, last int32, before, after func(node) []Case) (list []Case) {
	for _, rest := range r.residuals(cond, last) {
		tail := after(rest)
		for _, own := range before(r.leading(cond, last, rest)) {
			for _, t := range tail {
				if len(list) == casesMost {
					r.fail = true
					return nil
				}
				list = append(list, slices.Concat(own, t))
			}
		}
	}
	return list
}

// residuals returns what may remain of a condition after its tests up to a level, but for
// no, in the order of the values by which it does.
func (r *regions) residuals(cond node, last int32) (list []node) {
	seen := map[node]bool{no: true}
	var walk func(n node)
	walk = func(n node) {
		if seen[n] || r.fail || r.full {
			return
		}
		seen[n] = true
		r.spend(1)
		if r.rows[n].level <= last {
			walk(r.rows[n].lo)
			walk(r.rows[n].hi)
			return
		}
		if list = append(list, n); len(list) > casesMost {
			r.fail = true
		}
	}
	walk(cond)
	return list
}

// leading returns the condition that rest is what remains of cond after its tests up to a
// level.
func (r *regions) leading(cond node, last int32, rest node) node {
	done := map[node]node{}
	var walk func(n node) node
	walk = func(n node) node {
		if r.rows[n].level > last {
			if n == rest {
				return yes
			}
			return no
		}
		if m, ok := done[n]; ok || r.full {
			return m
		}
		r.spend(1)
		m := r.test(r.rows[n].level, walk(r.rows[n].lo), walk(r.rows[n].hi))
		done[n] = m
		return m
	}
	return walk(cond)
}
