package profile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Harden returns the profile with conditions rewritten for libseccomp, which compares all
// 64 bits of an argument where the kernel reads fewer. It replaces them by masks, in as
// many entries as necessary, so that runc enforces what they mean to the kernel. Guards,
// names, order and comments are kept. An entry whose conditions already mean the same is
// kept as written.
//
// Harden does not prove that runc reads the result as the kernel reads p; compile.Harden
// does.
//
// If a condition needs other masks on some 64-bit machines, these get their own entry, by
// arches in its guards. That is an error if the text has neither guards nor archMap: it
// may then be for runc, which reads neither. A condition that needs too many masks is an
// error, too.
func (p *Profile) Harden() (*Profile, error) {
	if p.zero() {
		return nil, fmt.Errorf("no profile: nil or zero (Parse and Default return one)")
	}
	q := *p
	q.entries = nil
	var errs errorList
	for i := range p.entries {
		e := &p.entries[i]
		list, err := p.harden(e)
		if err != nil {
			errs.add(err)
			continue
		}
		q.entries = append(q.entries, list...)
	}
	for i := range q.entries {
		q.entries[i].index = i
	}
	return &q, errs.join()
}

// harden returns the entries for an entry: one for each form that its conditions take for
// some of its names, on some machines.
func (p *Profile) harden(e *entry) ([]entry, *Error) {
	if len(e.Conds) == 0 {
		return []entry{*e}, nil
	}
	var keys []string
	pieces := map[string][]entry{}
	for _, n := range e.Names {
		forms, err := p.forms(e, n)
		if err == nil && len(forms) > 1 && !(p.guards() && p.named(forms[1:])) {
			err = &PrintError{forms[1].arches[0], n.Name, fmt.Sprintf("the kernel reads other bits of its arguments than on %s, which one entry cannot express (write an entry for each ABI, with includes.arches in Docker's format; or print a profile for each with \"seccompile resolve --arch\")", forms[0].arches[0])}
		}
		if err != nil {
			var at *Error // of a condition
			if !errors.As(err, &at) {
				at = &Error{CodePrinted, n.Pos, n.Path(), err}
			}
			return nil, at
		}
		for i, f := range forms {
			guard := p.guardFor(e, forms, i)
			k := f.key + strings.Join(guard.Includes.Arches, " ") + " not " + strings.Join(guard.Excludes.Arches, " ")
			if pieces[k] == nil {
				keys = append(keys, k)
				pieces[k] = guard.with(f.conds)
			}
			for j := range pieces[k] {
				pieces[k][j].Names = append(pieces[k][j].Names, n)
			}
		}
	}
	var out []entry
	for _, k := range keys {
		out = append(out, pieces[k]...)
	}
	return out, nil
}

// with returns entries without names for the conditions, or the one as it is for nil.
func (e entry) with(list [][]policy.Cond) (out []entry) {
	e.Names = nil
	if list == nil {
		return []entry{e}
	}
	for i, conds := range list {
		piece := e
		piece.Conds = nil
		if i > 0 {
			piece.Comment = ""
		}
		for _, c := range conds {
			piece.Conds = append(piece.Conds, cond{Cond: c, Pos: e.Conds[0].Pos})
		}
		out = append(out, piece)
	}
	return out
}

// guards reports whether the profile is for an engine that reads guards: a text that has
// neither them nor archMap may be given to runc, which would ignore them.
func (p *Profile) guards() bool {
	return len(p.archMap) > 0 || slices.ContainsFunc(p.entries, func(e entry) bool {
		return !e.Includes.empty() || !e.Excludes.empty()
	})
}

// named reports whether guards have names for all machines of the forms.
func (p *Profile) named(forms []form) bool {
	return !slices.ContainsFunc(forms, func(f form) bool {
		return slices.ContainsFunc(f.arches, func(a arch.Arch) bool { return p.dialect.row().host(a) == "" })
	})
}

// empty reports whether a guard says nothing.
func (g *guard) empty() bool { return g.Arches == nil && g.Caps == nil && g.MinKernel == nil }

// guardFor returns an entry with guards by which it counts on the machines of a form alone;
// on those that have no form, the first counts.
func (p *Profile) guardFor(e *entry, forms []form, i int) entry {
	out := *e
	names := func(list []arch.Arch) (names []string) {
		for _, a := range list {
			names = append(names, p.dialect.row().host(a))
		}
		return names
	}
	if i > 0 {
		out.Includes.Arches = names(forms[i].arches)
		return out
	}
	out.Excludes.Arches = slices.Clone(out.Excludes.Arches)
	for _, f := range forms[1:] {
		out.Excludes.Arches = append(out.Excludes.Arches, names(f.arches)...)
	}
	return out
}

// A form is what the conditions of an entry become for a name on some machines.
type form struct {
	arches []arch.Arch // native ABIs
	conds  [][]policy.Cond
	key    string // equal for equal conditions
}

// forms returns the forms of an entry for a name, on the 64-bit machines that its guards do
// not exclude. Those that Go has no port to, so that no such runtime is built for them,
// count if the profile names them.
func (p *Profile) forms(e *entry, n callName) (forms []form, err error) {
	natives := p.Natives()
	for a := range arch.All() {
		nr, ok := syscalls.Number(a, n.Name)
		if !ok || a.Bits() < 64 || a.GOARCH() == "" && !slices.Contains(natives, a) {
			continue
		}
		r := newResolver(p, Target{Arch: a})
		if e.Includes.Arches != nil && !r.hostIn(e.Includes.Arches) || r.hostIn(e.Excludes.Arches) {
			continue
		}
		drafts := r.rules(nil, a, nr, e, &n)
		if err := r.errs.join(); err != nil {
			return nil, err
		}
		conds, err := masks(drafts)
		if err != nil {
			return nil, &PrintError{a, n.Name, err.Error()}
		}
		var key strings.Builder
		for _, c := range conds {
			key.WriteString(condsKey(c) + ";")
		}
		i := slices.IndexFunc(forms, func(f form) bool { return f.key == key.String() })
		if i < 0 {
			i = len(forms)
			forms = append(forms, form{conds: conds, key: key.String()})
		}
		forms[i].arches = append(forms[i].arches, a)
	}
	if forms == nil { // a call of 32-bit ABIs alone
		forms = []form{{}}
	}
	return forms, nil
}

// masks returns the conditions of rules as runc has to read them, nil if they can stay.
func masks(drafts []draft) (list [][]policy.Cond, err error) {
	narrow := func(c policy.Cond) bool { return c.Width > 0 && c.Width < 64 && (c.Op != policy.MaskedEQ) }
	if !slices.ContainsFunc(drafts, func(d draft) bool { return slices.ContainsFunc(d.Conds, narrow) }) {
		return nil, nil
	}
	for _, d := range drafts {
		if !slices.ContainsFunc(d.Conds, narrow) {
			list = append(list, wide(d.Conds))
			continue
		}
		cubes, ok := cubesOf(d.Conds, singleBits)
		for _, q := range merged(cubes) {
			list = append(list, q.conds(64))
		}
		if !ok || len(list) > smallPrint {
			return nil, fmt.Errorf("its conditions take more than %d masks, as runc and libseccomp read them (compare fewer arguments in one entry, or by EQ and MASKED_EQ)", smallPrint)
		}
	}
	return list, nil
}

// wide returns conditions without their widths.
func wide(conds []policy.Cond) (list []policy.Cond) {
	for _, c := range conds {
		c.Width = 0
		list = append(list, c)
	}
	return list
}
