// Package record stores which calls a program made, as evidence for its profile.
//
//	r := record.New(arch.X86_64)
//	r.Add(call, record.Seen{By: "/usr/bin/nginx", Count: 1})
//	r.WriteTo(file)
//
// A [Record] has a line for each call of each ABI: how often it was made, by which
// executables, and with which arguments. Its size is bounded. Records of several runs and
// machines can be merged; the order does not matter.
//
// [Record.Profile] makes a profile from a record.
package record

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// Limits. What exceeds one of the last three is summed up, and says so.
const (
	maxCalls  = 10_000 // calls with numbers of their own
	maxTuples = 64     // combinations of telling arguments of one call
	maxValues = 32     // values of one argument
	maxBy     = 16     // executables of one call
)

// A Record is a set of calls that programs made. It is not safe for concurrent use.
type Record struct {
	native   arch.Arch
	runs     uint64
	attached uint64 // of the runs
	read     uint64 // programs whose code was read
	lost     []Unseen
	open     []Unseen
	calls    map[id]*Call
}

// An id tells calls apart.
type id struct {
	arch arch.Arch // 0 for an audit value that does not belong to an ABI
	nr   uint32
}

// A Call is what a record has about one call.
type Call struct {
	Arch  arch.Arch // 0 for an audit value that does not belong to an ABI
	Audit uint32
	Nr    uint32
	Name  string // "" for a number without a call
	Count uint64 // 0 for a call that was only found in code

	// Tuples are the combinations of the call's telling arguments (profile.TellingArgs),
	// ascending, as the kernel reads them; nil if there were more than 64, or the call has
	// none.
	Tuples [][]uint64

	// Args has the values of arguments that the kernel reads as numbers of 32 bits or fewer, and
	// of telling arguments. An element is nil for other arguments, which may be addresses, and if
	// nothing is known.
	Args [6]*Values

	By     []string // executables that made it, sorted
	MoreBy bool     // more executables than By has
	At     []string // places in the user's stack, such as "libc.so.6+0x10f2a", sorted
}

// Seen is what is known about added calls in addition to their numbers and arguments.
type Seen struct {
	By    string // the executable
	At    string // the place in the code that made the call, "" if it is not known
	Count uint64 // how often; 0 means once
}

// An Unseen is a filter that the program itself installed. The record lacks the calls that
// it answered.
type Unseen struct {
	By    string `json:"by"` // the executable that installed it
	Count uint64 `json:"count"`
}

// New returns an empty record of one run for a native ABI.
func New(native arch.Arch) *Record {
	return &Record{native: native, runs: 1, calls: map[id]*Call{}}
}

// NewAttached is like [New], for a program that was already running when recording
// began.
func NewAttached(native arch.Arch) *Record {
	r := New(native)
	r.attached = 1
	return r
}

// Arch returns the native ABI.
func (r *Record) Arch() arch.Arch { return r.native }

// Runs returns the number of runs in the record.
func (r *Record) Runs() uint64 { return r.runs }

// Attached returns how many of the runs are of programs that were already running when
// recording began. Their earlier calls are not in the record.
func (r *Record) Attached() uint64 { return r.attached }

// Add adds calls with the same arguments. For clone3, whose flags are in memory, the first
// argument must be the flags, not the address. It is an error if the record is full.
func (r *Record) Add(c syscalls.Call, s Seen) error {
	call, err := r.call(c)
	if err != nil {
		return err
	}
	call.add(c.Args, s)
	return nil
}

// newCall returns a call that nobody has made yet.
func newCall(a arch.Arch, c syscalls.Call) *Call {
	call := &Call{Arch: a, Audit: c.Audit, Nr: c.Nr}
	if !a.Valid() {
		return call
	}
	call.Name, _ = syscalls.Name(a, c.Nr)
	if len(call.Telling()) > 0 {
		call.Tuples = [][]uint64{}
	}
	for i := range call.Args {
		if call.Name != "" && (syscalls.Width(a, call.Name, i) < a.RegisterBits() || slices.Contains(call.Telling(), i)) {
			call.Args[i] = &Values{}
		}
	}
	return call
}

// Telling returns the arguments that Tuples has (profile.TellingArgs). The caller must not change
// the slice.
func (c *Call) Telling() []int {
	switch c.Name {
	case "":
		return nil
	case "clone3":
		return []int{0}
	}
	return profile.TellingArgs(c.Arch, c.Name)
}

// read returns the bits of an argument that the kernel reads.
func (c *Call) read(i int, v uint64) uint64 {
	if w := syscalls.Width(c.Arch, c.Name, i); w < 64 {
		v &= 1<<w - 1
	}
	return v
}

