package compile

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
	"golang.org/x/net/bpf"
)

// A layout says how a diagram becomes instructions.
type layout struct {
	arches    []arch.Arch // of the policy, the native ABI first
	bigEndian bool
	weights   Weights
	optimal   bool // look for the best trees, however long it takes
	short     bool // the shortest program rather than the fastest
}

// emit turns a diagram into instructions. There may be more of them than the
// kernel takes.
func emit(n *diagram.Node, o layout) []bpf.RawInstruction {
	e := newEmitter(o)
	defer e.planner.free()
	return e.program(n)
}

func (e *emitter) program(n *diagram.Node) []bpf.RawInstruction {
	start := e.node(n)
	e.fallTo(start)
	slices.Reverse(e.code)
	return e.code
}

// A label is an instruction's distance from the end of the program, the last
// one's being 0. It is what an index cannot be while code grows at the front.
type label int

// An emitter writes a program from its end to its start: what an instruction
// jumps to is there before it, so that jumps need no patching and equal code is
// written once.
type emitter struct {
	layout
	planner *planner
	code    []bpf.RawInstruction // in reverse
	at      map[*diagram.Node]label
	relay   map[label]label               // for far targets the last instruction that leads there
	callers map[*diagram.Node][]arch.Arch // whose numbers a node tells apart
}

func newEmitter(o layout) *emitter {
	price := int64(growPrice)
	switch {
	case o.short:
		price = shortPrice
	case o.optimal:
		price = searchPrice
	}
	return &emitter{layout: o, planner: newPlanner(o.optimal, price), code: make([]bpf.RawInstruction, 0, 256),
		at: map[*diagram.Node]label{}, relay: map[label]label{}, callers: map[*diagram.Node][]arch.Arch{}}
}

// put writes an instruction in front of the program.
func (e *emitter) put(op uint16, k uint32) label {
	e.code = append(e.code, bpf.RawInstruction{Op: op, K: k})
	return label(len(e.code) - 1)
}

// node returns the label of the node's code, which it writes if there is none.
func (e *emitter) node(n *diagram.Node) label {
	if l, ok := e.at[n]; ok {
		return l
	}
	var l label
	if n.Leaf() {
		l = e.put(abi.ClassRET|abi.RvalK, n.Verdict)
	} else {
		l = e.test(n)
	}
	e.at[n] = l
	return l
}

// test writes an inner node: the load of its word and the comparisons.
func (e *emitter) test(n *diagram.Node) label {
	mask := n.Test.Mask
	zeroOrNot := len(n.Cuts) == 1 && n.Cuts[0] == 1
	if mask != whole && zeroOrNot {
		e.jump(abi.OpJSET, mask, e.node(n.Kids[1]), e.node(n.Kids[0]))
	} else {
		e.fallTo(e.tree(e.planner.plan(e.intervals(n))))
		if mask != whole {
			e.put(abi.ClassALU|abi.OpAND|abi.SrcK, mask)
		}
	}
	return e.put(abi.ClassLD|abi.SizeW|abi.ModeABS, e.offset(n.Test.Word))
}

// offset returns where a word of the call stands in struct seccomp_data.
func (e *emitter) offset(w diagram.Word) uint32 {
	switch w {
	case diagram.Arch:
		return abi.DataArch
	case diagram.Nr:
		return abi.DataNr
	}
	i := uint32(w - diagram.High(0)) // high halves are even
	if !e.bigEndian {
		i ^= 1 // the low half comes first
	}
	return abi.DataArgs + 4*i
}

// farthest is how many instructions a conditional jump can skip: its fields have
// 8 bits.
const farthest = 255

// jump writes a conditional jump, and in front of the program what it needs to
// reach far targets. Both ways the same is no jump.
func (e *emitter) jump(op uint16, k uint32, yes, no label) label {
	if yes == no {
		return yes
	}
	no = e.near(no, 1) // bringing yes near may take one more instruction
	yes = e.near(yes, 0)
	here := e.put(abi.ClassJMP|op|abi.SrcK, k)
	e.code[here].Jt = uint8(here - yes - 1)
	e.code[here].Jf = uint8(here - no - 1)
	return here
}

// near returns a label that the next instruction but more reaches and that
// leads to target: target itself, a copy of it if it returns, or a jump to it.
func (e *emitter) near(target label, more int) label {
	reaches := func(l label) bool { return len(e.code)+more-int(l)-1 <= farthest }
	if reaches(target) {
		return target
	}
	if l, ok := e.relay[target]; ok && reaches(l) {
		return l
	}
	l := label(len(e.code))
	if i := e.code[target]; i.Op == abi.ClassRET|abi.RvalK {
		e.put(i.Op, i.K)
	} else {
		e.put(abi.ClassJMP|abi.OpJA, uint32(l-target-1))
	}
	e.relay[target] = l
	return l
}

// fallTo makes target the start of the program.
func (e *emitter) fallTo(target label) label {
	if skip := len(e.code) - int(target) - 1; skip > 0 {
		return e.put(abi.ClassJMP|abi.OpJA, uint32(skip))
	}
	return target
}
