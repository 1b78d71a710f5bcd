package compile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A SizeError says that a policy needs more instructions than the kernel accepts in one
// filter, 4096 (include/uapi/linux/bpf_common.h, BPF_MAXINSNS). An error from [Split]
// also says why several filters are not enough.
type SizeError struct {
	Insns  int          // instructions that the filter would have
	Costly []CostlyCall // the calls with the most conditions, at most 5

	reason string // why several filters do not do, either; "" if that was not asked
}

// A CostlyCall is a call that contributes much to the size of a filter.
type CostlyCall struct {
	Name  string      // of the call; "call" and its number if it has none
	Rule  policy.Rule // the first for it
	Conds int         // the conditions of all rules for it, on all ABIs
}

// Error returns the size, and the calls with the most conditions.
func (e *SizeError) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the filter takes %d instructions, and the kernel accepts %d", e.Insns, abi.MaxInsns)
	b.WriteString(costlyText(e.Costly))
	if e.reason != "" {
		fmt.Fprintf(&b, "; nor can it be split: %s (drop or merge conditions, or ABIs)", e.reason)
	} else {
		b.WriteString(" (compile.Split, seccompile compile --split and seccompile run can use several filters; or drop or merge conditions, or ABIs)")
	}
	return b.String()
}

// tooLarge returns the error for a policy of so many instructions.
func tooLarge(pol *policy.Policy, insns int) error {
	return &SizeError{Insns: insns, Costly: costly(pol)}
}

// costly returns the calls that have the most conditions, over all ABIs.
func costly(pol *policy.Policy) (list []CostlyCall) {
	var costs []CostlyCall
	named := map[string]int{} // index in costs
	for i := range pol.Arches {
		a := &pol.Arches[i]
		for _, r := range a.Rules {
			name := nameOf(a.Arch, &r)
			i, ok := named[name]
			if !ok {
				i, costs = len(costs), append(costs, CostlyCall{Name: name, Rule: r})
				named[name] = i
			}
			costs[i].Conds += len(r.Conds)
		}
	}
	slices.SortStableFunc(costs, func(a, b CostlyCall) int { return cmp.Compare(b.Conds, a.Conds) })
	for _, c := range costs[:min(5, len(costs))] {
		if c.Conds > 0 {
			list = append(list, c)
		}
	}
	return list
}

// costlyText returns "; most conditions: lseek 7 (web.json:3:4)", "" for none.
func costlyText(list []CostlyCall) string {
	var b strings.Builder
	for i, c := range list {
		b.WriteString([...]string{"; most conditions: ", ", "}[min(i, 1)])
		fmt.Fprintf(&b, "%s %d", c.Name, c.Conds)
		if pos := c.Rule.Pos(); pos != (policy.Pos{}) {
			fmt.Fprintf(&b, " (%s)", pos)
		}
	}
	return b.String()
}

// An UndecidedError says that a question about filters or policies exceeds the budget
// of the proof, or that kernels disagree about what an instruction does. Nothing is
// then proved or refuted.
type UndecidedError struct {
	Reason string       // "instruction 7 (A *= X): ..."
	Costly []CostlyCall // of the policy; nil for a question about filters alone
	err    error
}

// Error returns "undecided: ", the reason, and the calls with the most conditions.
func (e *UndecidedError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return "undecided: " + e.Reason + costlyText(e.Costly)
}

// Unwrap returns the error of the internal proof, which has no further information.
func (e *UndecidedError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.err
}

// decided returns err, and for a proof that came to no end an UndecidedError about the
// policy, which may be nil.
func decided(err error, pol *policy.Policy) error {
	var u *prove.UndecidedError
	if !errors.As(err, &u) {
		return err
	}
	e := &UndecidedError{Reason: strings.TrimPrefix(u.Error(), "undecided: "), err: err}
	if pol != nil {
		e.Costly = costly(pol)
	}
	return e
}

// nameOf returns the name of a rule's call: that of its profile, or the ABI's.
func nameOf(a arch.Arch, r *policy.Rule) string {
	if r.Origin != nil {
		return r.Origin.Name
	}
	if name, ok := syscalls.Name(a, r.Nr); ok {
		return name
	}
	return fmt.Sprintf("call %d", r.Nr)
}

// A MiscompileError says that the compiled program answers a call differently from its
// policy. It is a fault of this package. Please report it with the profile and the
// target.
type MiscompileError struct {
	Call      syscalls.Call
	Got, Want policy.Action // the program's answer and the policy's
}

// Error returns the call with both answers.
func (e *MiscompileError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return bug(fmt.Errorf("%s is %s and means %s", e.Call, e.Got, e.Want)).Error()
}

// bug returns the error for a fault of this package, which is no fault of its
// input.
func bug(err error) error {
	return fmt.Errorf("bug in the compiler, please report it with the profile: %w", err)
}
