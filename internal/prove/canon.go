package prove

import (
	"encoding/binary"

	"github.com/seccompile/seccompile/profile"
)

// canonName begins every canonical form. Its number grows if the form changes.
const canonName = "seccompile decision function 1\n"

// Canon returns what the policy answers to all calls, in the one form that
// policies have that answer all calls alike: how their rules are ordered, grouped
// or worded plays no part, nor does what stands beside the answers (flags, the
// listener, notes). It is meant to be hashed and can be read:
//
//	"seccompile decision function 1\n"
//	for each node, each behind those that it refers to, 12 bytes in three
//	big-endian words:
//	    a test:    level, index of the node for 0, index of the node for 1
//	    an answer: 512, the word that the filter returns, 0
//
// Nodes are numbered from 0 as they come, each once, that for 0 with all that it
// needs before that for 1; the last is the function. A test is of one bit: level
// 32*w + 31 - b is bit b of word w, the words being 0 arch, 1 nr, 2+2*i the high
// and 3+2*i the low half of argument i, 14 and 15 the ip. On every way levels
// ascend; no test has the same node twice; no two nodes are the same.
//
// The error says what is wrong with the policy, or is an *UndecidedError.
func Canon(pol *profile.Policy) ([]byte, error) {
	if err := checkPolicy(pol); err != nil {
		return nil, err
	}
	d := newDiagrams()
	d.entire = true
	t, _ := d.policy(pol, nil)
	f := d.whole(t)
	if d.full {
		return nil, tooLargePolicy(pol)
	}
	out := []byte(canonName)
	count := uint32(0)
	index := map[node]uint32{}
	var write func(n node) uint32
	write = func(n node) uint32 {
		if i, ok := index[n]; ok {
			return i
		}
		r := d.rows[n]
		words := [3]uint32{uint32(r.level), uint32(r.lo), 0}
		if r.level != atLeaf {
			words[1] = write(r.lo)
			words[2] = write(r.hi)
		}
		for _, w := range words {
			out = binary.BigEndian.AppendUint32(out, w)
		}
		index[n] = count
		count++
		return index[n]
	}
	write(f)
	return out, nil
}
