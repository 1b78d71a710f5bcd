package jsonpos

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A Reader converts values to Go types, and collects the faults.
type Reader struct {
	Root   *Value  // of the text
	Faults []Fault // up to MaxFaults, and one that says that there are more

	pointers strings.Builder // the last that Pointer has returned, parts of one text
}

// Pointer returns the JSON Pointer of the value or key that is at the place of v. It
// goes down from the root, always into the last child that does not start after it.
func (r *Reader) Pointer(v *Value) string {
	if r.pointers.Cap()-r.pointers.Len() < 64 { // too little for most: begin a text rather than copy all
		r.pointers = strings.Builder{}
		r.pointers.Grow(1 << 11)
	}
	start := r.pointers.Len()
	for at := r.Root; at.Before(v.Mark); {
		last := sort.Search(len(at.Elems())+len(at.Members()), func(i int) bool {
			if at.Kind == Object {
				return v.Before(at.Members()[i].Mark)
			}
			return v.Before(at.Elems()[i].Mark)
		}) - 1
		r.pointers.WriteByte('/')
		if at.Kind == Object {
			r.pointers.WriteString(Token(at.Members()[last].Key))
			at = &at.Members()[last].Value
		} else {
			r.pointers.WriteString(strconv.Itoa(last))
			at = &at.Elems()[last]
		}
	}
	return r.pointers.String()[start:]
}

// Token escapes a key for a JSON Pointer (RFC 6901, section 3).
func Token(k string) string {
	return strings.ReplaceAll(strings.ReplaceAll(k, "~", "~0"), "/", "~1")
}

// Full reports whether further faults are not listed.
func (r *Reader) Full() bool { return len(r.Faults) > MaxFaults }

// FailAt adds a fault of the value v, with another path than that of v.
func (r *Reader) FailAt(code Code, v *Value, path string, err error) {
	switch {
	case r.Full():
	case len(r.Faults) == MaxFaults:
		r.Faults = append(r.Faults, Fault{v.Mark, CodeTooLarge, path, fmt.Errorf("more than %d faults: those from here on are not listed", MaxFaults)})
	default:
		r.Faults = append(r.Faults, Fault{v.Mark, code, path, err})
	}
}

// Fail adds a fault of the value v.
func (r *Reader) Fail(code Code, v *Value, err error) { r.FailAt(code, v, r.Pointer(v), err) }

// Failf is like Fail, with a format and arguments.
func (r *Reader) Failf(code Code, v *Value, format string, args ...any) {
	r.Fail(code, v, fmt.Errorf(format, args...))
}

// Err returns the faults, converted by as and joined in the order of the text. It
// returns nil if there are no faults.
func (r *Reader) Err(as func(Fault) error) error {
	faults := slices.Clone(r.Faults)
	slices.SortStableFunc(faults, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col)) })
	var list []error
	for _, f := range faults {
		list = append(list, as(f))
	}
	return errors.Join(list...)
}

// Want reports whether v is of kind k; null counts as absent, as for
// encoding/json. Anything else is a fault.
func (r *Reader) Want(k Kind, v *Value) bool {
	if v.Kind == Text && k == Number && strings.Trim(v.Text, "0123456789") != "" {
		r.Failf(CodeType, v, "the string %q where a number should be (write the number, in digits without quotes)", v.Text)
	} else if v.Kind != k && v.Kind != Null {
		r.Failf(CodeType, v, "%s where %s should be (write %s)", v.Kind, k, k.form())
	}
	return v.Kind == k
}

// Need is like Want, for a place where null is also a fault.
func (r *Reader) Need(k Kind, v *Value) bool {
	if v.Kind == Null {
		r.Failf(CodeType, v, "null where %s should be (delete it)", k)
	}
	return r.Want(k, v)
}

// Each calls f for each key of the object v that is in keys, by its name there.
// Like encoding/json, it ignores the case of keys, and calls odd for a key in
// unusual capitals. A key twice is a fault, because decoders differ in which one
// counts. For other keys it calls unknown, except for comments.
func (r *Reader) Each(v *Value, keys []string, odd func(m *Member, key string), unknown func(m *Member), f func(key string, v *Value)) {
	var seen uint64              // by place in keys
	var seenElse map[string]bool // of the others
	for i := range v.Members() {
		m := &v.Members()[i]
		key, j := m.Key, slices.Index(keys, m.Key)
		if j < 0 {
			if j = slices.IndexFunc(keys, func(k string) bool { return strings.EqualFold(k, m.Key) }); j >= 0 {
				key = keys[j]
				odd(m, key)
			}
		}
		if j < 0 && IsComment(m.Key) {
			continue
		}
		known, bit := j >= 0, uint64(1)<<max(0, j)
		switch {
		case known && seen&bit != 0, !known && seenElse[key]:
			r.Failf(CodeDuplicateKey, m.At(), "key %q twice (decoders differ in which one counts: keep one)", key)
		case known:
			seen |= bit
			f(key, &m.Value)
		default:
			if seenElse == nil {
				seenElse = map[string]bool{}
			}
			seenElse[key] = true
			unknown(m)
		}
	}
}

// IsComment reports whether a key looks like a comment. Readers of profiles ignore such a
// key.
func IsComment(key string) bool {
	for _, start := range [...]string{"_", "//", "$", "x-"} {
		if strings.HasPrefix(key, start) {
			return true
		}
	}
	switch strings.ToLower(key) {
	case "comment", "description", "note", "reason", "title":
		return true
	}
	return false
}

// Elements calls f for each element of the array v.
func (r *Reader) Elements(v *Value, f func(v *Value)) {
	if !r.Want(Array, v) {
		return
	}
	for i := range v.Elems() {
		f(&v.Elems()[i])
	}
}

// String returns a string value, "" for null or a fault.
func (r *Reader) String(v *Value) string {
	if !r.Want(Text, v) {
		return ""
	}
	return v.Text
}

// Strings returns an array of strings.
func (r *Reader) Strings(v *Value) (list []string) {
	r.Elements(v, func(v *Value) {
		if r.Need(Text, v) {
			list = append(list, v.Text)
		}
	})
	return list
}

// Bool returns a boolean value, false for null or a fault.
func (r *Reader) Bool(v *Value) bool { return r.Want(Boolean, v) && v.Text == "true" }

// Uint returns a number of up to 64 bits, which must be written only in digits. A sign, a
// fraction or an exponent is a fault, as in encoding/json.
func (r *Reader) Uint(v *Value) uint64 {
	if !r.Want(Number, v) {
		return 0
	}
	n, err := strconv.ParseUint(v.Text, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		r.Failf(CodeType, v, "%s is more than 64 bits hold (at most %d)", v.Text, ^uint64(0))
		n = 0
	} else if err != nil && strings.ContainsAny(v.Text, ".eE") {
		r.Failf(CodeType, v, "%s is not a whole number in digits (write it without a point or an exponent)", v.Text)
	} else if err != nil {
		r.Failf(CodeType, v, "%s is not a whole number from 0 on (write a negative one as 64 bits: -1 is %d)", v.Text, ^uint64(0))
	}
	return n
}
