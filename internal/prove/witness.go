package prove

import (
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// given returns what f becomes where the word, which is the first that f may
// depend on, has that value.
func (d *diagrams) given(f node, w word, value uint32) node {
	for {
		r := d.rows[f]
		switch {
		case r.level > w.level(0):
			return f
		case value>>(31-r.level%32)&1 == 0:
			f = r.lo
		default:
			f = r.hi
		}
	}
}

// smallest returns the first input, by the order of the words, for which the
// condition holds, and the leaf of f for it. The condition must not be no.
func (d *diagrams) smallest(cond, f node) (in input, leaf node) {
	for {
		c, r := d.rows[cond], d.rows[f]
		level := min(c.level, r.level)
		if level == atLeaf {
			return in, f
		}
		c0, c1 := c.split(level, cond)
		f0, f1 := r.split(level, f)
		if c0 != no {
			cond, f = c0, f0
		} else {
			cond, f = c1, f1
			in.set(level)
		}
	}
}

// differing returns the smallest input for which f and g differ. They are not
// the same.
func (d *diagrams) differing(f, g node) (in input) {
	for {
		r, s := d.rows[f], d.rows[g]
		level := min(r.level, s.level)
		if level == atLeaf {
			return in
		}
		f0, f1 := r.split(level, f)
		g0, g1 := s.split(level, g)
		if f0 != g0 {
			f, g = f0, g0
		} else {
			f, g = f1, g1
			in.set(level)
		}
	}
}

// answer returns the word that f, which is decided there, has for the input.
func (d *diagrams) answer(f node, in *input) policy.Action {
	for w, value := range in {
		f = d.given(f, word(w), value)
	}
	return policy.Action(d.rows[f].lo)
}

// sensible returns an input that f and g answer differently, as people would
// choose it: one of the policy's ABIs rather than none, and a call that exists
// rather than a number without a name. f and g are not the same.
func (d *diagrams) sensible(f, g node, pol *policy.Policy) input {
	found := func(audit, nr uint32, f, g node) input {
		in := d.differing(f, g)
		in[wordArch], in[wordNr] = audit, nr
		return in
	}
	for i := range pol.Arches {
		a := pol.Arches[i].Arch
		audit := a.Audit()
		fa, ga := d.given(f, wordArch, audit), d.given(g, wordArch, audit)
		if fa == ga {
			continue
		}
		for nr := range syscalls.All(a) {
			if fn, gn := d.given(fa, wordNr, nr), d.given(ga, wordNr, nr); fn != gn {
				return found(audit, nr, fn, gn)
			}
		}
	}
	for i := range pol.Arches {
		audit := pol.Arches[i].Arch.Audit()
		if fa, ga := d.given(f, wordArch, audit), d.given(g, wordArch, audit); fa != ga {
			return found(audit, d.differing(fa, ga)[wordNr], fa, ga)
		}
	}
	return d.differing(f, g)
}
