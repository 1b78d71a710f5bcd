package lint

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/syscalls"
)

var muxOpen = check{Rule{
	Code: "mux-open", Severity: Warning,
	Title: "a multiplexer makes a call that is refused or limited",
	Why: "On 32-bit x86 and some other ABIs, socketcall makes the calls of sockets, and ipc those of System V IPC. The arguments are in memory, where " +
		"filters cannot see them, so a rule on the family of socket does not apply to them. Every 64-bit x86 program can make 32-bit calls.",
	Sources: []string{github("moby/moby", "29076"), github("containerd/containerd", "13330"), github("moby/moby", "52506"), github("containerd/containerd", "7442")},
}, func(a *audit) error {
	var list []Subject
	var limited []string
	for name := range syscalls.Names() {
		for _, abi := range a.answers.arches {
			nr, sub, ok := syscalls.Mux(abi, name)
			if !ok || !a.limits(abi, name) {
				continue
			}
			mux, _ := syscalls.Name(abi, nr)
			c := syscalls.Call{Audit: abi.Audit(), Nr: nr, Args: [6]uint64{uint64(sub)}}
			if !a.stack.Run(c).Passes() {
				continue
			}
			list = append(list, Subject{Arch: abi, Call: mux, Example: c, Where: []compile.Case{{{Arg: 0, Mask: 1<<32 - 1, Ranges: []compile.Range{{Lo: uint64(sub), Hi: uint64(sub)}}}}}})
			if !slices.Contains(limited, name) {
				limited = append(limited, name)
			}
		}
	}
	a.addEach(Warning, "", list, func(list []Subject) Finding {
		f := Finding{
			Text: fmt.Sprintf("%s %s %s with any arguments, in spite of the rules for these", some(calls(list)), verb(list, "make"), some(limited)),
			Fix:  fmt.Sprintf("refuse %s, or leave out the ABI", some(calls(list))),
		}
		if slices.Contains(calls(list), "socketcall") {
			f.Fix += "; \"seccompile harden --close socketcall\" refuses it, which breaks 32-bit programs with old C libraries"
		}
		return f
	})
	return nil
}}

// limits reports whether a call is refused or limited to some arguments, on an ABI or on the
// native one, by somebody who has it in mind.
func (a *audit) limits(abi arch.Arch, name string) bool {
	if a.profile != nil {
		switch {
		case len(a.mentions(name)) == 0:
			return false
		case has(abi, name):
			return !a.passesAlways(call{abi, name})
		case has(a.native, name):
			return !a.passesAlways(call{a.native, name})
		}
		return a.explicit(name) || a.conditional(name)
	}
	for _, own := range []arch.Arch{abi, a.native} {
		if has(own, name) && !a.passesAlways(call{own, name}) && (a.narrowed(name) || a.explicit(name)) {
			return true
		}
	}
	return false
}

// passesAlways reports whether a call passes for all arguments.
func (a *audit) passesAlways(c call) bool {
	s, ok := a.answers.passes(c.arch, c.name)
	return ok && s.always()
}
