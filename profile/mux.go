package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A muxCall is a call through a multiplexer, socketcall or ipc.
type muxCall struct {
	mux uint32 // the multiplexer's number
	sub uint32 // the call's number in its first argument
}

// A muxRule is a rule for a call that can also be made through a multiplexer.
type muxRule struct {
	draft
	muxCall
}

// multiplex returns what the rules for calls that multiplexers make, too, mean for
// the multiplexers themselves (law 9), beside the ABI's listed rules.
func (r *resolver) multiplex(ap *policy.ArchPolicy, muxed []muxRule, listed []draft) (rules []draft) {
	if len(muxed) == 0 {
		return nil
	}
	order, muxes := make([]muxCall, 0, 32), make([]uint32, 0, 2) // about as many as there are
	for _, m := range muxed {
		if !slices.Contains(order, m.muxCall) {
			order = append(order, m.muxCall)
		}
		if !slices.Contains(muxes, m.mux) {
			muxes = append(muxes, m.mux)
		}
	}
	rules = make([]draft, 0, len(order))
	var owns []draft // the profile's rules for the multiplexers
	for _, l := range listed {
		if slices.Contains(muxes, l.Nr) {
			owns = append(owns, l)
		}
	}
	var call, own []draft // its rules for one call, and for the multiplexer that makes it
	for _, k := range order {
		via, _ := syscalls.Name(ap.Arch, k.mux)
		call, own = call[:0], own[:0]
		for _, m := range muxed {
			if m.muxCall == k {
				call = append(call, m.draft)
			}
		}
		for _, o := range owns {
			if o.Nr == k.mux {
				own = append(own, o)
			}
		}
		if r.target.Compat == CompatRunc {
			rules = append(rules, r.muxRunc(ap, via, k, call, own)...)
		} else {
			rules = r.muxKernel(rules, ap, via, k, call, own)
		}
	}
	return rules
}

// muxKernel appends the rule of the kernel's reading for a call through a
// multiplexer, if there is one. The profile's own rules for the multiplexer are
// beside it.
func (r *resolver) muxKernel(rules []draft, ap *policy.ArchPolicy, via string, k muxCall, call, own []draft) []draft {
	says := func(rule draft) bool { return rule.Action == r.profile.def }
	open := slices.IndexFunc(own, func(rule draft) bool { return len(rule.Conds) == 0 && !says(rule) })
	if open >= 0 {
		call = r.withoutConds(via, own[open].Action, call, own)
	} else {
		call = r.withoutArgs(via, call)
	}
	if !slices.ContainsFunc(own, func(rule draft) bool { return !says(rule) }) {
		call = r.setAside(call, isNewer(ap, k.mux)) // no rule of the multiplexer makes them matter
	}
	// The first of the ranked rules decides, since all of them match.
	if call = r.rank(call); len(call) == 0 {
		return rules
	}
	return append(rules, k.rule(call[0], width(via)))
}

// withoutConds returns the unconditional ones of a call's rules where the profile
// has an unconditional rule for the multiplexer, with an action, which beats the
// others. Those with its action say nothing new, unless the place in the text has to
// choose between the data of two.
func (r *resolver) withoutConds(via string, action policy.Action, call, own []draft) (rules []draft) {
	rival := func(o draft) bool { return o.Action != action && o.Action.Kind() == action.Kind() }
	needed := slices.ContainsFunc(call, rival) || slices.ContainsFunc(own, rival)
	for _, c := range call {
		if len(c.Conds) == 0 {
			if c.Action != action || needed {
				rules = append(rules, c)
			}
			continue
		}
		r.whatever(via, action, c)
	}
	return rules
}

// whatever notes that the action of a multiplexer counts for a call that it makes.
func (r *resolver) whatever(via string, action policy.Action, c draft) {
	r.note(Note{Code: CodeMultiplexer, Pos: c.Pos(), Path: c.Path(),
		Text: c.Origin.String() + " can be called through " + via + ", too, which is " + action.String() + " whatever it is asked for"})
}

