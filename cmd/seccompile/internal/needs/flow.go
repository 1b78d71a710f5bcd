package needs

import (
	"cmp"
	"math"
	"slices"

	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
	"github.com/seccompile/seccompile/cmd/seccompile/internal/machine"
)

// Limits of the analysis of one function. Beyond them anything is possible in it.
const (
	maxInsts = 200_000
	maxSteps = 3_000_000
)

// A flow is how values flow through a function.
type flow struct {
	c        *code
	fn       *image.Func
	insts    []machine.Inst
	at       map[uint64]int // of insts
	leaders  map[uint64]bool
	in       map[uint64]*state // at leaders
	escaped  [2]int64          // pointers may lead to slots from here on: of the function's own, and of what it is given
	targets  []uint64          // of jumps through tables
	steps    int
	lost     bool // everything is unknown
	anywhere bool // jumps may lead to any instruction
	buf      []machine.Effect
}

// flowOf analyses a function.
func (c *code) flowOf(i int) *flow {
	f := &flow{c: c, fn: &c.Funcs[i], at: map[uint64]int{}, leaders: map[uint64]bool{}, escaped: [2]int64{math.MaxInt64, math.MaxInt64}}
	f.read()
	for {
		escaped := f.escaped
		f.solve()
		if f.escaped == escaped || f.lost {
			return f
		}
	}
}

// read decodes the function and finds where its blocks begin.
func (f *flow) read() {
	text := f.c.Code(f.fn.Entry, ^uint64(0))
	for at := 0; at < len(text) && f.fn.Entry+uint64(at) < f.fn.End; {
		in, ok := f.c.Machine.Decode(text[at:], f.fn.Entry+uint64(at))
		if !ok {
			in.Flow, in.Len = machine.Stop, max(1, in.Len)
		}
		linked(f.c.Image, &in)
		f.at[in.Addr] = len(f.insts)
		f.insts = append(f.insts, in)
		at += in.Len
	}
	f.lost = len(f.insts) > maxInsts
	f.leaders[f.fn.Entry] = true
	for i := range f.insts {
		in := &f.insts[i]
		if in.Flow == machine.Jump || in.Flow == machine.Branch {
			f.leaders[in.Target] = true
		}
		if in.Flow != machine.Next {
			f.leaders[in.End()] = true
		}
		if in.Flow == machine.Call && f.c.ends[in.Target] {
			in.Flow = machine.End
		}
	}
	f.entered(func(addr uint64) { f.leaders[addr] = true })
	f.tables()
	if f.anywhere = !f.fn.Go && f.c.computed[f.fn.Entry]; f.anywhere {
		for i := range f.insts {
			f.leaders[f.insts[i].Addr] = true
		}
	}
}

// entered calls see for each address within the function to which others jump, or may. In
// functions of Go, no pointers lead there.
func (f *flow) entered(see func(addr uint64)) {
	lists := [][]uint64{f.c.inner, f.c.taken, f.c.Pointers}
	if f.fn.Go {
		lists = lists[:1]
	}
	for _, list := range lists {
		i, _ := slices.BinarySearch(list, f.fn.Entry+1)
		for ; i < len(list) && list[i] < f.fn.End; i++ {
			if _, ours := f.at[list[i]]; ours {
				see(list[i])
			}
		}
	}
}

// maxTable is how many entries of a table of jumps are read.
const maxTable = 4096

// eachTarget calls add for each address of code in a table of jumps: an address, or the distance
// from the table. Add returns false for one that cannot be of this table, which ends it.
func eachTarget(img *image.Image, table uint64, add func(to uint64) bool) {
	if table == 0 || img.IsCode(table) {
		return
	}
	for n := uint64(0); n < maxTable; n++ {
		if to, ok := img.Constant(table+8*n, 8); !ok || !add(to) {
			break
		}
	}
	for n := uint64(0); n < maxTable; n++ {
		if d, ok := img.Constant(table+4*n, 4); !ok || !add(table+uint64(int64(int32(uint32(d))))) {
			break
		}
	}
}

