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

// Verify proves that a filter, compiled by any program, answers every call as a policy
// does. It returns nil if the proof succeeds, and a [*MismatchError] with a call that
// shows the difference if the two differ. Any other error says why the filter cannot be
// analyzed; nothing is then proved.
func Verify(f *Filter, pol *policy.Policy) error {
	if err := pol.Check(); err != nil {
		return err
	}
	if f == nil || f.program == nil {
		return errNoFilter
	}
	if a := pol.Arches[0].Arch; a.ByteOrder() != f.native.ByteOrder() {
		return fmt.Errorf("a filter for %s and a policy for %s, which has the other byte order", f.native, a)
	}
	w, err := prove.Policy(f.insns, pol, f.claims...)
	if undecided := (*prove.UndecidedError)(nil); errors.As(err, &undecided) && f.policy == nil {
		w, err = verifyOurs(f, pol, err)
	}
	if w == nil && err != nil { // some calls may show what cannot be decided for all
		if c, ok := differs(f.Run, func(c syscalls.Call) policy.Action { a, _ := pol.Decide(c); return a }, f.native); ok {
			want, _ := pol.Decide(c)
			w, err = &prove.Witness{Call: c, Got: f.Run(c), Want: want}, nil
		}
	}
	return mismatch(w, decided(err, pol))
}

// A MismatchError says that a filter answers a call differently from a policy. Old is the
// policy's answer, and New is the filter's.
type MismatchError struct{ Difference Difference }

// Error returns the call with both answers.
func (e *MismatchError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return "the filter is not the policy's: " + e.Difference.String()
}

// mismatch returns the error of Verify for what a proof came to.
func mismatch(w *prove.Witness, err error) error {
	if err != nil || w == nil {
		return err
	}
	return &MismatchError{*difference(w)}
}

// difference returns what a witness shows.
func difference(w *prove.Witness) *Difference {
	d := &Difference{Old: w.Want, New: w.Got, Change: change(w.Want, w.Got), Witness: w.Call}
	if a, ok := w.Call.Arch(); ok {
		d.Arch = a
		d.Call, _ = syscalls.Name(a, w.Call.Nr)
		d.Numbers = []policy.Range{{Lo: w.Call.Nr, Hi: w.Call.Nr}}
	}
	return d
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
	switch {
	case err != nil:
		return unproved(err, pol)
	case w != nil:
		return &MiscompileError{w.Call, w.Got, w.Want}
	}
	return nil
}

// unproved returns the error for a proof, about a policy, that failed with err.
func unproved(err error, pol *policy.Policy) error {
	if d := decided(err, pol); d != err {
		return fmt.Errorf("the filter is not proved to do what the policy says: %w (use fewer rules or conditions on one call)", d)
	}
	return bug(err)
}
