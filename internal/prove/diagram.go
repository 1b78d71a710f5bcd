package prove

import "github.com/seccompile/seccompile/profile/policy"

// A node is a function from all inputs to words, as a binary decision diagram:
// the index of its first test in diagrams.rows. The diagrams are ordered and
// reduced and each exists once, so two nodes are equal exactly when their
// functions are.
type node int32

// no and yes are the constants 0 and 1, of which conditions are made.
const (
	no  node = 0
	yes node = 1
)

// A row is one test: of the input bit at level, with the functions for 0 and 1.
// That of a leaf is atLeaf; lo holds the word that it stands for and hi is 0, or
// what kind of leaf it is otherwise.
type row struct {
	level  int32
	lo, hi node
}

// Kinds of leaves that are no words.
const (
	kindLost   node = 1 + iota // undecided
	kindOpaque                 // stands for a function that is known elsewhere
)

// Limits to the work on one question. The default profile for three ABIs takes
// some 600 nodes and 2,400 steps, or 11,000 and 21,000 if it is not equal; as many rules as a program has room for,
// with conditions that have nothing in common, 220,000 and 450,000. What takes more
// by far grows without bounds: a million nodes are 40 MB with their tables while
// these grow, and 2^23 steps half a second, or one where nothing is near in memory.
const (
	nodesMost = 1 << 20
	stepsMost = 1 << 23
)

// diagrams holds all nodes of one question.
type diagrams struct {
	rows  []row
	slots []node // hash table of rows but the first two; 0 is an empty slot
	cache []choice
	bits  [atLeaf]node // the tests of one bit, made when first asked for

	entire       bool // no call is long
	raw          bool // leaves are words rather than actions
	opaques      node // how many there are
	steps, limit int
	full         bool // steps or nodes have reached their limit: results mean nothing
}

// A choice remembers a result of diagrams.ite.
type choice struct{ cond, then, other, result node }

// Sizes of the tables, powers of 2: to begin with what small programs need, and
// a cache that forgets rather than grows without end.
const (
	slotsFirst = 1 << 11
	cacheFirst = 1 << 8
	cacheMost  = 1 << 20
)

func newDiagrams() *diagrams {
	return &diagrams{
		rows:  append(make([]row, 0, slotsFirst/2), row{level: atLeaf, lo: 0}, row{level: atLeaf, lo: 1}),
		slots: make([]node, slotsFirst),
		cache: make([]choice, cacheFirst),
		limit: stepsMost,
	}
}

// leaf returns the function that is the word for every input. Words that the kernel takes
// for one action are one function, unless they are still to be compared with others.
func (d *diagrams) leaf(word uint32) node {
	if !d.raw {
		word = uint32(policy.Action(word).Effective())
	}
	if word <= 1 {
		return node(word)
	}
	return d.unique(row{level: atLeaf, lo: node(word)})
}

// undecided returns the leaf of inputs for which instruction pc of a program
// could not be followed; pc has the length of the program added if kernels execute
// it in different ways. It stands for no answer, and is equal to none.
func (d *diagrams) undecided(pc int) node {
	return d.unique(row{level: atLeaf, lo: node(pc), hi: kindLost})
}

// opaque returns a new leaf that stands for a function.
func (d *diagrams) opaque() node {
	d.opaques++
	return d.unique(row{level: atLeaf, lo: d.opaques, hi: kindOpaque})
}

// test returns the function that is lo where the bit at level is 0, and else hi.
// Both must only depend on levels behind it.
func (d *diagrams) test(level int32, lo, hi node) node {
	if lo == hi {
		return lo
	}
	return d.unique(row{level, lo, hi})
}

// bit returns the input bit at level.
func (d *diagrams) bit(level int32) node {
	if d.bits[level] == no {
		d.bits[level] = d.test(level, no, yes)
	}
	return d.bits[level]
}

// unique returns the node of the row.
func (d *diagrams) unique(r row) node {
	mask := uint32(len(d.slots) - 1)
	i := hash(r.level, r.lo, r.hi) & mask
	for d.slots[i] != 0 {
		if d.rows[d.slots[i]] == r {
			return d.slots[i]
		}
		i = (i + 1) & mask
	}
	if len(d.rows) == nodesMost {
		d.full = true
		return no
	}
	n := node(len(d.rows))
	d.rows = append(d.rows, r)
	d.slots[i] = n
	if 2*len(d.rows) > len(d.slots) {
		d.grow()
	}
	return n
}

