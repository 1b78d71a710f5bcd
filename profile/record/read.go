package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// Read is what the code of a program says about a call.
type Read struct {
	Nr     uint32
	Args   [6][]uint64 // the values of a telling argument; nil if it may have any value
	By     string      // the file
	Places []string    // where in the code
}

// NewRead returns an empty record, with 0 runs, for calls that are found in a program's code.
func NewRead(native arch.Arch) *Record {
	r := New(native)
	r.runs, r.read = 0, 1
	return r
}

// AddRead adds a call that the code of a program may make. Its Count is 0. It is an error if the
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

// AddOpen adds a file that may make more calls than the record has, with the number of
// reasons, such as places whose calls are unknown.
func (r *Record) AddOpen(by string, count int) { r.addOpen(Unseen{by, uint64(count)}) }

func (r *Record) addOpen(u Unseen) {
	if i := slices.IndexFunc(r.open, func(x Unseen) bool { return x.By == u.By }); i >= 0 {
		r.open[i].Count = max(r.open[i].Count, u.Count)
		return
	}
	r.open = append(r.open, u)
	slices.SortFunc(r.open, func(a, b Unseen) int { return cmp.Compare(a.By, b.By) })
}

// Open returns the files that may make more calls than the record has, with the number
// of reasons. The caller owns the slice.
func (r *Record) Open() []Unseen { return slices.Clone(r.open) }

// Read returns the number of programs whose code was read for the record.
func (r *Record) Read() uint64 { return r.read }

// call returns the record's call of a number, a new one if it has none yet.
func (r *Record) call(c syscalls.Call) (*Call, error) {
	a, _ := c.Arch()
	call := r.calls[id{a, c.Nr}]
	if call == nil {
		if len(r.calls) == maxCalls {
			return nil, fmt.Errorf("more than %d different calls", maxCalls)
		}
		call = newCall(a, c)
		r.calls[id{a, c.Nr}] = call
	}
	return call, nil
}

// A Beyond is a call that a program made and that was not found in its code.
type Beyond struct {
	Call   *Call
	Tuple  []uint64 // the telling arguments that it does not have; nil if it lacks the call
	Shared bool     // other programs also made the call, so the arguments may be theirs
}

// Beyond returns the calls of an executable in another record that this one lacks, or has with
// other telling arguments. It is an error if the other record has no calls of that executable.
func (r *Record) Beyond(other *Record, by string) (list []Beyond, err error) {
	seen := false
	var others []string
	for _, c := range other.Calls() {
		if !slices.Contains(c.By, by) && !c.MoreBy {
			others = append(others, c.By...)
			continue
		}
		seen = seen || slices.Contains(c.By, by)
		shared := len(c.By) > 1 || c.MoreBy
		own := r.calls[id{c.Arch, c.Nr}]
		if own == nil {
			list = append(list, Beyond{c, nil, !slices.Contains(c.By, by)})
			continue
		}
		for _, t := range c.Tuples {
			if !own.has(t) {
				list = append(list, Beyond{c, t, shared})
			}
		}
	}
	if !seen {
		slices.Sort(others)
		return nil, fmt.Errorf("the record has no calls of %s, but of %s", by, strings.Join(slices.Compact(others), ", "))
	}
	return list, nil
}

// String names the call, with arguments such as a0=0x2.
func (b Beyond) String() string {
	text := b.Call.String()
	for i, arg := range b.Call.Telling() {
		if b.Tuple != nil {
			text += fmt.Sprintf(" a%d=%#x", arg, b.Tuple[i])
		}
	}
	return text
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