// throughMux reports whether a rule yields to one for the multiplexer that makes its call,
// which is stricter, or fails with another errno, and has no conditions, and notes it: the
// profile says both.
func (r *resolver) throughMux(winner, rule draft) bool {
	fails := func(a policy.Action) bool { return a.Kind() == policy.Errno(0) && a.Data() > 0 }
	via, _ := calls.Subcall(rule.Origin.Name)
	if via == "" || winner.Origin.Name != via || len(winner.Conds) > 0 {
		return false
	}
	if !winner.Action.Stricter(rule.Action) && !(fails(winner.Action) && fails(rule.Action)) {
		return false
	}
	r.whatever(via, winner.Action, rule)
	return true
}

// withoutArgs returns the rules of a call for a filter that cannot see its
// arguments: a condition counts as false for a permissive rule, which is left
// out, and as true for a strict one.
func (r *resolver) withoutArgs(via string, call []draft) (rules []draft) {
	for _, c := range call {
		if len(c.Conds) == 0 {
			rules = append(rules, c)
			continue
		}
		answer, effect := r.profile.def, Stricter
		if !answer.Stricter(c.Action) {
			answer = c.Action
			c.Conds = []policy.Cond{always(policy.Cond{})}
			rules = append(rules, c)
		} else if i := slices.IndexFunc(call, func(o draft) bool { return len(o.Conds) == 0 && c.Action.Stricter(o.Action) }); i >= 0 {
			answer, effect = call[i].Action, Weaker // the condition was to refuse what another rule lets pass
		}
		r.note(Note{Code: CodeMultiplexer, Effect: effect, Pos: c.Pos(), Path: c.Path(),
			Text: fmt.Sprintf("%s hides the arguments of %s from filters: through it, the answer is %s for all arguments", via, c.Origin, answer)})
	}
	return rules
}

// muxRunc returns the rules of runc's reading for a call through a multiplexer:
// without their conditions on argument 0, where it has the call's number, the
// others on its own arguments. The number is compared whole.
func (r *resolver) muxRunc(ap *policy.ArchPolicy, via string, k muxCall, call, own []draft) (rules []draft) {
	bits := ap.Arch.Bits()
	counts := func(rule draft) bool { // and beats those with conditions
		return len(rule.Conds) == 0 && (rule.Action != r.profile.def || isNewer(ap, k.mux))
	}
	open, all := slices.ContainsFunc(own, counts), slices.ContainsFunc(call, counts)
	for _, c := range call {
		others := slices.DeleteFunc(slices.Clone(c.Conds), func(c policy.Cond) bool { return c.Arg == 0 })
		rules = append(rules, k.rule(c, bits, others...))
		n := Note{Code: CodeMultiplexer, Pos: c.Pos(), Path: c.Path()}
		permissive := r.profile.def.Stricter(c.Action)
		laxer := func(o draft) bool { return c.Action.Stricter(o.Action) }
		strict := !permissive || slices.ContainsFunc(own, laxer) || slices.ContainsFunc(call, laxer) ||
			isNewer(ap, k.mux) && c.Action.Stricter(ap.Enosys)
		switch {
		case open:
			continue
		case permissive && len(c.Conds) > 0 && !all:
			n.Effect, n.Text = Weaker, fmt.Sprintf("%s hides the arguments of %s from filters, and runc's filter drops or misapplies the conditions on them: through it, the answer can be %s for any arguments", via, c.Origin, c.Action)
		case strict && len(others) > 0:
			n.Effect, n.Text = Weaker, fmt.Sprintf("%s hides the arguments of %s from filters, and runc's filter compares its own arguments instead: through it, the call may escape %s", via, c.Origin, c.Action)
		case strict && width(via) < bits:
			n.Effect, n.Text = Weaker, fmt.Sprintf("the kernel reads %d bits of the number by which %s makes %s, and runc's filter compares %d: with a higher bit set, the call escapes %s", width(via), via, c.Origin, bits, c.Action)
		case !permissive && len(c.Conds) > 0:
			n.Effect, n.Text = Stricter, fmt.Sprintf("%s hides the arguments of %s from filters: through it, the answer is %s for all arguments", via, c.Origin, c.Action)
		default:
			continue
		}
		r.note(n)
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

// rule returns the rule of a call for the multiplexer where it is asked for the
// call, by as many bits, under further conditions.
func (k muxCall) rule(rule draft, bits int, more ...policy.Cond) draft {
	rule.Nr, rule.cond = k.mux, noCond
	rule.Conds = append([]policy.Cond{{Op: policy.EQ, Value: uint64(k.sub), Width: uint8(bits)}}, more...)
	return rule
}
