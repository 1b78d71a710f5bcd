package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// A muxRule is a rule for a call that can also be made through a multiplexer,
// socketcall or ipc.
type muxRule struct {
	Rule
	mux uint32 // the multiplexer's number
	sub uint32 // the call's number in its first argument
}

// multiplex returns what the rules for calls behind multiplexers mean for the
// multiplexers themselves (law 9), beside the ABI's listed rules.
func (r *resolver) multiplex(a arch.Arch, behind []muxRule, listed []Rule) (rules []Rule) {
	if r.target.Compat == CompatRunc {
		for _, m := range behind {
			others := slices.DeleteFunc(slices.Clone(m.Conds), func(c Cond) bool { return c.Arg == 0 })
			rules = append(rules, m.asked(a.Bits(), others...))
		}
		return rules
	}
	if len(behind) == 0 {
		return nil
	}
	done := make([]bool, len(behind))
	type way struct { // what the profile lists for a multiplexer
		via   string
		open  *Rule // the unconditional one that counts
		other bool  // some rule says something else than the default
	}
	ways := map[uint32]*way{}
	for _, m := range behind {
		if ways[m.mux] == nil {
			ways[m.mux] = &way{}
			ways[m.mux].via, _ = syscalls.Name(a, m.mux)
		}
	}
	for i := range listed {
		l := &listed[i]
		if w := ways[l.Nr]; w != nil {
			w.other = w.other || l.Action != r.profile.Default
			if len(l.Conds) == 0 && w.open == nil {
				w.open = l
			}
		}
	}
	for i, m := range behind {
		if done[i] {
			continue
		}
		var call []Rule
		for j := i; j < len(behind); j++ {
			if o := behind[j]; o.mux == m.mux && o.sub == m.sub {
				call, done[j] = append(call, o.Rule), true
			}
		}
		w := ways[m.mux]
		if w.open != nil {
			r.noteOpen(w.via, w.open.Action, call)
			continue
		}
		call = r.blind(w.via, call)
		if !w.other {
			call = r.setAside(call, false) // nothing listed for the multiplexer makes them matter
		}
		// The first of the ranked rules decides, since all of them match.
		if call = r.rank(call); len(call) > 0 {
			m.Rule = call[0]
			rules = append(rules, m.asked(width(w.via)))
		}
	}
	return rules
}

// noteOpen notes rules that a multiplexer goes round because the profile has an
// unconditional rule for it.
func (r *resolver) noteOpen(via string, action Action, call []Rule) {
	for _, c := range call {
		if c.Action != action || len(c.Conds) > 0 {
			r.note(Note{Code: CodeMultiplexer, Pos: c.Pos(), Path: c.Path(),
				Text: fmt.Sprintf("%s can be called through %s, too, which is %s whatever it is asked for", c.Name, via, action)})
		}
	}
}

// blind returns the rules of a call for a filter that cannot see its arguments:
// a condition counts as false for a permissive rule, which is left out, and as
// true for a strict one.
func (r *resolver) blind(via string, call []Rule) (rules []Rule) {
	for _, c := range call {
		if len(c.Conds) == 0 {
			rules = append(rules, c)
			continue
		}
		answer := r.profile.Default
		if !answer.Stricter(c.Action) {
			answer = c.Action
			c.Conds = []Cond{Cond{}.always()}
			rules = append(rules, c)
		}
		r.note(Note{Code: CodeMultiplexer, Effect: Stricter, Pos: c.Pos(), Path: c.Path(),
			Text: fmt.Sprintf("%s hides the arguments of %s from a filter: through it the call is %s, whatever they are", via, c.Name, answer)})
	}
	return rules
}

// width returns how many bits of its first argument a multiplexer takes for
// the number of the call: socketcall an int (net/socket.c, socketcall), ipc the
// lower half of one, whose upper half is a version (ipc/syscall.c, ksys_ipc).
func width(via string) int {
	if via == "ipc" {
		return 16
	}
	return 32
}

// asked returns the rule for the multiplexer where it is asked for the call, by
// as many bits, under further conditions.
func (m *muxRule) asked(bits int, more ...Cond) Rule {
	rule := m.Rule
	rule.Nr = m.mux
	rule.Conds = append([]Cond{{Op: EQ, Value: uint64(m.sub), Width: bits, Pos: m.Pos()}}, more...)
	return rule
}
