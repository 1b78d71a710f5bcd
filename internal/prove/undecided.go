package prove

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// An UndecidedError says that a question is too hard. Some input reaches an instruction that
// computes a function with too large a diagram, or that kernels execute in different ways; or
// the whole comparison is too large. It says nothing about the answer.
type UndecidedError struct {
	Index  int    // of the instruction that could not be followed; -1 if it is none
	Insn   string // what the instruction does, as vm.Program.Meanings has it
	Reason string // what is too large or not known
	Filter int    // position of the program among several, from 1; 0 if it is alone
}

// Error returns "undecided: instruction 7 (A *= X): ...".
func (e *UndecidedError) Error() string {
	switch {
	case e.Index < 0:
		return "undecided: " + e.Reason
	case e.Filter > 0:
		return fmt.Sprintf("undecided: filter %d, instruction %d (%s): %s", e.Filter, e.Index, e.Insn, e.Reason)
	}
	return fmt.Sprintf("undecided: instruction %d (%s): %s", e.Index, e.Insn, e.Reason)
}

// undecided returns the error for an instruction of a program that vm.Check
// accepts, as diagrams.undecided has it.
func undecided(insns []bpf.RawInstruction, order binary.ByteOrder, pc int) *UndecidedError {
	e := &UndecidedError{Index: pc, Reason: "what it makes of the input is beyond the budget of the proof"}
	if pc >= len(insns) {
		e.Index, e.Reason = pc-len(insns), "for some inputs kernels make different values of it (mask X to five bits before a shift; a shift by 0 can be left out)"
	}
	if prog, err := vm.New(insns, order); err == nil {
		e.Insn = prog.Meanings(nil)[e.Index]
	}
	return e
}

// tooLargePolicy returns the error for a policy, with the call that has most rules.
func tooLargePolicy(pol *policy.Policy) error {
	var most longCall
	for _, p := range partsOf(pol) {
		for rest := p.rules; len(rest) > 0; {
			rules := p.of(rest[0].Nr)
			if rest = rest[len(rules):]; len(rules) > len(most.rules) {
				most = longCall{arch: p.Arch, nr: rules[0].Nr, rules: rules}
			}
		}
	}
	if len(most.rules) < 2 {
		return &UndecidedError{Index: -1, Reason: "the policy's conditions are beyond the budget of the proof"}
	}
	return tooLong(most)
}

// tooLong returns the error for a call whose rules are too many.
func tooLong(c longCall) error {
	first, last := c.rules[0].Pos(), c.rules[0].Pos()
	for _, r := range c.rules {
		if p := r.Pos(); p.Line < first.Line || p.Line == first.Line && p.Col < first.Col {
			first = p
		} else if p.Line > last.Line || p.Line == last.Line && p.Col > last.Col {
			last = p
		}
	}
	name, places := c.rules[0].Origin.String(), ""
	if c.rules[0].Origin == nil {
		name = fmt.Sprintf("call %d", c.rules[0].Nr)
	}
	if from, to := first.Within(), last.Within(); from != "" {
		places = fmt.Sprintf(" (%s to %s)", from, to)
	}
	return &UndecidedError{Index: -1, Reason: fmt.Sprintf("the %d rules for %s %s%s are beyond the budget of the proof",
		len(c.rules), c.arch, name, places)}
}

// astray returns the error for a call that comes to instructions that were proved
// to answer another call's rules.
func astray(c syscalls.Call) error {
	return &UndecidedError{Index: -1, Reason: fmt.Sprintf("%s comes to the many rules of another call, which are not compared with its own", c)}
}

// opaque reports whether the leaf is one of diagrams.opaque.
func opaque(leaf row) bool { return leaf.hi == kindOpaque }

// lost reports whether the leaf is one of diagrams.undecided.
func lost(leaf row) bool { return leaf.hi == kindLost }

// firstLost returns the instruction at which the first input that f is undecided
// for got lost. There is one.
func (d *diagrams) firstLost(f node) (pc int) {
	_, end := d.smallest(d.where(f, lost), f)
	return int(d.rows[end].lo)
}
