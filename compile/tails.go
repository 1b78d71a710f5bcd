package compile

import (
	"cmp"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/profile/policy"
)

// A body is the few rules of a call, all with conditions, and the answer where none of
// them matches. Calls may have the same body.
//
// Some rules of a body may be the body of another call. As a tail they are asked last, so
// that both calls have the same instructions. One diagram of all rules shares them only if
// the order of arguments puts them last.
type body struct {
	arch    arch.Arch
	rules   []policy.Rule
	general policy.Action
	diagram *diagram.Node

	needed []policy.Rule // as inOrder has them
	tails  []*body
	heads  [][]policy.Rule // for each tail the other rules that are needed
}

// bodyRules is the maximum number of rules of a body: of so few that the proof needs no
// claims where their groups are, which would be about one call alone. tailsMost is the
// maximum number of tails of a body, and triesMost of all bodies of a policy: to try them
// takes some milliseconds.
const (
	bodyRules = 6
	tailsMost = 4
	triesMost = 128
)

// shared returns the diagram of a call, which has the instructions of other calls if that
// makes the program smaller; nil if that is not known for calls with these rules.
func (l *lowerer) shared(rules []policy.Rule, general policy.Action) *diagram.Node {
	if l.bodies == nil {
		all := bodiesOf(l.pol)
		l.addTails(all)
		l.bodies = byFirst(all, func(b *body) []policy.Rule { return b.rules })
	}
	for _, b := range l.bodies[rules[0].Conds[0]] {
		if b.is(rules, general) {
			return b.diagram
		}
	}
	return nil
}

// addTails makes the diagrams of the bodies, with tails where the program becomes smaller.
// It makes none if none can have a tail.
//
// Whether a tail pays depends on the others: two bodies without one may share what
// neither would have with one. So the diagrams are chosen twice, once as if nothing else
// were shared, and the smaller program counts.
func (l *lowerer) addTails(all []*body) {
	if !findTails(all) {
		return
	}
	slices.SortStableFunc(all, func(a, b *body) int { return cmp.Compare(len(a.needed), len(b.needed)) }) // tails first
	alone := make([]*diagram.Node, len(all))
	for i, b := range all {
		alone[i] = l.unchained(b.arch, b.rules, l.Leaf(uint32(b.general)))
		b.diagram = alone[i]
	}
	least := sizeOfAll(alone)
	best := alone
	for _, considerate := range []bool{true, false} {
		chosen := l.chooseTails(all, alone, considerate)
		if size := sizeOfAll(chosen); size < least {
			best, least = chosen, size
		}
	}
	for i, b := range all {
		b.diagram = best[i]
	}
}

// chooseTails returns a diagram for each body: the one without a tail, or the smallest
// with one. Nodes of other bodies do not count, or if it is not considerate those of
// possible tails alone.
func (l *lowerer) chooseTails(all []*body, alone []*diagram.Node, considerate bool) []*diagram.Node {
	total := uses{}
	for i, b := range all {
		b.diagram = alone[i]
		total.add(b.diagram, 1)
	}
	chosen := make([]*diagram.Node, len(all))
	for i, b := range all {
		other := total
		if !considerate {
			other = uses{}
			for _, tail := range b.tails {
				other.add(tail.diagram, 1)
			}
		} else {
			other.add(b.diagram, -1)
		}
		least := other.size(b.diagram)
		for k, tail := range b.tails {
			n := l.unchained(b.arch, b.heads[k], l.Opaque(tail.diagram))
			if size := other.size(n); size < least {
				b.diagram, least = n, size
			}
		}
		if considerate {
			other.add(b.diagram, 1)
		}
		chosen[i] = b.diagram
	}
	return chosen
}

// unchained is alone without claims where the groups are.
func (l *lowerer) unchained(a arch.Arch, rules []policy.Rule, general *diagram.Node) *diagram.Node {
	defer func(n int) { l.chains = l.chains[:n] }(len(l.chains))
	return l.alone(a, rules, general)
}

