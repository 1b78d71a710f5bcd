package compile

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// What values weigh. A call that is refused is seldom made twice, and the
// program's time is the least of its caller's troubles, as of one that is logged.
const (
	seldom = 1
	often  = 16 * seldom
)

// foreign is how much less calls of other ABIs than the native one are expected
// if calls were counted: that was done with programs of the native one.
const foreign = 16

// intervals returns the intervals of a node, with what is expected to come to
// each: of ABIs the native one, of numbers those of calls that are let through,
// of other words what is let through.
func (e *emitter) intervals(n *diagram.Node) []interval {
	v := slices.Grow(e.planner.v[:0], len(n.Children))
	for i, child := range n.Children {
		lo, hi := n.Interval(i)
		v = append(v, interval{lo: lo, hi: hi, child: child, weight: seldom})
	}
	switch n.Test.Word {
	case diagram.Arch:
		e.weighArches(v)
	case diagram.Nr:
		for _, c := range e.callers {
			if c.node == n {
				e.weighCalls(v, c.arch)
			}
		}
	default:
		for i := range v {
			v[i].weight = expected(v[i].child)
		}
	}
	return v
}

// expected returns how often a call is expected that comes to a node.
func expected(n *diagram.Node) int64 {
	if !n.Leaf() {
		return often
	}
	if allows(n) {
		return often
	}
	return seldom
}

// allows reports whether every call that comes to a node is allowed.
func allows(n *diagram.Node) bool {
	return decides(n) && policy.Action(n.Verdict).Kind() == policy.Allow
}

// decides reports whether every call that comes to a node is answered alike.
func decides(n *diagram.Node) bool { return n.Leaf() && n.Next == nil }

// counts reports whether the calls that come to a node count for the mean path: those that
// are always allowed, and in a filter without any those that are answered alike, whatever
// their arguments.
func (e *emitter) counts(n *diagram.Node) bool {
	return allows(n) || e.noneAllowed && decides(n)
}

// weighArches weighs the values of arch, and notes whose numbers the nodes
// after them distinguish, and whether any number is always allowed.
func (e *emitter) weighArches(v []interval) {
	e.noneAllowed = true
	for k, a := range e.arches {
		for i := range v {
			if v[i].lo == a.Audit() {
				v[i].weight += often
				if k == 0 {
					v[i].weight += 16 * often
				}
				e.callers = append(e.callers, caller{v[i].child, a})
				if allows(v[i].child) || slices.ContainsFunc(v[i].child.Children, allows) {
					e.noneAllowed = false
				}
			}
		}
	}
}

// weighCalls adds the calls of an ABI to the intervals of their numbers.
func (e *emitter) weighCalls(v []interval, a arch.Arch) {
	i, before := 0, whole // the number before, which may have several names
	for nr, name := range syscalls.All(a) {
		for v[i].hi < nr {
			i++
		}
		if e.counts(v[i].child) && nr != before {
			v[i].always++
		}
		before = nr
		weight := e.weights.weigh(name, expected(v[i].child))
		if e.weights.total > 0 && a != e.arches[0] {
			weight = max(weight/foreign, seldom)
		}
		v[i].weight += weight
	}
}
