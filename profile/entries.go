package profile

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile/policy"
)

// Entries are elements of a profile's syscalls, to add to another profile or to remove
// from it. [ParseEntries] and [AllowCalls] return Entries. They are immutable. Nil and
// the zero value have no elements.
type Entries struct {
	from    *Profile
	whole   bool // from has a defaultAction
	repeats bool // what the base has already is passed over
}

// ParseEntries parses a profile for its entries. The text may also be a profile without
// defaultAction, or a single entry: an object with names and action. Faults and notes are
// those of [Parse]. A text without syscalls is an error; an empty list adds and removes nothing.
func ParseEntries(in []byte, o ParseOptions) (*Entries, error) {
	whole := true
	p, err := parse(in, o, func(r *reader, root *jsonpos.Value) (*Profile, error) {
		r.bare = true
		if isEntry(root) {
			whole = false
			return r.single(root, o.Strict)
		}
		v := r.section(root)
		if v != nil && v.Kind == jsonpos.Object {
			whole = v.Named("defaultAction") != nil
			if list := v.Named("syscalls"); len(list) == 0 || list[0].Value.Kind == jsonpos.Null {
				r.failf(CodeEmpty, v, "no syscalls, so there is nothing to add or to remove (write the entries into it, or \"syscalls\": [] for none)")
			}
		}
		return r.read(v, o.Strict)
	})
	if err != nil {
		return nil, err
	}
	return &Entries{from: p, whole: whole}, nil
}

// isEntry reports whether a text is an entry alone.
func isEntry(v *jsonpos.Value) bool {
	has := func(key string) bool { return v.Named(key) != nil }
	return v.Kind == jsonpos.Object && (has("names") || has("name")) && has("action") && !has("syscalls") && !has("defaultAction")
}

// single returns a profile that has one entry.
func (r *reader) single(v *jsonpos.Value, strict bool) (*Profile, error) {
	if r.dialect == Auto {
		r.dialect = Docker
	}
	p := &Profile{strict: strict, pos: r.pos(v)}
	r.entry(v, p)
	return r.finish(p)
}

// AllowCalls returns an entry that allows a call, or the calls of a group such as
// "@io_uring" (see [Groups]). Its position has the name instead of a file.
// [Profile.Add] skips the calls of a group that the profile already allows.
func AllowCalls(name string) (*Entries, error) {
	list, err := callsNamed(name)
	if err != nil {
		return nil, err
	}
	at := policy.Pos{File: name}
	e := entry{Pos: at, Action: policy.Allow}
	for _, call := range list {
		e.Names = append(e.Names, callName{policy.Origin{Name: call, Pos: at, Index: -1}, calls.Lookup(call)})
	}
	_, group := groupOf(name)
	return &Entries{from: &Profile{pos: at, dialect: Docker, entries: []entry{e}}, repeats: group}, nil
}

// callsNamed returns the calls of a group, or the one of that name.
func callsNamed(name string) ([]string, error) {
	at := policy.Pos{File: name}
	switch members, group := groupOf(name); {
	case name == "":
		return nil, &Error{CodeMissing, policy.Pos{}, "", errors.New("empty name of a call (leave it out)")}
	case group && members == nil:
		return nil, &Error{CodeUnknownCall, at, "", fmt.Errorf("unknown group of calls%s", spell.HintOr(name, slices.Values(Groups()), "@files, @network, ..."))}
	case group:
		return members, nil
	case calls.Lookup(name) == 0:
		return nil, &Error{CodeUnknownCall, at, "", fmt.Errorf("unknown system call%s", callHint(name))}
	}
	return []string{name}, nil
}

// Add returns the profile with entries added after its own. Positions and notes stay
// those of the files that they come from. These are errors, and name both places:
//
//   - an entry that adds nothing for a call: the profile already has it with this
//     action, either without conditions and guards or with the same ones;
//   - an entry that contradicts one of the profile: with another action for the same call
//     and conditions, unless the guards of the two exclude each other;
//   - anything else that the entries' text says and the profile does not: another
//     defaultAction, other ABIs, flags or a listener;
//   - anything that the profile's dialect cannot express.
func (p *Profile) Add(e *Entries) (*Profile, error) {
	if p.zero() {
		return nil, errors.New("no profile: nil or zero (Parse and Default return one)")
	}
	if e == nil || e.from == nil {
		return p, nil
	}
	errs := errorList{}
	p.sameTop(e, &errs)
	q := *p
	q.entries = slices.Clone(p.entries)
	for i := range e.from.entries {
		added := e.from.entries[i]
		if err := p.canSay(e.from, &added); err != nil {
			errs.add(err)
			continue
		}
		names := added.Names
		added.Names = nil
		for _, n := range names {
			if again, err := p.compare(&added, &n); again && e.repeats {
				continue
			} else if err != nil {
				errs.add(err)
			}
			added.Names = append(added.Names, n)
		}
		if len(added.Names) > 0 || len(names) == 0 {
			q.entries = append(q.entries, added)
		}
	}
	q.number()
	q.notes = slices.Concat(p.notes, e.from.notes)
	if err := errs.join(); err != nil {
		return nil, err
	}
	return &q, nil
}

// number counts the entries.
func (p *Profile) number() {
	for i := range p.entries {
		p.entries[i].index = i
	}
}

