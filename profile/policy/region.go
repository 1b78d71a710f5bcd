package policy

// A region is a set of argument lists: a set of values for each argument.
type region struct {
	args  [6]values
	used  uint8 // a bit for each argument that not all values are in
	empty bool
}

// newRegion returns the region in which all conditions hold.
func newRegion(conds []Cond) (r region) { return r.and(conds) }

// and returns the part of the region in which all conditions hold, too.
func (r region) and(conds []Cond) region {
	for _, c := range conds {
		r.add(c, true)
	}
	return r
}

// add takes away the arguments for which the condition does not hold, or if holds is
// false those for which it does.
func (r *region) add(c Cond, holds bool) {
	if bit := uint8(1) << c.Arg; r.used&bit == 0 {
		r.used |= bit
		r.args[c.Arg] = everything
	}
	r.empty = r.empty || !r.args[c.Arg].and(c, holds)
}

// without returns the part of the region in which the condition does not hold.
func (r region) without(c Cond) region {
	r.add(c, false)
	return r
}

// A finder looks for arguments, within a number of steps.
type finder struct {
	steps int // that are left
}

// enough reports whether no search has ended for want of steps.
func (f *finder) enough() bool { return f.steps >= 0 }

// some returns arguments in the region; ok is false if it is empty. Without enough steps
// the arguments may lie outside of it.
func (f *finder) some(r *region) (args [6]uint64, ok bool) {
	f.steps--
	for i := range r.args {
		if r.empty {
			return args, false
		}
		if r.used&(1<<i) == 0 {
			continue
		}
		if args[i], ok = r.args[i].some(&f.steps); !ok {
			return args, false
		}
	}
	return args, true
}

// has reports whether the region is not empty. Without enough steps it says that it is
// not.
func (f *finder) has(r region) bool {
	_, ok := f.some(&r)
	return ok || !f.enough()
}

// implies reports whether the condition holds in the whole region.
func (f *finder) implies(r region, c Cond) bool { return !f.has(r.without(c)) }

// outside reports whether arguments in the region match none of the rules. Without enough
// steps it says that some do.
func (f *finder) outside(r region, rules []*Rule) bool {
	args, ok := f.some(&r)
	if !ok || !f.enough() {
		return ok || !f.enough()
	}
	for _, rule := range rules {
		if f.steps--; !rule.Matches(args) {
			continue
		}
		// Those that do not match it, parted by the first condition that does not hold.
		for _, c := range rule.Conds {
			if f.outside(r.without(c), rules) {
				return true
			}
			r = r.and([]Cond{c})
		}
		return false
	}
	return true
}
