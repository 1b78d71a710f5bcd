package prove

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// A region is where a function ends in one leaf.
type region struct {
	leaf  node
	where node // the condition
}

// regions returns the regions of n whose leaves are wanted, in the order of their
// first inputs.
func (d *diagrams) regions(n node, wanted func(leaf node) bool) (list []region) {
	var leaves []node
	seen := map[node]bool{}
	var collect func(n node)
	collect = func(n node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if d.spend(1); d.rows[n].level == atLeaf {
			if wanted(n) {
				leaves = append(leaves, n)
			}
			return
		}
		collect(d.rows[n].lo)
		collect(d.rows[n].hi)
	}
	collect(n)
	for _, leaf := range leaves {
		done := map[node]node{}
		var walk func(n node) node
		walk = func(n node) node {
			r := d.rows[n]
			switch {
			case n == leaf:
				return yes
			case r.level == atLeaf || d.full:
				return no
			}
			w, ok := done[n]
			if !ok {
				d.spend(1)
				w = d.test(r.level, walk(r.lo), walk(r.hi))
				done[n] = w
			}
			return w
		}
		list = append(list, region{leaf, walk(n)})
	}
	return list
}

// firstOf returns the condition that one of the rules matches, and where it does
// the action of the first that does.
func (l *list) firstOf(rules []int) (match, answer node) {
	return l.first(len(rules), func(i int) (cond, says node) {
		return l.conds[rules[i]], l.leaf(uint32(l.rules[rules[i]].Action))
	})
}

// A piece is a function that may be the answer of some rules of a list.
type piece struct {
	n       node
	lemmas  []region // whose leaves are lemmas'
	decided node     // where n is an action
	least   set      // rules that are of every lemma in whose leaf n ends
	most    set      // rules that are of any
}

func (l *list) piece(n node) piece {
	isLemma := func(leaf node) bool { return l.lemmas[leaf] != nil }
	p := piece{n, l.regions(n, isLemma), yes, nil, newSet(len(l.rules))}
	for _, r := range p.lemmas {
		lemma := l.lemmas[r.leaf]
		p.decided = l.and(p.decided, l.not(r.where))
		if p.most.or(lemma); p.least == nil {
			p.least = slices.Clone(lemma)
		}
		p.least.and(lemma)
	}
	if p.least == nil {
		p.least = newSet(len(l.rules))
	}
	return p
}

// answers reports whether the piece is the answer of the rules in s. Where it ends
// in a lemma's leaf, none of the rules that are not of the lemma may match.
// Elsewhere, where it is an action, that must be what the first of the rules says
// that some lemma has not, or else what those say that all lemmas have, or
// general. The former must come before the latter, or say the same.
func (l *list) answers(p *piece, s set) bool {
	for _, r := range p.lemmas {
		for i := range s.without(l.lemmas[r.leaf]) {
			if l.and(l.conds[i], r.where) != no {
				return false
			}
		}
	}
	if p.decided == no {
		return true
	}
	var first, rest []int
	for i := range s.without(p.least) {
		if !l.precedes(i, p.least) {
			return false
		}
		first = append(first, i)
	}
	match, answer := l.firstOf(first)
	if left := l.and(p.decided, l.not(match)); left != no {
		for i := range p.least.without(nil) {
			if l.and(l.conds[i], left) != no {
				rest = append(rest, i)
			}
		}
		more, other := l.firstOf(rest)
		answer = l.ite(match, answer, l.ite(more, other, l.general))
	}
	return l.ite(p.decided, p.n, no) == l.ite(p.decided, answer, no)
}

