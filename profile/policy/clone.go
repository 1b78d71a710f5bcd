package policy

import "slices"

// Clone returns a copy of the policy that shares nothing with it. Clone of nil is nil.
func (p *Policy) Clone() *Policy {
	if p == nil {
		return nil
	}
	q := *p
	q.Flags, q.Arches = slices.Clone(p.Flags), slices.Clone(p.Arches)
	for i := range q.Arches {
		a := &q.Arches[i]
		a.Rules, a.Newer = slices.Clone(a.Rules), slices.Clone(a.Newer)
		origins := make([]Origin, 0, len(a.Rules)) // of which rules have pointers
		for j := range a.Rules {
			r := &a.Rules[j]
			r.Conds = slices.Clone(r.Conds)
			if r.Origin != nil {
				origins = append(origins, *r.Origin)
				r.Origin = &origins[len(origins)-1]
				r.Origin.With = r.Origin.With.clone()
			}
		}
	}
	return &q
}

// Clone returns a copy of the rule that shares nothing with it. Clone of nil is nil.
func (r *Rule) Clone() *Rule {
	if r == nil {
		return nil
	}
	q := *r
	q.Conds = slices.Clone(r.Conds)
	q.Origin = r.Origin.clone()
	return &q
}
