package compile

import (
	"crypto/sha256"
	"errors"

	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile/policy"
)

// Fingerprint returns a hash of the answers of a policy to all calls. Two policies have
// the same fingerprint if and only if they decide every call alike, however their
// profiles are ordered, grouped or worded. Flags, the listener and notes do not affect
// it.
//
// The fingerprint is the SHA-256 hash of the following form, which is the same on every
// machine and in every version of this package:
//
//	"seccompile decision function 1\n"
//	for each node, after those that it refers to, 12 bytes in three
//	big-endian words:
//		a test:    level, index of the node for 0, index of the node for 1
//		an answer: 512, the word that the filter returns, 0
//
// The nodes are those of the reduced ordered binary decision diagram of the answers. Each
// occurs once. They are numbered from 0 in the order in which they are written: the node
// for 0 and all that it refers to, then the node for 1, then the test itself. The last
// node is the function.
//
// A test examines one bit: level 32*w + 31 - b means bit b of word w. Word 0 is arch and
// word 1 is nr. Words 2+2*i and 3+2*i are the high and low halves of argument i. Words 14
// and 15, the halves of the instruction pointer, are never tested by a policy. Levels ascend
// on every path. The two nodes of a test differ, and no two nodes are the same.
func Fingerprint(pol *policy.Policy) ([32]byte, error) {
	if err := pol.Check(); err != nil {
		return [32]byte{}, err
	}
	form, err := prove.Canon(pol)
	if err != nil {
		return [32]byte{}, decided(err, pol)
	}
	return sha256.Sum256(form), nil
}

// Fingerprint returns a hash of the combined answers of the filters to all calls. It equals the
// [Fingerprint] of every policy for which [Verify] succeeds. Two stacks have the same
// fingerprint if and only if [Diff] finds no difference. It does not matter which programs
// compiled their filters, or how many filters they have. To hash the filters of a thread, make a
// stack with [Load] and [NewStack].
//
// The error is a [*FoldError] if several filters may return NOTIFY, since the instructions
// then do not determine the kernel's answer. It is an [*UndecidedError] if the answers
// exceed the budget of the proof.
func (s *Stack) Fingerprint() ([32]byte, error) {
	if s.last() == nil {
		return [32]byte{}, errNoFilter
	}
	if err := s.oneNotifier(); err != nil {
		return [32]byte{}, err
	}
	form, err := prove.CanonPrograms(s.programs())
	undecided := (*prove.UndecidedError)(nil)
	if errors.As(err, &undecided) && s.policy != nil {
		if w, e := s.prove(s.policy); w == nil && e == nil { // NoVerify may have left it out
			return Fingerprint(s.policy)
		}
	}
	if err != nil {
		return [32]byte{}, decided(err, s.policy)
	}
	return sha256.Sum256(form), nil
}
