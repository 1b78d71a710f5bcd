package prove

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// strictest returns the answer of several filters, the last installed last: the
// kernel begins with ALLOW and takes each answer that is stricter, the newest
// filter's first (kernel/seccomp.c, seccomp_run_filters). It compares the numbers of
// actions that it does not know, too.
func (d *diagrams) strictest(list []node) node {
	all := d.leaf(uint32(policy.Allow))
	for _, f := range slices.Backward(list) {
		all = d.stricter(f, all)
	}
	return all
}

// stricter returns f where its action is stricter than g's, and g elsewhere. Both
// are decided.
func (d *diagrams) stricter(f, g node) node {
	done := map[[2]node]node{}
	var walk func(f, g node) node
	walk = func(f, g node) node {
		r, s := d.rows[f], d.rows[g]
		level := min(r.level, s.level)
		if level == atLeaf {
			if policy.Action(r.lo).Stricter(policy.Action(s.lo)) {
				return f
			}
			return g
		}
		if n, ok := done[[2]node{f, g}]; ok || d.full {
			return n
		}
		d.spend(pairSteps)
		f0, f1 := r.split(level, f)
		g0, g1 := s.split(level, g)
		n := d.test(level, walk(f0, g0), walk(f1, g1))
		done[[2]node{f, g}] = n
		return n
	}
	return walk(f, g)
}

// effects returns what the kernel does where f returns a word.
func (d *diagrams) effects(f node) node {
	done := map[node]node{}
	var walk func(f node) node
	walk = func(f node) node {
		r := d.rows[f]
		if r.level == atLeaf {
			return d.leaf(uint32(r.lo))
		}
		if n, ok := done[f]; ok || d.full {
			return n
		}
		d.spend(pairSteps)
		n := d.test(r.level, walk(r.lo), walk(r.hi))
		done[f] = n
		return n
	}
	return walk(f)
}

// together returns what programs, which vm.Check accepts, answer to every input:
// one alone by its returns, several by the strictest of them.
func (d *diagrams) together(list []Program) (node, error) {
	d.raw = len(list) > 1
	defer func() { d.raw = false }()
	var functions []node
	for i, p := range list {
		answer, stuck := d.program(p.Insns, p.Arch)
		if stuck < 0 && d.where(answer, lost) != no {
			stuck = d.firstLost(answer)
		}
		if stuck >= 0 {
			err := undecided(p.Insns, p.Arch.ByteOrder(), stuck)
			if len(list) > 1 {
				err.Filter = i + 1
			}
			return no, err
		}
		functions = append(functions, answer)
	}
	all := functions[0]
	if len(functions) > 1 {
		all = d.strictest(functions)
		d.raw = false
		all = d.effects(all)
	}
	if d.full {
		return no, &UndecidedError{Index: -1, Reason: fmt.Sprintf("what the %d filters answer together is beyond the budget of the proof", len(list))}
	}
	return all, nil
}

// runner returns a function that runs programs as the kernel does. The error is
// vm.Check's.
func runner(list []Program) (func(syscalls.Call) policy.Action, error) {
	if len(list) == 0 {
		return nil, errors.New("stack: no programs")
	}
	var progs []*vm.Program
	for i, p := range list {
		prog, err := vm.New(p.Insns, p.Arch.ByteOrder())
		switch {
		case err == nil:
			progs = append(progs, prog)
		case len(list) == 1:
			return nil, fmt.Errorf("program: %w", err)
		default:
			return nil, fmt.Errorf("program %d of %d: %w", i+1, len(list), err)
		}
	}
	if len(progs) == 1 {
		return func(c syscalls.Call) policy.Action { return answerOf(progs[0], c) }, nil
	}
	return func(c syscalls.Call) policy.Action {
		all := policy.Allow
		for _, p := range slices.Backward(progs) {
			if ret, _ := p.Run(c); policy.Action(ret).Stricter(all) {
				all = policy.Action(ret)
			}
		}
		return all.Effective()
	}, nil
}

// answerOf returns what the kernel does with a program's answer to a call.
func answerOf(p *vm.Program, c syscalls.Call) policy.Action {
	ret, _ := p.Run(c)
	return policy.Action(ret).Effective()
}

// decision returns what the kernel does with a policy's answer to a call.
func decision(pol *policy.Policy, c syscalls.Call) policy.Action {
	a, _ := pol.Decide(c)
	return a.Effective()
}

// Together is like Policy for several programs, in the order of their installation,
// for machines of the policy's first ABI: their strictest answers are compared with
// the policy's. Each program, and the policy, must be small enough for one diagram.
// If each program implements a known part of the policy, use Stack.
func Together(list []Program, pol *policy.Policy) (*Witness, error) {
	if err := checkPolicy(pol); err != nil {
		return nil, err
	}
	run, err := runner(list)
	if err != nil {
		return nil, err
	}
	d := newDiagrams()
	means, long := d.policy(pol, nil)
	switch {
	case d.full:
		return nil, tooLargePolicy(pol)
	case len(long) > 0:
		return nil, tooLong(long[0])
	}
	want := d.whole(means)
	got, err := d.together(list)
	switch {
	case err != nil:
		return nil, err
	case got == want:
		return nil, nil
	}
	in := d.sensible(got, want, pol)
	w := &Witness{in.call(), d.answer(got, &in), d.answer(want, &in)}
	if got, want := run(w.Call), decision(pol, w.Call); got != w.Got || want != w.Want {
		return nil, fmt.Errorf("fault of the proof: it has %s and %s for the answers to %s, which are %s and %s", w.Got, w.Want, w.Call, got, want)
	}
	return w, nil
}
