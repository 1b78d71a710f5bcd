package policy

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// A Pos is a position in the source of a profile. The zero value means unknown.
type Pos struct {
	File      string // "" if the text has no name; the type's name if the source is a Go value
	Line, Col int    // from 1; Col counts bytes. A line of Go code has no Col, and a Go value has neither
}

// String returns "FILE:LINE:COL", without the parts that are unknown.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	case p.File == "":
		return fmt.Sprintf("%d:%d", p.Line, p.Col)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Within returns the position without the file, for a reader who knows it. Positions
// in Go code keep the file, since the code may be in several files.
func (p Pos) Within() string {
	if p.Col > 0 {
		p.File = ""
	}
	return p.String()
}

// Compare returns -1 if p comes before q in a text, 0 if they are equal, and 1 if p comes
// after q.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// An Origin says where a rule comes from: the name of a call in a profile. It is used
// only for display.
type Origin struct {
	Name string // of the call
	Pos  Pos

	// List is the JSON Pointer of the list that contains the name, and Index is the
	// name's place in it. If Index is negative, List is the pointer of the name itself.
	List  string
	Index int32

	// With is the other origin of a rule that [Intersect] or [Union] made of two. It may
	// have a With itself.
	With *Origin
}

// clone returns a copy that shares nothing with the origin.
func (o *Origin) clone() *Origin {
	if o == nil {
		return nil
	}
	c := *o
	c.With = o.With.clone()
	return &c
}

// and returns the origin of a rule that comes from both, of which o comes first.
func (o *Origin) and(other *Origin) *Origin {
	c := o.clone()
	last := c
	for ; other != nil; other = other.With {
		known := false
		for at := c; at != nil; at = at.With {
			known = known || at.Pos == other.Pos && at.List == other.List && at.Index == other.Index
			last = at
		}
		if !known {
			next := *other
			next.With = nil
			last.With = &next
		}
	}
	return c
}

// places returns the positions of the origin and of those with it, without files if the
// reader knows the file.
func (o *Origin) places(known bool) string {
	var places []string
	for ; o != nil; o = o.With {
		switch {
		case o.Pos.Line == 0:
		case known:
			places = append(places, o.Pos.Within())
		default:
			places = append(places, o.Pos.String())
		}
	}
	return strings.Join(places, ", ")
}

// Path returns the JSON Pointer (RFC 6901) of the name. It is empty for a nil Origin.
func (o *Origin) Path() string {
	switch {
	case o == nil:
		return ""
	case o.Index < 0:
		return o.List
	}
	return o.List + "/" + strconv.Itoa(int(o.Index))
}

// String returns the name of the call. It returns "call" for a nil Origin.
func (o *Origin) String() string {
	if o == nil {
		return "call"
	}
	return o.Name
}
