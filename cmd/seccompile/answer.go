package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// An answer is what calls get that no answer before it in a list gives one and that satisfy
// its conditions, which are on open arguments.
type answer struct {
	action policy.Action
	conds  []policy.Cond
	rule   *policy.Rule // nil for a general answer
	reason string       // of a general answer
}

// reasonDefault is the reason of the default action, as Policy.Reason has it.
const reasonDefault = "the default action"

// reasonOtherABI and reasonNewer are further reasons of Policy.Reason.
const (
	reasonOtherABI = "the action for calls of other ABIs"
	reasonNewer    = "the answer to calls newer than the profile"
)

// answers returns what a policy answers to a query, for all values of its open arguments.
// The last answer has no conditions.
func answers(pol *policy.Policy, q query) (list []answer) {
	part := partOf(pol, q)
	if part == nil { // the policy does not look at arguments
		action, rule := pol.Decide(q.call)
		return []answer{{action: action, rule: rule, reason: pol.Reason(q.call)}}
	}
	for i := range part.Rules {
		r := &part.Rules[i]
		if r.Nr != q.call.Nr {
			continue
		}
		_, conds := q.test(r)
		if conds == nil {
			continue
		}
		list = append(list, answer{action: r.Action, conds: *conds, rule: r})
		if len(*conds) == 0 {
			return list
		}
	}
	general := pol.Clone()
	partOf(general, q).Rules = nil
	action, _ := general.Decide(q.call)
	return append(list, answer{action: action, reason: general.Reason(q.call)})
}

// test returns the first condition of a rule that does not hold for the query, or those on
// open arguments if all others hold.
func (q query) test(r *policy.Rule) (fails *policy.Cond, open *[]policy.Cond) {
	open = &[]policy.Cond{}
	for i, c := range r.Conds {
		switch {
		case q.open(int(c.Arg)):
			*open = append(*open, c)
		case !c.Matches(q.call.Args):
			return &r.Conds[i], nil
		}
	}
	return nil, open
}

// partOf returns the part of a policy whose rules are tested for the query, nil if a
// general answer or an ABI's number in a process of another one decides.
func partOf(pol *policy.Policy, q query) *policy.ArchPolicy {
	a, ok := q.abi()
	if !ok {
		return nil
	}
	for i := range pol.Arches {
		p := &pol.Arches[i]
		if p.Arch != a || a.Audit() != q.call.Audit {
			continue
		}
		for _, r := range pol.Numbers(a, q.call.Audit) {
			if r.Lo <= q.call.Nr && q.call.Nr <= r.Hi {
				return p
			}
		}
	}
	return nil
}

// permissive reports whether calls pass whatever their open arguments are.
func permissive(list []answer) bool {
	return !slices.ContainsFunc(list, func(a answer) bool { return a.action != policy.Allow && a.action.Kind() != policy.Log })
}

// differ reports whether lists of answers to a query are different answers to some call,
// and returns one. Long lists count as different unless they are the same.
func differ(one, other []answer, q query) (yes bool, witness string) {
	if len(one) == 1 && len(other) == 1 {
		return one[0].action != other[0].action, q.String()
	}
	a, _ := q.abi()
	if max(len(one), len(other)) > maxCompared {
		same := slices.EqualFunc(one, other, func(x, y answer) bool { return x.action == y.action && slices.Equal(x.conds, y.conds) })
		return !same, q.String()
	}
	var sides [2]*compile.Filter
	for i, list := range [][]answer{one, other} {
		last := len(list) - 1
		pol := &policy.Policy{Default: list[last].action, Arches: []policy.ArchPolicy{{Arch: a}}}
		for _, x := range list[:last] {
			pol.Arches[0].Rules = append(pol.Arches[0].Rules, policy.Rule{Nr: q.call.Nr, Action: x.action, Conds: x.conds})
		}
		f, err := compile.Policy(pol, compile.Options{})
		if err != nil {
			return true, q.String()
		}
		sides[i] = f
	}
	list, err := compile.Diff(sides[0], sides[1])
	if len(list) > 0 {
		return true, q.with(list[0].Witness).String()
	}
	return err != nil, q.String()
}

