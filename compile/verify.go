package compile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/net/bpf"
)

// Verify compares a filter, whoever compiled it, with a policy over all inputs.
// Nil is the proof that it answers every call as the policy does; else a call
// shows that it does not: Old is what the policy says and New what the filter
// answers. The error says why the filter cannot be followed.
func Verify(f *Filter, pol *profile.Policy) (*Difference, error) {
	if err := check(pol); err != nil {
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
		d.Numbers = []profile.Range{{Lo: w.Call.Nr, Hi: w.Call.Nr}}
	}
	return d, nil
}

// verifyOurs is Verify for a program from elsewhere that could not be followed: if
// it is what this package makes of the policy, it is known where calls of many
// rules are.
func verifyOurs(f *Filter, pol *profile.Policy, err error) (*prove.Witness, error) {
	for _, o := range []Options{{NoVerify: true}, {NoVerify: true, Optimal: true}} {
		if ours, e := Policy(pol, o); e == nil && slices.Equal(ours.insns, f.insns) {
			return prove.Policy(f.insns, pol, ours.claims...)
		}
	}
	return nil, err
}

// Fingerprint returns a hash of what a policy answers to all calls. It is equal
// for any two policies that decide every call alike, however their profiles are
// ordered, grouped or worded, and for no others; flags, the listener and notes
// play no part. It is the SHA-256 of a form that is the same on every machine and
// in every version of this package:
//
//	"seccomp decision function 1\n"
//	for each node, each behind those that it refers to, 12 bytes in three
//	big-endian words:
//	    a test:    level, index of the node for 0, index of the node for 1
//	    an answer: 512, the word that the filter returns, 0
//
// The nodes are those of the reduced ordered binary decision diagram of the
// answers. They are numbered from 0 as they come, each once, that for 0 with all
// that it needs before that for 1; the last is the function. A test is of one bit:
// level 32*w + 31 - b is bit b of word w, the words being 0 arch, 1 nr, 2+2*i the
// high and 3+2*i the low half of argument i. On every way levels ascend; no test
// has the same node twice; no two nodes are the same.
func Fingerprint(pol *profile.Policy) ([32]byte, error) {
	if err := check(pol); err != nil {
		return [32]byte{}, err
	}
	form, err := prove.Canon(pol)
	if err != nil {
		return [32]byte{}, err
	}
	return sha256.Sum256(form), nil
}

// verify returns nil if the program that this package made answers every call as
// the policy does.
func verify(insns []bpf.RawInstruction, pol *profile.Policy, claims []prove.Claim) error {
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
