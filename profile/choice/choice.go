package choice

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/enum"
	"github.com/seccompile/seccompile/profile/policy"
)

// A Choice is what a setting says about which profile applies. The zero value is
// that nothing is said.
type Choice struct {
	Kind Kind
	Name string     // of Named and File
	Pos  policy.Pos // where it is said; no place if nothing is
	Path string     // JSON Pointer of that place
}

// A Kind is a way to choose a profile.
type Kind uint8

const (
	Unsaid     Kind = iota // the default of the agent, the daemon or the node applies
	Unconfined             // no filter, whatever the defaults are
	Builtin                // the runtime's own profile
	Named                  // a profile of the directory that agent or node keep; CheckName holds of Name
	File                   // a file that the caller reads, by its path
)

var kinds = enum.Names{"unsaid", "unconfined", "builtin", "named", "file"}

// String returns "unsaid", "unconfined", "builtin", "named" or "file".
func (k Kind) String() string { return kinds.Name("Kind", int(k)) }

// MarshalText returns what String does. A value that is not a constant is an error.
func (k Kind) MarshalText() ([]byte, error) { return kinds.Marshal("Kind", int(k)) }

// UnmarshalText reads what String returns.
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

// String returns "FILE:LINE:COL: POINTER: KIND", followed by the name in quotes if
// there is a name.
func (c Choice) String() string {
	s := c.Kind.String()
	if c.Pos != (policy.Pos{}) {
		s = fmt.Sprintf("%s: %s: %s", c.Pos, cmp.Or(c.Path, "/"), s)
	}
	if c.Kind == Named || c.Kind == File {
		s += " " + strconv.Quote(c.Name)
	}
	return s
}

// A Container is one of the containers that a text describes, with the choice for it.
type Container struct {
	Name   string // "" if the text is of one container and does not name it
	Choice Choice
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
