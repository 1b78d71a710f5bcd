// Package needs finds which calls a program can make, and with which arguments, by reading
// its code. The result is a superset of the calls that it does make. If the code does not
// determine a call, the result is open there, with the reason.
package needs

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// Limits of a file. What is left beyond them is open.
const (
	maxGiven = 200_000 // callers that are asked what they give
	maxPlace = 16      // places of a call that are kept
)

// A Certificate says for each place that enters the kernel which calls it makes.
type Certificate struct {
	Arch  arch.Arch
	Files []string // that were read, the program first
	Go    string   // the release of Go that built the program, or ""
	Gates []Gate
	Calls []Call // by number

	// Executes has the functions that execute other programs, of which nothing is known.
	Executes []string

	// Open says why there may be calls that are not in Calls, besides those of Gates.
	Open []string
}

// A Gate is an instruction that enters the kernel.
type Gate struct {
	Addr  uint64   // in its file
	Place string   // file, function and distance from its beginning
	Calls []string // names or numbers, sorted
	Open  []string // why there may be others; empty if it makes no others
}

// A Call is one that the program can make, or that is made for it.
type Call struct {
	Nr     uint32
	Name   string      // "" for a number without a call
	Args   [6][]uint64 // the values of a telling argument, ascending; nil if it may be any
	Places []string    // functions that make it, sorted
	More   bool        // some are left out
}

// Complete reports whether the program makes no other calls than Calls.
func (c *Certificate) Complete() bool { return c.OpenPlaces() == 0 }

// OpenPlaces returns the number of reasons why there may be other calls.
func (c *Certificate) OpenPlaces() int {
	n := len(c.Open)
	for _, g := range c.Gates {
		n += len(g.Open)
	}
	return n
}

// Find analyzes an image. The error is a Refusal if the program generates or loads code at
// run time, so that the file alone says too little.
func Find(img *image.Image) (*Certificate, error) {
	if err := plugins(img); err != nil {
		return nil, err
	}
	f := &finder{code: scan(img), flows: map[int]*points{}, calls: map[uint32]*found{}}
	cert := &Certificate{Arch: img.Arch, Go: img.Go, Files: []string{img.Name}}
	if len(img.Files) > 0 {
		cert.Files = nil
		for _, file := range img.Files {
			cert.Files = append(cert.Files, file.Name)
		}
	}
	for i := range f.gates {
		cert.Gates = append(cert.Gates, f.gate(&f.gates[i]))
	}
	if err := f.madeCode(); err != nil {
		return nil, err
	}
	cert.Open = slices.Concat(img.Doubts, f.loaders(), f.made(), f.unread())
	f.onBehalf()
	for nr, c := range f.calls {
		call := c.call(img.Arch, nr)
		if call.Name == "execve" || call.Name == "execveat" {
			cert.Executes = append(cert.Executes, call.Places...)
		}
		cert.Calls = append(cert.Calls, call)
	}
	slices.Sort(cert.Executes)
	cert.Executes = slices.Compact(cert.Executes)
	slices.SortFunc(cert.Calls, func(a, b Call) int { return cmp.Compare(a.Nr, b.Nr) })
	return cert, nil
}

// A finder follows the numbers of calls from gates to where they are constants.
type finder struct {
	*code
	flows map[int]*points // by function
	calls map[uint32]*found
	given int // callers that were asked

	executable []string // places that make memory executable
	perhaps    []string // places that map or protect memory as they are told

	open  map[string]bool // of the gate
	names map[string]bool // of the gate
	seen  map[string]bool // of the gate: what was asked of which function
}

// points are the states at instructions that matter, by address.
type points struct {
	flow   *flow
	states map[uint64]*state
}

// A found is what is known of a call so far.
type found struct {
	any    [6]bool
	values [6]map[uint64]bool
	places map[string]bool
}

// A request is what a call is made with, in terms of what a function is given.
type request struct {
	nr   value
	args [6]value
}

// maxBack is how many callers of callers are asked.
const maxBack = 24

