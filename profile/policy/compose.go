package policy

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// Intersect returns the policy that answers each call with the stricter of the answers of
// a and b, by the kernel's order of actions. If both are equally strict, the answer is
// a's. A thread that installs a filter for b and then one for a gets the same answers.
//
// Intersect and [Union] are exact: for all calls, arguments and ABIs, for the numbers of
// calls newer than a profile, and for ABIs that one policy lacks, which have its BadArch
// there. Both policies must be for the same native ABI. If one Policy cannot express the
// result, or would need too many rules, the error is a [*ComposeError]. Any other error
// is a fault of a or b ([Policy.Check]). The result shares nothing with a and b.
//
// From two lists of rules for a call, the result has the lexicographic product, a's rules
// first, without rules that cannot decide a call. (For long lists of masks, finding these
// takes too long, and some may be left.) A rule that is made from two has the origins of
// both, first that of the rule whose answer it has.
//
// Flags and listeners follow these laws:
//
//   - FlagSpecAllow, which gives up a mitigation, is in an intersection if both have it,
//     as in the kernel (kernel/seccomp.c, seccomp_assign_mode), and in a union if one has
//     it. FlagLog is in both if one has it. FlagNewListener and FlagWaitKillableRecv
//     follow NOTIFY: the first is there if a call can get that answer, and the second if
//     one of the policies also has it.
//   - A Listener is for the calls that get NOTIFY. The result has the Listener of the
//     policy that has NOTIFY rules. If both have such rules, their Listeners must be
//     equal, since a filter has one listener. If no call of the result gets NOTIFY, its
//     Listener is empty.
//   - NOTIFY and TRACE rank as in the kernel, although a supervisor or a tracer may let the
//     call continue: NOTIFY is stricter than TRACE, LOG and ALLOW. So if one policy answers
//     NOTIFY and the other TRACE, the tracer never sees the call.
func Intersect(a, b *Policy) (*Policy, error) {
	return compose("intersection", a, b, func(x, y Action) Action {
		if y.Stricter(x) {
			return y
		}
		return x
	}, func(x, y bool) bool { return x && y })
}

// Union returns the policy that answers each call with the less strict of the answers of
// a and b. If both are equally strict, the answer is a's. Everything else is as in
// [Intersect].
func Union(a, b *Policy) (*Policy, error) {
	return compose("union", a, b, func(x, y Action) Action {
		if x.Stricter(y) {
			return y
		}
		return x
	}, func(x, y bool) bool { return x || y })
}

// A ComposeError says why [Intersect] or [Union] has no result.
type ComposeError struct {
	Arch   arch.Arch // 0 if it is about no ABI
	Call   string    // name or number; "" if it is about no call
	Reason string
}

// Error returns the reason, after the call that it is about.
func (e *ComposeError) Error() string {
	switch {
	case e == nil:
		return "<nil>"
	case !e.Arch.Valid():
		return e.Reason
	case e.Call == "":
		return fmt.Sprintf("%s: %s", e.Arch, e.Reason)
	}
	return fmt.Sprintf("%s %s: %s", e.Arch, e.Call, e.Reason)
}

// about returns an error about a number of an ABI.
func about(a arch.Arch, nr uint32, format string, args ...any) error {
	name, ok := syscalls.Name(a, nr)
	if !ok {
		name = fmt.Sprintf("%#x", nr)
	}
	return &ComposeError{a, name, fmt.Sprintf(format, args...)}
}

// Bounds of a composition. A filter has room for 4096 instructions, and most conditions
// take two or more.
const (
	maxComposed = 1 << 15 // rules and conditions of an ABI
	maxSteps    = 1 << 24 // of finding out which rules can decide a call
)

// A composer makes a policy of two.
type composer struct {
	sides [2]*side
	out   *Policy
	product
}

func compose(what string, a, b *Policy, choose func(a, b Action) Action, both func(a, b bool) bool) (*Policy, error) {
	for i, p := range []*Policy{a, b} {
		if err := p.Check(); err != nil {
			return nil, fmt.Errorf("the %s policy: %w", [...]string{"first", "second"}[i], err)
		}
	}
	if x, y := a.Arches[0].Arch, b.Arches[0].Arch; x != y {
		return nil, &ComposeError{Reason: fmt.Sprintf("the %s of a policy for %s and one for %s (resolve both for one machine)", what, x, y)}
	}
	c := composer{sides: [2]*side{newSide(a), newSide(b)}, product: product{choose, finder{maxSteps}, maxComposed}}
	c.out = &Policy{Default: choose(a.Default, b.Default), BadArch: choose(a.BadArch, b.BadArch), ByAudit: a.ByAudit}
	if a.ByAudit != b.ByAudit {
		if c.mips() {
			return nil, &ComposeError{Reason: fmt.Sprintf("the %s of a policy in runc's reading and one in the kernel's, which differ in what a number of MIPS means (resolve both in one reading)", what)}
		}
		c.out.ByAudit = false // which says nothing about other ABIs
	}
	abis := c.abis()
	for _, abi := range abis {
		part, err := c.part(abis, abi)
		if err != nil {
			return nil, err
		}
		c.out.Arches = append(c.out.Arches, part)
	}
	if err := c.settings(a, b, both); err != nil {
		return nil, err
	}
	c.out = c.out.Clone()
	if err := c.out.Check(); err != nil {
		return nil, fmt.Errorf("fault of the %s: %w", what, err)
	}
	return c.out, nil
}

// at returns the answer of the result to a number in calls with an audit value.
func (c *composer) at(audit, nr uint32) answer {
	return c.of(c.sides[0].at(audit, nr), c.sides[1].at(audit, nr))
}

