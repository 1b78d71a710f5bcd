package compile

import "github.com/seccompile/seccompile/profile/policy"

// impliedMost is how many rules a call may have to be looked through for implied
// ones: the time goes with their square.
const impliedMost = 500

// implied reports whether rule i decides no call that another rule, which matches
// whatever it does, would not answer alike: one before it, or one after it of the
// same action with no other action between them. Of two that match the same the
// later one is implied.
func implied(rules []policy.Rule, i int) bool {
	if len(rules) > impliedMost {
		return false
	}
	for j := range i {
		if ruleImplies(&rules[i], &rules[j]) {
			return true
		}
	}
	for j := i + 1; j < len(rules) && rules[j].Action == rules[i].Action; j++ {
		if ruleImplies(&rules[i], &rules[j]) && !ruleImplies(&rules[j], &rules[i]) {
			return true
		}
	}
	return false
}

// ruleImplies reports whether b matches whatever a does, as far as single
// conditions show it.
func ruleImplies(a, b *policy.Rule) bool {
	if len(b.Conds) > len(a.Conds) {
		return false
	}
	for i := range b.Conds {
		found := false
		for j := range a.Conds {
			found = found || condImplies(&a.Conds[j], &b.Conds[i])
		}
		if !found {
			return false
		}
	}
	return true
}

// condImplies reports whether y holds wherever x does.
func condImplies(x, y *policy.Cond) bool {
	if x.Arg != y.Arg || x.Width != y.Width {
		return false
	}
	field := ^uint64(0)
	if x.Width > 0 {
		field >>= 64 - x.Width
	}
	matches := func(c *policy.Cond, v uint64) bool {
		var args [6]uint64
		args[c.Arg] = v
		return c.Matches(args)
	}
	switch {
	case x.Op == policy.EQ, x.Op == policy.MaskedEQ && x.Mask&field == field:
		return matches(y, x.Value)
	case y.Op == policy.NE:
		return !matches(x, y.Value)
	case x.Op == policy.MaskedEQ && y.Op == policy.MaskedEQ:
		return y.Mask&^x.Mask == 0 && (x.Value^y.Value)&y.Mask == 0
	}
	lo, hi, ok := span(x, field)
	first, last, both := span(y, field)
	return ok && both && first <= lo && hi <= last
}

// span returns the values for which a comparison holds; not ok for other
// conditions, and without any.
func span(c *policy.Cond, field uint64) (lo, hi uint64, ok bool) {
	switch c.Op {
	case policy.EQ:
		return c.Value, c.Value, true
	case policy.LT:
		return 0, c.Value - 1, c.Value > 0
	case policy.LE:
		return 0, c.Value, true
	case policy.GE:
		return c.Value, field, true
	case policy.GT:
		return c.Value + 1, field, c.Value < field
	}
	return 0, 0, false
}
