// Package prove decides, for every input at once, whether a finished program
// answers as its policy does.
//
//	witness, err := prove.Policy(insns, pol) // nil, nil: equal for all 2^512 inputs
//
// An input is sixteen 32-bit words: arch, nr, the ip and the six arguments. The program and
// the policy are each turned into a function from inputs to verdicts, in a canonical form: a
// reduced, ordered, multi-terminal binary decision diagram over the 512 input bits (R. E.
// Bryant, Graph-Based Algorithms for Boolean Function Manipulation, 1986). Equal diagrams are
// the proof. A path on which they differ is a counterexample. Nothing is sampled.
//
// Programs mostly compare arch and nr with constants before they look at anything else. Then
// the ranges of both are compared first (table.go), and diagrams are of the rest of the
// input. A call with more rules than one diagram can hold is proved in parts (list.go,
// fold.go); if that fails, a counterexample is searched for (refute.go).
//
// The program's side (program.go, circuit.go) executes the instructions with registers that
// hold functions of the input. It knows every instruction that the kernel accepts, so it can
// judge programs from other compilers. The policy's side (policy.go) follows the definition
// in policy.Policy.Decide. The two share only the diagrams, and neither shares code with the
// compiler.
//
// Several programs that together implement one policy are proved in two steps: each
// against its part of the policy, and the parts against the whole (stack.go).
//
// Arithmetic on inputs can make functions whose diagrams are too large, such as the product
// of two arguments. If some input reaches such an instruction, the result is an
// UndecidedError.
package prove

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Witness is a call that a program and its policy answer differently.
type Witness struct {
	Call      syscalls.Call
	Got, Want policy.Action // the program's answer and the policy's, as the kernel executes them
}

// Policy returns nil if the program answers every call as the policy does, and otherwise a
// call that shows the difference. Irrelevant argument bits are zero. Policy prefers a call
// that exists on an ABI of the policy, the native ABI first, and of these the first by
// number, then by arguments. The witness was confirmed by running the program and by
// Policy.Decide.
//
// The program is for the machine of the policy's first ABI. The error is
// vm.Check's if the kernel would not accept it, an *UndecidedError, or says what
// is wrong with the policy.
//
// Claims are hints for calls of many rules.
func Policy(insns []bpf.RawInstruction, pol *policy.Policy, claims ...Claim) (*Witness, error) {
	w, _, err := Measured(insns, pol, claims...)
	return w, err
}

// Measured is like Policy, and also returns the number of steps that it took, of stepsMost.
func Measured(insns []bpf.RawInstruction, pol *policy.Policy, claims ...Claim) (w *Witness, steps int, err error) {
	if err := checkPolicy(pol); err != nil {
		return nil, 0, err
	}
	if err := vm.Check(insns); err != nil {
		return nil, 0, err
	}
	for again := true; again; claims = nil {
		d := newDiagrams()
		d.limit = stepsMost - steps
		w, again, err = d.judge(insns, pol, claims)
		steps += d.steps
	}
	return w, steps, err
}

// judge is Policy for what was checked. It may have to be tried again without
// claims.
func (d *diagrams) judge(insns []bpf.RawInstruction, pol *policy.Policy, claims []Claim) (w *Witness, again bool, err error) {
	means, long := d.policy(pol, claims)
	if d.full {
		return nil, false, tooLargePolicy(pol)
	}
	e := d.execution(insns, pol.Arches[0].Arch)
	for i, c := range long {
		if e.proveCall(c) {
			continue
		}
		if w, err := e.refute(pol, c.arch.Audit(), c.nr, refuteSteps); w != nil || err != nil {
			return w, false, err
		}
		e.doubts = nil
		for _, other := range long[i+1:] { // which may be easier to tell
			if w, err := e.refute(pol, other.arch.Audit(), other.nr, refuteSteps/2/len(long)); w != nil || err != nil {
				return w, false, err
			}
		}
		// What was claimed may be what is wrong.
		return nil, c.claims != nil, tooLong(c)
	}
	for pc, leaf := range e.lists {
		e.lists[pc] = e.one(leaf)
	}
	means.replace(e.one)
	if answers, ok := e.table(); ok && answers.equal(means) && !d.full {
		return nil, false, nil
	}
	w, err = e.compare(d.whole(means), pol)
	// Instructions that a claim is about may be those of another call, too, of few rules,
	// which are compared with its own if nothing is claimed.
	return w, err != nil && len(claims) > 0, err
}

// compare returns what Policy does, of a policy that answers as want does.
func (e *execution) compare(want node, pol *policy.Policy) (*Witness, error) {
	d, insns, order := e.diagrams, e.insns, pol.Arches[0].Arch.ByteOrder()
	got := e.from(0, state{})
	if e.stuck >= 0 {
		return nil, undecided(insns, order, e.stuck)
	}
	if got == want {
		return nil, nil
	}
	// Where the program is undecided it may answer as it should: look elsewhere.
	if want = d.ite(d.where(got, lost), got, want); d.full {
		return nil, undecided(insns, order, len(insns)-1)
	}
	if got == want {
		return nil, undecided(insns, order, d.firstLost(got))
	}
	// What comes to the list of another call is looked at last.
	rest := d.ite(d.or(d.where(got, opaque), d.where(want, opaque)), got, want)
	if d.full {
		return nil, undecided(insns, order, len(insns)-1)
	}
	if got == rest {
		in := d.sensible(got, want, pol)
		e.doubts = nil
		if w, err := e.refute(pol, in[wordArch], in[wordNr], refuteSteps); w != nil || err != nil {
			return w, err
		}
		return nil, astray(in.call())
	}
	in := d.sensible(got, rest, pol)
	w := &Witness{in.call(), d.answer(got, &in), d.answer(rest, &in)}
	if err := w.confirm(insns, order, pol); err != nil {
		return nil, err
	}
	return w, nil
}

// confirm runs the program and asks the policy. An answer other than the
// witness's is a fault of this package.
func (w *Witness) confirm(insns []bpf.RawInstruction, order binary.ByteOrder, pol *policy.Policy) error {
	prog, err := vm.New(insns, order)
	if err != nil {
		return err
	}
	if got, want := answerOf(prog, w.Call), decision(pol, w.Call); got != w.Got || want != w.Want || got == want {
		return fmt.Errorf("fault of the proof: it has %s for the program's answer to %s and %s for the policy's, which are %s and %s", w.Got, w.Call, w.Want, got, want)
	}
	return nil
}
