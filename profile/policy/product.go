package policy

import (
	"cmp"
	"slices"
)

// An answer is what a policy answers to a number: the first of the rules that matches, or
// general. Every rule has conditions.
type answer struct {
	rules   []*Rule
	general Action
	by      *Origin // of the unconditional rule that says general, nil if none does
	covered bool    // no call gets general
}

// newAnswer returns the answer by the rules for a number, in order.
func newAnswer(rules []*Rule, general Action) answer {
	if i := slices.IndexFunc(rules, func(r *Rule) bool { return len(r.Conds) == 0 }); i >= 0 {
		return answer{rules: rules[:i], general: rules[i].Action, by: rules[i].Origin}
	}
	return answer{rules: rules, general: general}
}

// row returns rule i, and after the rules one that says general.
func (a answer) row(i int) *Rule {
	if i < len(a.rules) {
		return a.rules[i]
	}
	return &Rule{Action: a.general, Origin: a.by}
}

// same reports whether two answers are worded alike.
func (a answer) same(b answer) bool {
	return a.general == b.general && slices.EqualFunc(a.rules, b.rules, func(r, s *Rule) bool {
		return r.Action == s.Action && slices.Equal(r.Conds, s.Conds)
	})
}

// always reports whether the answer is that action, whatever the arguments.
func (a answer) always(action Action) bool {
	return a.general == action && !slices.ContainsFunc(a.rules, func(r *Rule) bool { return r.Action != action })
}

// A product composes answers, within bounds.
type product struct {
	choose func(a, b Action) Action
	finder
	room int // rules and conditions that may still be made
}

// of returns what choose takes of the answers x and y. Its rules are those of the
// lexicographic product, x's rules first, that can decide a call.
func (p *product) of(x, y answer) (out answer) {
	out = answer{general: p.choose(x.general, y.general), by: p.origin(x.row(len(x.rules)), y.row(len(y.rules)))}
	switch {
	case len(x.rules)+len(y.rules) == 0:
		return out
	case x.same(y):
		for i, r := range x.rules {
			p.add(&out, r.Conds, r, y.rules[i])
		}
	default:
		p.multiply(&out, x, y)
	}
	p.prune(&out)
	return out
}

// multiply adds the rules of the product.
func (p *product) multiply(out *answer, x, y answer) {
	last := len(x.rules)
	end := y.row(len(y.rules))
	from := last // the rows from here on end alike
	for from > 0 && p.choose(x.rules[from-1].Action, y.general) == out.general {
		from--
	}
	for i := 0; i <= last && p.room >= 0; i++ {
		row := x.row(i)
		if p.settled(row.Action, y) {
			if i < last {
				p.add(out, row.Conds, row, nil)
			}
			continue
		}
		within := newRegion(row.Conds)
		if !p.has(within) {
			continue
		}
		start, all := len(out.rules), false
		for j := 0; j < len(y.rules) && !all && p.room >= 0; j++ {
			other := y.rules[j]
			if both := within.and(other.Conds); p.has(both) {
				p.add(out, p.join(row.Conds, other.Conds), row, other)
				all = !slices.ContainsFunc(other.Conds, func(c Cond) bool { return !p.implies(within, c) })
			}
		}
		if all || i >= from {
			continue
		}
		said := p.choose(row.Action, y.general)
		for n := len(out.rules); n > start && out.rules[n-1].Action == said; n-- {
			out.rules = out.rules[:n-1]
		}
		p.add(out, row.Conds, row, end)
	}
}

// settled reports whether the choice between an action and any of the other answer is
// the action.
func (p *product) settled(action Action, other answer) bool {
	return p.choose(action, other.general) == action &&
		!slices.ContainsFunc(other.rules, func(r *Rule) bool { return p.choose(action, r.Action) != action })
}

// add adds a rule that says what is chosen of two.
func (p *product) add(out *answer, conds []Cond, r, s *Rule) {
	if p.room -= 1 + len(conds); p.room < 0 {
		return
	}
	rule := &Rule{Action: r.Action, Conds: conds, Origin: p.origin(r, s)}
	if s != nil {
		rule.Action = p.choose(r.Action, s.Action)
	}
	out.rules = append(out.rules, rule)
}

// origin returns the origins of two rules, first that of the one whose answer is chosen.
func (p *product) origin(r, s *Rule) *Origin {
	switch {
	case s == nil || s.Origin == nil:
		return r.Origin
	case r.Origin == nil:
		return s.Origin
	case p.choose(r.Action, s.Action) == r.Action:
		return r.Origin.and(s.Origin)
	}
	return s.Origin.and(r.Origin)
}

// maxJoined is the most conditions of which those that follow from others are left out.
const maxJoined = 32

// join returns the conditions of two rules without those that follow from others.
func (p *product) join(a, b []Cond) []Cond {
	conds := slices.Concat(a, b)
	slices.SortStableFunc(conds, func(c, d Cond) int { return cmp.Compare(c.Arg, d.Arg) })
	for i := len(conds) - 1; i >= 0 && len(conds) <= maxJoined; i-- {
		var others []Cond
		for j, c := range conds {
			if j != i && c.Arg == conds[i].Arg {
				others = append(others, c)
			}
		}
		if p.implies(newRegion(others), conds[i]) {
			conds = slices.Delete(conds, i, i+1)
		}
	}
	return conds
}

// pruneSteps is how many steps it may take to prune the rules of a call.
const pruneSteps = 1 << 18

// prune takes away the rules that cannot decide a call, and the last ones that say what
// the answer is without them. Where it cannot tell within pruneSteps, rules are left.
func (p *product) prune(out *answer) {
	steps := p.steps
	p.steps = min(steps, pruneSteps)
	before := p.steps
	kept := out.rules[:0]
	for _, r := range out.rules {
		if p.outside(newRegion(r.Conds), kept) {
			kept = append(kept, r)
		}
	}
	for n := len(kept); n > 0 && kept[n-1].Action == out.general; n-- {
		kept = kept[:n-1]
	}
	out.rules = kept
	out.covered = len(kept) > 0 && !p.outside(region{}, kept)
	p.steps = steps - before + max(p.steps, 0)
}
