//go:build playground

package main

import (
	"bytes"
	"errors"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/lint"
	"github.com/seccompile/seccompile/profile/policy"
)

// A marked is a finding, a note or a fault, with its place in the text.
type marked struct {
	Severity string   `json:"severity"` // error, warning or info
	Effect   string   `json:"effect,omitempty"`
	Harmless bool     `json:"harmless,omitempty"`
	Code     string   `json:"code,omitempty"`
	Line     int      `json:"line"`  // 0 if it has no place
	Col      int      `json:"col"`   // in bytes, as the command prints it
	Units    int      `json:"units"` // the column in units of UTF-16
	Path     string   `json:"path,omitempty"`
	Text     string   `json:"text"`
	Fix      string   `json:"fix,omitempty"`
	Why      string   `json:"why,omitempty"`
	Calls    []string `json:"calls,omitempty"` // with the arguments for which a finding is true
	Accepted string   `json:"accepted,omitempty"`
}

// at gives a mark its place.
func (p *player) at(m marked, at policy.Pos) marked {
	if at.Line > 0 {
		m.Line, m.Col, m.Units = at.Line, max(1, at.Col), p.columns.of(at)
	}
	return m
}

// mark returns a finding in the text.
func (p *player) mark(f *lint.Finding) marked {
	r, _ := lint.RuleOf(f.Code)
	return p.at(marked{
		Severity: f.Severity.String(), Code: string(f.Code), Path: f.Path, Text: show(f.Text), Fix: show(f.Fix),
		Why: r.Why, Calls: subjectLines(f.Subjects), Accepted: show(f.Accepted),
	}, f.Pos)
}

// markNote returns a note in the text: a warning if the policy is weaker by it.
func (p *player) markNote(n profile.Note) marked {
	severity := lint.Info
	if n.Effect == profile.Weaker {
		severity = lint.Warning
	}
	m := p.at(marked{Severity: severity.String(), Effect: n.Effect.String(), Harmless: n.Harmless(), Code: string(n.Code), Path: n.Path}, n.Pos)
	n.Pos, n.Path = policy.Pos{}, ""
	m.Text = show(n.String())
	return m
}

// faults returns what an error says of the text.
func (p *player) faults(err error) (list []marked) {
	if found, ok := lint.Faults(err); ok {
		for i := range found {
			list = append(list, p.mark(&found[i]))
		}
		return list
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			list = append(list, p.faults(e)...)
		}
		return list
	}
	return []marked{{Severity: lint.Error.String(), Text: showError(err)}}
}

// A columnsUTF16 has the columns of lines in units of UTF-16. Places in their order cost one
// pass over the text, however many a line has. A byte order mark is before column 1 of YAML,
// and a unit of the editor.
type columnsUTF16 struct {
	lines       [][]byte
	line        int // of the last place
	bytes, unit int // that are before it
}

// of returns the column of a place, from 1.
func (c *columnsUTF16) of(p policy.Pos) int {
	if p.Line < 1 || p.Line > len(c.lines) {
		return max(1, p.Col)
	}
	if p.Line != c.line || p.Col-1 < c.bytes {
		c.line, c.bytes, c.unit = p.Line, 0, 0
	}
	text, marked := bytes.CutPrefix(c.lines[p.Line-1], []byte("\ufeff"))
	for c.bytes < min(p.Col-1, len(text)) {
		r, size := utf8.DecodeRune(text[c.bytes:])
		c.bytes += size
		c.unit += utf16.RuneLen(r)
	}
	if marked && p.Line == 1 {
		return c.unit + 2
	}
	return c.unit + 1
}