func (c *Call) add(args [6]uint64, s Seen) {
	c.Count = sum(c.Count, max(1, s.Count))
	for i, v := range c.Args {
		if v != nil {
			v.add(c.read(i, args[i]))
		}
	}
	if c.Tuples != nil {
		var all [len(args)]uint64
		tuple := all[:0]
		for _, arg := range c.Telling() {
			tuple = append(tuple, c.read(arg, args[arg]))
		}
		c.addTuple(tuple)
	}
	c.addBy(s.By)
	c.addAt(s.At)
}

// addTuple adds a combination of telling arguments, until there are too many.
func (c *Call) addTuple(tuple []uint64) {
	if c.Tuples == nil {
		return
	}
	if i, found := slices.BinarySearchFunc(c.Tuples, tuple, slices.Compare[[]uint64]); !found {
		c.Tuples = slices.Insert(c.Tuples, i, slices.Clone(tuple))
	}
	if len(c.Tuples) > maxTuples {
		c.Tuples = nil
	}
}

func (c *Call) addBy(by string) {
	c.By = with(c.By, by)
	c.MoreBy = c.MoreBy || len(c.By) > maxBy
	c.By = c.By[:min(len(c.By), maxBy)]
}

func (c *Call) addAt(at string) {
	c.At = with(c.At, at)
	c.At = c.At[:min(len(c.At), maxBy)]
}

// with returns a sorted list with a text that is not empty. Cutting it to its first ones
// afterwards leaves the same ones in whatever order texts come.
func with(list []string, text string) []string {
	if i, found := slices.BinarySearch(list, text); !found && text != "" {
		return slices.Insert(list, i, text)
	}
	return list
}

// AddUnseen notes that a filter that the program itself installed may have answered calls.
func (r *Record) AddUnseen(by string) { r.addUnseen(Unseen{by, 1}) }

func (r *Record) addUnseen(u Unseen) {
	if i := slices.IndexFunc(r.lost, func(x Unseen) bool { return x.By == u.By }); i >= 0 {
		r.lost[i].Count = sum(r.lost[i].Count, u.Count)
		return
	}
	r.lost = append(r.lost, u)
	slices.SortFunc(r.lost, func(a, b Unseen) int { return cmp.Compare(a.By, b.By) })
	r.lost = r.lost[:min(len(r.lost), maxBy)]
}

// Unseen returns the filters that the program itself installed. The record lacks the
// calls that they answered. The caller owns the slice.
func (r *Record) Unseen() []Unseen { return slices.Clone(r.lost) }

// Merge adds another record, which must be for the same native ABI.
func (r *Record) Merge(other *Record) error {
	if r.native != other.native {
		return fmt.Errorf("a record for %s and one for %s", r.native, other.native)
	}
	r.runs = sum(r.runs, other.runs)
	r.attached = sum(r.attached, other.attached)
	r.read = sum(r.read, other.read)
	for _, u := range other.open {
		r.addOpen(u)
	}
	for _, u := range other.lost {
		r.addUnseen(u)
	}
	for _, c := range other.Calls() {
		own, err := r.call(syscalls.Call{Audit: c.Audit, Nr: c.Nr})
		if err != nil {
			return err
		}
		own.merge(c)
	}
	return nil
}

func (c *Call) merge(other *Call) {
	c.Count = sum(c.Count, other.Count)
	for i, v := range other.Args {
		if v == nil || c.Args[i] == nil {
			c.Args[i] = nil
		} else {
			c.Args[i].merge(v)
		}
	}
	if other.Tuples == nil {
		c.Tuples = nil
	}
	for _, t := range other.Tuples {
		c.addTuple(t)
	}
	for _, by := range other.By {
		c.addBy(by)
	}
	c.MoreBy = c.MoreBy || other.MoreBy
	for _, at := range other.At {
		c.addAt(at)
	}
}

// Calls returns the calls, sorted by ABI and number, the native ABI first. They share
// memory with the record.
func (r *Record) Calls() []*Call {
	list := make([]*Call, 0, len(r.calls))
	for _, c := range r.calls {
		list = append(list, c)
	}
	rank := func(c *Call) int {
		switch {
		case c.Arch == r.native:
			return 0
		case c.Arch == 0:
			return 1 << 16
		}
		return int(c.Arch)
	}
	slices.SortFunc(list, func(a, b *Call) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Audit, b.Audit), cmp.Compare(a.Nr, b.Nr))
	})
	return list
}

// Has reports whether the record has a call of that name, of any ABI.
func (r *Record) Has(name string) bool {
	for _, c := range r.calls {
		if c.Name == name {
			return true
		}
	}
	return false
}

// String returns the ABI and the name or number of the call.
func (c *Call) String() string {
	name := c.Name
	if name == "" {
		name = fmt.Sprint(int32(c.Nr))
	}
	if !c.Arch.Valid() {
		return fmt.Sprintf("%#x %s", c.Audit, name)
	}
	return c.Arch.String() + " " + name
}