func (f *finder) gate(g *gate) Gate {
	out := Gate{Addr: g.addr - f.At(g.addr).Base(), Place: f.place(g.fn, g.addr)}
	f.open, f.names, f.seen = map[string]bool{}, map[string]bool{}, map[string]bool{}
	switch s := f.state(g.fn, g.addr); {
	case g.foreign:
		f.open["it enters the kernel by another ABI"] = true
	case s == nil:
		f.open["its function is too large"] = true
	default:
		r := request{nr: s.regs[f.Machine.Nr]}
		for i, reg := range f.Machine.Args {
			r.args[i] = s.regs[reg]
		}
		f.ask(r, g.fn, g.addr, maxBack)
	}
	for name := range f.names {
		out.Calls = append(out.Calls, name)
	}
	for why := range f.open {
		out.Open = append(out.Open, why)
	}
	slices.Sort(out.Calls)
	slices.Sort(out.Open)
	return out
}

// name returns the name of a function, after that of its file if it is a library.
func (f *finder) name(fn int) string {
	fun := &f.Funcs[fn]
	file := f.At(fun.Entry)
	name := fun.Name
	if name == "" {
		name = fmt.Sprintf("%#x", fun.Entry-file.Base())
	}
	if file.Name != f.Name {
		name = path.Base(file.Name) + ":" + name
	}
	return name
}

// place names an instruction.
func (f *finder) place(fn int, addr uint64) string {
	return fmt.Sprintf("%s+%#x", f.name(fn), addr-f.Funcs[fn].Entry)
}

// state returns the state before an instruction, or nil if nothing is known of its function.
func (f *finder) state(fn int, addr uint64) *state {
	p := f.flows[fn]
	if p == nil {
		p = &points{flow: f.flowOf(fn), states: map[uint64]*state{}}
		f.flows[fn] = p
		p.flow.points(p.states)
	}
	if p.flow.lost {
		return nil
	}
	return p.states[addr]
}

// ask notes the calls that a function makes at a place, and asks its callers for what it is
// given.
func (f *finder) ask(r request, fn int, addr uint64, back int) {
	place := f.place(fn, addr)
	if r.nr.kind != oneOf {
		if f.Funcs[fn].Name == perThread && f.Funcs[fn].Go && f.allThreads(back) {
			return
		}
		if back == maxBack && f.setxid(&r, fn) {
			for _, name := range xids {
				if nr, ok := syscalls.Number(f.Arch, name); ok {
					f.note(nr, [6]value{}, place, fn)
				}
			}
			return
		}
		f.open[fmt.Sprintf("the number at %s is computed, or comes from memory", place)] = true
		return
	}
	up := request{}
	for _, a := range r.nr.atoms {
		if a.given {
			up.nr = up.nr.plus(a)
			continue
		}
		if f.note(uint32(a.n), r.args, place, fn) {
			up.nr = up.nr.plus(a)
		}
	}
	if len(up.nr.atoms) == 0 {
		return
	}
	up.args = r.args
	f.callers(up, fn, place, back)
}

// plus returns the value with one more atom; that of the zero value is the atom alone.
func (v value) plus(a atom) value {
	return value{kind: oneOf, atoms: append(slices.Clone(v.atoms), a)}
}

// note takes a call with its arguments. It returns true if callers know more of these.
func (f *finder) note(nr uint32, args [6]value, place string, fn int) (more bool) {
	name, _ := syscalls.Name(f.Arch, nr)
	c := f.found(nr)
	if name == "" {
		f.names[fmt.Sprint(nr)] = true
	} else {
		f.names[name] = true
	}
	f.maps(nr, args[2], place, fn)
	telling := profile.TellingArgs(f.Arch, name)
	if !f.closed(fn) {
		// Whatever calls it through a pointer gives anything.
		for _, i := range telling {
			c.any[i] = c.any[i] || args[i].kind != oneOf || slices.ContainsFunc(args[i].atoms, func(a atom) bool { return a.given })
		}
	}
	for _, i := range telling {
		if args[i].kind != oneOf {
			c.any[i] = true
			continue
		}
		for _, a := range args[i].atoms {
			if a.given {
				more = more || !c.any[i]
				continue
			}
			if c.values[i] == nil {
				c.values[i] = map[uint64]bool{}
			}
			n := a.n
			if w := syscalls.Width(f.Arch, name, i); w < 64 {
				n &= 1<<w - 1
			}
			c.values[i][n] = true
		}
	}
	c.places[place] = true
	return more
}