// compare returns what keeps an entry for a call from being added: an error, which is
// that the profile has it already if again.
func (p *Profile) compare(e *entry, n *callName) (again bool, err *Error) {
	for i := range p.entries {
		b := &p.entries[i]
		at := slices.IndexFunc(b.Names, func(m callName) bool { return m.Name == n.Name })
		if at < 0 || apart(b, e) {
			continue
		}
		place := elsewhere(b.Names[at].Pos, b.Names[at].Path(), n.Pos)
		same, alike := b.Action == e.Action && b.errno == e.errno, sameConds(b.Conds, e.Conds)
		switch {
		case !same && alike:
			return false, &Error{CodeContradiction, n.Pos, n.Path(), fmt.Errorf("%s is %s here and %s at %s, under the same conditions (remove it from the base first, or leave it out here)", n.Name, e.Action, b.Action, place)}
		case same && (!b.guarded() && len(b.Conds) == 0 || alike && sameGuards(b, e)):
			return true, &Error{CodeRedundant, n.Pos, n.Path(), fmt.Errorf("%s is %s at %s already (leave it out here)", n.Name, b.Action, place)}
		}
	}
	return false, nil
}

// sameConds reports whether conditions as written are the same, in any order.
func sameConds(a, b []cond) bool {
	in := func(list []cond) func(c cond) bool {
		return func(c cond) bool {
			return slices.ContainsFunc(list, func(d cond) bool { return c.Cond == d.Cond && c.value == d.value && c.mask == d.mask })
		}
	}
	return len(a) == len(b) && !slices.ContainsFunc(a, not(in(b))) && !slices.ContainsFunc(b, not(in(a)))
}

func not[T any](f func(T) bool) func(T) bool { return func(x T) bool { return !f(x) } }

// sameGuards reports whether the guards of two entries say the same.
func sameGuards(a, b *entry) bool {
	return reflect.DeepEqual(a.Includes.json(), b.Includes.json()) && reflect.DeepEqual(a.Excludes.json(), b.Excludes.json())
}

// apart reports whether for no Target both entries count, since one excludes a capability
// that the other needs, or the only architecture.
func apart(a, b *entry) bool {
	excludes := func(a, b *entry) bool {
		cap := slices.ContainsFunc(a.Includes.Caps, func(c string) bool { return slices.Contains(b.Excludes.Caps, c) })
		arches := len(a.Includes.Arches) > 0 && !slices.ContainsFunc(a.Includes.Arches, func(x string) bool { return !slices.Contains(b.Excludes.Arches, x) })
		return cap || arches
	}
	disjoint := len(a.Includes.Arches) > 0 && len(b.Includes.Arches) > 0 &&
		!slices.ContainsFunc(a.Includes.Arches, func(x string) bool { return slices.Contains(b.Includes.Arches, x) })
	return excludes(a, b) || excludes(b, a) || disjoint
}

// sameTop adds an error for what the text of entries says beside them and the profile does
// not.
func (p *Profile) sameTop(e *Entries, errs *errorList) {
	o := e.from
	fail := func(what, remedy string) {
		errs.add(&Error{CodeContradiction, o.pos, o.path, fmt.Errorf("%s of the base, which starts at %s (%s)", what, p.pos, remedy)})
	}
	if e.whole && (o.def != p.def || o.errno != p.errno) {
		fail(fmt.Sprintf("the default action, %s, is not that", o.def), "delete defaultAction, or use the base's")
	}
	if (o.architectures != nil || o.archMap != nil) && !(reflect.DeepEqual(scmpNames(o.architectures), scmpNames(p.architectures)) && slices.EqualFunc(o.archMap, p.archMap, sameArchMap)) {
		fail("the ABIs are not those", "delete architectures or archMap, or use the base's")
	}
	if o.flagsGiven && !slices.Equal(o.flags, p.flags) {
		fail("the flags are not those", "delete flags, or use the base's")
	}
	if o.listener != (policy.Listener{}) && o.listener != p.listener {
		fail("the listener is not that", "delete listenerPath and listenerMetadata, or use the base's")
	}
}

func sameArchMap(a, b archMapItem) bool {
	return a.Arch == b.Arch && slices.Equal(scmpNames(a.Subs), scmpNames(b.Subs))
}

// canSay returns an error if the dialect of the profile cannot say an entry of another.
func (p *Profile) canSay(o *Profile, e *entry) *Error {
	row := p.dialect.row()
	if p.code {
		row = code{}
	}
	has := func(at level, key string) bool { return slices.Contains(row.keys(at), key) }
	fail := func(what string) *Error {
		return &Error{CodeForeignKey, e.Pos, e.path, fmt.Errorf("the base is in the %s dialect, which has no %s", p.dialect, what)}
	}
	arches := e.Includes.Arches != nil || e.Excludes.Arches != nil
	switch {
	case (p.dialect == Mesos) != (o.dialect == Mesos) && e.Pos.Line > 0:
		return fail(fmt.Sprintf("entries of the dialect %s (read them as %s)", o.dialect, p.dialect))
	case e.guarded() && !has(levelEntry, "includes"):
		return fail("includes and excludes (resolve the entries first)")
	case (e.Includes.MinKernel != nil || e.Excludes.MinKernel != nil) && !has(levelGuard, "minKernel"):
		return fail("minKernel (resolve the entries first)")
	case e.errno != "" && !has(levelEntry, "errno"):
		return fail("errno by name (write errnoRet)")
	case arches && p.dialect != o.dialect && !p.code && !o.code && (p.dialect == Containers) != (o.dialect == Containers):
		return fail(fmt.Sprintf("names of architectures in guards as %s has (read the entries as %s)", o.dialect, p.dialect))
	case p.code != o.code && repeated(e.Conds) >= 0:
		return fail("two conditions on one argument with the same meaning (write an entry for each)")
	case p.dialect == Mesos && e.Action == policy.Log:
		return fail("LOG")
	}
	return nil
}