// without returns the answer of the result to a number that no rule matches.
func (c *composer) without(audit, nr uint32) Action {
	return c.choose(c.sides[0].without(audit, nr), c.sides[1].without(audit, nr))
}

// ruled returns the numbers among those of own that rules are for, in order.
func (c *composer) ruled(own []Range, audit uint32) (nrs []uint32) {
	for _, s := range c.sides {
		for _, p := range s.parts {
			if p.Arch.Audit() != audit && !shared(p.Arch) {
				continue
			}
			for _, r := range p.rules {
				if n := len(nrs); (n == 0 || nrs[n-1] != r.Nr) && meets(own, Range{r.Nr, r.Nr}) {
					nrs = append(nrs, r.Nr)
				}
			}
		}
	}
	slices.Sort(nrs)
	return slices.Compact(nrs)
}

// part returns the part of the result for an ABI.
func (c *composer) part(abis []arch.Arch, a arch.Arch) (ArchPolicy, error) {
	audit := a.Audit()
	out := ArchPolicy{Arch: a}
	own := numbers(abis, c.out.ByAudit, a, audit)
	nrs, err := c.general(&out, abis, own)
	if err == nil {
		err = c.alike(abis, a)
	}
	if err != nil {
		return out, err
	}
	nrs = append(nrs, c.ruled(own, audit)...)
	slices.Sort(nrs)
	c.room = maxComposed
	for _, nr := range slices.Compact(nrs) {
		l := c.at(audit, nr)
		switch {
		case !c.enough():
			return out, about(a, nr, "takes more than %d steps to compose, as many rules have conditions (make the lists shorter)", maxSteps)
		case c.room < 0:
			return out, about(a, nr, "more than %d rules and conditions for one ABI (no filter has room for so many)", maxComposed)
		}
		general := c.out.Default
		if out.newer(nr) {
			general = out.Enosys
		}
		if l.general != general && !l.covered {
			l.rules = append(l.rules, &Rule{Action: l.general, Origin: l.by})
		}
		if l.rules, err = c.unseen(abis, a, nr, l.rules, general); err != nil {
			return out, err
		}
		for _, r := range l.rules {
			out.Rules = append(out.Rules, Rule{Nr: nr, Action: r.Action, Conds: r.Conds, Origin: r.Origin})
		}
	}
	return out, nil
}

// alike reports, as an error, numbers of an ABI that programs of another one use, too,
// and for which they get another answer where no rule matches.
func (c *composer) alike(abis []arch.Arch, a arch.Arch) error {
	if !c.mips() || c.out.ByAudit {
		return nil
	}
	for _, other := range abis {
		own := numbers(abis, false, a, other.Audit())
		if x, y := c.runs(own, a.Audit()), c.runs(own, other.Audit()); !slices.Equal(x, y) {
			return &ComposeError{Arch: a, Reason: fmt.Sprintf("programs of %s that make its calls get other answers, which one policy cannot express (resolve both policies for the same ABIs)", other)}
		}
	}
	return nil
}

// unseen returns the rules for a number of an ABI so that programs of other ABIs that use
// it get the right answer, too ([Unseen]): what the result would let pass gets a rule
// that matches nothing.
func (c *composer) unseen(abis []arch.Arch, a arch.Arch, nr uint32, rules []*Rule, general Action) ([]*Rule, error) {
	if !c.mips() || c.out.ByAudit {
		return rules, nil
	}
	answer := func() Action {
		if r := Unseen(rules, general); r != nil {
			return r.Action
		}
		return general
	}
	want := map[arch.Arch]Action{}
	for _, other := range abis {
		if served, _ := other.Serving(nr); other == a || served != a {
			continue
		}
		audit := other.Audit()
		want[other] = c.choose(c.sides[0].at(audit, nr).general, c.sides[1].at(audit, nr).general)
		if got := answer(); got != want[other] && !got.Stricter(want[other]) {
			never := Cond{Arg: 0, Op: LT}
			rules = slices.Insert(rules, 0, &Rule{Action: want[other], Conds: []Cond{never}})
		}
	}
	got := answer() // to all of them
	for _, other := range abis {
		if want, ok := want[other]; ok && got != want {
			return nil, about(a, nr, "a program of %s that makes the call gets %s where it should get %s, which no rule can express (resolve both policies for the same ABIs)", other, got, want)
		}
	}
	return rules, nil
}

// settings composes what is not an answer.
func (c *composer) settings(a, b *Policy, both func(a, b bool) bool) error {
	notify := c.out.notifies()
	for _, f := range [...]Flag{FlagLog, FlagSpecAllow, FlagNewListener, FlagWaitKillableRecv} {
		x, y := slices.Contains(a.Flags, f), slices.Contains(b.Flags, f)
		has := x || y
		switch f {
		case FlagSpecAllow:
			has = both(x, y)
		case FlagNewListener:
			has = notify
		case FlagWaitKillableRecv:
			has = has && notify
		}
		if has {
			c.out.Flags = append(c.out.Flags, f)
		}
	}
	x, y := a.notifies(), b.notifies()
	switch {
	case !notify:
		return nil
	case x && y && a.Listener != b.Listener:
		return &ComposeError{Reason: fmt.Sprintf("both policies have NOTIFY rules, with the listeners %q and %q, and a filter has only one (give both the same)", cmp.Or(a.Listener.Path, "none"), cmp.Or(b.Listener.Path, "none"))}
	case x:
		c.out.Listener = a.Listener
	default:
		c.out.Listener = b.Listener
	}
	return nil
}
