package choice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// A reader reads a setting and collects the faults.
type reader struct {
	jsonpos.Reader
	file string
}

func (r *reader) pos(v *jsonpos.Value) policy.Pos {
	return policy.Pos{File: r.file, Line: int(v.Line), Col: int(v.Col)}
}

func (r *reader) fail(code profile.Code, v *jsonpos.Value, err error) {
	r.Fail(jsonpos.Code(code), v, err)
}

func (r *reader) failf(code profile.Code, v *jsonpos.Value, format string, args ...any) {
	r.Failf(jsonpos.Code(code), v, format, args...)
}

// err returns the faults as errors of the file, joined, nil if there are none.
func (r *reader) err() error {
	return r.Err(func(f jsonpos.Fault) error { return atFault(r.file, f) })
}

// atFault returns the error for a fault in the text of a file.
func atFault(file string, f jsonpos.Fault) error {
	return &profile.Error{Code: profile.Code(f.Code), Pos: policy.Pos{File: file, Line: int(f.Line), Col: int(f.Col)}, Path: f.Path, Err: f.Err}
}

// choose reads what a text says about the profiles of containers. It finds every
// fault, as profile.Parse does.
func choose[T any](in []byte, file string, read func(r *reader, v *jsonpos.Value) T) (T, error) {
	var none T
	doc, fault := jsonpos.Scan(in)
	if fault != nil {
		return none, atFault(file, *fault)
	}
	r := &reader{jsonpos.Reader{Root: &doc.Root}, file}
	got := read(r, &doc.Root)
	if err := r.err(); err != nil {
		return none, err
	}
	return got, nil
}

// A setting is the place where texts of a kind choose a profile. Most of such a
// text is about other things and is not read. What looks like a part of the
// setting but is none, for its spelling or its place, would be lost without a
// word, so that it is a fault.
type setting struct {
	place  string   // as people call it
	keys   []string // on the way there and in it
	others []string // keys that are near to these and mean something else
	alone  []string // those of keys that mean nothing else anywhere in such a text
	free   []string // keys of objects whose own keys users choose
}

// fields calls f for those keys of the object v that are in here, a part of
// s.keys.
func (r *reader) fields(s *setting, v *jsonpos.Value, here []string, f func(key string, v *jsonpos.Value)) {
	r.pick(v, here, s.misplaced, f)
	if len(s.alone) == 0 {
		return
	}
	for _, m := range v.Members() {
		if !slices.Contains(here, m.Key) && s.misplaced(m.Key) == "" {
			r.stray(s, m.Key, &m.Value)
		}
	}
}

// misplaced returns what is wrong with a key where none of s.keys is read, "" if nothing is.
func (s *setting) misplaced(key string) string {
	near := cmp.Or(spell.Nearest(key, slices.Values(s.keys)), s.respelt(key, s.keys))
	switch {
	case near == "" || slices.Contains(s.others, key):
		return ""
	case near == key:
		return fmt.Sprintf("%q does nothing here (a profile is chosen in %s)", key, s.place)
	}
	return fmt.Sprintf("unknown key %q (did you mean %s, of %s?)", key, near, s.place)
}

// respelt returns the one of keys that a key is except for its case, underscores, hyphens
// and a final "info", or "". A key that has seccomp in it is the one of keys that does.
func (s *setting) respelt(key string, keys []string) string {
	plain := plainKey(key)
	i := slices.IndexFunc(keys, func(k string) bool { return plainKey(k) == plain })
	if i < 0 && strings.Contains(plain, "seccomp") {
		i = slices.IndexFunc(keys, func(k string) bool { return strings.Contains(plainKey(k), "seccomp") })
	}
	if i < 0 {
		return ""
	}
	return keys[i]
}

func plainKey(key string) string {
	return strings.TrimSuffix(strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(key)), "info")
}

// stray reports parts of the setting in a value that is not read, that of a key.
func (r *reader) stray(s *setting, key string, v *jsonpos.Value) {
	if slices.Contains(s.free, key) {
		return
	}
	for i := range v.Elems() {
		r.stray(s, "", &v.Elems()[i])
	}
	for i := range v.Members() {
		m := &v.Members()[i]
		switch near := s.respelt(m.Key, s.alone); near {
		case "":
			r.stray(s, m.Key, &m.Value)
		case m.Key:
			r.failf(profile.CodeUnknownKey, m.At(), "%q does nothing here (a profile is chosen in %s)", m.Key, s.place)
		default:
			r.failf(profile.CodeUnknownKey, m.At(), "unknown key %q (did you mean %s, of %s?)", m.Key, near, s.place)
		}
	}
}

