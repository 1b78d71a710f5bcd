package compile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A SizeError says that a policy needs more instructions than the kernel accepts in one
// filter, 4096 (include/uapi/linux/bpf_common.h, BPF_MAXINSNS). An error from [Split]
// also says why several filters are not enough.
type SizeError struct {
	Insns  int           // instructions that the filter would have
	Costly []policy.Rule // the first rule of each of the calls with the most conditions, at most 5
	Conds  []int         // the number of conditions of each of these calls

	reason string // why several filters do not do, either; "" if that was not asked
}

// Error returns the size, and the calls with the most conditions.
func (e *SizeError) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the filter takes %d instructions, and the kernel accepts %d", e.Insns, abi.MaxInsns)
	for i, r := range e.Costly {
		b.WriteString([...]string{"; most conditions: ", ", "}[min(i, 1)])
		conds := len(r.Conds)
		if i < len(e.Conds) {
			conds = e.Conds[i]
		}
		fmt.Fprintf(&b, "%s %d (%s)", r.Origin, conds, r.Pos())
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
	type cost struct {
		rule  policy.Rule
		conds int
	}
	var costs []cost
	named := map[string]int{} // index in costs
	for _, a := range pol.Arches {
		for _, r := range a.Rules {
			i, ok := named[r.Origin.String()]
			if !ok {
				i, costs = len(costs), append(costs, cost{rule: r})
				named[r.Origin.String()] = i
			}
			costs[i].conds += len(r.Conds)
		}
	}
	slices.SortStableFunc(costs, func(a, b cost) int { return cmp.Compare(b.conds, a.conds) })
	err := &SizeError{Insns: insns}
	for _, c := range costs[:min(5, len(costs))] {
		if c.conds > 0 {
			err.Costly = append(err.Costly, c.rule)
			err.Conds = append(err.Conds, c.conds)
		}
	}
	return err
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
