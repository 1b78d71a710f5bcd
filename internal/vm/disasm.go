package vm

import (
	"fmt"
	"strings"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/syscalls"
)

// List returns the program for people, in the columns of other seccomp tools:
// index, code, jt, jf and k, then what the instruction does.
//
//	line  code jt   jf   k
//	0000: 0x20 0x00 0x00 0x00000004  A = arch
//	0001: 0x15 0x00 0x04 0xc000003e  if (arch != x86_64) goto 0006
//	0002: 0x20 0x00 0x00 0x00000000  A = nr
//	0003: 0x15 0x00 0x01 0x0000003b  if (nr != 59 execve) goto 0005
//	0004: 0x06 0x00 0x00 0x00050001  return ERRNO(1)
//	0005: 0x06 0x00 0x00 0x7fff0000  return ALLOW
//	0006: 0x06 0x00 0x00 0x00000000  return KILL_THREAD
//
// The verdict names return words; if it is nil they are in hexadecimal. The
// last column is that of Meanings.
func (p *Program) List(verdict func(ret uint32) string) string {
	var b strings.Builder
	b.WriteString("line  code jt   jf   k\n")
	for pc, meaning := range p.Meanings(verdict) {
		in := p.insns[pc]
		fmt.Fprintf(&b, "%04d: 0x%02x 0x%02x 0x%02x 0x%08x  %s\n", pc, in.Op, in.Jt, in.Jf, in.K, meaning)
	}
	return b.String()
}

// Meanings returns for each instruction what it does.
//
// A comparison is of A, but where A holds the same word of seccomp_data on every
// path it says that word, masked if it was: (args[1].low & 0x3). Where every
// path has found arch equal to the same value, numbers have the names of that
// ABI's calls. A jump whose condition is false goes on with the next instruction,
// unless there is an else. Instructions that no path reaches are marked.
func (p *Program) Meanings(verdict func(ret uint32) string) []string {
	if verdict == nil {
		verdict = func(ret uint32) string { return fmt.Sprintf("0x%08x", ret) }
	}
	text := make([]string, len(p.insns))
	for pc, s := range p.flow() {
		text[pc] = p.meaning(pc, s, verdict)
		if s == nil {
			text[pc] += "  (never reached)"
		}
	}
	return text
}

func (p *Program) meaning(pc int, s *state, verdict func(ret uint32) string) string {
	switch in := p.insns[pc]; in.Op {
	case codeLdAbs:
		return "A = " + p.field(in.K)
	case codeLdImm:
		return fmt.Sprintf("A = %#x", in.K)
	case codeLdMem:
		return fmt.Sprintf("A = M[%d]", in.K)
	case codeLdLen:
		return "A = sizeof(seccomp_data)"
	case codeLdxImm:
		return fmt.Sprintf("X = %#x", in.K)
	case codeLdxMem:
		return fmt.Sprintf("X = M[%d]", in.K)
	case codeLdxLen:
		return "X = sizeof(seccomp_data)"
	case codeSt:
		return fmt.Sprintf("M[%d] = A", in.K)
	case codeStx:
		return fmt.Sprintf("M[%d] = X", in.K)
	case codeNeg:
		return "A = -A"
	case codeLshK, codeRshK:
		return fmt.Sprintf("A %s= %d", operator(in.Op), in.K)
	case codeAddK, codeSubK, codeMulK, codeDivK, codeOrK, codeAndK, codeXorK:
		return fmt.Sprintf("A %s= %#x", operator(in.Op), in.K)
	case codeDivX:
		return "if (X == 0) return " + verdict(0) + " else A /= X"
	case codeAddX, codeSubX, codeMulX, codeOrX, codeAndX, codeXorX, codeLshX, codeRshX:
		return "A " + operator(in.Op) + "= X"
	case codeJa:
		return fmt.Sprintf("goto %04d", pc+1+int(in.K))
	case codeTax:
		return "X = A"
	case codeTxa:
		return "A = X"
	case codeRetK:
		return "return " + verdict(in.K)
	case codeRetA:
		return "return A"
	default:
		return p.branch(pc, s)
	}
}

// operator returns the sign of a code of class ALU but NEG.
func operator(code uint16) string {
	return [...]string{"+", "-", "*", "/", "|", "&", "<<", ">>", "-", "%", "^"}[code>>4]
}

