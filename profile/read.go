package profile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
)

// A reader turns values into what Parse wants of them and collects the faults
// and notes on the way.
type reader struct {
	file    string
	dialect Dialect
	errs    errorList
	notes   []Note
}

// A path is a JSON Pointer under construction, from the leaf up.
type path struct {
	up    *path
	key   string
	index int // of an array element; -1 for a key
}

func (p *path) String() string {
	switch {
	case p == nil:
		return ""
	case p.index < 0:
		return p.up.String() + "/" + pointerKey(p.key)
	}
	return p.up.String() + "/" + strconv.Itoa(p.index)
}

// pointerKey escapes a key for a JSON Pointer (RFC 6901, section 3).
func pointerKey(k string) string {
	return strings.ReplaceAll(strings.ReplaceAll(k, "~", "~0"), "/", "~1")
}

func (r *reader) pos(v *value) Pos { return Pos{r.file, int(v.line), int(v.col)} }

func (r *reader) fail(code Code, v *value, p *path, err error) {
	r.errs.add(&Error{code, r.pos(v), p.String(), err})
}

func (r *reader) failf(code Code, v *value, p *path, format string, args ...any) {
	r.fail(code, v, p, fmt.Errorf(format, args...))
}

func (r *reader) note(code Code, e Effect, v *value, p *path, format string, args ...any) {
	r.notes = append(r.notes, Note{Code: code, Effect: e, Pos: r.pos(v), Path: p.String(), Text: fmt.Sprintf(format, args...)})
}

// want reports whether v is of kind k; null counts as absent, as for
// encoding/json. Anything else is a fault.
func (r *reader) want(k kind, v *value, p *path) bool {
	if v.kind != k && v.kind != null {
		r.failf(CodeType, v, p, "%s where %s should be (write %s)", v.kind, k, k.form())
	}
	return v.kind == k
}

// need is want for a place where null, too, is a fault.
func (r *reader) need(k kind, v *value, p *path) bool {
	if v.kind == null {
		r.failf(CodeType, v, p, "null where %s should be (delete it)", k)
	}
	return r.want(k, v, p)
}

// members calls f for each key of the object v that is in keys, by its name
// there. Keys are found as encoding/json finds them, in any capitals, which is
// noted; a key twice is a fault, because decoders differ in what they make of
// it. Other keys are noted with the effect that their loss may have.
func (r *reader) members(v *value, p *path, keys []string, unknown Effect, f func(key string, v *value, p *path)) {
	seen := make(map[string]bool, len(v.members))
	for i := range v.members {
		m := &v.members[i]
		here := &path{up: p, key: m.key, index: -1}
		at := &value{line: m.line, col: m.col}
		key := m.key
		known := slices.Contains(keys, key)
		if !known {
			if j := slices.IndexFunc(keys, func(k string) bool { return strings.EqualFold(k, key) }); j >= 0 {
				known, key = true, keys[j]
				r.note(CodeOddKey, Same, at, here, "key %q is read as %q (write it so: not every reader does)", m.key, key)
			}
		}
		if seen[key] {
			r.failf(CodeDuplicateKey, at, here, "key %q twice (decoders differ in which one counts: leave one)", key)
			continue
		}
		seen[key] = true
		if !known {
			r.unknown(m, at, here, keys, unknown)
			continue
		}
		f(key, &m.value, here)
	}
}

// unknown notes a key that the dialect does not have, with the effect that the
// loss of its value may have.
func (r *reader) unknown(m *member, at *value, p *path, keys []string, effect Effect) {
	e, ok := foreign(m.key)
	if !ok {
		r.note(CodeUnknownKey, effect, at, p, "unknown key %q%s is ignored", m.key, spell.Hint(m.key, slices.Values(keys)))
		return
	}
	if v := &m.value; v.kind == null || v.text == "" && len(v.elems)+len(v.members) == 0 {
		e = Same // says nothing
	}
	r.note(CodeForeignKey, e, at, p, "key %q, of another dialect, means nothing in that of %s and is ignored", m.key, r.dialect)
}

// elems calls f for each element of the array v.
func (r *reader) elems(v *value, p *path, f func(i int, v *value, p *path)) {
	if !r.want(array, v, p) {
		return
	}
	for i := range v.elems {
		f(i, &v.elems[i], &path{up: p, index: i})
	}
}

// str returns a string value, "" for null or a fault.
func (r *reader) str(v *value, p *path) string {
	if !r.want(text, v, p) {
		return ""
	}
	return v.text
}

// strs returns an array of strings.
func (r *reader) strs(v *value, p *path) (list []string) {
	r.elems(v, p, func(_ int, v *value, p *path) {
		if r.need(text, v, p) {
			list = append(list, v.text)
		}
	})
	return list
}

// uint returns a number of up to 64 bits, as digits alone: a sign, a fraction or
// an exponent is a fault, as it is for encoding/json.
func (r *reader) uint(v *value, p *path) uint64 {
	if !r.want(number, v, p) {
		return 0
	}
	n, err := strconv.ParseUint(v.text, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		r.failf(CodeType, v, p, "%s is more than 64 bits hold (at most %d)", v.text, ^uint64(0))
		n = 0
	} else if err != nil {
		r.failf(CodeType, v, p, "%s is not a whole number from 0 on (write a negative one as 64 bits: -1 is %d)", v.text, ^uint64(0))
	}
	return n
}
