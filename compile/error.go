package compile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A SizeError says that a policy takes more instructions than the kernel accepts
// in one filter, 4096 (include/uapi/linux/bpf_common.h, BPF_MAXINSNS). Split's also
// says why several filters are not enough.
type SizeError struct {
	Insns  int          // that the filter would have
	Costly []CostlyCall // the calls with the most conditions, at most 5

	reason string // why several filters do not do, either; "" if that was not asked
}

// A CostlyCall is a call that a filter owes its size to.
type CostlyCall struct {
	Name  string      // of the call; "call" and its number if it has none
	Rule  policy.Rule // the first for it
	Conds int         // the conditions of all rules for it, on all ABIs
}

// Error says which calls to look at.
func (e *SizeError) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the filter takes %d instructions, and the kernel accepts %d", e.Insns, abi.MaxInsns)
	for i, c := range e.Costly {
		b.WriteString([...]string{"; most conditions: ", ", "}[min(i, 1)])
		fmt.Fprintf(&b, "%s %d", c.Name, c.Conds)
		if pos := c.Rule.Pos(); pos != (policy.Pos{}) {
			fmt.Fprintf(&b, " (%s)", pos)
		}
	}
	if e.reason != "" {
		fmt.Fprintf(&b, "; nor can it be split: %s (drop or merge conditions, or ABIs)", e.reason)
	} else {
		b.WriteString(" (compile.Split and seccompile run make several filters of it; or drop or merge conditions, or ABIs)")
	}
	return b.String()
}

// tooLarge finds the calls that a filter of so many instructions owes its size
// to, over all ABIs.
func tooLarge(pol *policy.Policy, insns int) error {
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
	err := &SizeError{Insns: insns}
	for _, c := range costs[:min(5, len(costs))] {
		if c.Conds > 0 {
			err.Costly = append(err.Costly, c)
		}
	}
	return err
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

// A MiscompileError says that the program that this package made answers a call
// otherwise than the policy that it was made from. It is a fault of this package:
// please report it with the profile and the target.
type MiscompileError struct {
	Call      syscalls.Call
	Got, Want policy.Action // the program's answer and the policy's
}

// Error says for which call.
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
