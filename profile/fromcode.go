package profile

import (
	"errors"
	"slices"

	"github.com/seccompile/seccompile/profile/policy"
)

// code is the dialect of a Builder's tree: it has the keys of every other.
type code struct{ containers }

func (code) keys(at level) []string {
	if at == levelGuard {
		return dockerKeys[at]
	}
	return containersKeys[at]
}

// distinctNotes returns notes without those that repeat another: a rule with several values
// has an entry for each, on one line of code.
func distinctNotes(notes []Note) []Note {
	type said struct {
		code   Code
		effect Effect
		pos    policy.Pos
		text   string
	}
	seen := map[said]bool{}
	return slices.DeleteFunc(notes, func(n Note) bool {
		k := said{n.Code, n.Effect, n.Pos, n.Text}
		again := seen[k]
		seen[k] = true
		return again
	})
}

// unprintable returns an error if no dialect can say what a Builder's profile says.
func (p *Profile) unprintable() error {
	for i := range p.entries {
		e := &p.entries[i]
		if j := repeated(e.Conds); p.code && j >= 0 {
			return &Error{CodeSameArg, e.Conds[j].Pos, e.argPath(j), errors.New("Between and Not have no JSON: two conditions on one argument mean something else there (write Is with the values)")}
		}
		if p.code && p.dialect == Containers && e.Includes.MinKernel != nil {
			return &Error{CodeForeignKey, e.Pos, e.path, errors.New("no dialect has both an errno by name and a condition on the kernel (give errnos by number: Answer with policy.Errno)")}
		}
	}
	return nil
}
