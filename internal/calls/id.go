package calls

import "github.com/seccompile/seccompile/arch"

// An ID is a name's index among the sorted names of all ABIs, counted from 1. The zero value
// is the ID of every name that no ABI has. An ID is valid only within one process: with
// tables of another kernel, names have other IDs.
type ID uint16

// IDs returns the number of IDs, the zero value included. All IDs are below it.
func IDs() int { return len(nameEnd) }

// Lookup returns the ID of the name, 0 if no ABI has a call of it.
func Lookup(name string) ID {
	const offset, prime = 2166136261, 16777619 // of FNV-1a
	h := uint32(offset)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * prime
	}
	for ; ; h++ {
		i := nameSlots[h%uint32(len(nameSlots))]
		if i == 0 || nameAt(int(i)-1) == name {
			return ID(i)
		}
	}
}

// Names calls yield with each name of a call on any ABI, sorted, until it
// returns false.
func Names(yield func(name string) bool) {
	for i := range len(nameEnd) - 1 {
		if !yield(nameAt(i)) {
			return
		}
	}
}

func nameAt(i int) string { return names[nameEnd[i]:nameEnd[i+1]] }

// Number returns the call's number on a, as it stands in seccomp_data.nr. ok is
// false if a lacks the call.
func (id ID) Number(a arch.Arch) (nr uint32, ok bool) {
	t := of(a)
	i, ok := t.row(id)
	if !ok {
		return 0, false
	}
	return t.nr[i] + a.NumberBase(), true
}

// Since returns the kernel release in which a got the call. ok is false if a
// lacks the call or its release is unknown.
func (id ID) Since(a arch.Arch) (major, minor uint16, ok bool) {
	t := of(a)
	i, ok := t.row(id)
	if !ok || t.since[i] == 0 {
		return 0, 0, false
	}
	return t.since[i] >> 8, t.since[i] & 0xff, true
}

// Narrow returns how many low bits of an argument, numbered from 0, the kernel
// reads, 32 or 16. ok is false if it reads the whole register, and if a lacks
// the call or the call the argument.
func (id ID) Narrow(a arch.Arch, arg int) (bits int, ok bool) {
	t := of(a)
	i, ok := t.row(id)
	if !ok || arg < 0 || arg > 5 {
		return 0, false
	}
	switch t.width[i] >> (2 * arg) & 3 {
	case 1:
		return 32, true
	case 2:
		return 16, true
	}
	return 0, false
}