// tables reads the tables of jumps whose addresses the function computes: addresses of
// its code, or their distances from the table.
func (f *flow) tables() {
	if !slices.ContainsFunc(f.insts, func(i machine.Inst) bool { return i.Flow == machine.JumpAny }) {
		return
	}
	add := func(to uint64) bool {
		_, ours := f.at[to]
		if ours {
			f.targets = append(f.targets, to)
			f.leaders[to] = true
		}
		return ours
	}
	var pages machine.Pages
	for i := range f.insts {
		in := &f.insts[i]
		table := in.Ref
		if p, slot := f.c.Machine.Page(&pages, f.c.Code(in.Addr, ^uint64(0)), in.Addr); p != 0 && !slot {
			table = p
		}
		eachTarget(f.c.Image, table, add)
	}
	slices.Sort(f.targets)
	f.targets = slices.Compact(f.targets)
}

// solve finds the states at the beginning of all blocks.
func (f *flow) solve() {
	f.in = map[uint64]*state{}
	var work []uint64 // descending: the lowest address is first, since what leads to a block is mostly below
	push := func(addr uint64) {
		i, found := slices.BinarySearchFunc(work, addr, func(a, b uint64) int { return cmp.Compare(b, a) })
		if !found {
			work = slices.Insert(work, i, addr)
		}
	}
	reach := func(addr uint64, s *state) {
		if _, ours := f.at[addr]; !ours {
			return
		}
		old := f.in[addr]
		if old == nil {
			f.in[addr] = s.clone()
			push(addr)
		} else if old.merge(s, f.find) {
			push(addr)
		}
	}
	reach(f.fn.Entry, entry(f.c.Machine))
	run := func() {
		for len(work) > 0 && !f.lost {
			addr := work[len(work)-1]
			work = work[:len(work)-1]
			f.block(addr, nil, reach)
		}
	}
	// What other functions jump to, and what is computed, may be reached in any state.
	f.entered(func(addr uint64) { reach(addr, unknown()) })
	if f.anywhere {
		for i := range f.insts {
			reach(f.insts[i].Addr, unknown())
		}
	}
	run()
	// To what is left something leads that is not seen: a table in another form, or unwinding.
	// In functions of Go that is the return after a panic, which leads nowhere else.
	if f.fn.Go {
		seen := f.in
		f.in = map[uint64]*state{}
		defer func() {
			for addr, s := range seen {
				f.in[addr] = s
			}
		}()
		within := reach
		reach = func(addr uint64, s *state) {
			if seen[addr] == nil {
				within(addr, s)
			}
		}
	}
	for i := range f.insts {
		if a := f.insts[i].Addr; f.leaders[a] && !f.padding(i) {
			if f.in[a] == nil {
				reach(a, unknown())
				run()
			}
		}
	}
}

// padding reports whether from an instruction on nothing is done up to the next block.
func (f *flow) padding(i int) bool {
	for n := i; n < len(f.insts) && (n == i || !f.leaders[f.insts[n].Addr]); n++ {
		in := &f.insts[n]
		f.buf = f.c.Machine.Effects(f.buf[:0], f.c.Code(in.Addr, ^uint64(0)), in.Addr)
		if in.Flow != machine.Next || len(f.buf) > 0 {
			return false
		}
	}
	return true
}

// block goes through a block. See is asked about the state before each instruction; on about
// those that follow the block.
func (f *flow) block(addr uint64, see func(*machine.Inst, *state), on func(uint64, *state)) {
	s := f.in[addr].clone()
	m := f.c.Machine
	var compared *machine.Inst // whose outcome the flags have
	for i := f.at[addr]; i < len(f.insts); i++ {
		in := &f.insts[i]
		if f.steps++; f.steps > maxSteps {
			f.lost = true
			return
		}
		if see != nil {
			see(in, s)
		}
		f.buf = m.Effects(f.buf[:0], f.c.Code(in.Addr, ^uint64(0)), in.Addr)
		for j := range f.buf {
			f.apply(s, &f.buf[j])
		}
		// Only what stands next to the branch is sure to have set the flags.
		if in.Flow == machine.Next || in.Compares {
			compared = nil
		}
		if in.Compares {
			compared = in
		}
		next := s // as the next instruction finds it
		switch in.Flow {
		case machine.Call, machine.CallAny:
			f.call(s, in.Target)
		case machine.Kernel, machine.KernelNo:
			f.written(s) // what arguments lead to
			s.regs[m.Result] = value{}
			for _, r := range m.Clobbered {
				s.regs[r] = value{}
			}
		case machine.Branch:
			taken := s
			if compared != nil && in.When != machine.Other {
				equal := s.clone()
				if v := equal.regs[compared.Reg]; v.kind == anything || v.kind == field {
					equal.regs[compared.Reg] = constant(compared.Value)
				}
				if in.When == machine.Equal {
					taken = equal
				} else {
					next = equal
				}
			}
			on(in.Target, taken)
		case machine.Jump:
			on(in.Target, s)
		case machine.JumpAny:
			for _, t := range f.targets {
				on(t, s)
			}
		}
		if !in.Flow.Falls() {
			return
		}
		if f.leaders[in.End()] {
			on(in.End(), next)
			return
		}
	}
}

