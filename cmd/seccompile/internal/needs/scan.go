package needs

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
	"github.com/seccompile/seccompile/cmd/seccompile/internal/machine"
)

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

// A callTo is a caller and what it calls.
type callTo struct {
	to uint64
	caller
}

// A piece is what a pass over the instructions of some functions finds.
type piece struct {
	from, to int // the functions

	gates     []gate
	calls     []callTo
	taken     []callTo // addresses of code that instructions compute
	undecoded []uint64 // addresses of bytes that are no known instructions
	ends      []uint64 // functions that do not return, as far as their own code says, but for falls
	falls     []callTo // functions that may go on to the next one, and what they call last
	jumps     []int    // functions with jumps to addresses of which no table is found
	computed  []uint64 // functions that jump to addresses and compute one of their own
	saves     []uint64 // functions that write registers to memory that they are given, as setjmp does
	vsyscall  []int    // functions that have an address of the kernel's page for old calls
	nowhere   []callTo // calls to where the file has no code

	boundary []uint64 // addresses after instructions that do not go on to them, and after padding
	branches []uint64 // to which branches within a function, or tables, lead
}

// scanAll decodes all functions.
func scanAll(img *image.Image) []piece {
	pieces := make([]piece, 16)
	var all sync.WaitGroup
	for i := range pieces {
		p := &pieces[i]
		p.from, p.to = len(img.Funcs)*i/len(pieces), len(img.Funcs)*(i+1)/len(pieces)
		all.Go(func() {
			for fn := p.from; fn < p.to; fn++ {
				p.scan(img, fn)
			}
		})
	}
	all.Wait()
	return pieces
}

// scan decodes a function.
func (p *piece) scan(img *image.Image, fn int) {
	f := &img.Funcs[fn]
	text := img.Code(f.Entry, ^uint64(0))
	undecoded, returns, fresh := len(p.undecoded), false, false
	var last machine.Inst // which does something
	var pages machine.Pages
	var refs, jumps []uint64
	var own []uint64 // functions, this one or what Split has made of it, of which it computes an address
	for at := 0; at < len(text) && f.Entry+uint64(at) < f.End; {
		in, ok := img.Machine.Decode(text[at:], f.Entry+uint64(at))
		if !ok {
			p.undecoded = append(p.undecoded, f.Entry+uint64(at))
			at += max(1, in.Len)
			continue
		}
		linked(img, &in)
		switch in.Flow {
		case machine.Return:
			returns = true
		case machine.JumpAny:
			returns = true
			jumps = append(jumps, in.Addr)
		case machine.Kernel, machine.KernelNo:
			p.gates = append(p.gates, gate{in.Addr, fn, in.Flow == machine.KernelNo})
		case machine.Call:
			p.calls = append(p.calls, callTo{in.Target, caller{in.Addr, fn, true}})
		case machine.Jump, machine.Branch:
			outside := in.Target < f.Entry || in.Target >= f.End
			returns = returns || outside
			if outside || in.Target == f.Entry {
				p.calls = append(p.calls, callTo{in.Target, caller{in.Addr, fn, false}})
			}
			if in.Flow == machine.Branch && !f.Go {
				p.branches = append(p.branches, in.Target)
			}
		}
		switch ref := p.reference(img, &in, &pages, text[at:], fn); {
		case f.Entry < ref && ref < f.End:
			own = append(own, f.Entry)
		case f.Name == "" && img.IsCode(ref) && !f.Go:
			if g := img.Func(ref); sameRun(img, fn, g) {
				own = append(own, f.Entry, img.Funcs[g].Entry)
			}
		case ref != 0 && !img.IsCode(ref):
			refs = append(refs, ref)
		}
		if in.Imm-vsyscallPage < 4096 {
			p.vsyscall = append(p.vsyscall, fn)
		}
		if (in.Flow == machine.Call || in.Flow == machine.Jump) && img.Executable(in.Target) && !img.IsCode(in.Target) {
			p.nowhere = append(p.nowhere, callTo{in.Target, caller{in.Addr, fn, true}})
		}
		if !f.Go && (in.Flow != machine.Next || !img.Machine.Inert(text[at:])) {
			last = in
		}
		at += in.Len
		fresh = !f.Go && (!in.Flow.Falls() || fresh && in.Flow == machine.Next && img.Machine.Inert(text[at-in.Len:]))
		if fresh {
			p.boundary = append(p.boundary, in.End())
		}
	}
	if len(jumps) > 0 && !f.Go {
		p.tables(img, fn, refs, jumps)
		if len(own) > 0 {
			p.computed, p.jumps = append(p.computed, own...), append(p.jumps, fn)
		}
	}
	if !f.Go && savesRegisters(img.Machine, text[:min(len(text), int(f.End-f.Entry), 256)], f.Entry) {
		p.saves = append(p.saves, f.Entry)
	}
	unknown := undecoded < len(p.undecoded)
	if unknown {
		p.callsAnywhere(img, fn)
	}
	if !f.Go && last.Flow.Falls() && !endless(f) {
		p.falls = append(p.falls, callTo{last.Target, caller{last.Addr, fn, false}})
	}
	if !returns && !unknown || endless(f) {
		p.ends = append(p.ends, f.Entry)
	}
}

