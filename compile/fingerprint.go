package compile

import (
	"crypto/sha256"

	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile/policy"
)

// Fingerprint returns a hash of what a policy answers to all calls. It is equal
// for any two policies that decide every call alike, however their profiles are
// ordered, grouped or worded, and for no others; flags, the listener and notes
// play no part. It is the SHA-256 of a form that is the same on every machine and
// in every version of this package:
//
//	"seccompile decision function 1\n"
//	for each node, after those that it refers to, 12 bytes in three
//	big-endian words:
//	    a test:    level, index of the node for 0, index of the node for 1
//	    an answer: 512, the word that the filter returns, 0
//
// The nodes are those of the reduced ordered binary decision diagram of the
// answers. They are numbered from 0 as they come, each once, that for 0 with all
// that it needs before that for 1; the last is the function. A test is of one bit:
// level 32*w + 31 - b is bit b of word w, the words being 0 arch, 1 nr, 2+2*i the
// high and 3+2*i the low half of argument i; 14 and 15, the halves of the
// instruction pointer, are never tested. Levels ascend on every path; the two
// nodes of a test differ; no two nodes are the same.
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