// findTails finds the tails of bodies, those of most rules first, and reports whether
// there are any.
func findTails(all []*body) bool {
	tries := 0
	first := byFirst(all, func(b *body) []policy.Rule { return b.needed })
	for _, b := range all {
		var tails []*body
		for i := range b.needed {
			tails = append(tails, first[b.needed[i].Conds[0]]...)
		}
		slices.SortStableFunc(tails, func(a, b *body) int { return cmp.Compare(len(b.needed), len(a.needed)) })
		for _, t := range tails {
			if len(b.tails) == tailsMost || tries == triesMost {
				break
			}
			if head, ok := headOf(b.needed, t.needed); ok && t.general == b.general {
				b.tails, b.heads = append(b.tails, t), append(b.heads, head)
				tries++
			}
		}
	}
	return tries > 0
}

// headOf returns the rules without the last ones, if they can all come before these: a
// rule after one of the last has the same action. The last ones keep their order.
func headOf(rules, last []policy.Rule) (head []policy.Rule, ok bool) {
	if len(last) >= len(rules) {
		return nil, false
	}
	found := 0
	for i := range rules {
		r := &rules[i]
		if found < len(last) && sameRule(*r, last[found]) {
			found++
			continue
		}
		if slices.ContainsFunc(last[:found], func(l policy.Rule) bool { return l.Action != r.Action }) {
			return nil, false
		}
		head = append(head, *r)
	}
	return head, found == len(last)
}

// bodiesOf returns the bodies of a policy's calls, each once.
func bodiesOf(pol *policy.Policy) (all []*body) {
	known := map[policy.Cond][]*body{}
	for i := range pol.Arches {
		a := &pol.Arches[i]
		for rest := a.Rules; len(rest) > 0; {
			n := 1
			for n < len(rest) && rest[n].Nr == rest[0].Nr {
				n++
			}
			rules := rest[:n]
			if rest = rest[n:]; !isBody(rules) {
				continue
			}
			general, first := generalAnswer(pol, a, rules[0].Nr), rules[0].Conds[0]
			if slices.ContainsFunc(known[first], func(b *body) bool { return b.is(rules, general) }) {
				continue
			}
			b := &body{arch: a.Arch, rules: rules, general: general}
			for _, k := range inOrder(rules) {
				b.needed = append(b.needed, rules[k])
			}
			all, known[first] = append(all, b), append(known[first], b)
		}
	}
	return all
}

// isBody reports whether the rules of a call can be those of a body.
func isBody(rules []policy.Rule) bool {
	return len(rules) <= bodyRules && !slices.ContainsFunc(rules, func(r policy.Rule) bool { return len(r.Conds) == 0 })
}

// is reports whether a body is that of a call.
func (b *body) is(rules []policy.Rule, general policy.Action) bool {
	return b.general == general && slices.EqualFunc(b.rules, rules, sameRule)
}

// byFirst returns the bodies by the first condition of their first rule.
func byFirst(all []*body, rules func(*body) []policy.Rule) map[policy.Cond][]*body {
	m := map[policy.Cond][]*body{}
	for _, b := range all {
		first := rules(b)[0].Conds[0]
		m[first] = append(m[first], b)
	}
	return m
}

// sameRule reports whether two rules say the same under the same conditions.
func sameRule(a, b policy.Rule) bool { return a.Action == b.Action && slices.Equal(a.Conds, b.Conds) }

// uses counts the bodies that have a node.
type uses map[*diagram.Node]int

// add adds n to the uses of the nodes of a diagram.
func (u uses) add(d *diagram.Node, n int) {
	s := newSurvey()
	s.visit(d, nothing, nil)
	for node := range s.loads {
		u[node] += n
	}
}

// size returns about how many instructions a diagram takes that nothing else has.
func (u uses) size(d *diagram.Node) int {
	s := newSurvey()
	s.visit(d, nothing, nil)
	insns, _ := s.size(func(n *diagram.Node) bool { return u[n] == 0 })
	return insns
}

// sizeOfAll returns about how many instructions diagrams take together.
func sizeOfAll(all []*diagram.Node) int {
	s := newSurvey()
	for _, d := range all {
		s.visit(d, nothing, nil)
	}
	insns, _ := s.size(func(*diagram.Node) bool { return true })
	return insns
}
