package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// version is that of the form of records. A reader refuses others.
const version = 1

// maxLine is how long a line of a record may be, and maxText how long all of it.
const (
	maxLine = 1 << 20
	maxText = 64 << 20
)

// A head is the first line of a record.
type head struct {
	Record   int       `json:"record"` // the version of the form
	Arch     arch.Arch `json:"arch"`
	Runs     uint64    `json:"runs"`
	Attached uint64    `json:"attached,omitempty"` // how many of the runs lack their beginning
	Unseen   []Unseen  `json:"unseen,omitempty"`   // filters of the program's own
	Read     uint64    `json:"read,omitempty"`     // how many programs' code was read
	Open     []Unseen  `json:"open,omitempty"`     // reasons why these may make other calls
}

// A line is a call. Arguments are 0x numbers, since programs that read JSON lose bits of
// large ones.
type line struct {
	ABI     string              `json:"abi,omitempty"`
	Audit   *uint32             `json:"audit,omitempty"` // where it does not belong to an ABI
	Call    string              `json:"call,omitempty"`
	Nr      uint32              `json:"nr"`
	Count   uint64              `json:"count"`
	Telling []int               `json:"telling,omitempty"` // which arguments tuples have
	Tuples  [][]number          `json:"tuples,omitempty"`  // none if there were too many
	Args    map[string]jsonArgs `json:"args,omitempty"`    // by number
	By      []string            `json:"by,omitempty"`
	MoreBy  bool                `json:"moreBy,omitempty"`
	At      []string            `json:"at,omitempty"`
}

type jsonArgs struct {
	Values []number `json:"values,omitempty"`
	Min    *number  `json:"min,omitempty"` // and the rest, if values are not listed
	Max    *number  `json:"max,omitempty"`
	Or     *number  `json:"or,omitempty"`
	And    *number  `json:"and,omitempty"`
}

// A number is one of 64 bits.
type number uint64

func (n number) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%#x", uint64(n)), nil }

func (n *number) UnmarshalText(text []byte) error {
	hex, ok := strings.CutPrefix(string(text), "0x")
	v, err := strconv.ParseUint(hex, 16, 64)
	if !ok || err != nil {
		return fmt.Errorf("%q is not a number such as 0x1f", text)
	}
	*n = number(v)
	return nil
}

func numbers(list []uint64) (out []number) {
	for _, v := range list {
		out = append(out, number(v))
	}
	return out
}

// WriteTo writes the record, a line for each call after the first one. The same calls give
// the same bytes.
func (r *Record) WriteTo(w io.Writer) (n int64, err error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(head{version, r.native, r.runs, r.attached, r.lost, r.read, r.open}); err != nil {
		return 0, err
	}
	for _, c := range r.Calls() {
		if err := e.Encode(c.line()); err != nil {
			return 0, err
		}
	}
	return b.WriteTo(w)
}

func (c *Call) line() line {
	l := line{Call: c.Name, Nr: c.Nr, Count: c.Count, By: c.By, MoreBy: c.MoreBy, At: c.At}
	if c.Arch.Valid() {
		l.ABI = c.Arch.String()
	} else {
		l.Audit = &c.Audit
	}
	l.Telling = c.Telling()
	for _, t := range c.Tuples {
		l.Tuples = append(l.Tuples, numbers(t))
	}
	for i, v := range c.Args {
		if v == nil || !v.seen {
			continue
		}
		if l.Args == nil {
			l.Args = map[string]jsonArgs{}
		}
		x := jsonArgs{Values: numbers(v.List)}
		if v.List == nil {
			pointer := func(n uint64) *number { return (*number)(&n) }
			x.Min, x.Max, x.Or, x.And = pointer(v.Min), pointer(v.Max), pointer(v.Or), pointer(v.And)
		}
		l.Args[strconv.Itoa(i)] = x
	}
	return l
}

