package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile/policy"
)

// A Choice is what a setting says about which profile applies. The zero value is
// that nothing is said.
type Choice struct {
	Kind ChoiceKind
	Name string     // of Named and File
	Pos  policy.Pos // where it is said; no place if nothing is
	Path string     // JSON Pointer of that place
}

// A ChoiceKind is a way to choose a profile.
type ChoiceKind uint8

const (
	Unsaid     ChoiceKind = iota // the default of the agent, the daemon or the node applies
	Unconfined                   // no filter, whatever the defaults are
	Builtin                      // the runtime's own profile
	Named                        // a profile of the directory that agent or node keep; CheckName holds of Name
	File                         // a file that the caller reads, by its path
)

// String returns "unsaid", "unconfined", "builtin", "named" or "file".
func (k ChoiceKind) String() string {
	return valueName("ChoiceKind", int(k), "unsaid", "unconfined", "builtin", "named", "file")
}

// String returns "FILE:LINE:COL: POINTER: KIND", with the name in quotes behind
// it if there is one.
func (c Choice) String() string {
	s := place(c.Pos, c.Path) + c.Kind.String()
	if c.Kind == Named || c.Kind == File {
		s += " " + strconv.Quote(c.Name)
	}
	return s
}

// A ContainerChoice is the choice for one of the containers that a text
// describes.
type ContainerChoice struct {
	Container string // "" if the text is of one container and does not name it
	Choice
}

// CheckName returns what keeps a name from being that of a profile in a
// directory, nil if nothing does. A name is a relative path with slashes that
// goes down: "web.json", "team/web.json".
func CheckName(name string) error {
	var what string
	switch {
	case name == "":
		return errors.New("an empty name (write the name of a profile)")
	case strings.Contains(name, "\x00"):
		what = "has a NUL"
	case strings.Contains(name, `\`):
		what = "has a backslash"
	case strings.HasPrefix(name, "/"):
		what = "is an absolute path"
	case slices.Contains(strings.Split(name, "/"), ".."):
		what = "goes up"
	case name == "." || !fs.ValidPath(name):
		what = "has an element that is no name"
	default:
		return nil
	}
	return fmt.Errorf("name %q %s (write it relative to the directory of the profiles, such as \"web.json\")", name, what)
}

// choose reads what a text says about the profiles of containers. It finds every
// fault, as Parse does.
func choose[T any](in []byte, file string, read func(r *reader, v *value) T) (T, error) {
	var none T
	s, err := scanText(in, file)
	if err != nil {
		return none, err
	}
	defer s.free()
	r := &reader{root: &s.root, file: file}
	got := read(r, &s.root)
	if err := r.errs.join(); err != nil {
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
}

// fields calls f for those keys of the object v that are in here, a part of
// s.keys.
func (r *reader) fields(s *setting, v *value, here []string, f func(key string, v *value)) {
	r.pick(v, here, func(key string) string {
		near := spell.Nearest(key, slices.Values(s.keys))
		switch {
		case near == "" || slices.Contains(s.others, key):
			return ""
		case near == key:
			return fmt.Sprintf("%q does nothing here (a profile is chosen in %s)", key, s.place)
		}
		return fmt.Sprintf("unknown key %q (did you mean %s, of %s?)", key, near, s.place)
	}, f)
}

// only calls f for the keys of the object v, all of which must be in keys.
func (r *reader) only(v *value, keys []string, f func(key string, v *value)) {
	r.pick(v, keys, func(key string) string {
		return fmt.Sprintf("unknown key %q%s", key, spell.HintOr(key, slices.Values(keys), strings.Join(keys, ", ")))
	}, f)
}

// pick calls f for those keys of the object v that are in keys. In other capitals
// one of them is a fault; of any other key wrong says what is wrong with it, ""
// if nothing is.
func (r *reader) pick(v *value, keys []string, wrong func(key string) string, f func(key string, v *value)) {
	if !r.want(object, v) {
		return
	}
	for i := range v.members() {
		m := &v.members()[i]
		if slices.Contains(keys, m.key) {
			continue
		}
		what := wrong(m.key)
		if i := slices.IndexFunc(keys, func(k string) bool { return strings.EqualFold(k, m.key) }); what == "" && i >= 0 {
			what = fmt.Sprintf("unknown key %q (did you mean %s?)", m.key, keys[i])
		}
		if what != "" {
			r.failf(CodeUnknownKey, m.at(), "%s", what)
		}
	}
	r.each(v, keys, func(*member) {}, f)
}

// boolean returns a boolean value, false for null or a fault.
func (r *reader) boolean(v *value) bool {
	return r.want(boolean, v) && v.text == "true"
}

// choice returns a choice that v makes.
func (r *reader) choice(k ChoiceKind, v *value) Choice {
	return Choice{Kind: k, Pos: r.pos(v), Path: r.pointer(v)}
}

// named returns the choice of the profile of that name.
func (r *reader) named(v *value) Choice {
	if !r.want(text, v) {
		return Choice{}
	}
	if err := CheckName(v.text); err != nil {
		r.fail(CodeBadName, v, err)
		return Choice{}
	}
	c := r.choice(Named, v)
	c.Name = v.text
	return c
}

// seccomp reads the object by which Mesos and Marathon choose: it has the name
// of a profile, under the key name, or unconfined: true.
func (r *reader) seccomp(v *value, name string) (c Choice) {
	if !r.want(object, v) {
		return c
	}
	faults := len(r.errs)
	var unconfined Choice
	r.only(v, []string{name, "unconfined"}, func(key string, v *value) {
		switch {
		case v.kind == null:
		case key == name:
			c = r.named(v)
		case r.boolean(v):
			unconfined = r.choice(Unconfined, v)
		}
	})
	switch {
	case len(r.errs) > faults:
	case c.Kind == Named && unconfined.Kind == Unconfined:
		r.failf(CodeTwoChoices, v, "%s beside unconfined: true (leave one of them)", name)
	case c.Kind == Unsaid && unconfined.Kind == Unsaid:
		r.failf(CodeMissing, v, "neither %s nor unconfined: true (write one of them, or leave this out for the default)", name)
	case c.Kind == Unsaid:
		return unconfined
	}
	return c
}

// containers are the choices of containers that have names.
type containers []ContainerChoice

// add appends the choice of the container v; name is its name, at at, or nil.
func (r *reader) add(list *containers, c Choice, v *value, name *value) {
	switch {
	case name == nil || name.kind == null:
		r.failf(CodeMissing, v, "a container without a name (write it)")
	case !r.want(text, name):
	case slices.ContainsFunc(*list, func(c ContainerChoice) bool { return c.Container == name.text }):
		r.failf(CodeBadName, name, "two containers of the name %q (give each its own)", name.text)
	default:
		*list = append(*list, ContainerChoice{name.text, c})
	}
}
