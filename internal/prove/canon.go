package prove

import (
	"encoding/binary"

	"github.com/seccompile/seccompile/profile/policy"
)

// canonName begins every canonical form. Its number grows if the form changes,
// and compile.Fingerprint documents it.
const canonName = "seccompile decision function 1\n"

// Canon returns the answers of the policy to all calls in canonical form: policies that
// answer all calls alike have the same form. The order, grouping and wording of their rules
// do not matter, nor do flags, the listener and notes. The form is meant to be hashed;
// compile.Fingerprint documents it.
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

// CanonPrograms is like Canon, for the combined answers of the programs of a thread, in
// the order of their installation, as Stacks compares them. A policy that is equal to the
// programs has the same form.
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
