package profile

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/profile/policy"
)

// A reader turns values into what Parse wants of them and collects the faults
// and notes on the way.
type reader struct {
	root    *value // of the text
	file    string
	dialect Dialect
	errs    errorList
	notes   []Note

	pointers strings.Builder // all that pointer has returned, parts of one text
}

// pointer returns the JSON Pointer of the value or the key that stands where v
// does: on the way down from the root it is in the last of the children that do
// not stand behind it.
func (r *reader) pointer(v *value) string {
	start := r.pointers.Len()
	for at := r.root; at.before(v.mark); {
		last := sort.Search(len(at.elems())+len(at.members()), func(i int) bool {
			if at.kind == object {
				return v.before(at.members()[i].mark)
			}
			return v.before(at.elems()[i].mark)
		}) - 1
		r.pointers.WriteByte('/')
		if at.kind == object {
			r.pointers.WriteString(pointerKey(at.members()[last].key))
			at = &at.members()[last].value
		} else {
			r.pointers.WriteString(strconv.Itoa(last))
			at = &at.elems()[last]
		}
	}
	return r.pointers.String()[start:]
}

// pointerKey escapes a key for a JSON Pointer (RFC 6901, section 3).
func pointerKey(k string) string {
	return strings.ReplaceAll(strings.ReplaceAll(k, "~", "~0"), "/", "~1")
}

func (r *reader) pos(v *value) policy.Pos {
	return policy.Pos{File: r.file, Line: int(v.line), Col: int(v.col)}
}

func (r *reader) fail(code Code, v *value, err error) {
	r.errs.add(&Error{code, r.pos(v), r.pointer(v), err})
}

func (r *reader) failf(code Code, v *value, format string, args ...any) {
	r.fail(code, v, fmt.Errorf(format, args...))
}

func (r *reader) note(code Code, e Effect, v *value, format string, args ...any) {
	r.notes = append(r.notes, Note{Code: code, Effect: e, Pos: r.pos(v), Path: r.pointer(v), Text: fmt.Sprintf(format, args...)})
}

// want reports whether v is of kind k; null counts as absent, as for
// encoding/json. Anything else is a fault.
func (r *reader) want(k kind, v *value) bool {
	if v.kind != k && v.kind != null {
		r.failf(CodeType, v, "%s where %s should be (write %s)", v.kind, k, k.form())
	}
	return v.kind == k
}

// need is want for a place where null, too, is a fault.
func (r *reader) need(k kind, v *value) bool {
	if v.kind == null {
		r.failf(CodeType, v, "null where %s should be (delete it)", k)
	}
	return r.want(k, v)
}

// members calls f for each key of the object v that its level knows in the
// dialect, by its name there. Others are noted with the effect that their loss may
// have.
func (r *reader) members(v *value, at level, f func(key string, v *value)) {
	r.each(v, dialects[r.dialect].keys[at], func(m *member) { r.unknown(m, at) }, f)
}

// each calls f for each key of the object v that is in keys, by its name there.
// Keys are found as encoding/json finds them, in any capitals, which is noted; a
// key twice is a fault, because decoders differ in what they make of it. For other
// keys it calls unknown, except for comments.
func (r *reader) each(v *value, keys []string, unknown func(m *member), f func(key string, v *value)) {
	var seen uint64              // by place in keys
	var seenElse map[string]bool // of the others
	for i := range v.members() {
		m := &v.members()[i]
		key, j := m.key, slices.Index(keys, m.key)
		if j < 0 {
			if j = slices.IndexFunc(keys, func(k string) bool { return strings.EqualFold(k, m.key) }); j >= 0 {
				key = keys[j]
				r.note(CodeOddKey, Same, m.at(), "key %q is read as %q (write it so: not every reader does)", m.key, key)
			}
		}
		if j < 0 && isComment(m.key) {
			continue
		}
		known, bit := j >= 0, uint64(1)<<max(0, j)
		switch {
		case known && seen&bit != 0, !known && seenElse[key]:
			r.failf(CodeDuplicateKey, m.at(), "key %q twice (decoders differ in which one counts: leave one)", key)
		case known:
			seen |= bit
			f(key, &m.value)
		default:
			if seenElse == nil {
				seenElse = map[string]bool{}
			}
			seenElse[key] = true
			unknown(m)
		}
	}
}

// elems calls f for each element of the array v.
func (r *reader) elems(v *value, f func(v *value)) {
	if !r.want(array, v) {
		return
	}
	for i := range v.elems() {
		f(&v.elems()[i])
	}
}

// str returns a string value, "" for null or a fault.
func (r *reader) str(v *value) string {
	if !r.want(text, v) {
		return ""
	}
	return v.text
}

// strs returns an array of strings.
func (r *reader) strs(v *value) (list []string) {
	r.elems(v, func(v *value) {
		if r.need(text, v) {
			list = append(list, v.text)
		}
	})
	return list
}

// uint returns a number of up to 64 bits, as digits alone: a sign, a fraction or
// an exponent is a fault, as it is for encoding/json.
func (r *reader) uint(v *value) uint64 {
	if !r.want(number, v) {
		return 0
	}
	n, err := strconv.ParseUint(v.text, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		r.failf(CodeType, v, "%s is more than 64 bits hold (at most %d)", v.text, ^uint64(0))
		n = 0
	} else if err != nil {
		r.failf(CodeType, v, "%s is not a whole number from 0 on (write a negative one as 64 bits: -1 is %d)", v.text, ^uint64(0))
	}
	return n
}