// Parse reads a record, or several that stand one after the other, merged. Name is for the places in errors. A key that this release does not
// know is an error, since what it says would be lost.
func Parse(name string, in io.Reader) (*Record, error) {
	lines := bufio.NewScanner(io.LimitReader(in, maxText+1))
	lines.Buffer(nil, maxLine)
	var r *Record
	var all several
	total := 0
	for n := 1; lines.Scan(); n++ {
		text := lines.Bytes()
		if total += len(text) + 1; total > maxText {
			return nil, fmt.Errorf("%s: more than %d bytes (merge fewer records, or is it the right file?)", name, maxText)
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		var err error
		switch {
		case isHead(text): // of one more record, if they are in one file
			if err = all.merge(r); err == nil {
				r, err = parseHead(text)
			}
		case r == nil:
			_, err = parseHead(text)
		default:
			err = r.parseLine(text)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%s: a line of more than %d bytes (is it a record?)", name, maxLine)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case r == nil:
		return nil, fmt.Errorf("%s: the record is empty", name)
	}
	if err := all.merge(r); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all.record, nil
}

// several are records of one file, as one.
type several struct{ record *Record }

func (s *several) merge(r *Record) error {
	if s.record == nil || r == nil {
		if r != nil {
			s.record = r
		}
		return nil
	}
	return s.record.Merge(r)
}

// isHead reports whether a line is the first one of a record.
func isHead(text []byte) bool {
	var head struct{ Record int }
	return json.Unmarshal(text, &head) == nil && head.Record != 0
}

// strictly decodes one JSON value without unknown keys.
func strictly(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one JSON value in the line")
	}
	return nil
}

func parseHead(text []byte) (*Record, error) {
	var any struct{ Record int }
	if err := json.Unmarshal(text, &any); err != nil || any.Record == 0 {
		return nil, errors.New(`not a record: the first line has no "record" (seccompile record writes records)`)
	}
	if any.Record != version {
		return nil, fmt.Errorf("a record of form %d, and this release reads form %d", any.Record, version)
	}
	var h head
	if err := strictly(text, &h); err != nil {
		return nil, err
	}
	if !h.Arch.Valid() {
		return nil, errors.New("no arch")
	}
	r := New(h.Arch)
	if h.Attached > h.Runs {
		return nil, fmt.Errorf("attached is %d, and runs is %d, which includes it", h.Attached, h.Runs)
	}
	r.runs, r.attached = h.Runs, h.Attached
	for _, u := range h.Unseen {
		r.addUnseen(u)
	}
	if h.Runs == 0 && h.Read == 0 {
		return nil, errors.New("runs is 0, and read is 0: a record of nothing")
	}
	if r.read = h.Read; len(h.Open) > 0 && h.Read == 0 {
		return nil, errors.New("open is of programs whose code was read, and read is 0")
	}
	for _, u := range h.Open {
		r.addOpen(u)
	}
	return r, nil
}

func (r *Record) parseLine(text []byte) error {
	var l line
	if err := strictly(text, &l); err != nil {
		return err
	}
	c := syscalls.Call{Nr: l.Nr}
	switch {
	case (l.ABI == "") == (l.Audit == nil):
		return errors.New("a call needs abi or audit, and not both")
	case l.Audit != nil:
		c.Audit = *l.Audit
	default:
		a, err := arch.Parse(l.ABI)
		if err != nil {
			return err
		}
		c.Audit = a.Audit()
	}
	a, known := c.Arch()
	if l.ABI != "" && (!known || a.String() != l.ABI) {
		return fmt.Errorf("%d is not a number of %s", int32(l.Nr), l.ABI)
	}
	if r.calls[id{a, l.Nr}] != nil {
		return fmt.Errorf("the number %d of %s twice", int32(l.Nr), l.ABI)
	}
	if len(r.calls) == maxCalls {
		return fmt.Errorf("more than %d calls with numbers of their own", maxCalls)
	}
	own := newCall(a, c)
	if own.Name != l.Call {
		return fmt.Errorf("%d of %s is %q in this release, and %q in the record", int32(l.Nr), l.ABI, own.Name, l.Call)
	}
	if l.Count == 0 && r.read == 0 {
		return errors.New("a call that was made 0 times")
	}
	if err := own.parse(&l); err != nil {
		return err
	}
	r.calls[id{a, l.Nr}] = own
	return nil
}

// parseTuples takes the combinations of telling arguments. Another release may keep others: if
// one is missing that this one keeps, nothing is known of them.
func (c *Call) parseTuples(l *line) error {
	var at []int
	for _, arg := range c.Telling() {
		i := slices.Index(l.Telling, arg)
		if i < 0 {
			c.Tuples = nil
		}
		at = append(at, i)
	}
	if len(l.Tuples) == 0 {
		c.Tuples = nil
	}
	for _, t := range l.Tuples {
		if len(t) != len(l.Telling) {
			return fmt.Errorf("%d telling arguments in a tuple, and %d in the list of them", len(t), len(l.Telling))
		}
		if c.Tuples == nil {
			continue
		}
		var own []uint64
		for _, i := range at {
			own = append(own, uint64(t[i]))
		}
		c.addTuple(own)
	}
	return nil
}

// parse takes what a line has of a call.
func (c *Call) parse(l *line) error {
	c.Count = l.Count
	for i := range c.Args {
		x, there := l.Args[strconv.Itoa(i)]
		switch {
		case !there || c.Args[i] == nil: // not known, or not kept by this release
			c.Args[i] = nil
		case len(x.Values) > 0 && x.Min == nil && x.Max == nil && x.Or == nil && x.And == nil:
			for _, v := range x.Values {
				c.Args[i].add(uint64(v))
			}
		case len(x.Values) == 0 && x.Min != nil && x.Max != nil && x.Or != nil && x.And != nil && *x.Min <= *x.Max:
			*c.Args[i] = Values{Min: uint64(*x.Min), Max: uint64(*x.Max), Or: uint64(*x.Or), And: uint64(*x.And), seen: true}
		default:
			return fmt.Errorf("argument %d has neither values, nor min, max, or and and", i)
		}
	}
	for key := range l.Args {
		if i, err := strconv.Atoi(key); err != nil || i < 0 || i >= len(c.Args) {
			return fmt.Errorf("argument %q (they are 0 to 5)", key)
		}
	}
	if err := c.parseTuples(l); err != nil {
		return err
	}
	for _, by := range l.By {
		c.addBy(by)
	}
	c.MoreBy = c.MoreBy || l.MoreBy
	for _, at := range l.At {
		c.addAt(at)
	}
	return nil
}
