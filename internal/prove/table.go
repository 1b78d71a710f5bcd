package prove

import (
	"math/bits"

	"github.com/seccompile/seccompile/internal/abi"
)

// A table is a function that looks at arch and nr as filters and policies mostly
// do, by comparing them: by ranges of both, functions of the rest of the input.
// It says the same as one diagram and is made much faster.
type table []audits

// Audits are the values of arch from first on, up to the next row's.
type audits struct {
	first   uint32
	numbers []span
}

// A span is the numbers from first on, up to the next span's.
type span struct {
	first uint32
	node  node // of the arguments and ip
}

// whole returns the table as one diagram.
func (d *diagrams) whole(t table) node {
	var starts []uint32
	var children []node
	for _, r := range t {
		var numbers []uint32
		var answers []node
		for _, s := range r.numbers {
			numbers, answers = append(numbers, s.first), append(answers, s.node)
		}
		starts, children = append(starts, r.first), append(children, d.dispatch(wordNr, 32, 0, numbers, answers))
	}
	return d.dispatch(wordArch, 32, 0, starts, children)
}

// replace replaces the functions of the table.
func (t table) replace(by func(n node) node) {
	for _, r := range t {
		for i := range r.numbers {
			r.numbers[i].node = by(r.numbers[i].node)
		}
	}
}

// equal reports whether two tables are the same function.
func (t table) equal(u table) bool {
	for i, j := 0, 0; ; {
		if !equalSpans(t[i].numbers, u[j].numbers) {
			return false
		}
		nextT, nextU := i+1 < len(t), j+1 < len(u)
		switch {
		case !nextT && !nextU:
			return true
		case !nextU || nextT && t[i+1].first < u[j+1].first:
			i++
		case !nextT || u[j+1].first < t[i+1].first:
			j++
		default:
			i, j = i+1, j+1
		}
	}
}

func equalSpans(t, u []span) bool {
	for i, j := 0, 0; ; {
		if t[i].node != u[j].node {
			return false
		}
		nextT, nextU := i+1 < len(t), j+1 < len(u)
		switch {
		case !nextT && !nextU:
			return true
		case !nextU || nextT && t[i+1].first < u[j+1].first:
			i++
		case !nextT || u[j+1].first < t[i+1].first:
			j++
		default:
			i, j = i+1, j+1
		}
	}
}

// tableSteps is how many instructions a program may take on all ranges of numbers
// together for its table to be made. The default profile's take some thousands.
const tableSteps = 1 << 18

// table returns what the program answers as a table, if it compares arch and then
// nr with constants before it looks at anything else.
func (e *execution) table() (t table, ok bool) {
	m := mapping{execution: e, left: tableSteps}
	ok = m.follow(0, noWord, values{0, ^uint32(0)}, values{0, ^uint32(0)}) && m.arch == 0 && m.nr == 0
	return m.table, ok && !e.full && e.stuck < 0
}

// A mapping makes a table of a program. Ranges are added in ascending order.
type mapping struct {
	*execution
	left     int // steps
	table    table
	arch, nr uint32 // the next values to be added, those of the last row until it is full
	last     uint32 // of the last row's values of arch
}

// noWord is none of the words of an input.
const noWord word = -1

// values are a range of values, both ends included.
type values struct{ lo, hi uint32 }

// follow adds what the program answers from instruction pc on, where A holds that
// word, for inputs with those arches and numbers. It reports whether it can.
func (m *mapping) follow(pc int, a word, arches, numbers values) bool {
	for ; m.left > 0; pc++ {
		m.left--
		in := m.insns[pc]
		leaf, isList := m.lists[pc]
		switch {
		case isList:
			return m.add(arches, numbers, leaf)
		case in.Op == abi.ClassLD|abi.SizeW|abi.ModeABS && in.K == abi.DataArch:
			a = wordArch
		case in.Op == abi.ClassLD|abi.SizeW|abi.ModeABS && in.K == abi.DataNr:
			a = wordNr
		case in.Op == abi.ClassJMP|abi.OpJA:
			pc += int(in.K)
		case in.Op&classMask == abi.ClassJMP && in.Op&abi.SrcX == 0 && a != noWord:
			of := &numbers
			if a == wordArch {
				of = &arches
			}
			for all, lo := *of, of.lo; ; lo = of.hi + 1 {
				*of = values{lo, min(all.hi, alike(in.Op&opMask, lo, in.K))}
				to := pc + 1 + int(in.Jf)
				if holds(in.Op&opMask, lo, in.K) {
					to = pc + 1 + int(in.Jt)
				}
				if !m.follow(to, a, arches, numbers) {
					return false
				}
				if of.hi == all.hi {
					return true
				}
			}
		default:
			if m.live[pc] != 0 {
				return false // what registers hold is used
			}
			n := m.from(pc, state{})
			return m.rows[n].level >= wordArgs.level(31) && m.add(arches, numbers, n)
		}
	}
	return false
}

// add adds the answer to a range, which must be the next one.
func (m *mapping) add(arches, numbers values, n node) bool {
	if m.nr == 0 {
		m.table, m.last = append(m.table, audits{first: arches.lo}), arches.hi
	}
	if arches != (values{m.arch, m.last}) || numbers.lo != m.nr {
		return false
	}
	r := &m.table[len(m.table)-1]
	if k := len(r.numbers); k == 0 || r.numbers[k-1].node != n {
		r.numbers = append(r.numbers, span{numbers.lo, n})
	}
	if m.nr = numbers.hi + 1; m.nr == 0 { // the row is full
		m.arch = arches.hi + 1
	}
	return true
}

// alike returns the last value from v on up to which a comparison with k has the
// same result.
func alike(op uint16, v, k uint32) uint32 {
	switch {
	case op == abi.OpJEQ && v == k, op == abi.OpJGT && v <= k:
		return k
	case op == abi.OpJEQ && v < k, op == abi.OpJGE && v < k:
		return k - 1
	case op == abi.OpJSET && v&k == 0:
		last := ^uint32(0)
		for ; k != 0; k &= k - 1 {
			bit := k & -k
			last = min(last, (v&^(bit-1)|bit)-1) // before the next value with this one
		}
		return last
	case op == abi.OpJSET:
		// The next value without any: add to the highest bit that is found, as
		// long as one is.
		for next := v; ; {
			found := next & k
			if found == 0 {
				return next - 1
			}
			high := uint32(1) << (31 - bits.LeadingZeros32(found))
			if next = (next | (high - 1)) + 1; next == 0 {
				return ^uint32(0)
			}
		}
	}
	return ^uint32(0)
}
