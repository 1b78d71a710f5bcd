package lint

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// answers are what a filter answers to the calls that a kernel has.
type answers struct {
	arches []arch.Arch // that have an answer of their own, in the filter's order
	of     map[call][]compile.Answer
	others []compile.Answer // of unknown ABIs
}

// A call is one of an ABI. The name is "" for unassigned numbers.
type call struct {
	arch arch.Arch
	name string
}

func answersOf(list []compile.Answer, native arch.Arch) answers {
	x := answers{of: map[call][]compile.Answer{}}
	for _, a := range list {
		if !a.Arch.Valid() {
			x.others = append(x.others, a)
			continue
		}
		if !a.Arch.SameKernel(native) { // which no kernel runs
			continue
		}
		if !slices.Contains(x.arches, a.Arch) {
			x.arches = append(x.arches, a.Arch)
		}
		c := call{a.Arch, a.Call}
		x.of[c] = append(x.of[c], a)
	}
	return x
}

// passes returns for which arguments a call passes. It reports false if it never does, or is
// not a call of the ABI.
func (x *answers) passes(a arch.Arch, name string) (s Subject, ok bool) {
	return x.subject(a, name, policy.Action.Passes)
}

// subject returns for which arguments a call gets one of the actions of a kind.
func (x *answers) subject(a arch.Arch, name string, kind func(policy.Action) bool) (s Subject, ok bool) {
	s = Subject{Arch: a, Call: name}
	for _, y := range x.of[call{a, name}] {
		if !kind(y.Action) {
			continue
		}
		if !ok {
			s.Example = y.Example
		}
		ok = true
		s.Where = append(s.Where, y.Where...)
		if y.Beyond != "" {
			s.Beyond = y.Beyond
		}
	}
	if s.Beyond != "" {
		s.Where = nil
	}
	if ok && x.all(a, name, kind) {
		s.Where, s.Beyond = []compile.Case{{}}, ""
	}
	return s, ok
}

// all reports whether a call gets actions of a kind alone.
func (x *answers) all(a arch.Arch, name string, kind func(policy.Action) bool) bool {
	list := x.of[call{a, name}]
	return len(list) > 0 && !slices.ContainsFunc(list, func(y compile.Answer) bool { return !kind(y.Action) })
}

// refused reports whether an ABI has a call, which never passes.
func (x *answers) refused(a arch.Arch, name string) bool {
	return x.all(a, name, func(y policy.Action) bool { return !y.Passes() })
}

// softly reports whether all that a call gets beside passing is ENOSYS, at which programs
// make older calls.
func (x *answers) softly(a arch.Arch, name string) bool {
	return x.all(a, name, func(y policy.Action) bool { return y.Passes() || y == policy.Errno(a.ENOSYS()) })
}

// has reports whether an ABI has a call.
func has(a arch.Arch, name string) bool {
	_, ok := syscalls.Number(a, name)
	return ok
}

// subjects returns for which arguments calls pass, on all ABIs.
func (x *answers) subjects(names ...string) (list []Subject) {
	for _, name := range names {
		for _, a := range x.arches {
			if s, ok := x.passes(a, name); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

// calls returns the names of subjects' calls, each once.
func calls(list []Subject) (names []string) {
	for _, s := range list {
		if !slices.Contains(names, s.Call) {
			names = append(names, s.Call)
		}
	}
	return names
}
