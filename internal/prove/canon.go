package prove

import (
	"encoding/binary"

	"github.com/seccompile/seccompile/profile/policy"
)

// canonName begins every canonical form. Its number grows if the form changes,
// and compile.Fingerprint documents it.
const canonName = "seccompile decision function 1\n"

// Canon returns what the policy answers to all calls, in the one form that
// policies have that answer all calls alike: how their rules are ordered, grouped
// or worded plays no part, nor does what stands beside the answers (flags, the
// listener, notes). It is meant to be hashed and can be read; the form is
// documented where users find it, at compile.Fingerprint.
//
// The error says what is wrong with the policy, or is an *UndecidedError.
func Canon(pol *policy.Policy) ([]byte, error) {
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
	return d.canon(f), nil
}

// CanonPrograms is Canon for the programs of a thread, in the order of their installation:
// of what they answer together, as Stacks compares it. A policy that they are equal to has
// the same form.
//
// The error is vm.Check's, or an *UndecidedError.
func CanonPrograms(list []Program) ([]byte, error) {
	if _, err := runner(list); err != nil {
		return nil, err
	}
	d := newDiagrams()
	f, err := d.together(list)
	if err != nil {
		return nil, err
	}
	return d.canon(f), nil
}

// canon returns the form of a function.
func (d *diagrams) canon(f node) []byte {
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
	return out
}