// call forgets what a called function may change.
func (f *flow) call(s *state, to uint64) {
	m := f.c.Machine
	kept := m.CKept
	if to != 0 && f.c.returnsTwice(to) {
		sp := s.regs[m.SP]
		*s = *unknown()
		s.regs[m.SP] = sp
		return
	}
	if sp := s.regs[m.SP]; sp.kind == address {
		for k := range s.slots {
			if k < sp.off { // the called function has its own there
				delete(s.slots, k)
			}
		}
	}
	if f.fn.Go {
		kept = m.GoKept
		f.callGo(s, to)
	}
	f.written(s)
	for r := range s.regs {
		if !slices.Contains(kept, machine.Reg(r)) {
			s.regs[r] = value{}
		}
	}
}

// callGo forgets the part of the function's own stack in which a called function has its arguments
// and results, all of it if that function is not known.
func (f *flow) callGo(s *state, to uint64) {
	end := int64(0)
	if g := f.c.Func(to); g >= 0 && f.c.Funcs[g].Args > 0 && f.c.Funcs[g].Entry == to && s.regs[f.c.Machine.SP].kind == address {
		// On aarch64 the return address is below the arguments.
		end = s.regs[f.c.Machine.SP].off + int64(f.c.Funcs[g].Args-1) + 8
	}
	for k := range s.slots {
		if k < end && k < 0 {
			delete(s.slots, k)
		}
	}
}

// find returns the slot of the stack at an offset. Those that the function is given are
// above the stack pointer of its beginning.
func (f *flow) find(s *state, off int64) slot {
	if v, there := s.slots[off]; there {
		return v
	}
	if off%8 == 0 && off < s.given && (off > 0 || off == 0 && !f.c.Machine.Pushes) {
		return slot{givenIn(onStack + place(off)), 8}
	}
	return slot{}
}

// written forgets what may have been written through a pointer: what is at it, or beyond, as far
// as the function's own part of the stack goes, or that which it is given.
func (f *flow) written(s *state) {
	for k := range s.slots {
		if k >= f.escaped[part(k)] {
			delete(s.slots, k)
		}
	}
	s.given = min(s.given, f.escaped[1])
}

// part returns 0 for an offset of the function's own stack, and 1 for what it is given.
func part(off int64) int {
	if off < 0 {
		return 0
	}
	return 1
}

// escape notes that an address of the stack is in a register: what is there may be written. In C
// that is all of the function's own part, or all that it is given: pointers lead up and down.
func (f *flow) escape(dst machine.Reg, v value) {
	if v.kind != address || dst == f.c.Machine.SP || dst == f.c.Machine.Frame {
		return
	}
	p := part(v.off)
	f.escaped[p] = min(f.escaped[p], v.off)
	if !f.fn.Go {
		f.escaped[p] = math.MinInt64
	}
}

