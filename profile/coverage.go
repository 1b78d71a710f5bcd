package profile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Coverage records which parts of profiles a set of calls touches, such as the calls in a
// profile's tests. Those tests do not notice a change to a part that they do not touch.
//
//   - An entry of the profile is touched if one of the calls would get another answer
//     without it. An entry that leaves the decision to other entries, or answers as they
//     do, is not touched. A rule of a [Builder] is an entry for each combination of the
//     values in its conditions.
//   - A condition has been true if a rule that has it decides one of the calls, which would
//     get another answer without the entry. It has been false if one of the calls would get
//     another answer without the condition: all other conditions of its rule hold, no rule
//     before it matches, and the answer is not that of the rule. Calls that a multiplexer
//     makes, and calls whose arguments the filter does not see, do not count for
//     conditions.
//   - A condition on capabilities or the kernel, in a text in includes or excludes, has
//     been false if it drops the entry for the Target of one of the calls. That call
//     must get another answer with the entry.
//   - The default action is touched if one of the calls gets its answer from it.
//
// Other parts are not counted: each single name of an entry, guards on arches, the ABIs of
// the filter, and flags.
//
// Entries that do not count for a Target, because of its capabilities or its kernel, are
// not touched by calls under that Target. Resolutions of one profile for several Targets
// are counted together.
//
// The zero value has recorded nothing. A Coverage is not safe for concurrent use.
type Coverage struct {
	profiles []*covered
	of       map[*Resolution]*covered
}

// covered is what is known of one profile. Entries and conditions are counted as written.
type covered struct {
	profile   *Profile
	byList    map[listAt]int // entries, by the place of their names
	defaulted bool
	entries   []touched
}

// touched is what is known of an entry.
type touched struct {
	decided     bool
	held, stops []bool // by condition: it has been true, false
	kept        bool   // its guards have been false
}

// Add records calls under a Resolution, which [Profile.Resolve] returned. Without calls
// it only makes the profile known, so that Untouched lists all of it.
func (c *Coverage) Add(res *Resolution, list ...syscalls.Call) {
	if res == nil || res.from == nil {
		return
	}
	p := c.covered(res)
	for _, call := range list {
		p.add(res, call)
		p.guards(res, call)
	}
}

// covered returns what is known of the profile of a Resolution. Profiles that were read
// from equal texts of one name are one.
func (c *Coverage) covered(res *Resolution) *covered {
	if p := c.of[res]; p != nil {
		return p
	}
	if c.of == nil {
		c.of = map[*Resolution]*covered{}
	}
	written := res.from.written
	for _, p := range c.profiles {
		if p.profile == written || reflect.DeepEqual(p.profile, written) {
			c.of[res] = p
			return p
		}
	}
	p := &covered{profile: written, byList: map[listAt]int{}}
	for i := range written.entries {
		e := &written.entries[i]
		p.entries = append(p.entries, touched{held: make([]bool, len(e.Conds)), stops: make([]bool, len(e.Conds))})
		if len(e.Names) > 0 {
			p.byList[listOf(&e.Names[0].Origin)] = i
		}
	}
	c.profiles = append(c.profiles, p)
	c.of[res] = p
	return p
}

// add records a call.
func (p *covered) add(res *Resolution, call syscalls.Call) {
	pol := res.policy
	answer, decides := pol.Decide(call)
	needed := false // the entry that decides, for this answer
	if decides == nil {
		// The answer is the default action if it changes with that.
		other := *pol
		other.Default = policy.KillProcess
		if pol.Default == other.Default {
			other.Default = policy.Allow
		}
		is, _ := other.Decide(call)
		p.defaulted = p.defaulted || answer != is
	} else if i, ok := p.entry(decides); ok {
		needed = p.without(i, pol, call) != answer
		p.entries[i].decided = p.entries[i].decided || needed
	}
	// On MIPS the number can be that of another ABI, whose arguments the filter does not
	// see. The ABI of the audit value has no rules for it.
	a, _ := call.Arch()
	at := slices.IndexFunc(pol.Arches, func(part policy.ArchPolicy) bool { return part.Arch == a })
	if at < 0 {
		return
	}
	rules := pol.Arches[at].Rules
	for i := range rules {
		r := &rules[i]
		if r.Nr != call.Nr {
			continue
		}
		if r == decides && needed || r != decides && r.Action != answer {
			p.conditions(res, a, r, call.Args)
		}
		if r == decides {
			return
		}
	}
}

// guards records a call that would get another answer if an entry for it counted that guards
// on capabilities or the kernel drop.
func (p *covered) guards(res *Resolution, call syscalls.Call) {
	for i := range p.entries {
		t, e := &p.entries[i], &p.profile.entries[i]
		if t.kept || !e.targeted() || !e.names(call) || slices.ContainsFunc(res.from.entries, func(e *entry) bool { return e.index == i }) {
			continue
		}
		other, err := p.profile.unguarded(i).Resolve(res.from.lenient())
		if t.kept = err != nil; t.kept {
			continue // a contradiction, which does not go unnoticed
		}
		is, _ := res.policy.Decide(call)
		would, _ := other.policy.Decide(call)
		t.kept = is != would
	}
}

// names reports whether a call is one that the entry names, be it by a multiplexer.
func (e *entry) names(call syscalls.Call) bool {
	a, ok := call.Arch()
	return ok && slices.ContainsFunc(e.Names, func(n callName) bool {
		nr, ok := n.id.Number(a)
		by, _, muxed := syscalls.Mux(a, n.Name)
		return ok && nr == call.Nr || muxed && by == call.Nr
	})
}

