package prove

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/vm"
)

// An UndecidedError says that a question is too hard: some input comes to an
// instruction that makes a function of the input for which no diagram is small
// enough, or that kernels execute in different ways; or all that there is to
// compare is too large. It says nothing about the answer.
type UndecidedError struct {
	Index  int    // of the instruction that could not be followed; -1 if it is none
	Insn   string // what the instruction does, as vm.Program.Meanings has it
	Reason string // what is too large or not known
}

// Error returns "undecided: instruction 7 (A *= X): ...".
func (e *UndecidedError) Error() string {
	if e.Index < 0 {
		return "undecided: " + e.Reason
	}
	return fmt.Sprintf("undecided: instruction %d (%s): %s", e.Index, e.Insn, e.Reason)
}

// undecided returns the error for an instruction of a program that vm.Check
// accepts, as diagrams.undecided has it.
func undecided(insns []bpf.RawInstruction, order binary.ByteOrder, pc int) error {
	e := &UndecidedError{Index: pc, Reason: "what it makes of the input takes more memory than there is for it"}
	if pc >= len(insns) {
		e.Index, e.Reason = pc-len(insns), "for some inputs kernels make different values of it (mask X to five bits before a shift; a shift by 0 can be left out)"
	}
	if prog, err := vm.New(insns, order); err == nil {
		e.Insn = prog.Meanings(nil)[e.Index]
	}
	return e
}

// tooLargePolicy returns the error for a policy.
func tooLargePolicy() error {
	return &UndecidedError{Index: -1, Reason: "the policy's conditions take more memory than there is for them"}
}

// lost reports whether the leaf is one of diagrams.undecided.
func lost(leaf row) bool { return leaf.hi != 0 }

// firstLost returns the instruction at which the first input that f is undecided
// for got lost. There is one.
func (d *diagrams) firstLost(f node) (pc int) {
	_, end := d.smallest(d.where(f, lost), f)
	return int(d.rows[end].lo)
}
