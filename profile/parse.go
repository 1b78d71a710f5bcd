package profile

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// ParseOptions control the parsing of a text. The zero value is suitable for profiles of
// Docker and OCI runtimes.
type ParseOptions struct {
	File    string  // the file name in positions
	Dialect Dialect // Auto detects it from the text
	Strict  bool    // every note except harmless ones is an error, in Parse and in Resolve

	// Places are the positions of the lines of the text, the first line's first, if the text
	// was made from another one, such as YAML. Everything on a line then has the line's
	// position, and File does not count. Parse reports an error if a line has no place.
	Places []policy.Pos
}

// Parse parses a profile. It returns every fault of the text as an [*Error] with a
// position, joined, up to a hundred. The Profile is then nil. [Profile.Notes] returns
// findings that are not faults.
func Parse(in []byte, o ParseOptions) (*Profile, error) {
	return parse(in, o, func(r *reader, root *jsonpos.Value) (*Profile, error) {
		return r.read(r.section(root), o.Strict)
	})
}

// parse scans a text and has a reader of it read the profile.
func parse(in []byte, o ParseOptions, read func(r *reader, root *jsonpos.Value) (*Profile, error)) (*Profile, error) {
	if !o.Dialect.valid() {
		return nil, fmt.Errorf("ParseOptions.Dialect is %s (Auto detects the dialect)", o.Dialect)
	}
	if lines := bytes.Count(in, []byte("\n")) + 1; o.Places != nil && lines > len(o.Places) {
		return nil, fmt.Errorf("ParseOptions.Places has %d places for a text of %d lines", len(o.Places), lines)
	}
	doc, fault := jsonpos.Scan(in)
	r := &reader{file: o.File, dialect: o.Dialect, places: o.Places}
	if fault != nil {
		return nil, r.at(*fault)
	}
	r.Root = &doc.Root
	return read(r, &doc.Root)
}

// read returns the profile that v has, unless it is nil or the reader has faults.
func (r *reader) read(v *jsonpos.Value, strict bool) (*Profile, error) {
	p := &Profile{strict: strict, code: r.code}
	if v != nil {
		r.profile(v, p)
	}
	return r.finish(p)
}

