package policy

import (
	"cmp"
	"fmt"
	"strconv"
)

// A Pos is a place in the text of a profile. The zero value means unknown.
type Pos struct {
	File      string // "" if it has no name
	Line, Col int    // from 1; Col counts bytes
}

// String returns "FILE:LINE:COL", without the parts that are not known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.File == "":
		return fmt.Sprintf("%d:%d", p.Line, p.Col)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Compare returns -1, 0 or 1, as p comes before q in a text, is q, or comes after it.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// An Origin says where a rule comes from: the name of a call in a profile. It is
// for display.
type Origin struct {
	Name string // of the call
	Pos  Pos

	// List is the JSON Pointer of the list that the name is in, and Index its place
	// there; if Index is negative, List is the pointer of the name.
	List  string
	Index int32
}

// Path returns the JSON Pointer (RFC 6901) of the name. It is "" for nil.
func (o *Origin) Path() string {
	switch {
	case o == nil:
		return ""
	case o.Index < 0:
		return o.List
	}
	return o.List + "/" + strconv.Itoa(int(o.Index))
}

// String returns the name, "call" for nil.
func (o *Origin) String() string {
	if o == nil {
		return "call"
	}
	return o.Name
}
