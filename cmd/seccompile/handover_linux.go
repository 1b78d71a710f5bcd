package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// handOver returns the program that hands over the calls which filters would not
// allow, or all calls. A thread can have one listener (kernel/seccomp.c,
// has_duplicate_listener), so this is one program for several filters, too. What it
// cannot hold is handed over whatever the arguments; these calls are named.
func handOver(s *compile.Stack, all bool) (insns []bpf.RawInstruction, whole []string, err error) {
	filters := s.Filters()
	switch {
	case len(filters) == 1:
		return handedOver(filters[0], all), nil, nil
	case all:
		f, err := compile.Policy(&policy.Policy{Default: policy.Notify, BadArch: policy.Notify, Flags: []policy.Flag{policy.FlagNewListener},
			Arches: []policy.ArchPolicy{{Arch: s.Policy().Arches[0].Arch}}}, compile.Options{})
		return f.Insns(), nil, err
	}
	pol := notifying(s.Policy())
	for {
		f, err := compile.Policy(pol, compile.Options{})
		var large *compile.SizeError
		if !errors.As(err, &large) {
			return f.Insns(), whole, err
		}
		names := costliest(pol, large.Insns)
		if len(names) == 0 {
			return nil, nil, err
		}
		pol, whole = handWhole(pol, names), append(whole, names...)
	}
}

// handedOver is the program of a filter with NOTIFY instead of all actions but
// ALLOW and LOG, or of these, too, if all calls are asked for.
func handedOver(f *compile.Filter, all bool) []bpf.RawInstruction {
	insns := f.Insns()
	for i, in := range insns {
		if ret, ok := in.Disassemble().(bpf.RetConstant); ok && (all || !policy.Action(ret.Val).Passes()) {
			insns[i].K = uint32(policy.Notify)
		}
	}
	return insns
}

// notifying returns a policy that says NOTIFY where another one does not allow a call.
func notifying(pol *policy.Policy) *policy.Policy {
	notifies := false
	instead := func(a policy.Action) policy.Action {
		if a.Passes() {
			return a
		}
		notifies = true
		return policy.Notify
	}
	p := *pol
	p.Default, p.BadArch = instead(pol.Default), instead(pol.BadArch)
	p.Arches = slices.Clone(pol.Arches)
	for i := range p.Arches {
		a := &p.Arches[i]
		if a.Rules = slices.Clone(a.Rules); len(a.Newer) > 0 {
			a.Enosys = instead(a.Enosys)
		}
		for j := range a.Rules {
			a.Rules[j].Action = instead(a.Rules[j].Action)
		}
	}
	if p.Flags = nil; notifies {
		p.Flags = []policy.Flag{policy.FlagNewListener}
	}
	return &p
}

// costliest returns the calls with the most conditions, without which a policy of so
// many instructions may fit into one filter, by its share of all conditions.
func costliest(pol *policy.Policy, insns int) (names []string) {
	conds, left := map[string]int{}, 0
	for _, a := range pol.Arches {
		for _, r := range a.Rules {
			if n := len(r.Conds); n > 0 {
				conds[callName(a, r)] += n
				left += n
			}
		}
	}
	for total := left; len(conds) > 0 && (len(names) == 0 || insns*left > unix.BPF_MAXINSNS*total); {
		most := slices.MaxFunc(slices.Sorted(maps.Keys(conds)), func(a, b string) int { return cmp.Compare(conds[a], conds[b]) })
		names, left = append(names, most), left-conds[most]
		delete(conds, most)
	}
	return names
}

// handWhole returns a policy that says NOTIFY to calls whatever their arguments.
func handWhole(pol *policy.Policy, names []string) *policy.Policy {
	p := *pol
	p.Arches = slices.Clone(pol.Arches)
	p.Flags = []policy.Flag{policy.FlagNewListener}
	for i := range p.Arches {
		a := &p.Arches[i]
		rules := a.Rules
		a.Rules = nil
		done := map[uint32]bool{}
		for _, r := range rules {
			switch {
			case !slices.Contains(names, callName(*a, r)):
				a.Rules = append(a.Rules, r)
			case !done[r.Nr]:
				done[r.Nr] = true
				a.Rules = append(a.Rules, policy.Rule{Nr: r.Nr, Action: policy.Notify, Origin: r.Origin})
			}
		}
	}
	return &p
}

// callName names a rule's call: its number if it has no name.
func callName(a policy.ArchPolicy, r policy.Rule) string {
	if name, ok := syscalls.Name(a.Arch, r.Nr); ok {
		return name
	}
	return fmt.Sprintf("%s %d", a.Arch, r.Nr)
}