// vsyscallPage is where the kernel has gettimeofday, time and getcpu for old programs of x86_64
// (arch/x86/include/uapi/asm/vsyscall.h).
const vsyscallPage = 0xffffffffff600000

// reference returns the address that an instruction computes, and takes it if it is one of code.
func (p *piece) reference(img *image.Image, in *machine.Inst, pages *machine.Pages, text []byte, fn int) uint64 {
	ref := in.Ref
	r, slot := img.Machine.Page(pages, text, in.Addr)
	if r != 0 {
		ref = r
	}
	code := ref
	switch {
	case slot:
		code = img.Targets[r]
		ref = 0
	case in.Reads && in.Flow == machine.Next && img.Targets[in.Ref] != 0:
		code = img.Targets[in.Ref] // the loader has put it there
	case in.Reads && img.IsCode(in.Ref):
		code = img.Word(in.Ref)
	case in.Reads:
		code = 0
	case ref == 0 && in.Far && img.IsCode(in.Imm+img.GOT(in.Addr)):
		code = in.Imm + img.GOT(in.Addr)
	case ref == 0 && img.At(in.Addr).Fixed && in.Flow == machine.Next:
		code = in.Imm
	}
	if code != 0 && img.IsCode(code) {
		p.taken = append(p.taken, callTo{code, caller{in.Addr, fn, false}})
		return code
	}
	return ref
}

// savesRegisters reports whether the beginning of a function writes most registers that functions
// keep to memory that it is given: it may return once more.
func savesRegisters(m *machine.Machine, text []byte, addr uint64) bool {
	n := 0
	var buf [8]machine.Effect
	for at := 0; at < len(text); {
		in, ok := m.Decode(text[at:], addr+uint64(at))
		if !ok || in.Flow == machine.Return {
			break
		}
		for _, e := range m.Effects(buf[:0], text[at:], in.Addr) {
			if e.Kind == machine.Store && e.Dst == m.First && e.Imm >= 0 && slices.Contains(m.CKept, e.Src) {
				n++
			}
		}
		at += in.Len
	}
	return n >= 4
}

// tables reads the tables by which a function jumps. What they have outside of it, it jumps to as
// to other functions.
func (p *piece) tables(img *image.Image, fn int, refs, jumps []uint64) {
	f := &img.Funcs[fn]
	found := false
	may := ownTarget(img, fn)
	for _, ref := range refs {
		eachTarget(img, ref, func(to uint64) bool {
			if !may(to) {
				return false
			}
			found = true
			p.branches = append(p.branches, to)
			if to < f.Entry || to >= f.End {
				for _, j := range jumps {
					p.calls = append(p.calls, callTo{to, caller{j, fn, false}})
				}
			}
			return true
		})
	}
	if !found {
		p.jumps = append(p.jumps, fn)
	}
}

// sameRun reports whether Split has made two functions of one, and no more than a few others between.
func sameRun(img *image.Image, a, b int) bool {
	lo, hi := min(a, b), max(a, b)
	if hi-lo > 64 {
		return false
	}
	for i := lo + 1; i <= hi; i++ {
		if !img.Funcs[i].Part {
			return false
		}
	}
	return true
}

// ownTarget returns what reports whether a table of a function may have an address: one in it, in
// what Split has made of it, or in the parts that compilers move away, which are not aligned as
// functions are.
func ownTarget(img *image.Image, fn int) func(to uint64) bool {
	first, last := fn, fn
	for img.Funcs[first].Part && first > 0 {
		first--
	}
	for last+1 < len(img.Funcs) && img.Funcs[last+1].Part {
		last++
	}
	return func(to uint64) bool {
		g := img.Func(to)
		if g < 0 || to%img.Machine.Align != 0 {
			return false
		}
		other := &img.Funcs[g]
		return first <= g && g <= last || !to16(other.Entry) && (other.Name == "" || strings.HasSuffix(other.Name, ".cold"))
	}
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

func set(list []uint64) map[uint64]bool {
	m := make(map[uint64]bool, len(list))
	for _, a := range list {
		m[a] = true
	}
	return m
}

// sorted returns a list ascending, each once.
func sorted(list []uint64) []uint64 {
	slices.Sort(list)
	return slices.Compact(list)
}
