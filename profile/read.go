package profile

import (
	"fmt"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// A reader turns values into what Parse wants of them, and collects faults and notes.
type reader struct {
	jsonpos.Reader
	file    string
	dialect Dialect
	notes   []Note
	names   []callName // of which roomForNames gives parts
	remarks []Comment

	keyNotes map[keyNote]int // where in notes

	bare   bool // defaultAction may be missing: only the entries count
	chain  bool // a base profile may be named
	based  baseAt
	places []policy.Pos // by line, of a tree that is not a text, or of one that was made from another
	code   bool         // it is a Builder's
}

// row returns what tells the reader's dialect from others.
func (r *reader) row() dialect {
	if r.code {
		return code{}
	}
	return r.dialect.row()
}

func (r *reader) pos(v *jsonpos.Value) policy.Pos {
	if r.places != nil {
		return r.places[v.Line-1]
	}
	return policy.Pos{File: r.file, Line: int(v.Line), Col: int(v.Col)}
}

func (r *reader) fail(code Code, v *jsonpos.Value, err error) {
	r.Fail(jsonpos.Code(code), v, err)
}

func (r *reader) failf(code Code, v *jsonpos.Value, format string, args ...any) {
	r.Failf(jsonpos.Code(code), v, format, args...)
}

// err returns the faults as errors of the file, joined, nil if there are none.
func (r *reader) err() error {
	return r.Err(func(f jsonpos.Fault) error { return r.at(f) })
}

// at returns the error for a fault.
func (r *reader) at(f jsonpos.Fault) *Error {
	return &Error{Code(f.Code), r.pos(&jsonpos.Value{Mark: f.Mark}), f.Path, f.Err}
}

func (r *reader) note(code Code, e Effect, v *jsonpos.Value, format string, args ...any) {
	r.notes = append(r.notes, Note{Code: code, Effect: e, Pos: r.pos(v), Path: r.Pointer(v), Text: fmt.Sprintf(format, args...)})
}

// members calls f for each key of the object v that its level knows in the
// dialect, by its name there. Others are noted with the effect that their loss may
// have.
func (r *reader) members(v *jsonpos.Value, at level, f func(key string, v *jsonpos.Value)) {
	r.each(v, r.row().keys(at), func(m *jsonpos.Member) { r.unknown(m, at) }, f)
	r.comments(v)
}

// each is Reader.Each, and notes keys in odd capitals.
func (r *reader) each(v *jsonpos.Value, keys []string, unknown func(m *jsonpos.Member), f func(key string, v *jsonpos.Value)) {
	odd := func(m *jsonpos.Member, key string) {
		r.note(CodeOddKey, Same, m.At(), "key %q is read as %q (write it that way: other readers may ignore it)", m.Key, key)
	}
	r.Each(v, keys, odd, unknown, f)
}
