package prove

import (
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/vm"
)

// The fields of an instruction's code (include/uapi/linux/bpf_common.h,
// BPF_CLASS, BPF_MODE, BPF_OP, BPF_RVAL, and BPF_MISCOP of filter.h).
const (
	classMask = 0x07
	modeMask  = 0xe0
	opMask    = 0xf0
	rvalMask  = 0x18
	miscMask  = 0xf8
)

// stepMost is how many steps one instruction may take. Comparisons with
// constants take a hundred, sums a few hundred, a division by a constant some
// thousands and more with the constant, and the product of two words of the input
// more than there is time for.
const stepMost = 1 << 19

// verdictsMost is how many tests of the input may stand before a return of A:
// as many as twelve bits take.
const verdictsMost = 1 << 12

// program returns what the program answers to every input. It is one that
// vm.Check accepts, for a machine of that native ABI. What could not be followed
// ends in leaves of diagrams.undecided. If the work grows out of bounds, the
// result means nothing and stuck is the instruction at which that happened; else
// it is -1.
func (d *diagrams) program(insns []bpf.RawInstruction, a arch.Arch) (answer node, stuck int) {
	e := d.execution(insns, a)
	answer = e.from(0, state{})
	return answer, e.stuck
}

func (d *diagrams) execution(insns []bpf.RawInstruction, a arch.Arch) *execution {
	return &execution{
		diagrams: d, insns: insns, arch: a, big: a.BigEndian(),
		live:  live(insns),
		known: map[point]node{},
		index: map[value]ref{{}: 0},
		vals:  []value{{}},
		stuck: -1,
	}
}

// A ref names a value: an index into execution.vals, 0 being the constant 0, or
// ^pc if instruction pc made it and could not be followed; ^(pc+len(insns)) if
// that is because kernels execute it in different ways.
type ref int32

// lost returns the instruction that could not be followed.
func (r ref) lost() (pc int, ok bool) { return int(^r), r < 0 }

// A state is what the registers hold before an instruction.
type state struct {
	a, x ref
	m    [abi.MemWords]ref
}

// keep clears the registers outside the set.
func (s *state) keep(live registers) {
	if live&regA == 0 {
		s.a = 0
	}
	if live&regX == 0 {
		s.x = 0
	}
	for k := range s.m {
		if live&regM(uint32(k)) == 0 {
			s.m[k] = 0
		}
	}
}

// A point is a conditional jump with a state before it, whose scratch memory is
// number m of execution.memories.
type point struct {
	pc   int32
	a, x ref
	m    int32
}

// An execution runs a program for all inputs at once, from its returns to its
// start, each conditional jump once for each state in which it is reached.
type execution struct {
	*diagrams
	insns  []bpf.RawInstruction
	arch   arch.Arch // native
	big    bool
	live   []registers
	known  map[point]node
	vals   []value
	index  map[value]ref
	word   [words]ref // the values that are words of the input, 0 if not asked for yet
	stuck  int
	list   *list         // that is proved; nil for none
	doubts []doubt       // about the last list that could not be proved
	same   map[node]node // leaves of lists, by leaf that of another list that is the same
	lists  map[int]node  // the leaves of lists that have been proved, by the instruction where they begin

	memories map[[abi.MemWords]ref]int32 // numbers of what scratch memory holds, but for zeros alone, which are 0
}

// from returns what the program answers from instruction pc on.
func (e *execution) from(pc int, s state) node {
	for ; ; pc++ {
		if e.spend(1); e.halt(pc) {
			return no
		}
		if leaf, ok := e.lists[pc]; ok {
			return leaf
		}
		in := e.insns[pc]
		switch in.Op & classMask {
		case abi.ClassLD:
			s.a = e.load(in, &s)
		case abi.ClassLDX:
			s.x = e.load(in, &s)
		case abi.ClassST:
			s.m[in.K] = s.a
		case abi.ClassSTX:
			s.m[in.K] = s.x
		case abi.ClassALU:
			x := s.x
			if in.Op&abi.SrcX == 0 {
				x = e.ref(constant(in.K))
			}
			if in.Op == abi.ClassALU|abi.OpDIV|abi.SrcX {
				return e.divide(pc, s)
			}
			if from, ok := vm.Unsettled(e.arch, in); ok && s.a >= 0 && x >= 0 {
				return e.unsettled(pc, s, x, from)
			}
			s.a = e.alu(pc, s.a, x)
		case abi.ClassJMP:
			if in.Op&opMask != abi.OpJA {
				return e.jump(pc, s)
			}
			pc += int(in.K)
		case abi.ClassRET:
			return e.ret(pc, s)
		case abi.ClassMISC:
			if in.Op&miscMask == abi.MiscTAX {
				s.x = s.a
			} else {
				s.a = s.x
			}
		}
	}
}

// halt reports whether the work has grown out of bounds, and takes pc down as
// where it did.
func (e *execution) halt(pc int) bool {
	if e.full && e.stuck < 0 {
		e.stuck = pc
	}
	return e.full
}

// refSteps is what a new value counts for, by the memory that it takes.
const refSteps = 64

// ref returns the value's name.
func (e *execution) ref(v value) ref {
	r, ok := e.index[v]
	if !ok {
		e.spend(refSteps)
		r = ref(len(e.vals))
		e.vals = append(e.vals, v)
		e.index[v] = r
	}
	return r
}

