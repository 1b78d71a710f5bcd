// Package enum formats and parses the values of enumerations.
package enum

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
)

// Names are the names of an enumeration's values, from 0 on.
type Names []string

// Name returns the name of value i, or "KIND(i)" if it has no name.
func (n Names) Name(kind string, i int) string {
	if 0 <= i && i < len(n) {
		return n[i]
	}
	return fmt.Sprintf("%s(%d)", kind, i)
}

// Marshal returns the name of value i as text. A value without one is an error.
func (n Names) Marshal(kind string, i int) ([]byte, error) {
	if i < 0 || i >= len(n) {
		return nil, fmt.Errorf("%s is not a value of the enumeration", n.Name(kind, i))
	}
	return []byte(n[i]), nil
}

// Parse returns the value with the given name. The error calls it what.
func (n Names) Parse(what, s string) (int, error) {
	if i := slices.Index(n, s); i >= 0 {
		return i, nil
	}
	last := len(n) - 1
	return 0, fmt.Errorf("unknown %s %q%s", what, s, spell.HintOr(s, slices.Values(n), strings.Join(n[:last], ", ")+" or "+n[last]))
}
