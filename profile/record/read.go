package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// Read is what the code of a program says of a call.
type Read struct {
	Nr     uint32
	Args   [6][]uint64 // the values of a telling argument; nil if it may be any
	By     string      // the file
	Places []string    // where in the code
}

// NewRead returns an empty record, with 0 runs, for calls that are read out of a program's code.
func NewRead(native arch.Arch) *Record {
	r := New(native)
	r.runs, r.read = 0, 1
	return r
}

// AddRead adds a call that the code of a program may make. Its Count is 0. The error says that the
// record is full.
func (r *Record) AddRead(c Read) error {
	sys := syscalls.Call{Audit: r.native.Audit(), Nr: c.Nr}
	own, known := r.calls[id{r.native, c.Nr}]
	if _, err := r.call(sys); err != nil {
		return err
	}
	call := newCall(r.native, sys)
	call.fill(&c)
	if known {
		own.merge(call)
	} else {
		r.calls[id{r.native, c.Nr}] = call
	}
	return nil
}

// fill takes what was read of a new call.
func (c *Call) fill(read *Read) {
	tuples := [][]uint64{{}}
	for i, v := range c.Args {
		switch telling := slices.Contains(c.Telling(), i); {
		case !telling:
			c.Args[i] = nil
		case read.Args[i] == nil:
			c.Args[i], tuples = nil, nil
		default:
			var longer [][]uint64
			for _, n := range read.Args[i] {
				n = c.read(i, n)
				v.add(n)
				for _, t := range tuples {
					longer = append(longer, append(slices.Clone(t), n))
				}
			}
			if tuples = longer; len(tuples) > maxTuples {
				tuples = nil
			}
		}
	}
	if len(c.Telling()) > 0 && tuples != nil {
		for _, t := range tuples {
			c.addTuple(t)
		}
	} else {
		c.Tuples = nil
	}
	c.addBy(read.By)
	for _, at := range read.Places {
		c.addAt(at)
	}
}

// AddOpen says that a file has places of which the calls are not known, or other reasons why
// it may make more calls than the record has.
func (r *Record) AddOpen(by string, count int) { r.addOpen(Unseen{by, uint64(count)}) }

func (r *Record) addOpen(u Unseen) {
	if i := slices.IndexFunc(r.open, func(x Unseen) bool { return x.By == u.By }); i >= 0 {
		r.open[i].Count = max(r.open[i].Count, u.Count)
		return
	}
	r.open = append(r.open, u)
	slices.SortFunc(r.open, func(a, b Unseen) int { return cmp.Compare(a.By, b.By) })
}

// Open returns the files that may make more calls than the record has, with the count of
// reasons. The caller owns the slice.
func (r *Record) Open() []Unseen { return slices.Clone(r.open) }

// Read returns how many programs' code the record is of.
func (r *Record) Read() uint64 { return r.read }

// call returns the record's call of a number, a new one if it has none yet.
func (r *Record) call(c syscalls.Call) (*Call, error) {
	a, _ := c.Arch()
	call := r.calls[id{a, c.Nr}]
	if call == nil {
		if len(r.calls) == maxCalls {
			return nil, fmt.Errorf("more than %d calls with numbers of their own", maxCalls)
		}
		call = newCall(a, c)
		r.calls[id{a, c.Nr}] = call
	}
	return call, nil
}

// Beyond returns the calls of another record that this one lacks, or has with other telling
// arguments, one text a call. Calls of other ABIs are among them.
func (r *Record) Beyond(other *Record) (list []string) {
	for _, c := range other.Calls() {
		own := r.calls[id{c.Arch, c.Nr}]
		if own == nil {
			list = append(list, fmt.Sprintf("%s, of %s", c, strings.Join(c.By, ", ")))
			continue
		}
		for _, t := range c.Tuples {
			if !own.has(t) {
				list = append(list, fmt.Sprintf("%s with %s, of %s", c, c.spell(t), strings.Join(c.By, ", ")))
			}
		}
	}
	return list
}

// has reports whether a call may have telling arguments, as far as values of single ones say it.
func (c *Call) has(tuple []uint64) bool {
	for i, arg := range c.Telling() {
		if v := c.Args[arg]; v != nil && v.List != nil && !slices.Contains(v.List, tuple[i]) {
			return false
		}
	}
	return true
}

// spell returns telling arguments, such as a0=0x2 a1=0x1.
func (c *Call) spell(tuple []uint64) string {
	var all []string
	for i, arg := range c.Telling() {
		all = append(all, fmt.Sprintf("a%d=%#x", arg, tuple[i]))
	}
	return strings.Join(all, " ")
}
