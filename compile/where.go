package compile

import (
	"slices"

	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/syscalls"
)

// A Case is a condition on the arguments of a call: all of its Values hold. The empty Case
// holds for every call.
type Case []Values

// Values is a condition on one argument: its bits in Mask, with the others taken as 0, are
// in one of the Ranges, which are ascending. Arg 6 is the instruction pointer.
type Values struct {
	Arg    int
	Mask   uint64
	Ranges []Range
}

// A Range is the numbers from Lo to Hi, inclusive.
type Range struct{ Lo, Hi uint64 }

// Holds reports whether the arguments of a call, and its instruction pointer, satisfy the
// condition. Its number and ABI do not matter.
func (c Case) Holds(call syscalls.Call) bool {
	return !slices.ContainsFunc(c, func(v Values) bool { return !v.hold(call) })
}

func (v Values) hold(call syscalls.Call) bool {
	n := call.IP
	if v.Arg != argIP {
		if v.Arg < 0 || v.Arg > argIP {
			return false
		}
		n = call.Args[v.Arg]
	}
	return slices.ContainsFunc(v.Ranges, func(r Range) bool { return r.Lo <= n&v.Mask && n&v.Mask <= r.Hi })
}

// argIP is the Arg of the instruction pointer.
const argIP = 6

// casesOf returns the cases of a proof.
func casesOf(proved []prove.Case) (list []Case) {
	for _, c := range proved {
		own := Case{}
		for _, v := range c {
			w := Values{Arg: v.Arg, Mask: v.Mask}
			for _, r := range v.Ranges {
				w.Ranges = append(w.Ranges, Range(r))
			}
			own = append(own, w)
		}
		list = append(list, own)
	}
	return list
}
