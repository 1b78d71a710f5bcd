package needs

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
	"github.com/seccompile/seccompile/cmd/seccompile/internal/machine"
)

// A code is what a first pass over all instructions of a file finds.
type code struct {
	*image.Image
	gates     []gate
	callers   map[uint64][]caller // by the address that they call or jump to
	undecoded []uint64            // addresses of bytes that are no known instructions
	refs      map[int][]uint64    // the functions that each one calls, jumps to, or computes the address of
	taken     []uint64            // addresses of code that reached instructions compute, ascending
	inner     []uint64            // addresses within functions to which others jump, ascending
	ends      map[uint64]bool     // the functions that do not return

	isReached []bool          // by function
	fallen    map[uint64]bool // functions to which the one before goes on

	// boundary are addresses after instructions that do not go on to them, and after padding.
	boundary map[uint64]bool
	branches map[uint64]bool // to which branches within a function lead
	called   map[uint64]bool // to which calls lead
}

// A gate is an instruction that enters the kernel.
type gate struct {
	addr    uint64
	fn      int
	foreign bool // for another ABI
}

// A caller is an instruction that calls a function, or jumps to one.
type caller struct {
	addr uint64
	fn   int
	call bool
}

// A piece is what is found in some functions.
type piece struct {
	gates     []gate
	calls     []callTo
	undecoded []uint64
	taken     []callTo
	ends      []uint64
	ranges    [2]int

	boundary, branches []uint64
	falls              []callTo // functions that may go on to the next one, and what they call last
}

type callTo struct {
	to uint64
	caller
}

// maxRounds is how often functions are divided further.
const maxRounds = 5

// scan decodes all functions. Where calls lead to the middle of one that is not of Go, another
// one begins: of stripped files little else is known. What is found in the parts divides them further.
func scan(img *image.Image) *code {
	for round := 1; ; round++ {
		c := scanOnce(img)
		entries := c.entries()
		if len(entries) == 0 || round == maxRounds {
			return c
		}
		img.Split(entries)
	}
}

// entries returns addresses within functions where others seem to begin.
func (c *code) entries() (list []uint64) {
	add := func(to uint64, begins bool) {
		if fn := c.Func(to); begins && to%c.Machine.Align == 0 && fn >= 0 && c.Funcs[fn].Entry != to && !c.Funcs[fn].Go {
			list = append(list, to)
		}
	}
	for _, refs := range c.refs {
		for _, to := range refs {
			add(to, c.called[to] || to%16 == 0)
		}
	}
	for _, to := range c.pointers() {
		add(to, c.boundary[to])
	}
	for to := range c.boundary {
		fn := c.Func(to)
		add(to, fn >= 0 && c.Funcs[fn].Name == "" && to%16 == 0 && !c.branches[to])
	}
	return list
}

// pointers returns the addresses of code that stand in data, or that instructions compute.
func (c *code) pointers() []uint64 { return slices.Concat(c.taken, c.Pointers) }

func scanOnce(img *image.Image) *code {
	const pieces = 16
	parts := make([]piece, pieces)
	var all sync.WaitGroup
	for i := range parts {
		parts[i].ranges = [2]int{len(img.Funcs) * i / pieces, len(img.Funcs) * (i + 1) / pieces}
		all.Go(func() { parts[i].scan(img) })
	}
	all.Wait()
	c := &code{Image: img, callers: map[uint64][]caller{}, ends: map[uint64]bool{}, boundary: map[uint64]bool{}, branches: map[uint64]bool{}, refs: map[int][]uint64{}, called: map[uint64]bool{}, fallen: map[uint64]bool{}}
	for i := range parts {
		p := &parts[i]
		for _, list := range [][]callTo{p.calls, p.taken} {
			for _, x := range list {
				c.refs[x.fn] = append(c.refs[x.fn], x.to)
			}
		}
		for _, x := range p.calls {
			if x.call {
				c.called[x.to] = true
			}
		}
		for _, f := range p.ends {
			c.ends[f] = true
		}
		for _, a := range p.boundary {
			c.boundary[a] = true
		}
		for _, a := range p.branches {
			c.branches[a] = true
		}
	}
	for i := range parts {
		for _, x := range parts[i].falls {
			if !c.ends[x.to] { // it is the function that was called last, if one was
				c.fallen[img.Funcs[x.fn].End] = true
			}
		}
	}
	reached := c.reached()
	c.isReached = reached
	for i := range parts {
		p := &parts[i]
		for _, g := range p.gates {
			if reached[g.fn] {
				c.gates = append(c.gates, g)
			}
		}
		for _, h := range p.undecoded {
			if fn := img.Func(h); fn >= 0 && reached[fn] {
				c.undecoded = append(c.undecoded, h)
			}
		}
		for _, x := range p.taken {
			if reached[x.fn] {
				c.taken = append(c.taken, x.to)
			}
		}
		for _, x := range p.calls {
			if !reached[x.fn] {
				continue
			}
			c.callers[x.to] = append(c.callers[x.to], x.caller)
			if fn := img.Func(x.to); fn >= 0 && img.Funcs[fn].Entry != x.to && fn != x.fn {
				c.inner = append(c.inner, x.to)
			}
		}
	}
	slices.Sort(c.taken)
	c.taken = slices.Compact(c.taken)
	slices.Sort(c.inner)
	c.inner = slices.Compact(c.inner)
	return c
}

