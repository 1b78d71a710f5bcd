package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
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
	Calls    *int      `json:"calls,omitempty"`    // how many lines follow; not known if it is missing
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

// WriteTo writes the record, a line for each call after the first one. The same calls
// always give the same bytes.
func (r *Record) WriteTo(w io.Writer) (n int64, err error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	count := len(r.calls)
	if err := e.Encode(head{version, r.native, r.runs, &count, r.attached, r.lost, r.read, r.open}); err != nil {
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
