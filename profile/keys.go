package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
)

// unknown notes a key that the dialect does not have at a level, with the effect
// that the loss of its value may have. A base profile is a fault, since the whole
// policy may stand there.
func (r *reader) unknown(m *jsonpos.Member, at level) {
	if at == levelTop && strings.EqualFold(m.Key, "baseProfileName") {
		r.base(&m.Value)
		return
	}
	known := knownAt(m.Key, at)
	effect := lossEffect(r.dialect, m, at, known)
	// One note for a key, however often a text has it at that level.
	k := keyNote{strings.ToLower(m.Key), at, effect}
	if first, ok := r.keyNotes[k]; ok {
		r.notes[first].Others = append(r.notes[first].Others, r.Pointer(m.At()))
		return
	}
	if r.keyNotes == nil {
		r.keyNotes = map[keyNote]int{}
	}
	r.keyNotes[k] = len(r.notes)
	if known {
		r.note(CodeForeignKey, effect, m.At(), "key %q belongs to another dialect and is ignored in that of %s", m.Key, r.dialect)
		return
	}
	r.note(CodeUnknownKey, effect, m.At(), "unknown key %q%s is ignored", m.Key, spell.Hint(m.Key, slices.Values(r.row().keys(at))))
}

// A keyNote tells notes on keys apart.
type keyNote struct {
	key    string // in small letters
	at     level
	effect Effect
}

// countKeys has notes on keys say how often the text has these.
func (r *reader) countKeys() {
	for _, i := range r.keyNotes {
		if n := len(r.notes[i].Others); n > 0 {
			r.notes[i].Text += fmt.Sprintf(", here and at %d more places", n)
		}
	}
}

// lossEffect returns the effect of ignoring a key. Of one that another dialect has
// at the level it is known. Any other is weaker where it may be meant for a key
// whose loss can open calls, by the JSON type of its value, or as a slip in name
// or baseProfileName.
func lossEffect(d Dialect, m *jsonpos.Member, at level, known bool) Effect {
	v := &m.Value
	like := func(key string) bool { return spell.Nearest(m.Key, slices.Values([]string{key})) != "" }
	switch {
	case v.Kind == jsonpos.Null, v.Empty() && at != levelGuard:
		return Same
	case v.Empty() && v.Kind != jsonpos.Text && !d.row().emptyArchesNever(): // to which an empty list of arches never holds
		return Same
	case known:
		return foreignEffect(m.Key)
	case at == levelTop && (v.Kind == jsonpos.Array || v.Kind == jsonpos.Text && like("baseProfileName")),
		at == levelEntry && (v.Kind == jsonpos.Array || v.Kind == jsonpos.Object || v.Kind == jsonpos.Text && (like("name") || like("minKernel"))),
		at == levelArg, at == levelGuard:
		return Weaker
	case at == levelArchMap && v.Kind == jsonpos.Array:
		return Stricter // calls of the ABIs get BadArch
	}
	return Same
}

// knownAt reports whether some dialect has the key at a level.
func knownAt(key string, at level) bool {
	return slices.ContainsFunc(dialects, func(d dialect) bool {
		return slices.ContainsFunc(d.keys(at), func(k string) bool { return strings.EqualFold(k, key) })
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

// base reads the name of a base profile. It is a fault unless the bases are read, too:
// what is in them is not in the text.
func (r *reader) base(v *jsonpos.Value) {
	switch {
	case !r.Want(jsonpos.Text, v) || v.Text == "":
	case r.chain:
		r.based = baseAt{v.Text, r.pos(v), r.Pointer(v)}
	default:
		r.failf(CodeBaseProfile, v, "the base profile %q is not merged into this text, so its entries are missing (\"seccompile extend --dir\" and ParseChain merge it; or merge it by hand, and delete the key)", v.Text)
	}
}