// grow doubles the tables.
func (d *diagrams) grow() {
	d.slots = make([]node, 2*len(d.slots))
	mask := uint32(len(d.slots) - 1)
	for n := 2; n < len(d.rows); n++ {
		r := d.rows[n]
		i := hash(r.level, r.lo, r.hi) & mask
		for d.slots[i] != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = node(n)
	}
	if len(d.cache) < cacheMost {
		old := d.cache
		d.cache = make([]choice, 2*len(old))
		for _, c := range old {
			*d.slot(c.cond, c.then, c.other) = c
		}
	}
}

func hash(a int32, b, c node) uint32 {
	h := (uint64(uint32(b))<<32 | uint64(uint32(c))) * 0x9e3779b97f4a7c15
	h = (h ^ h>>29 ^ uint64(a)) * 0xbf58476d1ce4e5b9
	return uint32(h >> 32)
}

// slot returns the place in the cache for a result of ite.
func (d *diagrams) slot(cond, then, other node) *choice {
	return &d.cache[hash(int32(cond), then, other)&uint32(len(d.cache)-1)]
}

// ite returns the function that is then where the condition holds, and else
// other: if-then-else, from which everything else is made.
func (d *diagrams) ite(cond, then, other node) node {
	if d.spend(1); d.full {
		return no
	}
	switch {
	case cond == yes || then == other:
		return then
	case cond == no:
		return other
	case then == yes && other == no:
		return cond
	}
	c, t, o := d.rows[cond], d.rows[then], d.rows[other]
	if c.level < t.level && c.level < o.level && c.lo <= yes && c.hi <= yes {
		if c.lo == no { // a test of one bit
			return d.test(c.level, other, then)
		}
		return d.test(c.level, then, other)
	}
	if e := *d.slot(cond, then, other); e.cond == cond && e.then == then && e.other == other {
		return e.result
	}
	level := min(c.level, t.level, o.level)
	c0, c1 := c.split(level, cond)
	t0, t1 := t.split(level, then)
	o0, o1 := o.split(level, other)
	result := d.test(level, d.ite(c0, t0, o0), d.ite(c1, t1, o1))
	if !d.full {
		*d.slot(cond, then, other) = choice{cond, then, other, result}
	}
	return result
}

// split returns what the function n, whose row is r, becomes where the bit at
// level is 0 and 1. The level is not behind r's.
func (r row) split(level int32, n node) (lo, hi node) {
	if r.level == level && level != atLeaf {
		return r.lo, r.hi
	}
	return n, n
}

func (d *diagrams) not(a node) node    { return d.ite(a, no, yes) }
func (d *diagrams) and(a, b node) node { return d.ite(a, b, no) }
func (d *diagrams) or(a, b node) node  { return d.ite(a, yes, b) }
func (d *diagrams) xor(a, b node) node {
	if b <= yes {
		return d.ite(a, yes-b, b)
	}
	return d.ite(a, d.not(b), b)
}

// within does the work and reports whether it took no more than that many
// steps. If not, its results mean nothing, but the work can go on elsewhere.
func (d *diagrams) within(most int, work func()) bool {
	outer := d.limit
	d.limit = min(outer, d.steps+most)
	work()
	d.limit = outer
	ok := !d.full
	d.full = d.steps > outer || len(d.rows) == nodesMost
	return ok
}

// spend counts steps: calls of ite, or as much work.
func (d *diagrams) spend(steps int) {
	if d.steps += steps; d.steps > d.limit {
		d.full = true
	}
}

// rulesAStep is how many rules are looked at, or asked whether they match, in the
// time of a step.
const rulesAStep = 16

// spendRules counts so many rules that are looked at.
func (d *diagrams) spendRules(rules int) { d.spend(1 + rules/rulesAStep) }

// where returns the condition that f ends in a leaf that is one of the wanted.
func (d *diagrams) where(f node, wanted func(leaf row) bool) node {
	d.spend(1 + len(d.rows)>>6)
	done := make([]node, len(d.rows)) // results plus one
	var walk func(n node) node
	walk = func(n node) node {
		r := d.rows[n]
		if r.level == atLeaf {
			if wanted(r) {
				return yes
			}
			return no
		}
		if done[n] == 0 {
			d.spend(1)
			done[n] = d.test(r.level, walk(r.lo), walk(r.hi)) + 1
		}
		return done[n] - 1
	}
	return walk(f)
}