// only calls f for the keys of the object v, all of which must be in keys.
func (r *reader) only(v *jsonpos.Value, keys []string, f func(key string, v *jsonpos.Value)) {
	r.pick(v, keys, func(key string) string {
		return fmt.Sprintf("unknown key %q%s", key, spell.HintOr(key, slices.Values(keys), strings.Join(keys, ", ")))
	}, f)
}

// pick calls f for those keys of the object v that are in keys. In other capitals
// one of them is a fault; of any other key wrong says what is wrong with it, ""
// if nothing is.
func (r *reader) pick(v *jsonpos.Value, keys []string, wrong func(key string) string, f func(key string, v *jsonpos.Value)) {
	if !r.Want(jsonpos.Object, v) {
		return
	}
	for i := range v.Members() {
		m := &v.Members()[i]
		if slices.Contains(keys, m.Key) {
			continue
		}
		what := wrong(m.Key)
		if i := slices.IndexFunc(keys, func(k string) bool { return strings.EqualFold(k, m.Key) }); what == "" && i >= 0 {
			what = fmt.Sprintf("unknown key %q (did you mean %s?)", m.Key, keys[i])
		}
		if what != "" {
			r.failf(profile.CodeUnknownKey, m.At(), "%s", what)
		}
	}
	ignore := func(*jsonpos.Member) {}
	r.Each(v, keys, func(*jsonpos.Member, string) {}, ignore, f)
}

// choice returns a choice that v makes.
func (r *reader) choice(k Kind, v *jsonpos.Value) Choice {
	return Choice{Kind: k, Pos: r.pos(v), Path: r.Pointer(v)}
}

// named returns the choice of the profile of that name.
func (r *reader) named(v *jsonpos.Value) Choice {
	if !r.Want(jsonpos.Text, v) {
		return Choice{}
	}
	if err := CheckName(v.Text); err != nil {
		r.fail(profile.CodeBadName, v, err)
		return Choice{}
	}
	c := r.choice(Named, v)
	c.Name = v.Text
	return c
}

// seccomp reads the object by which Mesos and Marathon choose: it has the name
// of a profile, under the key name, or unconfined: true.
func (r *reader) seccomp(v *jsonpos.Value, name string) (c Choice) {
	if !r.Want(jsonpos.Object, v) {
		return c
	}
	faults := len(r.Faults)
	var unconfined Choice
	r.only(v, []string{name, "unconfined"}, func(key string, v *jsonpos.Value) {
		switch {
		case v.Kind == jsonpos.Null:
		case key == name:
			c = r.named(v)
		case r.Bool(v):
			unconfined = r.choice(Unconfined, v)
		}
	})
	switch {
	case len(r.Faults) > faults:
	case c.Kind == Named && unconfined.Kind == Unconfined:
		r.failf(profile.CodeTwoChoices, v, "both %s and unconfined: true (keep one of them)", name)
	case c.Kind == Unsaid && unconfined.Kind == Unsaid:
		r.failf(profile.CodeMissing, v, "neither %s nor unconfined: true (write one of them, or leave this out for the default)", name)
	case c.Kind == Unsaid:
		return unconfined
	}
	return c
}

// containers are the choices of containers that have names.
type containers struct {
	list  []Container
	named map[string]bool
}

// add appends the choice of the container v; name is its name, at at, or nil.
func (r *reader) add(list *containers, c Choice, v *jsonpos.Value, name *jsonpos.Value) {
	switch {
	case name == nil || name.Kind == jsonpos.Null:
		r.failf(profile.CodeMissing, v, "a container without a name (write it)")
	case !r.Want(jsonpos.Text, name):
	case list.named[name.Text]:
		r.failf(profile.CodeBadName, name, "two containers of the name %q (give each its own)", name.Text)
	default:
		if list.named == nil {
			list.named = map[string]bool{}
		}
		list.named[name.Text] = true
		list.list = append(list.list, Container{name.Text, c})
	}
}
