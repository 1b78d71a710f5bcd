package compile

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/internal/prove"
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
// kernel takes. It claims where the chains are, for the proof.
func emit(n *diagram.Node, chains []chain, o layout) ([]bpf.RawInstruction, []prove.Claim) {
	e := newEmitter(o)
	insns := e.program(n)
	var claims []prove.Claim
	for _, c := range chains {
		claims = append(claims, prove.Claim{PC: len(insns) - 1 - int(e.at[c.first.Next].loaded), Arch: c.arch, Nr: c.nr, Rules: c.rules})
	}
	return insns, claims
}

func (e *emitter) program(n *diagram.Node) []bpf.RawInstruction {
	e.visit(n, nothing, nil)
	most := 0
	for n := range e.loads {
		most = max(most, len(n.Children))
	}
	e.planner.grow(most)
	e.fallTo(e.node(n, nothing))
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
	at      map[*diagram.Node]begin
	survey
	trampolines map[label]label // for far targets the last instruction that leads there
	callers     []caller
	noneAllowed bool   // no number is always allowed
	trees       *trees // to be written down; nil: not
}

// A caller is an ABI whose numbers a node tells apart.
type caller struct {
	node *diagram.Node
	arch arch.Arch
}

func newEmitter(o layout) *emitter {
	price := int64(heuristicPrice)
	switch {
	case o.short:
		price = shortPrice
	case o.optimal:
		price = exactPrice
	}
	p := newPlanner(o.optimal, price)
	p.counted = o.weights.total > 0
	return &emitter{layout: o, planner: p, code: make([]bpf.RawInstruction, 0, 256),
		at: map[*diagram.Node]begin{}, survey: newSurvey(), trampolines: map[label]label{}}
}

// put writes an instruction in front of the program.
func (e *emitter) put(op uint16, k uint32) label {
	e.code = append(e.code, bpf.RawInstruction{Op: op, K: k})
	return label(len(e.code) - 1)
}

// A begin is where the code of a node begins: with the load of its word, and
// after it, for paths that have the word in A.
type begin struct{ load, loaded label }

// node returns the label of the node's code for paths with that in A. It writes
// the code if nothing does.
func (e *emitter) node(n *diagram.Node, held diagram.Test) label {
	if n.Next != nil {
		n = n.Next
	}
	at, ok := e.at[n]
	if !ok {
		if next := e.exits[n]; next != nil {
			e.node(next, nothing) // so that the code of the group stays together
		}
		if n.Leaf() {
			at.load = e.put(abi.ClassRET|abi.RvalK, n.Verdict)
		} else {
			at = e.test(n)
		}
		e.at[n] = at
	}
	if !n.Leaf() && serves(held, n) {
		return at.loaded
	}
	return at.load
}

// test writes an inner node: the load of its word, if it takes one, and the
// comparisons.
func (e *emitter) test(n *diagram.Node) (at begin) {
	if b := branchOf(n); b.jset {
		if e.trees != nil {
			e.trees.addJSET(n, b)
		}
		at.loaded = e.jump(abi.OpJSET, b.mask, e.node(b.children[1], holds(n)), e.node(b.children[0], holds(n)))
	} else {
		plan := e.planner.plan
		if n.Test.Word == diagram.Nr {
			plan = e.planner.planNumbers
		}
		first := plan(e.intervals(n))
		if e.trees != nil {
			e.trees.add(n, e.planner.steps, first)
		}
		at.loaded = e.tree(first, holds(n))
		if b.mask != whole {
			e.fallTo(at.loaded)
			at.loaded = e.put(abi.ClassALU|abi.OpAND|abi.SrcK, b.mask)
		}
	}
	if e.loads[n] {
		e.fallTo(at.loaded)
		at.load = e.put(abi.ClassLD|abi.SizeW|abi.ModeABS, e.offset(n.Test.Word))
	}
	return at
}

// offset returns where a word of the call stands in struct seccomp_data.
func (e *emitter) offset(w diagram.Word) uint32 {
	switch w {
	case diagram.Arch:
		return abi.DataArch
	case diagram.Nr:
		return abi.DataNr
	}
	i, high, _ := w.Arg()
	if high == e.bigEndian { // the first of the two
		return abi.DataArgs + 8*uint32(i)
	}
	return abi.DataArgs + 8*uint32(i) + 4
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
	if l, ok := e.trampolines[target]; ok && reaches(l) {
		return l
	}
	l := label(len(e.code))
	if i := e.code[target]; i.Op == abi.ClassRET|abi.RvalK {
		e.put(i.Op, i.K)
	} else {
		e.put(abi.ClassJMP|abi.OpJA, uint32(l-target-1))
	}
	e.trampolines[target] = l
	return l
}

// fallTo makes target the start of the program.
func (e *emitter) fallTo(target label) label {
	if skip := len(e.code) - int(target) - 1; skip > 0 {
		return e.put(abi.ClassJMP|abi.OpJA, uint32(skip))
	}
	return target
}
