package profile

import (
	"errors"

	"github.com/seccompile/seccompile/profile/policy"
)

// A Named is a name of a call in an entry of a profile.
type Named struct {
	Call        string
	Pos         policy.Pos
	Path        string // JSON Pointer of the name, as policy.Rule.Path has it
	Action      policy.Action
	Conditional bool // the entry has conditions
	Guarded     bool // the entry has includes or excludes
}

// Only returns the profile with those names of calls for which keep returns true, and without
// entries that have no names left. Positions stay those of the text. The error says that p
// is not a profile.
func (p *Profile) Only(keep func(Named) bool) (*Profile, error) {
	if p.zero() {
		return nil, errors.New("no profile: nil or zero (Parse and Default return one)")
	}
	q := p.clone()
	for i := range q.entries {
		e := &q.entries[i]
		if len(e.Names) == 0 {
			continue
		}
		names := e.Names[:0]
		for _, n := range e.Names {
			if keep(Named{n.Name, n.Pos, n.Path(), e.Action, len(e.Conds) > 0, e.guarded()}) {
				names = append(names, n)
			}
		}
		e.Names = names
	}
	return q.compact(), nil
}