// guess returns rules that the piece seems to be the answer of: those of its
// lemmas, and those of which what the rules before leave is answered as they say.
// Rules that say general are only looked for where the piece says that in place of
// a later rule, but with strict.
func (l *list) guess(p *piece, strict bool) set {
	s := slices.Clone(p.most)
	where := map[node]node{}
	for _, r := range l.regions(p.n, func(leaf node) bool { return l.lemmas[leaf] == nil }) {
		where[r.leaf] = r.where
	}
	l.spendRules(len(l.rules))
	fits := func(i int) bool { return !s.has(i) && l.implies(l.conds[i], p.decided) && l.precedes(i, p.least) }
	var chosen []int
	covered := no
	choose := func(i int) {
		chosen = append(chosen, i)
		covered = l.or(covered, l.conds[i])
	}
	for i := range s.without(p.least) {
		covered = l.or(covered, l.conds[i])
	}
	for i, r := range l.rules {
		says := l.leaf(uint32(r.Action))
		if says == l.general && !strict || where[says] == no || s.has(i) {
			continue
		}
		if l.spend(1); l.full {
			return s
		}
		if at := l.leafAt(p.n, &l.matched[i]); at != says && at != l.general && l.leafAt(covered, &l.matched[i]) == no {
			continue // most rules are told by one input
		}
		if !fits(i) {
			continue
		}
		left := l.and(l.conds[i], l.not(l.or(covered, where[says])))
		if left == no {
			choose(i)
			continue
		}
		if l.and(l.conds[i], where[says]) == no || !l.implies(left, where[l.general]) {
			continue
		}
		// What the rule leaves to general must be of rules before it.
		var masks []int
		for j := range l.rules[:i] {
			if l.leaf(uint32(l.rules[j].Action)) == l.general && l.and(left, l.conds[j]) != no && fits(j) &&
				l.implies(l.and(l.conds[j], l.not(covered)), where[l.general]) {
				masks = append(masks, j)
				left = l.and(left, l.not(l.conds[j]))
			}
		}
		if left == no {
			for _, j := range masks {
				choose(j)
			}
			choose(i)
		}
	}
	// Those that add nothing to rules after them are left for lemmas to come.
	slices.Sort(chosen)
	answer := l.general
	if strict {
		answer = l.open
	}
	for _, i := range slices.Backward(slices.Compact(chosen)) {
		if next := l.ite(l.conds[i], l.leaf(uint32(l.rules[i].Action)), answer); next != answer {
			answer = next
			s.add(i)
		}
	}
	return s
}

// precedes reports whether rule i answers what it matches whatever the rules in
// the set say: whether those of them that come before it have its action or match
// other inputs.
func (l *list) precedes(i int, s set) bool {
	l.spendRules(i)
	for j := range s.without(nil) {
		if j >= i {
			break
		}
		if l.rules[j].Action != l.rules[i].Action && l.and(l.conds[i], l.conds[j]) != no {
			return false
		}
	}
	return true
}

// leafAt returns the leaf of n for an input.
func (d *diagrams) leafAt(n node, in *input) node {
	for {
		r := &d.rows[n]
		switch {
		case r.level == atLeaf:
			return n
		case in[r.level/32]>>(31-r.level%32)&1 == 0:
			n = r.lo
		default:
			n = r.hi
		}
	}
}

// A set is of rules of a list, by index.
type set []uint64

func newSet(rules int) set { return make(set, (rules+63)/64) }

func (s set) has(i int) bool { return s[i/64]>>(i%64)&1 != 0 }
func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) drop(i int)     { s[i/64] &^= 1 << (i % 64) }

func (s set) and(t set) {
	for i := range s {
		s[i] &= t[i]
	}
}

func (s set) or(t set) {
	for i := range s {
		s[i] |= t[i]
	}
}

// without yields what is in s and not in t, ascending; of nil nothing is.
func (s set) without(t set) func(yield func(i int) bool) {
	return func(yield func(i int) bool) {
		for w, word := range s {
			if t != nil {
				word &^= t[w]
			}
			for ; word != 0; word &= word - 1 {
				if !yield(64*w + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

func (s set) count() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

func (s set) key() string {
	var key []byte
	for _, word := range s {
		key = binary.LittleEndian.AppendUint64(key, word)
	}
	return string(key)
}
