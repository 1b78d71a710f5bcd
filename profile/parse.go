package profile

import (
	"fmt"
	"iter"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/spell"
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
	v, err := scanText(in, o.File)
	if err != nil {
		return nil, err
	}
	r := &reader{file: o.File, dialect: o.Dialect}
	p := &Profile{strict: o.Strict}
	if section, at := r.section(&v); section != nil {
		p.path = at.String()
		r.profile(section, at, p)
	}
	p.Dialect = r.dialect
	slices.SortStableFunc(r.notes, func(a, b Note) int { return a.Pos.compare(b.Pos) })
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
func scanText(in []byte, file string) (value, error) {
	if len(in) > MaxText {
		return value{}, &Error{CodeTooLarge, Pos{file, 1, 1}, "", fmt.Errorf("a text of %d bytes (at most %d; is it the right one?)", len(in), MaxText)}
	}
	v, err := scan(in)
	if err != nil {
		return value{}, &Error{err.code, Pos{file, int(err.line), int(err.col)}, err.path, err}
	}
	return v, nil
}

// section finds the profile in the text: the whole of it, or linux.seccomp of a
// config.json. It settles the dialect.
func (r *reader) section(v *value) (*value, *path) {
	if v.kind != object {
		r.failf(CodeEmpty, v, nil, "%s where a profile should be (a profile is an object with defaultAction)", v.kind)
		return nil, nil
	}
	config := keyed(v, "defaultAction") == nil && (keyed(v, "ociVersion") != nil || keyed(v, "linux") != nil)
	if !config || r.dialect != Auto && r.dialect != OCI {
		if r.dialect == Auto {
			r.dialect = dialectOf(v)
		}
		return v, nil
	}
	r.dialect = OCI
	var at *path
	for _, key := range [...]string{"linux", "seccomp"} {
		up := at
		at = &path{up: up, key: key, index: -1}
		inner := &value{}
		r.members(&value{members: keyed(v, key)}, up, []string{key}, Same, func(_ string, v *value, p *path) { inner, at = v, p })
		if inner.kind == null {
			r.failf(CodeEmpty, v, at, "the config.json has no linux.seccomp: its container would run unconfined (add the section)")
			return nil, nil
		}
		if v = inner; !r.want(object, v, at) {
			return nil, nil
		}
	}
	return v, at
}

func (r *reader) profile(v *value, at *path, p *Profile) {
	p.Pos = r.pos(v)
	r.demand(v, at, demandedTop)
	var action, arches, archMap, entries *value
	var archMapPath, entriesPath, actionPath, metadataPath *path
	var metadata *value
	var errno errnoFields
	p.FlagsGiven = r.dialect == Mesos // which asks for none
	r.members(v, at, dialects[r.dialect].top, Same, func(key string, v *value, at *path) {
		switch key {
		case "defaultAction":
			action, actionPath = v, at
		case "defaultErrnoRet":
			errno.number, errno.numberPath = v, at
		case "defaultErrno":
			errno.name, errno.namePath = v, at
		case "architectures":
			arches = v
			r.elems(v, at, func(_ int, v *value, at *path) {
				p.Architectures = append(p.Architectures, r.archAt(v, at))
			})
		case "archMap":
			archMap, archMapPath = v, at
		case "flags":
			p.FlagsGiven = v.kind != null
			r.elems(v, at, func(_ int, v *value, at *path) { r.flag(v, at, p) })
		case "listenerPath":
			p.Listener.Path = r.str(v, at)
		case "listenerMetadata":
			metadata, metadataPath = v, at
			p.Listener.Metadata = r.str(v, at)
		case "syscalls":
			entries, entriesPath = v, at
		}
	})
	if p.Listener.Metadata != "" && p.Listener.Path == "" {
		r.note(CodeMetadata, Same, metadata, metadataPath, "listenerMetadata goes nowhere without listenerPath")
	}
	switch {
	case action == nil || action.kind == null || action.kind == text && action.text == "":
		what, code := "no defaultAction", CodeMissing
		if entries == nil || len(entries.elems) == 0 {
			what, code = "no defaultAction and no syscalls: runtimes take this for no seccomp at all and run the container unconfined", CodeEmpty
		}
		r.failf(code, v, at, "%s (write the action for all other calls, such as \"SCMP_ACT_ERRNO\")", what)
		p.Default = Errno(1)
	default:
		p.Default, p.errno = r.action(action, actionPath, errno)
		if p.Default == Notify {
			r.failf(CodeNotifyDefault, action, actionPath, "NOTIFY cannot be the default: the process that waits for the answers would be stopped, too (name the calls)")
		}
	}
	if archMap != nil {
		r.elems(archMap, archMapPath, func(_ int, v *value, at *path) { r.archMap(v, at, p) })
		if len(archMap.elems) > 0 && arches != nil && len(arches.elems) > 0 {
			r.failf(CodeArchesTwice, archMap, archMapPath, "archMap beside architectures (use one of them)")
		}
	}
	if entries != nil {
		r.elems(entries, entriesPath, func(_ int, v *value, at *path) { r.entry(v, at, p) })
	}
}

func (r *reader) arch(v *value, at *path) arch.Arch {
	if !r.need(text, v, at) {
		return 0
	}
	a, err := arch.Parse(v.text)
	if err == nil && a.SCMP() != v.text {
		err = fmt.Errorf("unknown architecture %q (did you mean %s?)", v.text, a.SCMP())
	}
	if err == nil && r.dialect == Mesos && !mesosArch(a) {
		err = fmt.Errorf("Mesos does not know %s (leave it out)", v.text)
	}
	if err != nil {
		r.fail(CodeUnknownArch, v, at, err)
	}
	return a
}

func (r *reader) archAt(v *value, at *path) Arch {
	return Arch{r.arch(v, at), r.pos(v), at.String()}
}

func (r *reader) flag(v *value, at *path, p *Profile) {
	if !r.need(text, v, at) {
		return
	}
	for _, n := range flagNames {
		if n.name != v.text {
			continue
		}
		if n.flag == TSync {
			r.note(CodeFlagIgnored, Same, v, at, "which threads get the filter is up to the program that installs it: no part of the policy")
			return
		}
		if !slices.Contains(p.Flags, n.flag) {
			p.Flags = append(p.Flags, n.flag)
		}
		return
	}
	r.failf(CodeUnknownFlag, v, at, "unknown flag %q%s", v.text, spell.HintOr(v.text, profileFlags(), "SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, ..."))
}

func profileFlags() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, n := range flagNames {
			if !yield(n.name) {
				return
			}
		}
	}
}

func (r *reader) archMap(v *value, at *path, p *Profile) {
	if !r.need(object, v, at) {
		return
	}
	m := ArchMap{Pos: r.pos(v), path: at.String()}
	r.members(v, at, dialects[r.dialect].archMap, Same, func(key string, v *value, at *path) {
		switch key {
		case "architecture":
			m.Arch = r.arch(v, at)
		case "subArchitectures":
			m.subsGiven = v.kind == array
			r.elems(v, at, func(_ int, v *value, at *path) { m.Subs = append(m.Subs, r.archAt(v, at)) })
		}
	})
	if m.Arch == 0 && keyed(v, "architecture") == nil {
		r.failf(CodeMissing, v, at, "no architecture (write the native ABI, such as \"SCMP_ARCH_X86_64\")")
	}
	p.ArchMap = append(p.ArchMap, m)
}
