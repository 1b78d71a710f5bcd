package profile

import (
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
)

// isComment reports whether a key is a comment by its look. Nobody reads such a
// key as part of a profile.
func isComment(key string) bool {
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

// unknown notes a key that the dialect does not have at a level, with the effect
// that the loss of its value may have. A base profile is a fault, since the whole
// policy may stand there.
func (r *reader) unknown(m *member, at level) {
	if at == levelTop && strings.EqualFold(m.key, "baseProfileName") {
		r.base(&m.value)
		return
	}
	if known := knownAt(m.key, at); known {
		r.note(CodeForeignKey, lossEffect(r.dialect, m, at, known), m.at(), "key %q, of another dialect, means nothing in that of %s and is ignored", m.key, r.dialect)
		return
	}
	r.note(CodeUnknownKey, lossEffect(r.dialect, m, at, false), m.at(), "unknown key %q%s is ignored", m.key, spell.Hint(m.key, slices.Values(dialects[r.dialect].keys[at])))
}

// lossEffect returns the effect of ignoring a key. Of one that another dialect has
// at the level it is known. Any other is weaker where it may be meant for a key
// whose loss can open calls, by the JSON type of its value, or as a slip in name
// or baseProfileName.
func lossEffect(d Dialect, m *member, at level, known bool) Effect {
	v := &m.value
	like := func(key string) bool { return spell.Nearest(m.key, slices.Values([]string{key})) != "" }
	switch {
	case v.kind == null, v.empty() && at != levelGuard:
		return Same
	case v.empty() && v.kind != text && d != Mesos: // to which an empty list of arches never holds
		return Same
	case known:
		return foreignEffect(m.key)
	case at == levelTop && (v.kind == array || v.kind == text && like("baseProfileName")),
		at == levelEntry && (v.kind == array || v.kind == object || v.kind == text && (like("name") || like("minKernel"))),
		at == levelArg, at == levelGuard:
		return Weaker
	case at == levelArchMap && v.kind == array:
		return Stricter // calls of the ABIs get BadArch
	}
	return Same
}

// empty reports whether the value says nothing.
func (v *value) empty() bool {
	return v.kind != number && v.kind != boolean && v.text == "" && len(v.elems())+len(v.members()) == 0
}

// knownAt reports whether some dialect has the key at a level.
func knownAt(key string, at level) bool {
	return slices.ContainsFunc(dialects[:], func(d dialectRow) bool {
		return slices.ContainsFunc(d.keys[at], func(k string) bool { return strings.EqualFold(k, key) })
	})
}

// foreignEffect returns the effect of ignoring a key that some dialect has.
func foreignEffect(key string) Effect {
	switch strings.ToLower(key) {
	case "name", "includes", "excludes", "minkernel":
		return Weaker
	case "architectures", "archmap":
		return Stricter // calls of the ABIs get BadArch
	}
	return Same // a refused call stays refused
}

// base faults the name of a base profile: what is in it is not in the text.
func (r *reader) base(v *value) {
	if r.want(text, v) && v.text != "" {
		r.failf(CodeBaseProfile, v, "the base profile %q is not merged into this text, which means less without it (merge it first, and delete the key)", v.text)
	}
}
