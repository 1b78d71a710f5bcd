package choice

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seccompile/seccompile/internal/enum"
	"github.com/seccompile/seccompile/profile/policy"
)

// A Choice is the profile that a setting requests. The zero value means that there is no
// setting.
type Choice struct {
	Kind Kind
	Name string     // for Named and File; other kinds do not have one
	Pos  policy.Pos // the position of the setting; zero if there is no setting
	Path string     // JSON Pointer of the setting
}

// A Kind is a method to choose a profile.
type Kind uint8

const (
	Unsaid     Kind = iota // no setting: the default of the agent, the daemon or the node applies
	Unconfined             // no filter, for every default
	Builtin                // the runtime's own profile
	Named                  // a profile in the directory of the agent or node; CheckName accepts Name
	File                   // a file, by its path; the caller reads it
)

var kinds = enum.Names{"unsaid", "unconfined", "builtin", "named", "file"}

// String returns "unsaid", "unconfined", "builtin", "named" or "file".
func (k Kind) String() string { return kinds.Name("Kind", int(k)) }

// MarshalText returns the text of [Kind.String]. It returns an error for a value that is
// not a constant of this package.
func (k Kind) MarshalText() ([]byte, error) { return kinds.Marshal("Kind", int(k)) }

// UnmarshalText parses the text of [Kind.String].
func (k *Kind) UnmarshalText(text []byte) error {
	if k == nil {
		return errors.New("UnmarshalText of a nil Kind")
	}
	i, err := kinds.Parse("choice", string(text))
	if err == nil {
		*k = Kind(i)
	}
	return err
}

// Check reports why the choice is invalid, or returns nil. A choice has one of the kinds
// of this package. Named has a name that [CheckName] accepts, File has a path, and other
// kinds do not have a name.
func (c Choice) Check() error {
	fault := ""
	switch {
	case int(c.Kind) >= len(kinds):
		fault = "not a kind of choice (use a constant)"
	case c.Kind == Named:
		if err := CheckName(c.Name); err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
	case c.Kind == File && c.Name == "":
		fault = "without a path (set Name)"
	case c.Kind != File && c.Name != "":
		fault = "with a name (Named and File have one: set Kind, or delete Name)"
	}
	if fault != "" {
		return fmt.Errorf("%s: %s", c, fault)
	}
	return nil
}

// String returns "FILE:LINE:COL: POINTER: KIND". If the choice has a name, the name
// follows in quotes.
func (c Choice) String() string {
	s := c.Kind.String()
	if c.Pos != (policy.Pos{}) {
		s = fmt.Sprintf("%s: %s: %s", c.Pos, cmp.Or(c.Path, "/"), s)
	}
	if c.Kind == Named || c.Kind == File || c.Name != "" {
		s += " " + strconv.Quote(c.Name)
	}
	return s
}

// A Container is one of the containers that a text describes, with its choice.
type Container struct {
	Name   string // "" if the text describes one container without a name
	Choice Choice
}

// CheckName reports why name is not a valid profile name, or returns nil. A valid name is
// a slash-separated relative path of printable characters that stays below its directory,
// such as "web.json" or "team/web.json".
func CheckName(name string) error {
	var what string
	switch {
	case name == "":
		return errors.New("an empty name (write the name of a profile)")
	case strings.Contains(name, "\x00"):
		what = "has a NUL"
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		what = "has a character that does not print"
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