func (e *execution) load(in bpf.RawInstruction, s *state) ref {
	switch in.Op & modeMask {
	case abi.ModeABS:
		w := wordAt(in.K, e.big)
		if e.word[w] == 0 {
			e.word[w] = e.ref(e.input(w))
		}
		return e.word[w]
	case abi.ModeMEM:
		return s.m[in.K]
	case abi.ModeLEN:
		return e.ref(constant(abi.DataSize))
	}
	return e.ref(constant(in.K))
}

// alu returns the result of instruction pc on A and its operand.
func (e *execution) alu(pc int, a, x ref) ref {
	op := e.insns[pc].Op & opMask
	if a < 0 {
		return a
	}
	if x < 0 && op != abi.OpNEG {
		return x
	}
	var v value
	if !e.within(stepMost, func() { v = e.compute(op, &e.vals[a], &e.vals[x]) }) {
		return ref(^pc)
	}
	return e.ref(v)
}

func (e *execution) compute(op uint16, a, x *value) value {
	switch op {
	case abi.OpADD:
		return e.add(a, x, no)
	case abi.OpSUB:
		return e.sub(a, x)
	case abi.OpMUL:
		return e.mul(a, x)
	case abi.OpDIV:
		return e.div(a, x)
	case abi.OpOR:
		return a.each(x, e.or)
	case abi.OpAND:
		return a.each(x, e.and)
	case abi.OpXOR:
		return a.each(x, e.xor)
	case abi.OpLSH:
		return e.shift(a, x, (*value).left)
	case abi.OpRSH:
		return e.shift(a, x, (*value).right)
	}
	return e.sub(&value{}, a) // NEG
}

// divide returns the answer from a division by X on, which ends the program with
// the word 0 where X is 0.
func (e *execution) divide(pc int, s state) node {
	if at, ok := s.x.lost(); ok {
		return e.undecided(at)
	}
	zero := e.equal(&e.vals[s.x], &value{})
	if zero == yes {
		return e.leaf(0)
	}
	s.a = e.alu(pc, s.a, s.x)
	n := e.ite(zero, e.leaf(0), e.from(pc+1, s))
	e.halt(pc)
	return n
}

// unsettled returns the answer from a shift by x on, of which kernels make
// different values where x is first or more: there A is lost.
func (e *execution) unsettled(pc int, s state, x ref, first uint32) node {
	limit := constant(first)
	settled := e.less(&e.vals[x], &limit)
	lost := s
	lost.a = ^ref(pc + len(e.insns))
	switch settled {
	case no:
		return e.from(pc+1, lost)
	case yes:
		s.a = e.alu(pc, s.a, x)
		return e.from(pc+1, s)
	}
	s.a = e.alu(pc, s.a, x)
	n := e.ite(settled, e.from(pc+1, s), e.from(pc+1, lost))
	e.halt(pc)
	return n
}

// jump returns the answer from a conditional jump on.
func (e *execution) jump(pc int, s state) node {
	s.keep(e.live[pc])
	here := e.point(pc, &s)
	if n, ok := e.known[here]; ok {
		return n
	}
	n := e.branch(pc, s)
	if e.list != nil {
		n = e.list.fold(n, pc)
	}
	if !e.halt(pc) {
		e.known[here] = n
	}
	return n
}

func (e *execution) point(pc int, s *state) point {
	if s.m == [abi.MemWords]ref{} {
		return point{int32(pc), s.a, s.x, 0}
	}
	m, ok := e.memories[s.m]
	if !ok {
		if e.memories == nil {
			e.memories = map[[abi.MemWords]ref]int32{}
		}
		m = int32(len(e.memories) + 1)
		e.memories[s.m] = m
	}
	return point{int32(pc), s.a, s.x, m}
}

func (e *execution) branch(pc int, s state) node {
	in := e.insns[pc]
	if at, ok := s.a.lost(); ok {
		return e.undecided(at)
	}
	x := constant(in.K)
	if in.Op&abi.SrcX != 0 {
		if at, ok := s.x.lost(); ok {
			return e.undecided(at)
		}
		x = e.vals[s.x]
	}
	then, other := pc+1+int(in.Jt), pc+1+int(in.Jf)
	if in.Op&opMask == abi.OpJGE {
		then, other = other, then // if A is less
	}
	var cond node
	if !e.within(stepMost, func() {
		switch a := &e.vals[s.a]; in.Op & opMask {
		case abi.OpJEQ:
			cond = e.equal(a, &x)
		case abi.OpJGT:
			cond = e.less(&x, a)
		case abi.OpJGE:
			cond = e.less(a, &x)
		case abi.OpJSET:
			cond = e.meet(a, &x)
		}
	}) {
		return e.undecided(pc)
	}
	switch cond {
	case yes:
		return e.from(then, s)
	case no:
		return e.from(other, s)
	}
	return e.ite(cond, e.from(then, s), e.from(other, s))
}

func (e *execution) ret(pc int, s state) node {
	in := e.insns[pc]
	if in.Op&rvalMask != abi.RvalA {
		return e.leaf(in.K)
	}
	if at, ok := s.a.lost(); ok {
		return e.undecided(at)
	}
	var answer node
	if !e.within(verdictsMost*expandSteps, func() { answer = e.verdict(&e.vals[s.a]) }) {
		return e.undecided(pc)
	}
	return answer
}