func (f *finder) found(nr uint32) *found {
	c := f.calls[nr]
	if c == nil {
		c = &found{places: map[string]bool{}}
		f.calls[nr] = c
	}
	return c
}

// closed reports whether all callers of a function are known. One that has none is reached in ways
// that are not seen.
func (f *finder) closed(fn int) bool {
	fun := &f.Funcs[fn]
	return len(f.code.callers[fun.Entry]) > 0 && !f.pointed(fun.Entry) && !method(fun) && f.Entry != fun.Entry && !f.fallen[fun.Entry]
}

// callers asks what calls a function.
func (f *finder) callers(r request, fn int, place string, back int) {
	key := fmt.Sprint(fn, r)
	if f.seen[key] {
		return
	}
	f.seen[key] = true
	lost := func(why string) {
		if slices.ContainsFunc(r.nr.atoms, func(a atom) bool { return a.given }) {
			f.open[why] = true
		}
		for _, a := range r.nr.atoms {
			if !a.given {
				f.calls[uint32(a.n)].lose(r.args)
				f.maps(uint32(a.n), value{}, place, fn)
			}
		}
	}
	entry := f.Funcs[fn].Entry
	if !f.closed(fn) {
		lost(fmt.Sprintf("%s, which is given the number, may be called through a pointer", f.name(fn)))
	}
	if back == 0 {
		lost(fmt.Sprintf("%s has more callers of callers than are followed", f.name(fn)))
		return
	}
	for _, c := range f.code.callers[entry] {
		if f.given++; f.given > maxGiven {
			lost("more callers than are asked")
			return
		}
		s := f.state(c.fn, c.addr)
		if s == nil {
			lost(fmt.Sprintf("%s, which calls %s, is too large", f.name(c.fn), f.name(fn)))
			continue
		}
		next := request{nr: f.translate(r.nr, s, &c)}
		for i := range r.args {
			next.args[i] = f.translate(r.args[i], s, &c)
		}
		f.ask(next, c.fn, c.addr, back-1)
	}
}

// lose makes arguments anything that a function is given.
func (c *found) lose(args [6]value) {
	for i, v := range args {
		c.any[i] = c.any[i] || v.kind != oneOf || slices.ContainsFunc(v.atoms, func(a atom) bool { return a.given })
	}
}

// translate returns a value of a function in terms of its caller.
func (f *finder) translate(v value, s *state, c *caller) value {
	if v.kind != oneOf {
		return value{}
	}
	out := value{kind: oneOf}
	for i, a := range v.atoms {
		part := value{kind: oneOf, atoms: []atom{a}}
		if a.given {
			part = f.flows[c.fn].flow.outside(s, a.at, c.call).sized(a.size)
		}
		if i == 0 {
			out = part
		} else {
			out = out.or(part)
		}
	}
	if out.kind == address {
		return value{}
	}
	return out
}

// method reports whether a function of Go is a method, which interfaces and reflection call.
func method(f *image.Func) bool { return f.Go && isMethod(f.Name) }

func (c *found) call(a arch.Arch, nr uint32) Call {
	out := Call{Nr: nr}
	out.Name, _ = syscalls.Name(a, nr)
	for _, i := range profile.TellingArgs(a, out.Name) {
		if c.any[i] || c.values[i] == nil {
			continue
		}
		for v := range c.values[i] {
			out.Args[i] = append(out.Args[i], v)
		}
		slices.Sort(out.Args[i])
	}
	out.Places = c.sorted()
	out.More = len(out.Places) > maxPlace
	out.Places = out.Places[:min(len(out.Places), maxPlace)]
	return out
}

// sorted returns the places.
func (c *found) sorted() (list []string) {
	for p := range c.places {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}
