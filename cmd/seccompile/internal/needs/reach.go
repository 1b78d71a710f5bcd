package needs

import (
	"slices"

	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
	"github.com/seccompile/seccompile/cmd/seccompile/internal/machine"
)

// A code is what is known of all functions of a program.
type code struct {
	*image.Image
	gates     []gate
	callers   map[uint64][]caller // by the address that they call or jump to
	undecoded []uint64            // addresses of bytes that are no known instructions
	taken     []uint64            // addresses of code that instructions compute, ascending
	inner     []uint64            // addresses within functions to which others jump, ascending
	ends      map[uint64]bool     // the functions that do not return
	fallen    map[uint64]bool     // functions to which the one before goes on
	reached   []bool              // by function; all of the above is of those that are reached

	computed, saves map[uint64]bool // functions: see piece
	vsyscall        []int
	nowhere         []callTo
}

// maxRounds is how often functions are divided further.
const maxRounds = 6

// scan finds out what is known of a program. Where calls lead to the middle of a function that is not
// of Go, another one begins: of stripped files little else is known. What is found in the parts divides
// them further.
func scan(img *image.Image) *code {
	for round := 1; ; round++ {
		pieces := scanAll(img)
		entries := entries(img, pieces)
		if len(entries) == 0 || round == maxRounds {
			return join(img, pieces)
		}
		img.Split(entries)
	}
}

// entries returns addresses within functions where others seem to begin.
func entries(img *image.Image, pieces []piece) (list []uint64) {
	var boundary, branches []uint64
	for i := range pieces {
		boundary = append(boundary, pieces[i].boundary...)
		branches = append(branches, pieces[i].branches...)
	}
	fresh, within := set(boundary), set(branches)
	add := func(to uint64, begins bool) {
		if fn := img.Func(to); begins && to%img.Machine.Align == 0 && fn >= 0 && img.Funcs[fn].Entry != to && !img.Funcs[fn].Go {
			list = append(list, to)
		}
	}
	unnamed := func(to uint64) bool {
		fn := img.Func(to)
		return fn >= 0 && img.Funcs[fn].Name == "" // others may jump to what they compute
	}
	for i := range pieces {
		for _, x := range pieces[i].calls {
			add(x.to, x.call || to16(x.to) && !within[x.to])
		}
		for _, x := range pieces[i].taken {
			add(x.to, fresh[x.to] && unnamed(x.to))
		}
	}
	for _, to := range img.Pointers {
		add(to, fresh[to] && unnamed(to))
	}
	for _, to := range boundary {
		add(to, unnamed(to) && to16(to) && !within[to])
	}
	return list
}

// to16 reports whether compilers may have aligned a function there.
func to16(addr uint64) bool { return addr%16 == 0 }

// join makes one of pieces, of the functions that are reached.
func join(img *image.Image, pieces []piece) *code {
	c := &code{Image: img, callers: map[uint64][]caller{}, fallen: map[uint64]bool{}}
	var ends, computed, saves []uint64
	for i := range pieces {
		ends, computed, saves = append(ends, pieces[i].ends...), append(computed, pieces[i].computed...), append(saves, pieces[i].saves...)
	}
	c.ends, c.computed, c.saves = set(ends), set(computed), set(saves)
	for changed := true; changed; {
		changed = false
		for i := range pieces {
			for _, x := range pieces[i].falls {
				// Unless what is called last does not return, it goes on to the next one.
				if f := &img.Funcs[x.fn]; !c.ends[x.to] && (c.ends[f.Entry] || !c.fallen[f.End]) {
					delete(c.ends, f.Entry)
					c.fallen[f.End] = true
					changed = true
				}
			}
		}
	}
	c.reach(pieces)
	for i := range pieces {
		p := &pieces[i]
		for _, g := range p.gates {
			if c.reached[g.fn] {
				c.gates = append(c.gates, g)
			}
		}
		for _, a := range p.undecoded {
			if fn := img.Func(a); fn >= 0 && c.reached[fn] {
				c.undecoded = append(c.undecoded, a)
			}
		}
		for _, fn := range p.vsyscall {
			if c.reached[fn] {
				c.vsyscall = append(c.vsyscall, fn)
			}
		}
		for _, x := range p.nowhere {
			if c.reached[x.fn] {
				c.nowhere = append(c.nowhere, x)
			}
		}
		for _, x := range p.taken {
			if c.reached[x.fn] {
				c.taken = append(c.taken, x.to)
			}
		}
		for _, x := range p.calls {
			if !c.reached[x.fn] {
				continue
			}
			c.callers[x.to] = append(c.callers[x.to], x.caller)
			if fn := img.Func(x.to); fn >= 0 && img.Funcs[fn].Entry != x.to && fn != x.fn {
				c.inner = append(c.inner, x.to)
			}
		}
	}
	c.taken, c.inner = sorted(c.taken), sorted(c.inner)
	return c
}