// branch returns the meaning of the conditional jump pc.
func (p *Program) branch(pc int, s *state) string {
	in := p.insns[pc]
	left, right := "A", "X"
	if s != nil && s.a.known {
		left = p.field(s.a.off)
		if s.a.mask != ^uint32(0) {
			left = fmt.Sprintf("(%s & %#x)", left, s.a.mask)
		}
	}
	if in.Op&abi.SrcX == 0 {
		right = s.constant(in)
	}
	var yes, no string
	switch in.Op &^ abi.SrcX {
	case codeJeqK:
		yes, no = left+" == "+right, left+" != "+right
	case codeJgtK:
		yes, no = left+" > "+right, left+" <= "+right
	case codeJgeK:
		yes, no = left+" >= "+right, left+" < "+right
	case codeJsetK:
		yes, no = left+" & "+right, "!("+left+" & "+right+")"
	}
	jt, jf := pc+1+int(in.Jt), pc+1+int(in.Jf)
	switch {
	case in.Jf == 0:
		return fmt.Sprintf("if (%s) goto %04d", yes, jt)
	case in.Jt == 0:
		return fmt.Sprintf("if (%s) goto %04d", no, jf)
	}
	return fmt.Sprintf("if (%s) goto %04d else goto %04d", yes, jt, jf)
}

// constant returns the operand k of a conditional jump, with what it stands for
// if A holds the arch or the number.
func (s *state) constant(in bpf.RawInstruction) string {
	text := fmt.Sprintf("%#x", in.K)
	if s == nil {
		return text
	}
	switch s.a {
	case held{known: true, off: abi.DataArch, mask: ^uint32(0)}:
		if a, ok := arch.Of(in.K, 0); ok && in.Op == codeJeqK {
			return a.String()
		}
	case held{known: true, off: abi.DataNr, mask: ^uint32(0)}:
		a, _ := arch.Of(s.audit, in.K)
		if a == arch.X32 && in.K == arch.X32Bit && in.Op != codeJeqK {
			return text + " x32" // the bit of them all, rather than x32's read
		}
		if in.Op == codeJsetK {
			return text
		}
		if in.K <= 0xffff {
			text = fmt.Sprint(in.K)
		}
		if name, ok := syscalls.Name(a, in.K); ok {
			return text + " " + name
		}
	}
	return text
}

// field returns the name of the word of seccomp_data at byte off.
func (p *Program) field(off uint32) string {
	name := "ip"
	switch {
	case off == abi.DataNr:
		return "nr"
	case off == abi.DataArch:
		return "arch"
	case off >= abi.DataArgs:
		name = fmt.Sprintf("args[%d]", (off-abi.DataArgs)/8)
	}
	if highWord(off, p.big) {
		return name + ".high"
	}
	return name + ".low"
}

// A held is what a register or a scratch word is known to hold: a word of
// seccomp_data, of which the bits outside mask have been cleared. The zero value
// is one of which nothing is known.
type held struct {
	known     bool
	off, mask uint32
}

// A state is what is known before an instruction on every path to it.
type state struct {
	a, x  held
	m     [abi.MemWords]held
	audit uint32 // arch was found equal to this; 0, which is no ABI's, if to nothing
}

// flow returns the state before each instruction, nil for those that no path
// reaches. Jumps are forward, so one pass in order has seen all ways to an
// instruction before it comes to it.
func (p *Program) flow() []*state {
	states := make([]*state, len(p.insns))
	states[0] = new(state)
	reach := func(pc int, s state) {
		if states[pc] == nil {
			states[pc] = &s
		} else {
			states[pc].merge(&s)
		}
	}
	for pc, in := range p.insns {
		if states[pc] == nil {
			continue
		}
		s := *states[pc]
		switch in.Op {
		case codeRetK, codeRetA:
		case codeJa:
			reach(pc+1+int(in.K), s)
		case codeJeqK, codeJeqX, codeJgtK, codeJgtX, codeJgeK, codeJgeX, codeJsetK, codeJsetX:
			reach(pc+1+int(in.Jf), s)
			if in.Op == codeJeqK && s.a == (held{known: true, off: abi.DataArch, mask: ^uint32(0)}) {
				s.audit = in.K
			}
			reach(pc+1+int(in.Jt), s)
		default:
			s.step(in)
			reach(pc+1, s)
		}
	}
	return states
}

// merge keeps what both s and t know.
func (s *state) merge(t *state) {
	s.a.merge(t.a)
	s.x.merge(t.x)
	for i := range s.m {
		s.m[i].merge(t.m[i])
	}
	if s.audit != t.audit {
		s.audit = 0
	}
}

func (h *held) merge(o held) {
	if *h != o {
		*h = held{}
	}
}

// step is the effect of an instruction that goes on to the next.
func (s *state) step(in bpf.RawInstruction) {
	switch in.Op {
	case codeLdAbs:
		s.a = held{known: true, off: in.K, mask: ^uint32(0)}
	case codeLdMem:
		s.a = s.m[in.K]
	case codeLdxMem:
		s.x = s.m[in.K]
	case codeSt:
		s.m[in.K] = s.a
	case codeStx:
		s.m[in.K] = s.x
	case codeTax:
		s.x = s.a
	case codeTxa:
		s.a = s.x
	case codeAndK:
		s.a.mask &= in.K
	case codeLdxImm, codeLdxLen:
		s.x = held{}
	default: // the rest of class ALU, and constants to A
		s.a = held{}
	}
}
