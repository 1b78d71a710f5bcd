package compile

import "github.com/seccompile/seccompile/profile/policy"

// reachedMost is how many rules of a call reached looks at, and boxesMost into how
// many boxes it parts the calls that none of them matches.
const (
	reachedMost = 16
	boxesMost   = 32
)

// reached returns the rules, in that order, without those after which no call is left
// because those before them, together, match every call. It finds that out for few
// rules, whose later ones would be a large program to no end.
func reached(rules []policy.Rule, order []int) []int {
	boxes := []box{{}}                              // the calls that no rule so far matches, and maybe more
	for i := range min(len(order)-1, reachedMost) { // nothing is after the last one
		left, ok := outside(boxes, &rules[order[i]])
		switch {
		case !ok:
		case len(left) == 0:
			return order[:i+1]
		default:
			boxes = left
		}
	}
	return order
}

// outside returns what of the boxes a rule does not match, at the least. Not ok: it
// takes too many boxes, or the rule compares arguments in other widths.
func outside(boxes []box, r *policy.Rule) (left []box, ok bool) {
	for _, b := range boxes {
		if !b.satisfiable(r) {
			if len(left) == boxesMost {
				return nil, false
			}
			left = append(left, b)
			continue
		}
		for _, c := range r.Conds {
			if v := b[c.Arg]; v.width != 0 && v.width != width(c) {
				return nil, false
			}
			for _, n := range negations(c) {
				if b[c.Arg].excludes(n) {
					continue
				}
				if len(left) == boxesMost {
					return nil, false
				}
				part := b
				part[c.Arg] = b[c.Arg].with(n)
				left = append(left, part)
			}
		}
	}
	return left, true
}

// negations returns conditions one of which holds where c does not.
func negations(c policy.Cond) (list []policy.Cond) {
	if c.Op != policy.MaskedEQ {
		return append(list, opposite(c))
	}
	for bit := uint64(1); bit != 0; bit <<= 1 {
		if c.Mask&bit != 0 {
			one := c
			one.Mask, one.Value = bit, ^c.Value&bit
			list = append(list, one)
		}
	}
	return list
}
