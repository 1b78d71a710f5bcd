package main

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/profile/policy"
)

// A path is one run through the filters of a thread: what it takes, and the answer.
type path struct {
	words  [words64]facts // of struct seccomp_data
	others []test         // of values that are computed
	action policy.Action
	at     int // the instruction that returned the action, of filter
	filter int
}

// words64 is the size of struct seccomp_data in words.
const words64 = 16

// A test is a comparison of a value that is not bits of one word.
type test struct {
	text  string
	holds func(data [words64]uint32) bool
}

// A quantity is what a register has: a number, bits of a word, or something computed.
type quantity struct {
	known bool
	n     uint32
	word  int    // if not computed
	mask  uint32 // the bits of the word
	text  string // of what is computed, else ""
	eval  func(data [words64]uint32) uint32
}

func constant(n uint32) quantity {
	return quantity{known: true, n: n, eval: func([words64]uint32) uint32 { return n }}
}

func wordBits(w int, mask uint32) quantity {
	return quantity{word: w, mask: mask, eval: func(d [words64]uint32) uint32 { return d[w] & mask }}
}

// maxPaths bounds the paths through the filters of a thread, maxTrace the instructions on
// them.
const (
	maxPaths = 4096
	maxTrace = 1 << 20
)

var errManyPaths = fmt.Errorf("more than %d cases (name more of its arguments)", maxPaths)

// A tracer finds the paths through filters, the newest first, as the kernel runs them.
type tracer struct {
	filters [][]bpf.RawInstruction
	names   [words64]string
	paths   []path
	steps   int
}

// tracePaths returns all paths that calls can take that have these facts. No call takes
// two of them. Filters are in the order of their installation.
func tracePaths(filters [][]bpf.RawInstruction, from [words64]facts, names [words64]string) ([]path, error) {
	t := &tracer{filters: filters, names: names}
	p := path{words: from, action: policy.Allow, filter: -1}
	if err := t.filter(len(filters)-1, p); err != nil {
		return nil, err
	}
	return t.paths, nil
}

// filter follows a path through a filter and those that are older.
func (t *tracer) filter(i int, p path) error {
	if i < 0 {
		if len(t.paths) == maxPaths {
			return errManyPaths
		}
		t.paths = append(t.paths, p)
		return nil
	}
	var m machine
	m.a, m.x = constant(0), constant(0)
	for j := range m.mem {
		m.mem[j] = constant(0)
	}
	return t.run(i, 0, m, p)
}

// A machine has the registers of a filter.
type machine struct {
	a, x quantity
	mem  [16]quantity
}

// run follows a path from an instruction on.
func (t *tracer) run(i, pc int, m machine, p path) error {
	insns := t.filters[i]
	for ; ; pc++ {
		if t.steps++; t.steps > maxTrace {
			return errManyPaths
		}
		in := insns[pc]
		switch class := in.Op & 7; {
		case class == 6: // RET
			ret := constant(in.K)
			if in.Op&0x18 == 0x10 {
				ret = t.fixed(m.a, &p)
			}
			if !ret.known {
				return fmt.Errorf("instruction %d returns a computed value", pc)
			}
			return t.returned(i, pc, policy.Action(ret.n), p)
		case in.Op == 0x05: // JA
			pc += int(in.K)
		case class == 5:
			k := constant(in.K)
			if in.Op&8 != 0 {
				k = t.fixed(m.x, &p)
			}
			return t.branch(i, pc, in, t.fixed(m.a, &p), k, m, p)
		default:
			if divides, zero := m.step(in, func(x quantity) quantity { return t.fixed(x, &p) }, t.names); divides && zero.known && zero.n == 0 {
				return t.returned(i, pc, policy.KillThread, p) // bpf_convert_filter
			} else if divides && !zero.known || in.Op == 0x6c && !m.x.known || in.Op == 0x7c && !m.x.known {
				return fmt.Errorf("instruction %d divides or shifts by a value that is not known", pc)
			}
			if len(m.a.text) > 200 || len(m.x.text) > 200 {
				return fmt.Errorf("instruction %d computes with too many values", pc)
			}
		}
	}
}

// returned goes on with the next older filter. Of equally strict answers that of the
// newest filter counts (kernel/seccomp.c, seccomp_run_filters).
func (t *tracer) returned(i, pc int, action policy.Action, p path) error {
	if p.filter < 0 || action.Stricter(p.action) {
		p.action, p.at, p.filter = action, pc, i
	}
	return t.filter(i-1, p)
}

// fixed returns a quantity as a number if the path leaves one value.
func (t *tracer) fixed(x quantity, p *path) quantity {
	if !x.known && x.text == "" {
		if f := p.words[x.word]; x.mask&^(f.ones|f.zeros) == 0 {
			return constant(f.ones & x.mask)
		} else if n, ok := f.value(); ok {
			return constant(n & x.mask)
		}
	}
	return x
}

// branch follows both sides of a jump that the path leaves open.
func (t *tracer) branch(i, pc int, in bpf.RawInstruction, a, k quantity, m machine, p path) error {
	op := map[uint16]comparison{0x10: isEqual, 0x20: isGreater, 0x30: isAtLeast, 0x40: hasBits}[in.Op&0xf0]
	for _, holds := range []bool{true, false} {
		to, next := pc+1+int(in.Jf), p
		if holds {
			to = pc + 1 + int(in.Jt)
		}
		switch {
		case in.Jt == in.Jf:
			if !holds {
				continue
			}
		case a.known && k.known:
			if op.holds(a.n, k.n) != holds {
				continue
			}
		case a.text == "" && k.known:
			f, possible := p.words[a.word].with(a.mask, op, k.n, holds)
			if !possible {
				continue
			}
			next.words[a.word] = f
		default:
			next.others = append(slices.Clip(p.others), test{
				fmt.Sprintf("%s %s %s", t.text(a), op.sign(holds), t.text(k)),
				func(d [words64]uint32) bool { return op.holds(a.eval(d), k.eval(d)) == holds },
			})
		}
		if err := t.run(i, to, m, next); err != nil {
			return err
		}
	}
	return nil
}