// finish returns the profile that has been read, unless the reader has faults.
func (r *reader) finish(p *Profile) (*Profile, error) {
	p.dialect, p.base = r.dialect, r.based
	r.countKeys()
	slices.SortStableFunc(r.notes, func(a, b Note) int { return a.Pos.Compare(b.Pos) })
	slices.SortStableFunc(r.remarks, func(a, b Comment) int { return a.Pos.Compare(b.Pos) })
	p.notes, p.comments = r.notes, r.remarks
	if err := r.err(); err != nil {
		return nil, err
	}
	if p.strict {
		if err := refuse(p.notes, true, true); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (r *reader) profile(v *jsonpos.Value, p *Profile) {
	p.pos, p.path = r.pos(v), r.Pointer(v)
	r.row().object(r, levelTop, v)
	var action, arches, archMap, entries *jsonpos.Value
	var metadata *jsonpos.Value
	var errno errnoFields
	p.flagsGiven = r.row().noFlags() // asks for none
	r.members(v, levelTop, func(key string, v *jsonpos.Value) {
		switch key {
		case "defaultAction":
			action, p.defPos = v, r.pos(v)
		case "defaultErrnoRet":
			errno.number = v
		case "defaultErrno":
			errno.name = v
		case "architectures":
			arches = v
			r.Elements(v, func(v *jsonpos.Value) {
				p.architectures = append(p.architectures, r.archAt(v))
			})
		case "archMap":
			archMap = v
		case "flags":
			p.flagsGiven, p.flagsPos = v.Kind != jsonpos.Null, r.pos(v)
			r.Elements(v, func(v *jsonpos.Value) { r.flag(v, p) })
		case "listenerPath":
			p.listener.Path = r.String(v)
		case "listenerMetadata":
			metadata = v
			p.listener.Metadata = r.String(v)
		case "syscalls":
			entries = v
		case "baseProfileName":
			r.base(v)
		case "disabled":
			if r.Want(jsonpos.Boolean, v) && v.Text == "true" {
				r.failf(CodeEmpty, v, "the SeccompProfile is disabled, so its operator would not install it (delete the key, or the profile)")
			}
		}
	})
	if p.listener.Metadata != "" && p.listener.Path == "" {
		r.note(CodeMetadata, Same, metadata, "listenerMetadata has no effect without listenerPath")
	}
	switch {
	case action == nil && r.bare:
	case action == nil || action.Kind == jsonpos.Null || action.Kind == jsonpos.Text && action.Text == "":
		what, code := "no defaultAction", CodeMissing
		if entries == nil || len(entries.Elems()) == 0 {
			what, code = "no defaultAction and no syscalls: runtimes take this for no seccomp at all and run the container unconfined", CodeEmpty
		}
		r.failf(code, v, "%s (write the action for all other calls, such as \"SCMP_ACT_ERRNO\")", what)
		p.def = policy.Errno(1)
	default:
		p.def, p.errno = r.action(action, errno)
		if p.def == policy.Notify {
			r.failf(CodeNotifyDefault, action, "NOTIFY cannot be the default: it would also stop the process that waits for the answers (name the calls)")
		}
	}
	if archMap != nil {
		p.archMap = slices.Grow(p.archMap, len(archMap.Elems()))
		r.Elements(archMap, func(v *jsonpos.Value) { r.archMap(v, p) })
		if len(archMap.Elems()) > 0 && arches != nil && len(arches.Elems()) > 0 {
			r.failf(CodeArchesTwice, archMap, "both archMap and architectures (use one of them)")
		}
	}
	if entries != nil {
		p.entries = slices.Grow(p.entries, len(entries.Elems()))
		names := 0 // of all entries, which share an array
		for i := range entries.Elems() {
			for _, m := range entries.Elems()[i].Members() {
				if m.Key == "names" {
					names += len(m.Value.Elems())
				}
			}
		}
		r.names = make([]callName, names)
		r.Elements(entries, func(v *jsonpos.Value) { r.entry(v, p) })
	}
	laxest := p.laxest()
	for i := range p.entries {
		if e := &p.entries[i]; len(e.Names) == 0 {
			r.notes = append(r.notes, Note{Code: CodeNoNames, Effect: lost(e.Action, p.def, laxest), Pos: e.Pos, Path: e.path, Text: "the entry names no call and does nothing"})
		}
	}
}

func (r *reader) arch(v *jsonpos.Value) arch.Arch {
	if !r.Need(jsonpos.Text, v) {
		return 0
	}
	if r.Full() {
		return 0 // spared the search for what may be meant
	}
	a, err := arch.Parse(v.Text)
	if err == nil && a.SCMP() != v.Text {
		err = fmt.Errorf("unknown architecture %q (did you mean %s?)", v.Text, a.SCMP())
	}
	if err == nil {
		err = r.row().arch(a)
	}
	if err != nil {
		r.fail(CodeUnknownArch, v, err)
	}
	return a
}

func (r *reader) archAt(v *jsonpos.Value) archAt {
	return archAt{r.arch(v), r.pos(v), r.Pointer(v)}
}

func (r *reader) flag(v *jsonpos.Value, p *Profile) {
	if !r.Need(jsonpos.Text, v) {
		return
	}
	f, err := policy.ParseFlag(v.Text)
	switch {
	case err != nil:
		r.fail(CodeUnknownFlag, v, err)
	case !slices.Contains(slices.Collect(policy.FlagNames()), v.Text):
		r.failf(CodeUnknownFlag, v, "profiles cannot name %s (delete it: the compiler or the installer sets it if necessary)", f)
	case f == policy.FlagTSync:
		r.note(CodeFlagIgnored, Same, v, "the flag is ignored: the program that installs the filter decides which threads get it")
	case !slices.Contains(p.flags, f):
		p.flags = append(p.flags, f)
	}
}

func (r *reader) archMap(v *jsonpos.Value, p *Profile) {
	if !r.Need(jsonpos.Object, v) {
		return
	}
	m := archMapItem{Pos: r.pos(v), path: r.Pointer(v)}
	r.members(v, levelArchMap, func(key string, v *jsonpos.Value) {
		switch key {
		case "architecture":
			m.Arch = r.arch(v)
		case "subArchitectures":
			m.subsGiven = v.Kind == jsonpos.Array
			m.Subs = slices.Grow(m.Subs, len(v.Elems()))
			r.Elements(v, func(v *jsonpos.Value) { m.Subs = append(m.Subs, r.archAt(v)) })
		}
	})
	if m.Arch == 0 && v.Named("architecture") == nil {
		r.failf(CodeMissing, v, "no architecture (write the native ABI, such as \"SCMP_ARCH_X86_64\")")
	}
	p.archMap = append(p.archMap, m)
}
