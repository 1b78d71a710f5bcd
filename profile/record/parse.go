package record

import (
	"bufio"
	"bytes"
	"cmp"
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

// Parse reads a record, or a concatenation of records, which it merges. Name is the file name in
// errors. An unknown key is an error, since its information would be lost.
func Parse(name string, in io.Reader) (*Record, error) {
	lines := bufio.NewScanner(io.LimitReader(in, maxText+1))
	lines.Buffer(nil, maxLine)
	var r *Record
	var all several
	var calls *int
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
			if err = cmp.Or(whole(r, calls), all.merge(r)); err == nil {
				r, calls, err = parseHead(text)
			}
		case r == nil:
			_, _, err = parseHead(text)
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
	if err := cmp.Or(whole(r, calls), all.merge(r)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all.record, nil
}

// whole returns an error if a record does not have as many calls as its first line says.
func whole(r *Record, calls *int) error {
	if r == nil || calls == nil || *calls == len(r.calls) {
		return nil
	}
	return fmt.Errorf("%d calls, but the first line of the record says %d: it was truncated or changed (record again)", len(r.calls), *calls)
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
	if err := onceEach(json.NewDecoder(bytes.NewReader(text))); err != nil {
		return err
	}
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

// onceEach returns an error if an object of a JSON value has a key twice: one of the two would be
// lost. Keys are matched whatever their case.
func onceEach(d *json.Decoder) error {
	t, err := d.Token()
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	if delim, ok := t.(json.Delim); err != nil || !ok || delim != '{' && delim != '[' {
		return err
	} else if delim == '{' {
		keys := map[string]bool{}
		for d.More() {
			t, err := d.Token()
			if err != nil {
				return err
			}
			key, _ := t.(string)
			if keys[strings.ToLower(key)] {
				return fmt.Errorf("the key %q twice", key)
			}
			keys[strings.ToLower(key)] = true
			if err := onceEach(d); err != nil {
				return err
			}
		}
	} else {
		for d.More() {
			if err := onceEach(d); err != nil {
				return err
			}
		}
	}
	_, err = d.Token()
	return err
}

func parseHead(text []byte) (r *Record, calls *int, err error) {
	var any struct{ Record int }
	if err := json.Unmarshal(text, &any); err != nil || any.Record == 0 {
		return nil, nil, errors.New(`not a record: the first line has no "record" (seccompile record writes records)`)
	}
	if any.Record != version {
		return nil, nil, fmt.Errorf("a record of version %d, and this release reads version %d", any.Record, version)
	}
	var h head
	if err := strictly(text, &h); err != nil {
		return nil, nil, err
	}
	if !h.Arch.Valid() {
		return nil, nil, errors.New("no arch")
	}
	r = New(h.Arch)
	if h.Attached > h.Runs {
		return nil, nil, fmt.Errorf("attached is %d, and runs is %d, which includes it", h.Attached, h.Runs)
	}
	r.runs, r.attached = h.Runs, h.Attached
	for _, u := range h.Unseen {
		r.addUnseen(u)
	}
	if h.Runs == 0 && h.Read == 0 {
		return nil, nil, errors.New("both runs and read are 0, so the record is about nothing")
	}
	if r.read = h.Read; len(h.Open) > 0 && h.Read == 0 {
		return nil, nil, errors.New("open is about programs whose code was read, but read is 0")
	}
	for _, u := range h.Open {
		r.addOpen(u)
	}
	return r, h.Calls, nil
}

func (r *Record) parseLine(text []byte) error {
	var l line
	if err := strictly(text, &l); err != nil {
		return err
	}
	c := syscalls.Call{Nr: l.Nr}
	switch {
	case (l.ABI == "") == (l.Audit == nil):
		return errors.New("a call needs either abi or audit")
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
		return fmt.Errorf("more than %d different calls", maxCalls)
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
	for i, arg := range l.Telling {
		if arg < 0 || arg >= len(c.Args) || slices.Contains(l.Telling[:i], arg) {
			return fmt.Errorf("telling is %d (arguments are 0 to 5, each at most once)", l.Telling)
		}
	}
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
			return fmt.Errorf("%d telling arguments in a tuple, but %d in telling", len(t), len(l.Telling))
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
		case len(x.Values) == 0 && x.Min != nil && x.Max != nil && x.Or != nil && x.And != nil && *x.Min <= *x.Max && (*x.Min|*x.Max)&^*x.Or == 0 && *x.And&^(*x.Min&*x.Max) == 0:
			*c.Args[i] = Values{Min: uint64(*x.Min), Max: uint64(*x.Max), Or: uint64(*x.Or), And: uint64(*x.And), seen: true}
		default:
			return fmt.Errorf("argument %d has neither values nor a consistent set of min, max, or and and", i)
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
	if err := c.check(); err != nil {
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

// check returns an error if what a line has of a call contradicts itself, or is more than the kernel
// reads.
func (c *Call) check() error {
	for i, v := range c.Args {
		if v != nil && v.seen && c.read(i, v.Max) != v.Max {
			return fmt.Errorf("argument %d is %#x, but the kernel reads %#x", i, v.Max, c.read(i, v.Max))
		}
	}
	for at, i := range c.Telling() {
		in := &Values{} // the tuples'
		for _, t := range c.Tuples {
			if c.read(i, t[at]) != t[at] {
				return fmt.Errorf("argument %d is %#x in a tuple, but the kernel reads %#x", i, t[at], c.read(i, t[at]))
			}
			in.add(t[at])
		}
		if v := c.Args[i]; c.Tuples != nil && v != nil && v.seen && !v.equal(in) {
			return fmt.Errorf("argument %d has other values in args than in tuples", i)
		}
	}
	return nil
}
