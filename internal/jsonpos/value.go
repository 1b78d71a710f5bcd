package jsonpos

import "strings"

// A Kind is the type of a JSON value.
type Kind uint8

const (
	Null Kind = iota
	Boolean
	Number
	Text
	Array
	Object
)

// String returns "a number", "an object" and so on.
func (k Kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// form says how a value of the kind is written.
func (k Kind) form() string {
	switch k {
	case Boolean:
		return "true or false"
	case Text:
		return "it in quotes"
	case Number:
		return "digits without quotes"
	case Array:
		return "it in [ ]"
	case Object:
		return "it in { }"
	}
	return "nothing"
}

// A Value is a JSON value with its place. Text is for strings, numbers and booleans,
// Elems and Members for arrays and objects.
type Value struct {
	Mark
	Kind  Kind
	Text  string // a string decoded; a number or a boolean as written
	parts *parts // array, object
}

// parts are what an array or an object has.
type parts struct {
	elems   []Value
	members []Member // in the order of the text, repeated keys included
}

// Empty reports whether the value is null, "", [] or {}.
func (v *Value) Empty() bool {
	return v.Kind != Number && v.Kind != Boolean && v.Text == "" && len(v.Elems())+len(v.Members()) == 0
}

// Elems returns the elements of an array, and nil for any other value.
func (v *Value) Elems() []Value {
	if v.parts == nil {
		return nil
	}
	return v.parts.elems
}

// Members returns the members of an object, and nil for any other value.
func (v *Value) Members() []Member {
	if v.parts == nil {
		return nil
	}
	return v.parts.members
}

// A Mark is a place in a text: line and column from 1, the column in bytes.
type Mark struct{ Line, Col int32 }

// Before reports whether m comes before o.
func (m Mark) Before(o Mark) bool {
	return m.Line < o.Line || m.Line == o.Line && m.Col < o.Col
}

// A Member is a key and its value.
type Member struct {
	Mark  // of the key
	Key   string
	Value Value
}

// At returns a value at the place of the key, for faults and notes of it.
func (m *Member) At() *Value { return &Value{Mark: m.Mark} }

// Lines returns an array of n values, each at the start of a line of its own, for
// settings that are not JSON.
func Lines(n int) *Value {
	v := &Value{Kind: Array, parts: &parts{elems: make([]Value, n)}}
	for i := range v.parts.elems {
		v.parts.elems[i].Mark = Mark{int32(i + 1), 1}
	}
	return v
}

// Append adds an element to an array that does not come from a text.
func (v *Value) Append(e Value) {
	if v.parts == nil {
		v.parts = &parts{}
	}
	v.parts.elems = append(v.parts.elems, e)
}

// Set adds a member to an object that does not come from a text. The key is at the
// value's place.
func (v *Value) Set(key string, value Value) {
	if v.parts == nil {
		v.parts = &parts{}
	}
	v.parts.members = append(v.parts.members, Member{value.Mark, key, value})
}

// Named returns the members of the object v with that key, without regard to case.
func (v *Value) Named(key string) (list []Member) {
	for _, m := range v.Members() {
		if strings.EqualFold(m.Key, key) {
			list = append(list, m)
		}
	}
	return list
}