// unwinders are functions that the ways of exceptions call (Itanium C++ ABI), to which tables lead
// that are not read.
var unwinders = []string{"_Unwind_Resume", "__cxa_begin_catch", "__cxa_end_catch", "__cxa_rethrow", "__cxa_call_unexpected", "__cxa_call_terminate"}

// reach finds the functions to which the beginning of the program leads, or data that has
// their addresses. Go's linker leaves no others, and has tables of methods in a form of its own.
func (c *code) reach(pieces []piece) {
	c.reached = make([]bool, len(c.Funcs))
	var work []int
	reach := func(fn int) {
		if fn >= 0 && fn < len(c.Funcs) && !c.reached[fn] {
			c.reached[fn] = true
			work = append(work, fn)
		}
	}
	unwinds := map[uint64]bool{}
	for i := range c.Funcs {
		f := &c.Funcs[i]
		if slices.Contains(unwinders, f.Name) {
			unwinds[f.Entry] = true
		}
		if f.Go || c.At(f.Entry).Whole {
			reach(i)
		}
	}
	for _, list := range [][]uint64{c.Roots, c.Pointers} {
		for _, addr := range list {
			reach(c.Func(addr))
		}
	}
	refs := map[int][]uint64{}
	onward := map[int]bool{}
	for i := range pieces {
		p := &pieces[i]
		for _, list := range [][]callTo{p.calls, p.taken} {
			for _, x := range list {
				refs[x.fn] = append(refs[x.fn], x.to)
				if unwinds[x.to] {
					reach(x.fn)
				}
			}
		}
		for _, fn := range p.jumps {
			onward[fn] = true
		}
	}
	for len(work) > 0 {
		fn := work[len(work)-1]
		work = work[:len(work)-1]
		for _, to := range refs[fn] {
			reach(c.Func(to))
		}
		if c.fallen[c.Funcs[fn].End] {
			reach(c.Func(c.Funcs[fn].End))
		}
		// Parts of a function without symbols, to which a jump leads through a table that is not read.
		for next := fn + 1; onward[fn] && next < len(c.Funcs) && c.Funcs[next].Name == "" && c.Funcs[next].Entry == c.Funcs[next-1].End; next++ {
			reach(next)
			if !c.Funcs[next].Part {
				break
			}
		}
	}
}

// target returns the function to which a call leads: a stub does nothing but jump to another one.
func (c *code) target(to uint64) uint64 {
	for range 3 {
		stub := c.stub(to)
		if stub == 0 {
			break
		}
		to = stub
	}
	return to
}

// stub returns where a function jumps first of all, or 0.
func (c *code) stub(addr uint64) uint64 {
	text := c.Code(addr, ^uint64(0))
	for at, n := 0, 0; at < len(text) && n < 4; n++ {
		in, ok := c.Machine.Decode(text[at:], addr+uint64(at))
		if !ok {
			return 0
		}
		linked(c.Image, &in)
		if in.Flow == machine.Jump {
			return in.Target
		}
		if in.Flow != machine.Next || len(c.Machine.Effects(nil, text[at:], in.Addr)) > 1 {
			return 0
		}
		at += in.Len
	}
	return 0
}

// pointed reports whether an address of code may be called through a pointer.
func (c *code) pointed(addr uint64) bool {
	_, found := slices.BinarySearch(c.taken, addr)
	return found || c.IsPointer(addr)
}
