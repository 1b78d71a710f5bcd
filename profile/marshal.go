package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/profile/policy"
)

// The JSON of profiles as it is written, with keys in this order. A field that
// a dialect does not have, or that says nothing, is left out.
type (
	jsonProfile struct {
		DefaultAction    string        `json:"defaultAction"`
		DefaultErrnoRet  *uint16       `json:"defaultErrnoRet,omitempty"`
		DefaultErrno     string        `json:"defaultErrno,omitempty"`
		Architectures    []string      `json:"architectures,omitempty"`
		ArchMap          []jsonArchMap `json:"archMap,omitzero"`
		Flags            []string      `json:"flags,omitzero"`
		ListenerPath     string        `json:"listenerPath,omitempty"`
		ListenerMetadata string        `json:"listenerMetadata,omitempty"`
		Syscalls         []jsonEntry   `json:"syscalls"`
	}
	jsonArchMap struct {
		Architecture     string   `json:"architecture"`
		SubArchitectures []string `json:"subArchitectures"`
	}
	jsonEntry struct {
		Comment  string     `json:"comment,omitempty"`
		Names    []string   `json:"names"`
		Action   string     `json:"action"`
		ErrnoRet *uint16    `json:"errnoRet,omitempty"`
		Errno    string     `json:"errno,omitempty"`
		Args     []jsonArg  `json:"args,omitzero"`
		Includes *jsonGuard `json:"includes,omitempty"`
		Excludes *jsonGuard `json:"excludes,omitempty"`
	}
	jsonArg struct {
		Index    int    `json:"index"`
		Value    any    `json:"value"` // a number, or names of constants
		ValueTwo any    `json:"valueTwo,omitempty"`
		Op       string `json:"op"`
	}
	jsonGuard struct {
		Caps      []string `json:"caps,omitempty"`
		Arches    []string `json:"arches,omitzero"`
		MinKernel *string  `json:"minKernel,omitempty"`
	}
)

// MarshalJSON returns the profile in canonical form: the keys of its dialect in a fixed
// order, explicit errnos, and nothing that has no effect. Parsing the result in that
// dialect returns the same profile, except for positions, for notes on what was removed,
// and for a config.json around it. A Profile that Parse did not return is an error.
func (p Profile) MarshalJSON() ([]byte, error) { // of a value: encoding/json ignores a pointer's for one
	if p.zero() {
		return nil, errors.New("a Profile that Parse or Default did not return has no text")
	}
	if err := p.unprintable(); err != nil {
		return nil, err
	}
	out := jsonProfile{
		Architectures:    scmpNames(p.architectures),
		ListenerPath:     p.listener.Path,
		ListenerMetadata: p.listener.Metadata,
		Syscalls:         []jsonEntry{},
	}
	out.DefaultAction, out.DefaultErrnoRet = scmp(p.def)
	for _, m := range p.archMap {
		out.ArchMap = append(out.ArchMap, jsonArchMap{m.Arch.SCMP(), scmpNames(m.Subs)})
	}
	if p.flagsGiven {
		out.Flags = flagStrings(p.flags)
	}
	for i := range p.entries {
		e := &p.entries[i]
		j := e.json()
		e.printSymbols(&j)
		j.Comment = e.Comment
		j.Includes, j.Excludes = e.Includes.json(), e.Excludes.json()
		out.Syscalls = append(out.Syscalls, j)
	}
	p.dialect.row().marshal(&p, &out)
	return json.Marshal(out)
}

// UnmarshalJSON returns an error: a text alone does not determine its dialect, and
// positions count from the start of the file. Use [Parse] instead. For a part of a
// larger text, first decode it as a json.RawMessage.
func (p *Profile) UnmarshalJSON([]byte) error {
	return errors.New("a Profile cannot be unmarshaled, because its text does not say its dialect (use json.RawMessage and profile.Parse)")
}

// MarshalJSON returns the policy as the linux.seccomp section of an OCI config.json, as
// an engine passes it to a runtime. The section has the entries that apply to the Target,
// as written and in their order. It has the ABIs of the filter, the native one first.
// Errnos are explicit. It has flags only if the profile has that key, because old
// runtimes refuse all flags. Parsing and resolving the result for the same Target gives
// the same policy, and marshaling that gives the same text.
//
// If the Policy follows the kernel's reading, it may be weaker for runc once it is
// printed. This is an error that wraps [ErrRefused], unless Target.AcceptWeaker was set;
// [Resolution.PrintNotes] returns it as a note. It is also an error if the Resolution was
// not returned by [Profile.Resolve].
func (res Resolution) MarshalJSON() ([]byte, error) {
	if res.from == nil {
		return nil, errors.New("a Resolution that Resolve did not make has no text")
	}
	r := res.from
	p := r.profile
	if err := errors.Join(p.unprintable(), r.ambiguous()); err != nil {
		return nil, err
	}
	if err := refuse(res.PrintNotes(), false, r.target.AcceptWeaker); err != nil {
		return nil, err
	}
	out := jsonProfile{
		ListenerPath:     p.listener.Path,
		ListenerMetadata: p.listener.Metadata,
		Syscalls:         []jsonEntry{},
	}
	if p.flagsGiven {
		out.Flags = flagStrings(slices.Sorted(slices.Values(p.flags)))
	}
	out.DefaultAction, out.DefaultErrnoRet = scmp(p.def)
	for _, a := range res.policy.Arches {
		out.Architectures = append(out.Architectures, a.Arch.SCMP())
	}
	for _, e := range r.entries {
		if len(e.Names) > 0 {
			out.Syscalls = append(out.Syscalls, e.json())
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON returns an error: [Parse] reads the section that [Resolution.MarshalJSON]
// writes, and [Profile.Resolve] returns its Resolution.
func (res *Resolution) UnmarshalJSON([]byte) error {
	return errors.New("a Resolution cannot be unmarshaled, because it is for a Target (use profile.Parse and Resolve)")
}

// json returns the entry without its guards and comment.
func (e *entry) json() jsonEntry {
	j := jsonEntry{Names: []string{}}
	j.Action, j.ErrnoRet = scmp(e.Action)
	for _, n := range e.Names {
		j.Names = append(j.Names, n.Name)
	}
	for _, c := range e.Conds {
		a := jsonArg{Index: int(c.Arg), Value: c.Value, Op: c.Op.SCMP()}
		if c.Op == policy.MaskedEQ {
			a.Value, a.ValueTwo = c.Mask, c.Value
		}
		j.Args = append(j.Args, a)
	}
	return j
}

// json returns nil for a guard that says nothing.
func (g *guard) json() *jsonGuard {
	if g.zero() {
		return nil
	}
	j := &jsonGuard{Caps: g.Caps, Arches: g.Arches}
	if k := g.MinKernel; k != nil {
		s := ""
		if !k.IsZero() {
			s = fmt.Sprintf("%d.%d", k.Major, k.Minor)
		}
		j.MinKernel = &s
	}
	return j
}

// scmp returns the action's name in profiles, and its errno if it takes one.
func scmp(a policy.Action) (name string, errno *uint16) {
	if a.HasData() {
		data := a.Data()
		errno = &data
	}
	return a.SCMP(), errno
}

func scmpNames(list []archAt) []string {
	names := []string{}
	for _, a := range list {
		names = append(names, a.Arch.SCMP())
	}
	return names
}

func flagStrings(flags []policy.Flag) []string {
	names := []string{}
	for _, f := range flags {
		names = append(names, f.String())
	}
	return names
}