// maxCompared is how many answers to one call are compared in milliseconds.
const maxCompared = 200

// with returns the call that has the query's arguments, and for open ones another call's.
func (q query) with(c syscalls.Call) syscalls.Call {
	for i := range c.Args {
		if !q.open(i) {
			c.Args[i] = q.call.Args[i]
		}
	}
	return c
}

// zeroExtended returns the query with zeros where the kernel does not read its arguments,
// as compilers leave -100 in a register.
func (q query) zeroExtended() query {
	a, ok := q.abi()
	if !ok || q.mux != "" {
		return q
	}
	q.args = slices.Clone(q.args)
	for i := range q.args {
		if w := syscalls.Width(a, q.name, i); w < 64 && !q.open(i) {
			q.args[i].value &= 1<<w - 1
			q.call.Args[i] = q.args[i].value
		}
	}
	return q
}

// asRead returns the answers with conditions on what the kernel reads of arguments alone.
func (q query) asRead(list []answer) (out []answer) {
	a, _ := q.abi()
	for _, x := range list {
		x.conds = slices.Clone(x.conds)
		for i := range x.conds {
			c := &x.conds[i]
			if w := syscalls.Width(a, q.name, int(c.Arg)); w < 64 && q.mux == "" {
				c.Width, c.Value, c.Mask = uint8(w), c.Value&(1<<w-1), c.Mask&(1<<w-1)
			}
		}
		out = append(out, x)
	}
	return out
}

// printed returns the answers with their conditions, for comparisons.
func printed(list []answer, a arch.Arch) string {
	var b strings.Builder
	for _, x := range list {
		fmt.Fprintf(&b, "%s%s; ", named(x.action, a), onlyIf(x.conds))
	}
	return b.String()
}

// onlyIf returns " if CONDITIONS", or "".
func onlyIf(conds []policy.Cond) string {
	if len(conds) == 0 {
		return ""
	}
	return " if " + strings.Join(texts(conds), ", ")
}

// texts returns the conditions as text. The width is left out: a width is what the kernel
// reads.
func texts(conds []policy.Cond) (list []string) {
	for _, c := range conds {
		c.Width = 64
		list = append(list, c.String())
	}
	return list
}

// named returns an action, with the name of its errno on an ABI.
func named(action policy.Action, a arch.Arch) string {
	if name := errnoName(action, a); name != "" {
		return action.String() + " " + name
	}
	return action.String()
}

// errnoName returns the name of an action's errno on an ABI, or "".
func errnoName(action policy.Action, a arch.Arch) string {
	if action.Kind() != policy.Errno(0) || action.Data() == 0 {
		return ""
	}
	return a.ErrnoName(action.Data())
}

// why says why a condition does not hold for the query.
func (q query) why(c policy.Cond) string {
	o := q.args[c.Arg]
	value := fmt.Sprint(int64(o.value))
	if v := int64(o.value); v > 0xffff || v < -0xffff {
		value = fmt.Sprintf("%#x", o.value)
	}
	if o.text != value && o.text != fmt.Sprintf("%#x", o.value) {
		value += " (" + o.text + ")"
	}
	test := strings.TrimPrefix(q.condText(c), fmt.Sprintf("a%d ", c.Arg))
	return fmt.Sprintf("a%d is %s, not %s", c.Arg, value, test)
}

// alsoVia returns the query for a call that is made through a multiplexer, although it has
// a number of its own. ok is false if it cannot be made so.
func (q query) alsoVia() (via query, ok bool) {
	a, known := q.abi()
	if !known || q.mux != "" {
		return q, false
	}
	nr, sub, ok := syscalls.Mux(a, q.name)
	if !ok {
		return q, false
	}
	via = query{call: syscalls.Call{Audit: q.call.Audit, Nr: nr}, name: q.name, args: []operand{{value: uint64(sub), text: fmt.Sprint(sub)}}}
	via.call.Args[0] = uint64(sub)
	via.mux, _ = syscalls.Name(a, nr)
	return via, true
}
