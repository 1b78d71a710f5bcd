package profile

import (
	"errors"
	"strings"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
)

// section finds the profile in the text: the whole of it, linux.seccomp of a
// config.json, or the spec of a SeccompProfile resource. It settles the dialect.
// A text that has a section, and keys of a profile beside what leads there, is a
// fault: readers differ in which of them counts.
func (r *reader) section(v *jsonpos.Value) *jsonpos.Value {
	if v.Kind != jsonpos.Object {
		r.failf(CodeEmpty, v, "%s where a profile should be (a profile is an object with defaultAction)", v.Kind)
		return nil
	}
	found := Docker
	for i := range dialects {
		if dialects[i].is(v) {
			found = Dialect(i)
			break
		}
	}
	row := found.row()
	if !row.wraps(r, v) {
		return nil
	}
	if r.dialect == Auto {
		r.dialect = found
	} else if row.path() != nil && r.dialect != found {
		r.failf(CodeUnsupported, v, "the text has its profile in %s, where readers of the %s dialect do not look (use the dialect %s, or auto)", strings.Join(row.path(), "."), r.dialect, found)
		return nil
	}
	for _, key := range row.path() {
		if v = r.inner(v, key); v == nil {
			return nil
		}
	}
	return v
}

// inner returns the object of a key on the path to the profile, nil and a fault if
// it is missing. Keys of a profile beside it are faults, too.
func (r *reader) inner(v *jsonpos.Value, key string) (inner *jsonpos.Value) {
	path, at := r.Pointer(v)+"/"+key, v
	hint := ""
	stray := func(m *jsonpos.Member) {
		if knownAt(m.Key, levelTop) && !strings.EqualFold(m.Key, "disabled") {
			r.failf(CodeStrayKey, m.At(), "key %q of a profile next to %q, which contains the profile (readers differ in which one counts: move it there, or delete it)", m.Key, key)
			return
		}
		switch m.Key {
		case "apiVersion", "kind", "metadata", "status":
		default:
			if key == "spec" {
				r.unknown(m, levelTop)
			}
		}
	}
	r.each(v, []string{key}, stray, func(_ string, v *jsonpos.Value) { at, inner = v, v })
	if inner != nil && inner.Kind != jsonpos.Null {
		if !r.Want(jsonpos.Object, inner) {
			return nil
		}
		return inner
	}
	if inner == nil {
		near := spell.Nearest(key, func(yield func(string) bool) {
			for _, m := range v.Members() {
				if !yield(m.Key) {
					return
				}
			}
		})
		if near != "" {
			hint = " (did you mean " + key + " by " + near + "?)"
		}
	}
	if key == "spec" {
		r.FailAt(jsonpos.Code(CodeEmpty), at, path, errors.New("the SeccompProfile has no spec"+hint))
		return nil
	}
	if hint == "" {
		hint = " (add the section)"
	}
	r.FailAt(jsonpos.Code(CodeEmpty), at, path, errors.New("the config.json has no linux.seccomp: its container would run unconfined"+hint))
	return nil
}
