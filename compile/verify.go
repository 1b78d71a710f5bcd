package compile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/net/bpf"
)

// Verify compares a filter, whoever compiled it, with a policy over all inputs.
// Nil is the proof that it answers every call as the policy does; else a call
// shows that it does not: Old is what the policy says and New what the filter
// answers. The error says why the filter cannot be followed.
func Verify(f *Filter, pol *policy.Policy) (*Difference, error) {
	if err := pol.Check(); err != nil {
		return nil, err
	}
	if f == nil {
		return nil, errNoFilter
	}
	if a := pol.Arches[0].Arch; a.ByteOrder() != f.native.ByteOrder() {
		return nil, fmt.Errorf("a filter for %s and a policy for %s, which has the other byte order", f.native, a)
	}
	w, err := prove.Policy(f.insns, pol, f.claims...)
	if undecided := (*prove.UndecidedError)(nil); errors.As(err, &undecided) && f.policy == nil {
		w, err = verifyOurs(f, pol, err)
	}
	if err != nil || w == nil {
		return nil, err
	}
	d := &Difference{Old: w.Want, New: w.Got, Change: change(w.Want, w.Got), Witness: w.Call}
	if a, ok := w.Call.Arch(); ok {
		d.Arch = a
		d.Call, _ = syscalls.Name(a, w.Call.Nr)
		d.Numbers = []policy.Range{{Lo: w.Call.Nr, Hi: w.Call.Nr}}
	}
	return d, nil
}

// verifyOurs is Verify for a program from elsewhere that could not be followed: if
// it is what this package makes of the policy, it is known where calls of many
// rules are.
func verifyOurs(f *Filter, pol *policy.Policy, err error) (*prove.Witness, error) {
	for _, o := range []Options{{NoVerify: true}, {NoVerify: true, Optimal: true}} {
		if ours, e := Policy(pol, o); e == nil && slices.Equal(ours.insns, f.insns) {
			return prove.Policy(f.insns, pol, ours.claims...)
		}
	}
	return nil, err
}

// verify returns nil if the program that this package made answers every call as
// the policy does.
func verify(insns []bpf.RawInstruction, pol *policy.Policy, claims []prove.Claim) error {
	w, err := prove.Policy(insns, pol, claims...)
	var undecided *prove.UndecidedError
	switch {
	case errors.As(err, &undecided):
		return fmt.Errorf("the filter is not proved to do what the policy says: %w (use fewer masks on one call, or do without the proof)", err)
	case err != nil:
		return bug(err)
	case w != nil:
		return &MiscompileError{w.Call, w.Got, w.Want}
	}
	return nil
}
