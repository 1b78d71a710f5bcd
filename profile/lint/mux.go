package lint

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/syscalls"
)

var muxOpen = check{Rule{
	Code: "mux-open", Severity: Warning,
	Title: "a multiplexer makes a call that is refused or limited",
	Why: "On 32-bit x86 and some other ABIs, socketcall makes the calls of sockets, and ipc those of System V IPC. The arguments are in memory, where " +
		"no filter sees them: a rule on the family of socket does not hold for them. Every 64-bit x86 program can make 32-bit calls.",
	Sources: []string{github("moby/moby", "29076"), github("containerd/containerd", "13330"), github("docker/docs", "24935"), github("containerd/containerd", "7442")},
}, func(a *audit) error {
	var limited, muxes []string
	var list []Subject
	for name := range syscalls.Names() {
		for _, abi := range a.answers.arches {
			nr, sub, ok := syscalls.Mux(abi, name)
			if !ok || a.passesAlways(call{abi, name}) {
				continue
			}
			if a.profile != nil && len(a.mentions(name)) == 0 || a.profile == nil && !a.explicit(name) && !a.narrowed(name) {
				continue // it is merely not listed
			}
			mux, _ := syscalls.Name(abi, nr)
			c := syscalls.Call{Audit: abi.Audit(), Nr: nr, Args: [6]uint64{uint64(sub)}}
			if !passing(a.stack.Run(c)) || !has(abi, name) && !a.narrowed(name) && !a.explicit(name) {
				continue
			}
			list = append(list, Subject{Arch: abi, Call: mux, Example: c, Where: []compile.Case{{{Arg: 0, Mask: 1<<32 - 1, Ranges: []compile.Range{{Lo: uint64(sub), Hi: uint64(sub)}}}}}})
			for _, x := range []struct {
				list *[]string
				name string
			}{{&limited, name}, {&muxes, mux}} {
				if !slices.Contains(*x.list, x.name) {
					*x.list = append(*x.list, x.name)
				}
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	a.add(Warning, a.at(Finding{
		Text:     fmt.Sprintf("%s makes %s with any arguments, whatever the rules for these say", some(muxes), some(limited)),
		Fix:      "\"seccompile harden --close socketcall\", or drop the ABI",
		Subjects: list,
	}, muxes...))
	return nil
}}

// passesAlways reports whether a call passes for all arguments.
func (a *audit) passesAlways(c call) bool {
	s, ok := a.answers.passes(c.arch, c.name)
	return ok && s.always()
}
