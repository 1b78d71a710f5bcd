package record

import (
	"slices"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// An Outside is a recorded call that a filter does not let pass, or not for all arguments
// that the call may have had.
type Outside struct {
	Call    *Call
	Tuple   []uint64 // its telling arguments, nil for any
	Actions []policy.Action
	Depends bool          // it passes for some of its possible arguments
	Example syscalls.Call // such a call that is refused
}

// Within returns the recorded calls that a filter or a stack does not let pass. An empty
// list without an error proves that the filter lets all of them pass, for all values of
// arguments that the record does not have. Errors are those of compile.Answers.
func (r *Record) Within(c compile.Compiled) (list []Outside, err error) {
	answers, err := compile.Answers(c)
	if err != nil {
		return nil, err
	}
	for _, call := range r.Calls() {
		tuples := call.Tuples
		if tuples == nil {
			tuples = [][]uint64{nil}
		}
		for _, t := range tuples {
			if o, refused := call.against(t, answers); refused && !o.falls(answers) {
				list = append(list, o)
			}
		}
	}
	return list, nil
}

// falls reports whether a call is clone3, which gets ENOSYS, and clone with its flags passes, to
// which C libraries fall back.
func (o *Outside) falls(answers []compile.Answer) bool {
	c := o.Call
	if c.Name != "clone3" || o.Tuple == nil || slices.ContainsFunc(o.Actions, func(a policy.Action) bool { return a != policy.Errno(c.Arch.ENOSYS()) }) {
		return false
	}
	nr, ok := syscalls.Number(c.Arch, "clone")
	if !ok || !falls([]*Call{c}) {
		return false
	}
	_, refused := newCall(c.Arch, syscalls.Call{Audit: c.Audit, Nr: nr}).against(o.Tuple, answers)
	return !refused
}

// against compares a call with what a filter answers to it.
func (c *Call) against(tuple []uint64, answers []compile.Answer) (o Outside, refused bool) {
	o = Outside{Call: c, Tuple: tuple}
	for i := range answers {
		a := &answers[i]
		if a.Arch != c.Arch || !numbered(a, c) || !c.may(tuple, a) {
			continue
		}
		if a.Action.Passes() {
			o.Depends = true
			continue
		}
		if refused = true; !slices.Contains(o.Actions, a.Action) {
			o.Actions = append(o.Actions, a.Action)
		}
		o.Example = a.Example
	}
	return o, refused
}

// numbered reports whether an answer is one to the call's number.
func numbered(a *compile.Answer, c *Call) bool {
	if a.Call != "" || c.Name != "" {
		return a.Call == c.Name
	}
	in := func(list []policy.Range, n uint32) bool {
		return slices.ContainsFunc(list, func(r policy.Range) bool { return r.Lo <= n && n <= r.Hi })
	}
	return (a.Arch.Valid() || in(a.Audits, c.Audit)) && (a.Numbers == nil || in(a.Numbers, c.Nr))
}

// may reports whether the call may have had arguments that get an answer.
func (c *Call) may(tuple []uint64, a *compile.Answer) bool {
	return a.Where == nil || slices.ContainsFunc(a.Where, func(w compile.Case) bool {
		return !slices.ContainsFunc(w, func(v compile.Values) bool { return !c.mayBe(tuple, v) })
	})
}

// mayBe reports whether an argument may have had one of some values.
func (c *Call) mayBe(tuple []uint64, v compile.Values) bool {
	if c.Name == "clone3" || v.Arg >= len(c.Args) { // what is recorded of clone3 is not what a filter sees
		return true
	}
	in := func(n uint64) bool {
		n &= v.Mask
		return slices.ContainsFunc(v.Ranges, func(r compile.Range) bool { return r.Lo <= n && n <= r.Hi })
	}
	if i := slices.Index(c.Telling(), v.Arg); i >= 0 && tuple != nil {
		return in(tuple[i])
	}
	switch seen := c.Args[v.Arg]; {
	case seen == nil || !seen.seen:
		return true
	case seen.List != nil:
		return slices.ContainsFunc(seen.List, in)
	case seen.Or&v.Mask == 0:
		return in(0)
	}
	return true
}