// text returns a quantity as text.
func (t *tracer) text(x quantity) string { return quantityText(x, t.names) }

func quantityText(x quantity, names [words64]string) string {
	switch {
	case x.known:
		return number(x.n)
	case x.text != "":
		return x.text
	case x.mask == ^uint32(0):
		return names[x.word]
	}
	return fmt.Sprintf("(%s & %s)", names[x.word], number(x.mask))
}

// step executes an instruction that goes on with the next one. It reports whether that
// divides, and by what.
func (m *machine) step(in bpf.RawInstruction, fixed func(quantity) quantity, names [words64]string) (divides bool, by quantity) {
	switch in.Op {
	case 0x20: // LD ABS
		m.a = wordBits(int(in.K/4), ^uint32(0))
	case 0x00: // LD IMM
		m.a = constant(in.K)
	case 0x01: // LDX IMM
		m.x = constant(in.K)
	case 0x60: // LD MEM
		m.a = m.mem[in.K]
	case 0x61: // LDX MEM
		m.x = m.mem[in.K]
	case 0x80: // LD LEN
		m.a = constant(4 * words64)
	case 0x81: // LDX LEN
		m.x = constant(4 * words64)
	case 0x02: // ST
		m.mem[in.K] = m.a
	case 0x03: // STX
		m.mem[in.K] = m.x
	case 0x07: // TAX
		m.x = m.a
	case 0x87: // TXA
		m.a = m.x
	default:
		k := constant(in.K)
		if in.Op&8 != 0 {
			k = fixed(m.x)
			m.x = k
		}
		divides = in.Op&0xf0 == 0x30
		if divides && (!k.known || k.n == 0) {
			return true, k
		}
		m.a = compute(in.Op&0xf0, fixed(m.a), k, names)
		return divides, k
	}
	return false, quantity{}
}

// compute is arithmetic on 32 bits.
func compute(op uint16, a, k quantity, names [words64]string) quantity {
	do, sign := arithmetic(op)
	switch {
	case a.known && k.known:
		return constant(do(a.n, k.n))
	case op == 0x50 && k.known && a.text == "": // AND
		return wordBits(a.word, a.mask&k.n)
	case op == 0x50 && a.known && k.text == "":
		return wordBits(k.word, k.mask&a.n)
	}
	text := fmt.Sprintf("(%s %s %s)", quantityText(a, names), sign, quantityText(k, names))
	if op == 0x80 {
		text = "-" + quantityText(a, names)
	}
	return quantity{text: text, eval: func(d [words64]uint32) uint32 { return do(a.eval(d), k.eval(d)) }}
}

// arithmetic returns what an operation of BPF does, and its sign.
func arithmetic(op uint16) (do func(a, k uint32) uint32, sign string) {
	switch op {
	case 0x00:
		return func(a, k uint32) uint32 { return a + k }, "+"
	case 0x10:
		return func(a, k uint32) uint32 { return a - k }, "-"
	case 0x20:
		return func(a, k uint32) uint32 { return a * k }, "*"
	case 0x30:
		return func(a, k uint32) uint32 { return a / k }, "/"
	case 0x40:
		return func(a, k uint32) uint32 { return a | k }, "|"
	case 0x50:
		return func(a, k uint32) uint32 { return a & k }, "&"
	case 0x60:
		return func(a, k uint32) uint32 { return a << (k % 32) }, "<<"
	case 0x70:
		return func(a, k uint32) uint32 { return a >> (k % 32) }, ">>"
	case 0xa0:
		return func(a, k uint32) uint32 { return a ^ k }, "^"
	}
	return func(a, _ uint32) uint32 { return -a }, "-"
}

// holds reports whether a call takes the path.
func (p *path) holds(d [words64]uint32) bool {
	for w := range p.words {
		if !p.words[w].has(d[w]) {
			return false
		}
	}
	return !slices.ContainsFunc(p.others, func(x test) bool { return !x.holds(d) })
}

// conditions returns what a call has to satisfy to take the path, beyond what all calls
// of the query do.
func (p *path) conditions(from [words64]facts, names [words64]string, big bool) (list []string) {
	for lo := 2; lo < words64; lo += 2 {
		lo, hi := lo, lo+1
		if big {
			lo, hi = hi, lo
		}
		if _, known := from[lo].value(); known {
			continue
		}
		list = append(list, wholeTexts(p.words[lo], p.words[hi], names[lo], names[hi])...)
	}
	for _, x := range p.others {
		list = append(list, x.text)
	}
	return list
}

// wholeTexts returns the facts about both halves of an argument, where it can be as
// conditions on the whole.
func wholeTexts(lo, hi facts, loName, hiName string) []string {
	whole := strings.TrimSuffix(loName, ":32")
	l, one := lo.value()
	switch h, fixed := hi.value(); {
	case one && fixed:
		return []string{fmt.Sprintf("%s == %#x", whole, uint64(h)<<32|uint64(l))}
	case fixed && h == 0 && lo.hi < ^uint32(0):
		return lo.texts(whole)
	}
	return append(lo.texts(loName), hi.texts(hiName)...)
}
