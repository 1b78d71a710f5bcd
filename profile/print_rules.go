package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// drafts returns the rules of a call in a form that runc takes in any order.
func (p *printer) drafts(a arch.Arch, rules []*policy.Rule) (out []policy.Rule, err *PrintError) {
	general := &policy.Rule{Action: p.pol.Default}
	for i, r := range rules {
		if len(r.Conds) == 0 {
			general, rules = r, rules[:i]
			break
		}
	}
	if !slices.ContainsFunc(rules, func(r *policy.Rule) bool { return r.Action != general.Action }) {
		if general.Action == p.pol.Default {
			return nil, nil // as calls without an entry
		}
		return []policy.Rule{{Action: general.Action}}, nil
	}
	if out, ok := asWritten(rules, a.Bits()); ok && general.Action == p.pol.Default {
		return out, nil
	}
	if out, ok := p.eitherWay(rules, general, a.Bits()); ok {
		return out, nil
	}
	rules = append(slices.Clone(rules), general)
	if out, err = p.cover(a, rules, prefixes); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(rules, differs) {
		if other, err := p.cover(a, rules, singleBits); err == nil && len(other) <= len(out) {
			out = other
		}
	}
	return out, nil
}

// differs reports whether a rule has NE.
func differs(r *policy.Rule) bool {
	return slices.ContainsFunc(r.Conds, func(c policy.Cond) bool { return c.Op == policy.NE })
}

// cover returns rules of masks for those of a call, the last without conditions, where each
// makes cubes of a condition.
func (p *printer) cover(a arch.Arch, rules []*policy.Rule, each func(policy.Cond) []cube) (out []policy.Rule, err *PrintError) {
	var order []policy.Action
	cubes := map[policy.Action][]cube{}
	left := 0
	for i, r := range rules {
		if r.Action == p.pol.Default {
			continue
		}
		list, ok := cubesOf(r.Conds, each)
		for _, other := range rules[:i] {
			if ok && len(list) > 0 && other.Action != r.Action {
				list, ok = subtract(list, other.Conds)
			}
		}
		ok = ok && len(cubes[r.Action])+len(list) <= maxCubes
		if !ok && p.stricter != nil && !r.Action.Stricter(p.pol.Default) && left < maxLeft {
			left++ // what it matches gets the default
			continue
		}
		if !ok {
			return nil, &PrintError{Reason: fmt.Sprintf("its conditions take more than %d entries, as runc and libseccomp read them", maxCubes)}
		}
		if _, ok := cubes[r.Action]; !ok {
			order = append(order, r.Action)
		}
		cubes[r.Action] = append(cubes[r.Action], list...)
	}
	for _, action := range order {
		cubes[action] = merged(cubes[action])
		for _, q := range cubes[action] {
			out = append(out, policy.Rule{Action: action, Conds: q.conds(a.Bits())})
		}
	}
	return out, nil
}

// asWritten returns the rules of a call as they are, if they have one action and
// libseccomp, which compares all bits, compiles them right. EQ of fewer bits becomes
// MaskedEQ.
func asWritten(rules []*policy.Rule, all int) (out []policy.Rule, ok bool) {
	for _, r := range rules {
		draft := policy.Rule{Action: r.Action}
		for i, c := range r.Conds {
			repeated := slices.ContainsFunc(r.Conds[:i], func(d policy.Cond) bool { return d.Arg == c.Arg })
			if r.Action != rules[0].Action || repeated {
				return nil, false
			}
			if c.Width > 0 && int(c.Width) < all {
				switch c.Op {
				case policy.EQ:
					c.Op, c.Mask = policy.MaskedEQ, c.Field()
				case policy.MaskedEQ:
				default:
					return nil, false
				}
			}
			c.Width = 0
			draft.Conds = append(draft.Conds, c)
		}
		out = append(out, draft)
	}
	return out, compiledRight(out)
}

// eitherWay returns the rules of a call that asks for one comparison of all bits.
func (p *printer) eitherWay(rules []*policy.Rule, general *policy.Rule, all int) (out []policy.Rule, ok bool) {
	if len(rules) > 1 || len(rules[0].Conds) > 1 {
		return nil, false
	}
	c := rules[0].Conds[0]
	if c.Op == policy.MaskedEQ || c.Width > 0 && int(c.Width) < all {
		return nil, false
	}
	c.Width = 0
	not := c
	not.Op = c.Op.Not()
	for _, r := range []policy.Rule{{Action: rules[0].Action, Conds: []policy.Cond{c}}, {Action: general.Action, Conds: []policy.Cond{not}}} {
		if r.Action != p.pol.Default {
			out = append(out, r)
		}
	}
	return out, true
}