// targeted reports whether the entry has guards on capabilities or the kernel.
func (e *entry) targeted() bool {
	return e.Includes.targeted() || e.Excludes.targeted()
}

func (g *guard) targeted() bool {
	return len(g.Caps) > 0 || g.MinKernel != nil && *g.MinKernel != (syscalls.Version{})
}

// unguarded returns the profile with an entry that has no guards but those on arches.
func (p *Profile) unguarded(entry int) *Profile {
	other := *p
	other.strict = false
	other.entries = slices.Clone(p.entries)
	for _, g := range []*guard{&other.entries[entry].Includes, &other.entries[entry].Excludes} {
		g.Caps, g.MinKernel = nil, nil
	}
	return &other
}

// lenient returns the Target with all notes accepted.
func (r *resolver) lenient() Target {
	t := r.target
	t.AcceptWeaker = true
	return t
}

// without returns the answer of a policy to a call without the rules of an entry.
func (p *covered) without(entry int, pol *policy.Policy, call syscalls.Call) policy.Action {
	other := *pol
	other.Arches = slices.Clone(pol.Arches)
	for i := range other.Arches {
		part := &other.Arches[i]
		var rules []policy.Rule
		for j := range part.Rules {
			r := &part.Rules[j]
			if of, ok := p.entry(r); r.Nr == call.Nr && (!ok || of != entry) {
				rules = append(rules, *r)
			}
		}
		part.Rules = rules
	}
	answer, _ := other.Decide(call)
	return answer
}

// entry returns the entry that a rule comes from.
func (p *covered) entry(r *policy.Rule) (i int, ok bool) {
	if r.Origin == nil {
		return 0, false
	}
	i, ok = p.byList[listOf(r.Origin)]
	return i, ok
}

// conditions records the conditions of a rule on an ABI for a call that no rule before it
// matches.
func (p *covered) conditions(res *Resolution, a arch.Arch, r *policy.Rule, args [6]uint64) {
	i, ok := p.entry(r)
	if !ok {
		return
	}
	if nr, own := calls.Lookup(r.Origin.Name).Number(a); !own || nr != r.Nr {
		return // the rule is for a multiplexer
	}
	e, _ := res.from.profile.entries[i].on(a)
	for j := range e.Conds {
		compared, _ := res.from.condOn(a, r.Origin.Name, &e, j)
		others := *r
		others.Conds = slices.DeleteFunc(slices.Clone(r.Conds), func(c policy.Cond) bool { return c == compared })
		switch {
		case len(others.Conds) == len(r.Conds) || !others.Matches(args):
		case compared.Matches(args):
			p.entries[i].held[j] = true
		default:
			p.entries[i].stops[j] = true
		}
	}
}

// An Untouched is a part of a profile that no call touches.
type Untouched struct {
	Pos  policy.Pos
	Path string // JSON Pointer of the part
	Text string

	// Restricts is set if the part refuses calls, or limits an entry that lets calls pass. Do
	// not delete such a part only because no call touches it.
	Restricts bool
}

// String returns "FILE:LINE:COL: POINTER: TEXT", with the place as in [Error.Error].
func (u Untouched) String() string { return place(u.Pos, u.Path) + u.Text }

// Untouched returns what the calls do not touch, in the order of the profiles and their
// texts: default actions, entries, and the conditions of entries that are touched.
func (c *Coverage) Untouched() (list []Untouched) {
	if c == nil {
		return nil
	}
	for _, p := range c.profiles {
		list = append(list, p.untouched()...)
	}
	return list
}

func (p *covered) untouched() (list []Untouched) {
	if !p.defaulted {
		list = append(list, Untouched{p.profile.defPos, p.profile.path + "/defaultAction", fmt.Sprintf("no call gets the default action, %s", p.profile.def), !p.profile.def.Passes()})
	}
	for i := range p.entries {
		e, t := &p.profile.entries[i], &p.entries[i]
		if !t.decided {
			list = append(list, Untouched{e.Pos, e.path, fmt.Sprintf("no answer depends on %q", e), !e.Action.Passes()})
			continue
		}
		if e.targeted() && !t.kept {
			list = append(list, Untouched{e.Pos, e.path, fmt.Sprintf("conditions on capabilities and the kernel are never false in %q", e), e.Action.Passes()})
		}
		for j, c := range e.Conds {
			for _, seen := range []struct {
				as bool
				in []bool
			}{{true, t.held}, {false, t.stops}} {
				if !seen.in[j] {
					list = append(list, Untouched{c.Pos, e.argPath(j), fmt.Sprintf("%s is never %t in %q", c, seen.as, e), e.Action.Passes() && !seen.as})
				}
			}
		}
	}
	return list
}

// String returns the entry as rules are printed, such as "read, write -> ALLOW".
func (e *entry) String() string {
	var names, conds []string
	for _, n := range e.Names[:min(len(e.Names), mostNames)] {
		names = append(names, n.Name)
	}
	s := strings.Join(names, ", ")
	if more := len(e.Names) - mostNames; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	for _, c := range e.Conds {
		conds = append(conds, c.String())
	}
	if conds != nil {
		s += " if " + strings.Join(conds, ", ")
	}
	return s + " -> " + e.Action.String()
}

// String returns the condition as written, such as "a2 & O_ACCMODE == 1".
func (c cond) String() string {
	if c.value == "" && c.mask == "" {
		return c.Cond.String()
	}
	value, mask := datum{c.Value, c.value}, datum{c.Mask, c.mask}
	if c.Op == policy.MaskedEQ {
		return fmt.Sprintf("a%d & %s == %s", c.Arg, mask, value)
	}
	return fmt.Sprintf("a%d %s %s", c.Arg, c.Op, value)
}