// linked makes a call or a jump through an address that the loader fills in one to a function.
func linked(img *image.Image, in *machine.Inst) {
	if !in.Reads || img.Targets == nil {
		return
	}
	to := img.Targets[in.Ref]
	switch {
	case to == 0:
	case in.Flow == machine.JumpAny:
		in.Flow, in.Target, in.Ref, in.Reads = machine.Jump, to, 0, false
	case in.Flow == machine.CallAny:
		in.Flow, in.Target, in.Ref, in.Reads = machine.Call, to, 0, false
	}
}

// reached returns the functions to which the beginning of the program leads, or data that has
// their addresses. Go's linker leaves no others, and has tables of methods in a form of its own.
func (c *code) reached() []bool {
	all := make([]bool, len(c.Funcs))
	var work []int
	reach := func(addr uint64) {
		if fn := c.Func(addr); fn >= 0 && !all[fn] {
			all[fn] = true
			work = append(work, fn)
		}
	}
	for i := range c.Funcs {
		if c.Funcs[i].Go {
			reach(c.Funcs[i].Entry)
		}
	}
	for _, list := range [][]uint64{c.Roots, c.Pointers} {
		for _, addr := range list {
			reach(addr)
		}
	}
	for len(work) > 0 {
		fn := work[len(work)-1]
		work = work[:len(work)-1]
		for _, to := range c.refs[fn] {
			reach(to)
		}
		if end := c.Funcs[fn].End; c.fallen[end] {
			reach(end)
		}
	}
	return all
}

func (p *piece) scan(img *image.Image) {
	for fn := p.ranges[0]; fn < p.ranges[1]; fn++ {
		f := &img.Funcs[fn]
		text := img.Code(f.Entry, ^uint64(0))
		var pages machine.Pages
		returns, fresh, undecoded := false, false, len(p.undecoded)
		var last machine.Inst // which does something
		for at := 0; at < len(text) && f.Entry+uint64(at) < f.End; {
			in, ok := img.Machine.Decode(text[at:], f.Entry+uint64(at))
			if !ok {
				p.undecoded = append(p.undecoded, f.Entry+uint64(at))
				at += max(1, in.Len)
				continue
			}
			linked(img, &in)
			switch in.Flow {
			case machine.Return, machine.JumpAny:
				returns = true
			case machine.Kernel, machine.KernelNo:
				p.gates = append(p.gates, gate{in.Addr, fn, in.Flow == machine.KernelNo})
			case machine.Call, machine.Jump, machine.Branch:
				if in.Flow == machine.Branch && f.Name == "" {
					p.branches = append(p.branches, in.Target)
				}
				if in.Flow != machine.Call && (in.Target < f.Entry || in.Target >= f.End) {
					returns = true
				}
				if in.Flow == machine.Call || in.Target < f.Entry || in.Target >= f.End || in.Target == f.Entry {
					p.calls = append(p.calls, callTo{in.Target, caller{in.Addr, fn, in.Flow == machine.Call}})
				}
			}
			ref := in.Ref
			if in.Reads {
				ref = 0
			}
			if r := img.Machine.Page(&pages, text[at:], in.Addr); r != 0 {
				ref = r
			}
			if in.Reads && in.Flow == machine.Next && img.Targets[in.Ref] != 0 {
				ref = img.Targets[in.Ref]
			}
			if ref != 0 && img.IsCode(ref) {
				p.taken = append(p.taken, callTo{ref, caller{in.Addr, fn, false}})
			}
			if in.Flow != machine.Next || !img.Machine.Inert(text[at:]) {
				last = in
			}
			at += in.Len
			fresh = !f.Go && (!in.Flow.Falls() || fresh && in.Flow == machine.Next && img.Machine.Inert(text[at-in.Len:]))
			if fresh {
				p.boundary = append(p.boundary, in.End())
			}
		}
		if !f.Go && last.Flow.Falls() {
			p.falls = append(p.falls, callTo{last.Target, caller{last.Addr, fn, false}})
		}
		if undecoded < len(p.undecoded) {
			p.callsAnywhere(img, fn)
		}
		if !returns || endless(f.Name) {
			p.ends = append(p.ends, f.Entry)
		}
	}
}

// callsAnywhere takes what looks like a call in a function with bytes that are no
// instructions, wherever it begins.
func (p *piece) callsAnywhere(img *image.Image, fn int) {
	f := &img.Funcs[fn]
	text := img.Code(f.Entry, f.End)
	if !img.Machine.Pushes { // instructions are of one length
		return
	}
	for at := 0; at+5 <= len(text); at++ {
		if text[at] != 0xe8 && text[at] != 0xe9 {
			continue
		}
		to := f.Entry + uint64(at+5) + uint64(int64(int32(binary.LittleEndian.Uint32(text[at+1:]))))
		if g := img.Func(to); g >= 0 && img.Funcs[g].Entry == to {
			p.taken = append(p.taken, callTo{to, caller{f.Entry + uint64(at), fn, false}})
		}
	}
}

// pointed reports whether an address of code may be called through a pointer.
func (c *code) pointed(addr uint64) bool {
	_, found := slices.BinarySearch(c.taken, addr)
	return found || c.IsPointer(addr)
}
