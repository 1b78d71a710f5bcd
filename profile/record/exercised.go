package record

import (
	"slices"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Name is a name of a call in an entry of a profile, with its use in a record.
type Name struct {
	profile.Named
	Exercised bool   // the entry may have decided a recorded call
	Count     uint64 // how often the call was made, with arguments that the entry allows
}

// Exercised returns the names in the entries of a resolution's profile, in the order of the
// text, and whether each may have decided recorded calls. If the record does not have the
// arguments that an entry compares, the entry counts as exercised.
func (r *Record) Exercised(p *profile.Profile, res *profile.Resolution) (list []Name, err error) {
	counts := map[place]uint64{}
	pol := res.Policy()
	for _, c := range r.withClones() {
		i := slices.IndexFunc(pol.Arches, func(a policy.ArchPolicy) bool { return a.Arch == c.Arch })
		if i < 0 {
			continue
		}
		for j := range pol.Arches[i].Rules {
			rule := &pol.Arches[i].Rules[j]
			if rule.Nr != c.Nr || !c.mayMatch(rule) {
				continue
			}
			for o := rule.Origin; o != nil; o = o.With {
				at := place{o.Pos, o.Path()}
				counts[at] = sum(counts[at], c.Count)
			}
		}
	}
	_, err = p.Only(func(n profile.Named) bool {
		count, exercised := counts[place{n.Pos, n.Path}]
		list = append(list, Name{n, exercised, count})
		return true
	})
	return list, err
}

// withClones returns the calls with a clone beside each clone3: where a profile answers ENOSYS
// to that, C libraries call clone with the same flags.
func (r *Record) withClones() []*Call {
	list := r.Calls()
	for _, c := range r.Calls() {
		nr, ok := syscalls.Number(c.Arch, "clone")
		if c.Name != "clone3" || !ok {
			continue
		}
		clone := newCall(c.Arch, syscalls.Call{Audit: c.Audit, Nr: nr})
		clone.Count = c.Count
		for _, t := range c.Tuples {
			clone.addTuple([]uint64{t[0] & (1<<32 - 1)})
		}
		if c.Tuples == nil {
			clone.Tuples, clone.Args = nil, [6]*Values{}
		}
		list = append(list, clone)
	}
	return list
}

// A place tells names of a profile apart.
type place struct {
	pos  policy.Pos
	path string
}

// mayMatch reports whether a rule's conditions hold for a call, as far as the record has its
// arguments.
func (c *Call) mayMatch(r *policy.Rule) bool {
	tuples := c.Tuples
	if tuples == nil {
		tuples = [][]uint64{nil}
	}
	return slices.ContainsFunc(tuples, func(t []uint64) bool {
		return !slices.ContainsFunc(r.Conds, func(cond policy.Cond) bool { return !c.mayHold(t, cond) })
	})
}

// mayHold reports whether a condition holds for a call with telling arguments, as far as the
// record has the argument that it compares.
func (c *Call) mayHold(tuple []uint64, cond policy.Cond) bool {
	i := int(cond.Arg)
	holds := func(v uint64) bool {
		var args [6]uint64
		args[i] = v
		return cond.Matches(args)
	}
	values := c.valuesOf(i, tuple)
	return values == nil || slices.ContainsFunc(values, holds)
}

// Refused returns the part of the record that is in a list of refused calls, to make entries
// from it.
func (r *Record) Refused(list []Outside) *Record {
	part := New(r.native)
	for _, o := range list {
		c := o.Call
		own := part.calls[id{c.Arch, c.Nr}]
		if own == nil {
			own = newCall(c.Arch, syscalls.Call{Audit: c.Audit, Nr: c.Nr})
			own.Count, own.By, own.MoreBy, own.At = c.Count, c.By, c.MoreBy, c.At
			for i, v := range c.Args {
				if v != nil {
					own.Args[i].merge(v)
				}
			}
			part.calls[id{c.Arch, c.Nr}] = own
		}
		if o.Tuple == nil {
			own.Tuples = nil
		} else {
			own.addTuple(o.Tuple)
		}
	}
	return part
}