func (f *flow) apply(s *state, e *machine.Effect) {
	reg := func(r machine.Reg) value {
		if r == machine.None {
			return value{}
		}
		return s.regs[r]
	}
	set := func(v value) {
		v = v.sized(e.Size)
		f.escape(e.Dst, v)
		s.regs[e.Dst] = v
	}
	switch e.Kind {
	case machine.Forget:
		s.regs[e.Dst] = value{}
	case machine.Set:
		set(constant(uint64(e.Imm)))
	case machine.Copy:
		set(reg(e.Src))
	case machine.Either:
		set(reg(e.Dst).or(reg(e.Src)))
	case machine.Add:
		v := reg(e.Src)
		switch {
		case v.kind == address:
			v.off += e.Imm
		case e.Imm != 0:
			v = v.each(func(n uint64) uint64 { return n + uint64(e.Imm) })
		}
		set(v)
	case machine.And:
		set(reg(e.Src).each(func(n uint64) uint64 { return n & uint64(e.Imm) }))
	case machine.Or:
		set(reg(e.Src).each(func(n uint64) uint64 { return n | uint64(e.Imm) }))
	case machine.Shift:
		set(reg(e.Src).each(func(n uint64) uint64 {
			if e.Imm < 0 {
				if e.Size == 4 {
					n = uint64(uint32(n))
				}
				return n >> -e.Imm
			}
			return n << e.Imm
		}))
	case machine.Load:
		set(f.loaded(s, e))
	case machine.Store, machine.StoreImm:
		f.store(s, e, reg)
	case machine.StoreAny:
		f.written(s)
	case machine.StoreAll:
		clear(s.slots)
		s.given = math.MinInt64
	case machine.Leak:
		if v := reg(e.Src); v.kind == address {
			v.off += e.Imm
			f.escape(machine.None, v)
		}
	}
}

// loaded returns what an instruction reads from memory.
func (f *flow) loaded(s *state, e *machine.Effect) value {
	if e.Src == machine.None {
		if n, ok := f.c.Constant(uint64(e.Imm), e.Size); ok {
			return constant(n)
		}
		return f.variable(uint64(e.Imm), e.Size)
	}
	base := s.regs[e.Src]
	switch base.kind {
	case anything, field:
		return fieldOf(e.Src, e.Imm)
	case address:
		if v := f.find(s, base.off+e.Imm); v.size >= e.Size {
			return v.value
		}
	case oneOf:
		if len(base.atoms) == 1 && !base.atoms[0].given {
			addr := base.atoms[0].n + uint64(e.Imm)
			if n, ok := f.c.Constant(addr, e.Size); ok {
				return constant(n)
			}
			return f.variable(addr, e.Size)
		}
		if len(base.atoms) == 1 {
			return fieldOf(e.Src, e.Imm)
		}
	}
	return value{}
}

// fieldOf is what memory has at a distance from where a register leads.
func fieldOf(r machine.Reg, off int64) value {
	return value{kind: field, off: int64(r)<<32 | off&(1<<32-1)}
}

// store writes to memory: that of the stack alone is followed.
func (f *flow) store(s *state, e *machine.Effect, reg func(machine.Reg) value) {
	base := s.regs[e.Dst]
	if base.kind != address {
		f.written(s)
		return
	}
	v := reg(e.Src)
	if e.Kind == machine.StoreImm {
		v = constant(uint64(e.Value))
	}
	f.escape(machine.None, v) // an address in memory may be used by anybody
	off := base.off + e.Imm
	for k := off - 7; k < off+int64(e.Size); k++ {
		old, there := s.slots[k]
		switch {
		case there && k+int64(old.size) > off:
			delete(s.slots, k)
		case !there && k%8 != 0:
			continue
		}
		if k >= 0 { // and not what the function is given there
			s.slots[k] = slot{}
		}
	}
	s.slots[off] = slot{v.sized(e.Size), e.Size}
	if v.kind == anything {
		s.slots[off] = slot{}
	}
}

// points notes the states before instructions that leave the function or enter the kernel.
func (f *flow) points(states map[uint64]*state) {
	for addr := range f.in {
		f.block(addr, func(in *machine.Inst, s *state) {
			switch in.Flow {
			case machine.Kernel, machine.KernelNo, machine.Call, machine.End, machine.JumpAny:
			case machine.Jump, machine.Branch:
				if in.Target > f.fn.Entry && in.Target < f.fn.End {
					return
				}
			default:
				return
			}
			states[in.Addr] = s.clone()
		}, func(uint64, *state) {})
	}
}

// outside returns what a function that is called, or jumped to, finds in a place.
func (f *flow) outside(s *state, p place, call bool) value {
	if p < onStack/2 {
		return s.regs[p]
	}
	sp := s.regs[f.c.Machine.SP]
	if sp.kind != address {
		return value{}
	}
	off := sp.off + int64(p-onStack)
	if call && f.c.Machine.Pushes {
		off -= 8
	}
	return f.find(s, off).value
}
