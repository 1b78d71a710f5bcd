package needs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/cmd/seccompile/internal/machine"
)

// maxAtoms is how many values a register may have before it counts as anything.
const maxAtoms = 48

// A place is where a function finds what it is given: a register by its number, or memory at
// onStack plus the distance from the stack pointer at its beginning.
type place int64

const onStack place = 1 << 32

// An atom is one value: a constant, or what a function is given in a place.
type atom struct {
	given bool
	at    place
	size  int // how much of what is given is used, as sized has it; 0 for all
	n     uint64
}

// A value is what a register or a slot of the stack may have. The zero value is anything.
type value struct {
	kind  kind
	off   int64  // of an address from the stack pointer at the beginning of the function
	atoms []atom // ascending
}

type kind uint8

const (
	anything kind = iota
	oneOf         // of atoms
	address       // of the stack, at off
	field         // of memory: register and distance are in off; as good as anything
)

func constant(n uint64) value { return value{kind: oneOf, atoms: []atom{{n: n}}} }

func givenIn(p place) value { return value{kind: oneOf, atoms: []atom{{given: true, at: p}}} }

func (a atom) compare(b atom) int {
	switch {
	case a.given != b.given && a.given:
		return 1
	case a.given != b.given:
		return -1
	}
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.size, b.size), cmp.Compare(a.n, b.n))
}

func (v value) equal(w value) bool {
	return v.kind == w.kind && v.off == w.off && slices.Equal(v.atoms, w.atoms)
}

// or returns a value that has those of both.
func (v value) or(w value) value {
	switch {
	case v.equal(w):
		return v
	case v.kind != oneOf || w.kind != oneOf:
		return value{}
	}
	all := slices.Concat(v.atoms, w.atoms)
	slices.SortFunc(all, atom.compare)
	all = slices.Compact(all)
	if len(all) > maxAtoms {
		return value{}
	}
	return value{kind: oneOf, atoms: all}
}

// each returns the value after f has been done to its constants; it is anything if it may be what
// the function is given.
func (v value) each(f func(uint64) uint64) value {
	if v.kind != oneOf {
		return value{}
	}
	all := make([]atom, len(v.atoms))
	for i, a := range v.atoms {
		if a.given {
			return value{}
		}
		all[i] = atom{n: f(a.n)}
	}
	slices.SortFunc(all, atom.compare)
	return value{kind: oneOf, atoms: slices.Compact(all)}
}

// sized returns the value in a register of which size bytes are written: all others become
// 0, or with size -4 the sign.
func (v value) sized(size int) value {
	if v.kind == address && size != 8 {
		return value{}
	}
	if v.kind == field {
		return v
	}
	if v.kind != oneOf || size == 8 || size == 0 {
		return v
	}
	all := make([]atom, len(v.atoms))
	for i, a := range v.atoms {
		switch {
		case a.given:
			a.size = size // of 32 bits that were used before, the same 32 are
		case size < 0:
			a.n = uint64(int64(int32(uint32(a.n))))
		default:
			a.n = uint64(uint32(a.n))
		}
		all[i] = a
	}
	slices.SortFunc(all, atom.compare)
	return value{kind: oneOf, atoms: slices.Compact(all)}
}

func (v value) String() string {
	switch v.kind {
	case anything, field:
		return "?"
	case address:
		return fmt.Sprintf("sp%+d", v.off)
	}
	var b []string
	for _, a := range v.atoms {
		switch {
		case !a.given:
			b = append(b, fmt.Sprintf("%#x", a.n))
		case a.at < onStack/2:
			b = append(b, fmt.Sprintf("r%d", a.at))
		default:
			b = append(b, fmt.Sprintf("[sp%+d]", a.at-onStack))
		}
	}
	return strings.Join(b, "|")
}

// A slot is a value in memory of the stack.
type slot struct {
	value
	size int
}

// A state is what is known at an instruction.
type state struct {
	regs  [32]value
	slots map[int64]slot // by the distance from the stack pointer at the beginning
	given int64          // what is at this distance or beyond may not be what the function is given
}

func (s *state) clone() *state {
	c := *s
	c.slots = make(map[int64]slot, len(s.slots))
	for k, v := range s.slots {
		c.slots[k] = v
	}
	return &c
}

// merge takes in what another state has, and reports whether that changes it. The function's
// own slots of before are looked up by find.
func (s *state) merge(o *state, find func(*state, int64) slot) (changed bool) {
	if o.given < s.given {
		s.given, changed = o.given, true
	}
	for i := range s.regs {
		if s.regs[i].kind == anything || s.regs[i].equal(o.regs[i]) {
			continue
		}
		if v := s.regs[i].or(o.regs[i]); !v.equal(s.regs[i]) {
			s.regs[i], changed = v, true
		}
	}
	join := func(k int64) {
		a, b := find(s, k), find(o, k)
		if a.size == b.size && a.equal(b.value) {
			return
		}
		v := slot{}
		if a.size == b.size {
			v = slot{a.value.or(b.value), a.size}
		}
		if v.kind == anything {
			v = slot{}
		}
		if !v.equal(a.value) || v.size != a.size {
			s.slots[k], changed = v, true
		}
	}
	for k := range s.slots {
		join(k)
	}
	for k := range o.slots {
		if _, there := s.slots[k]; !there {
			join(k)
		}
	}
	return changed
}

// entry is the state at the beginning of a function.
func entry(m *machine.Machine) *state {
	s := &state{slots: map[int64]slot{}, given: math.MaxInt64}
	for i := range s.regs {
		s.regs[i] = givenIn(place(i))
	}
	s.regs[m.SP] = value{kind: address}
	return s
}

// unknown is a state in which anything is possible.
func unknown() *state { return &state{slots: map[int64]slot{}} }
