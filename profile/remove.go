package profile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile/policy"
)

// Remove returns the profile without the given entries. The profile must have each
// name of an entry with the same action, conditions and guards. Any other name is
// an error, with the place where the profile names the call, if it does.
func (p *Profile) Remove(e *Entries) (*Profile, error) {
	if p.zero() {
		return nil, errors.New("no profile: nil or zero (Parse and Default return one)")
	}
	if e == nil || e.from == nil {
		return p, nil
	}
	errs := errorList{}
	p.sameTop(e, &errs)
	q := p.clone()
	for i := range e.from.entries {
		gone := &e.from.entries[i]
		for _, n := range gone.Names {
			found := q.without(n.Name, func(b *entry) bool {
				return b.Action == gone.Action && b.errno == gone.errno && sameConds(b.Conds, gone.Conds) && sameGuards(b, gone)
			})
			if !found {
				errs.add(&Error{CodeMissing, n.Pos, n.Path(), fmt.Errorf("the base has no such entry of %s%s", n.Name, q.mentioned(n.Name, n.Pos))})
			}
		}
	}
	if err := errs.join(); err != nil {
		return nil, err
	}
	return q.compact(), nil
}

// RemoveCalls returns the profile without the entries of a call, or of the calls of a group
// such as "@network". It is an error if the profile names none of them.
func (p *Profile) RemoveCalls(name string) (*Profile, error) {
	if p.zero() {
		return nil, errors.New("no profile: nil or zero (Parse and Default return one)")
	}
	list, err := callsNamed(name)
	if err != nil {
		return nil, err
	}
	q, found := p.clone(), false
	for _, call := range list {
		found = q.without(call, func(*entry) bool { return true }) || found
	}
	if !found {
		return nil, &Error{CodeMissing, policy.Pos{File: name}, "", fmt.Errorf("the base, which starts at %s, does not name it%s", p.pos, spell.Hint(name, q.callNames()))}
	}
	return q.compact(), nil
}

// clone returns a copy whose entries have lists of names of their own.
func (p *Profile) clone() *Profile {
	q := *p
	q.entries = slices.Clone(p.entries)
	for i := range q.entries {
		q.entries[i].Names = slices.Clone(q.entries[i].Names)
	}
	return &q
}

// without takes a call from the entries of which is reports true, and reports whether
// there were any. Entries without names stay.
func (p *Profile) without(call string, is func(*entry) bool) (found bool) {
	for i := range p.entries {
		e := &p.entries[i]
		if !slices.ContainsFunc(e.Names, func(n callName) bool { return n.Name == call }) || !is(e) {
			continue
		}
		found = true
		e.Names = slices.DeleteFunc(e.Names, func(n callName) bool { return n.Name == call })
	}
	return found
}

// compact returns the profile without entries that have no names.
func (p *Profile) compact() *Profile {
	p.entries = slices.DeleteFunc(p.entries, func(e entry) bool { return len(e.Names) == 0 })
	p.number()
	return p
}

// mentioned says where the profile names a call, if it does.
func (p *Profile) mentioned(call string, here policy.Pos) string {
	for i := range p.entries {
		e := &p.entries[i]
		for _, n := range e.Names {
			if n.Name == call {
				return fmt.Sprintf(" (the one at %s is %s)", elsewhere(n.Pos, n.Path(), here), e)
			}
		}
	}
	return " (it does not name the call)"
}

// callNames iterates over the names of calls in the profile.
func (p *Profile) callNames() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range p.entries {
			for _, n := range p.entries[i].Names {
				if !yield(n.Name) {
					return
				}
			}
		}
	}
}
