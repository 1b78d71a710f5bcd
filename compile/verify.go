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

// Verify proves that a filter, compiled by any program, or the filters of a stack
// together answer every call as a policy does. It returns nil if the proof succeeds, and a
// [*MismatchError] with a call that shows the difference if the two differ. Any other
// error says why the filter cannot be analyzed; nothing is then proved.
func Verify(c Compiled, pol *policy.Policy) error {
	if err := pol.Check(); err != nil {
		return err
	}
	s, err := stackOf(c)
	if err != nil {
		return err
	}
	if a := pol.Arches[0].Arch; a.ByteOrder() != s.Arch().ByteOrder() {
		return fmt.Errorf("a filter for %s and a policy for %s, which differ in byte order", s.Arch(), a)
	}
	w, err := s.verify(pol)
	if w == nil && err != nil { // some calls may show what cannot be decided for all
		if c, ok := differs(s.Run, func(c syscalls.Call) policy.Action { a, _ := pol.Decide(c); return a }, s.Arch()); ok {
			want, _ := pol.Decide(c)
			w, err = &prove.Witness{Call: c, Got: s.Run(c), Want: want}, nil
		}
	}
	return mismatch(w, decided(err, pol))
}

// verify returns a call that the stack answers otherwise than the policy, nil if it
// answers all as the policy does. What comes from elsewhere is first compared with what
// this package makes of the policy: of that it is known where calls of many rules are,
// and what each filter has to answer. What takes milliseconds to make is left for what
// cannot be followed.
func (s *Stack) verify(pol *policy.Policy) (w *prove.Witness, err error) {
	if len(s.filters) > 1 && !slices.ContainsFunc(s.filters, func(f *Filter) bool { return f.policy == nil }) {
		return s.prove(pol)
	}
	foreign := s.filters[0].policy == nil
	if foreign {
		ours, changed := s.compiled(pol, Options{NoVerify: true})
		if ours != nil && changed == 0 {
			return ours.prove(pol)
		}
		foreign = ours == nil || changed > 1 // one that was changed is not the optimal one
	}
	if f := s.filters[0]; len(s.filters) == 1 {
		w, err = prove.Policy(f.insns, pol, f.claims...)
	} else {
		w, err = prove.Together(s.programs(), pol)
	}
	if undecided := (*prove.UndecidedError)(nil); foreign && errors.As(err, &undecided) {
		if ours, changed := s.compiled(pol, Options{NoVerify: true, Optimal: true}); ours != nil && changed == 0 {
			return ours.prove(pol)
		}
	}
	return w, err
}

// compiled returns what this package makes of the policy, if that has filters of the same
// lengths, and how many instructions are not the same; else nil.
func (s *Stack) compiled(pol *policy.Policy, o Options) (ours *Stack, changed int) {
	ours, err := Split(pol, o)
	if err != nil || !slices.EqualFunc(ours.filters, s.filters, func(a, b *Filter) bool { return len(a.insns) == len(b.insns) }) {
		return nil, 0
	}
	for i, f := range ours.filters {
		for j, in := range f.insns {
			if in != s.filters[i].insns[j] {
				changed++
			}
		}
	}
	return ours, changed
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
		return fmt.Errorf("the filter is not proved equal to the policy: %w (use fewer rules or conditions on one call)", d)
	}
	return bug(err)
}
