//go:build seccomp

package main

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A weight is what of a program does not depend on the machine that it runs on.
type weight struct {
	insns       int
	meanAllowed float64 // executed for calls that are always allowed, each of them once
	maxAllowed  int
	meanOthers  float64 // executed for all other calls, arguments zero
	differs     []difference
}

// weigh runs a program on every call of every ABI of the work.
func weigh(w work, c compiler, insns []bpf.RawInstruction) (weight, error) {
	p, err := vm.New(insns, w.native.ByteOrder())
	if err != nil {
		return weight{}, err
	}
	var allowed, others []int
	for _, a := range w.ours.Policy().Arches {
		for _, nr := range numbers(a.Arch) {
			call := syscalls.Call{Audit: a.Arch.Audit(), Nr: nr}
			_, steps := p.Run(call)
			if w.ours.Cached(call) {
				allowed = append(allowed, steps)
			} else {
				others = append(others, steps)
			}
		}
	}
	differs, err := differs(w, c, insns)
	return weight{len(insns), mean(allowed), slices.Max(allowed), mean(others), differs}, err
}

// numbers returns the numbers of the ABI's calls, ascending, each once.
func numbers(a arch.Arch) []uint32 {
	var list []uint32
	for nr := range syscalls.All(a) {
		list = append(list, nr)
	}
	return slices.Compact(list)
}

func mean(list []int) float64 {
	sum := 0
	for _, n := range list {
		sum += n
	}
	return float64(sum) / float64(len(list))
}

// A difference is a call that a program does not answer as the section has it.
type difference struct {
	arch string
	call string // with arguments, if it takes some to see it, and the answer, if it is weaker
}

// differs returns the calls for which a program does not do what the section
// means to its compiler, by comparison over all inputs. The numbers of an ABI
// that are no calls are one call, and so is an ABI that is not in the section.
func differs(w work, c compiler, insns []bpf.RawInstruction) ([]difference, error) {
	t := target(w.native)
	t.Compat, t.AcceptWeaker, t.Enosys.Mode = c.compat, c.compat == profile.CompatRunc, c.enosys
	want, err := compile.JSON(w.section, t, compile.Options{})
	if err != nil {
		return nil, err
	}
	got, err := compile.Load(insns, w.native)
	if err != nil {
		return nil, err
	}
	found, err := compile.Diff(want, got)
	if err != nil {
		return nil, fmt.Errorf("comparison: %w", err)
	}
	var list []difference
	for _, d := range found {
		within := slices.ContainsFunc(w.ours.Policy().Arches, func(a policy.ArchPolicy) bool { return a.Arch == d.Arch })
		one := difference{d.Arch.String(), d.Call}
		switch {
		case !d.Arch.Valid():
			one = difference{"unknown ABIs", "all calls"}
		case !within:
			one.call = "all calls"
		case d.Call == "":
			one.call = fmt.Sprintf("unassigned numbers, as %#x", d.Witness.Nr)
		case d.Witness.Args != [6]uint64{}:
			one.call = strings.TrimPrefix(d.Witness.String(), one.arch+" ")
		}
		weaker := d.Change == compile.Weaker
		if weaker {
			one.call += fmt.Sprintf(" = %s", d.New)
		}
		i := slices.IndexFunc(list, func(x difference) bool { return x.arch == one.arch && base(x.call) == base(one.call) })
		switch {
		case i < 0:
			list = append(list, one)
		case weaker:
			list[i] = one
		}
	}
	return list, nil
}

// base returns the name of a call without its arguments and answer.
func base(call string) string {
	if i := strings.IndexAny(call, "(="); i >= 0 {
		return strings.TrimSpace(call[:i])
	}
	return call
}
