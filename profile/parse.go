package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// ParseOptions say how to read a text. The zero value is right for profiles of
// Docker and of OCI runtimes.
type ParseOptions struct {
	File    string  // the name that positions carry
	Dialect Dialect // Auto finds out
	Strict  bool    // every note is an error, here and in Resolve, but for harmless ones
}

// Parse reads a profile. It finds every fault of the text, each an *Error with
// position, and returns them joined, up to a hundred; the Profile is nil then. What is odd but
// harmless, or may be, is in Profile.Notes.
func Parse(in []byte, o ParseOptions) (*Profile, error) {
	if !o.Dialect.valid() {
		return nil, fmt.Errorf("ParseOptions.Dialect is %s (Auto finds out)", o.Dialect)
	}
	s, err := scanText(in, o.File)
	if err != nil {
		return nil, err
	}
	defer s.free()
	r := &reader{root: &s.root, file: o.File, dialect: o.Dialect}
	p := &Profile{strict: o.Strict}
	if section := r.section(&s.root); section != nil {
		r.profile(section, p)
	}
	p.Dialect = r.dialect
	slices.SortStableFunc(r.notes, func(a, b Note) int { return a.Pos.Compare(b.Pos) })
	p.Notes = r.notes
	if err := r.errs.join(); err != nil {
		return nil, err
	}
	if o.Strict {
		if err := refuse(p.Notes, true, true); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// scanText reads a text as JSON. The error is an *Error.
func scanText(in []byte, file string) (*scanner, error) {
	if len(in) > MaxText {
		return nil, &Error{CodeTooLarge, policy.Pos{File: file, Line: 1, Col: 1}, "", fmt.Errorf("a text of %d bytes (at most %d; is it the right one?)", len(in), MaxText)}
	}
	s, err := scan(in)
	if err != nil {
		return nil, &Error{err.code, policy.Pos{File: file, Line: int(err.line), Col: int(err.col)}, err.path, err}
	}
	return s, nil
}

func (r *reader) profile(v *value, p *Profile) {
	p.Pos, p.path = r.pos(v), r.pointer(v)
	r.demand(v, demandedTop)
	var action, arches, archMap, entries *value
	var metadata *value
	var errno errnoFields
	p.FlagsGiven = r.dialect == Mesos // which asks for none
	r.members(v, levelTop, func(key string, v *value) {
		switch key {
		case "defaultAction":
			action = v
		case "defaultErrnoRet":
			errno.number = v
		case "defaultErrno":
			errno.name = v
		case "architectures":
			arches = v
			r.elems(v, func(v *value) {
				p.Architectures = append(p.Architectures, r.archAt(v))
			})
		case "archMap":
			archMap = v
		case "flags":
			p.FlagsGiven = v.kind != null
			r.elems(v, func(v *value) { r.flag(v, p) })
		case "listenerPath":
			p.Listener.Path = r.str(v)
		case "listenerMetadata":
			metadata = v
			p.Listener.Metadata = r.str(v)
		case "syscalls":
			entries = v
		case "baseProfileName":
			r.base(v)
		case "disabled":
			if r.want(boolean, v) && v.text == "true" {
				r.failf(CodeEmpty, v, "the SeccompProfile is disabled: its operator would install none of it (delete the key, or the profile)")
			}
		}
	})
	if p.Listener.Metadata != "" && p.Listener.Path == "" {
		r.note(CodeMetadata, Same, metadata, "listenerMetadata goes nowhere without listenerPath")
	}
	switch {
	case action == nil || action.kind == null || action.kind == text && action.text == "":
		what, code := "no defaultAction", CodeMissing
		if entries == nil || len(entries.elems()) == 0 {
			what, code = "no defaultAction and no syscalls: runtimes take this for no seccomp at all and run the container unconfined", CodeEmpty
		}
		r.failf(code, v, "%s (write the action for all other calls, such as \"SCMP_ACT_ERRNO\")", what)
		p.Default = policy.Errno(1)
	default:
		p.Default, p.errno = r.action(action, errno)
		if p.Default == policy.Notify {
			r.failf(CodeNotifyDefault, action, "NOTIFY cannot be the default: the process that waits for the answers would be stopped, too (name the calls)")
		}
	}
	if archMap != nil {
		r.elems(archMap, func(v *value) { r.archMap(v, p) })
		if len(archMap.elems()) > 0 && arches != nil && len(arches.elems()) > 0 {
			r.failf(CodeArchesTwice, archMap, "archMap beside architectures (use one of them)")
		}
	}
	if entries != nil {
		p.Entries = slices.Grow(p.Entries, len(entries.elems()))
		r.elems(entries, func(v *value) { r.entry(v, p) })
	}
	laxest := p.laxest()
	for i := range p.Entries {
		if e := &p.Entries[i]; len(e.Names) == 0 {
			r.notes = append(r.notes, Note{Code: CodeNoNames, Effect: lost(e.Action, p.Default, laxest), Pos: e.Pos, Path: e.path, Text: "the entry names no call and does nothing"})
		}
	}
}

func (r *reader) arch(v *value) arch.Arch {
	if !r.need(text, v) {
		return 0
	}
	if r.errs.full() {
		return 0 // spared the search for what may be meant
	}
	a, err := arch.Parse(v.text)
	if err == nil && a.SCMP() != v.text {
		err = fmt.Errorf("unknown architecture %q (did you mean %s?)", v.text, a.SCMP())
	}
	if err == nil && r.dialect == Mesos && !mesosArch(a) {
		err = fmt.Errorf("architecture %q is none that Mesos knows (leave it out)", v.text)
	}
	if err != nil {
		r.fail(CodeUnknownArch, v, err)
	}
	return a
}

func (r *reader) archAt(v *value) Arch {
	return Arch{r.arch(v), r.pos(v), r.pointer(v)}
}

func (r *reader) flag(v *value, p *Profile) {
	if !r.need(text, v) {
		return
	}
	f, err := policy.ParseFlag(v.text)
	switch {
	case err != nil:
		r.fail(CodeUnknownFlag, v, err)
	case f == policy.FlagTSync:
		r.note(CodeFlagIgnored, Same, v, "which threads get the filter is up to the program that installs it: no part of the policy")
	case !slices.Contains(p.Flags, f):
		p.Flags = append(p.Flags, f)
	}
}

func (r *reader) archMap(v *value, p *Profile) {
	if !r.need(object, v) {
		return
	}
	m := ArchMap{Pos: r.pos(v), path: r.pointer(v)}
	r.members(v, levelArchMap, func(key string, v *value) {
		switch key {
		case "architecture":
			m.Arch = r.arch(v)
		case "subArchitectures":
			m.subsGiven = v.kind == array
			r.elems(v, func(v *value) { m.Subs = append(m.Subs, r.archAt(v)) })
		}
	})
	if m.Arch == 0 && keyed(v, "architecture") == nil {
		r.failf(CodeMissing, v, "no architecture (write the native ABI, such as \"SCMP_ARCH_X86_64\")")
	}
	p.ArchMap = append(p.ArchMap, m)
}
