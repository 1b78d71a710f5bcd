package lint

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// An Ignore accepts findings of a code, for a reason.
type Ignore struct {
	Code   Code
	Calls  []string // accept only findings about no other calls; nil for all findings of the code
	Reason string
	Pos    policy.Pos // where it is written

	path    string // JSON Pointer of the entry whose findings it accepts
	comment bool
}

// directive starts an Ignore in a comment of a profile.
const directive = "lint:ignore"

// Limits of lists.
const maxIgnores = 10_000

var unusedIgnore = Rule{
	Code: "unused-ignore", Severity: Warning,
	Title: "nothing is found that a reason accepts",
	Why:   "What was accepted is mended, or has another code: a reason that is left over would accept the next fault unseen.",
}

// ParseIgnore reads a list of accepted findings: on each line a code, or CODE:CALL,CALL, and
// the reason, after blanks. Empty lines, and lines that start with #, are comments. File is
// for positions. All faults are returned, joined.
func ParseIgnore(file string, text []byte) (list []Ignore, err error) {
	var faults []error
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if len(list) == maxIgnores {
			return nil, fmt.Errorf("%s:%d: more than %d lines (is it the right file?)", file, n, maxIgnores)
		}
		g, err := parseIgnore(line)
		g.Pos = policy.Pos{File: file, Line: n, Col: 1}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", g.Pos, err))
		}
		list = append(list, g)
	}
	if err := lines.Err(); err != nil {
		faults = append(faults, fmt.Errorf("%s: %w", file, err))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return list, nil
}

// parseIgnore reads "CODE REASON" or "CODE:CALL,CALL REASON".
func parseIgnore(line string) (g Ignore, err error) {
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return g, errors.New("nothing is accepted (write CODE REASON, or CODE:CALL,CALL REASON)")
	}
	code, list, limited := strings.Cut(fields[0], ":")
	g.Code, g.Reason = Code(code), strings.Join(fields[1:], " ")
	if _, known := RuleOf(g.Code); !known {
		return g, fmt.Errorf("unknown code %q%s (\"seccompile audit --codes\" lists them)", code, spell.Hint(code, codeNames))
	}
	if limited {
		g.Calls = strings.Split(list, ",")
	}
	for _, name := range g.Calls {
		if !syscalls.Known(name) {
			return g, fmt.Errorf("unknown call %q%s (CODE:CALL,CALL limits it to findings about these calls)", name, spell.Hint(name, syscalls.Names()))
		}
	}
	if g.Reason == "" {
		return g, fmt.Errorf("%s without a reason (write after it why it is accepted)", fields[0])
	}
	return g, nil
}

// codeNames yields all codes.
func codeNames(yield func(string) bool) {
	for _, r := range Rules() {
		if !yield(string(r.Code)) {
			return
		}
	}
	for c := range profile.Codes() {
		if !yield(string(c)) {
			return
		}
	}
}

// ignored returns what comments of a profile accept: those of the profile findings on all of
// it, and those of an entry findings on the entry.
func ignored(p *profile.Profile) (list []Ignore, err error) {
	var faults []error
	for _, c := range p.Comments() {
		_, text, ok := strings.Cut(c.Text, directive)
		if !ok {
			continue
		}
		g, err := parseIgnore(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %s: %w", c.Pos, directive, err))
		}
		g.Pos, g.path, g.comment = c.Pos, c.Path, true
		list = append(list, g)
	}
	return list, errors.Join(faults...)
}

// accepts reports whether an Ignore accepts a finding.
func (g *Ignore) accepts(f *Finding) bool {
	if f.Code != g.Code || g.comment && f.Path != g.path && !strings.HasPrefix(f.Path, g.path+"/") {
		return false
	}
	return g.Calls == nil || len(f.Subjects) > 0 && !slices.ContainsFunc(f.Subjects, func(s Subject) bool { return !slices.Contains(g.Calls, s.Call) })
}

// accept marks the findings that are accepted, and adds one for each Ignore that accepts
// nothing, unless it is one of a list about a code that was not looked for.
func accept(list []Finding, ignores []Ignore, text bool) []Finding {
	for i := range ignores {
		g := &ignores[i]
		used := false
		for j := range list {
			if f := &list[j]; g.accepts(f) {
				f.Accepted, used = g.Reason, true
			}
		}
		rule, _ := RuleOf(g.Code)
		if used || rule.Text && !text {
			continue
		}
		unused := Finding{
			Code: unusedIgnore.Code, Severity: Info, Pos: g.Pos, Path: g.path,
			Text: fmt.Sprintf("nothing is found that %q accepts", g), Fix: "delete it",
		}
		if g.comment { // a list can be for several profiles
			unused.Severity = Warning
		}
		list = append(list, unused)
	}
	sortFindings(list)
	return list
}

// String returns "CODE:CALL,CALL REASON".
func (g *Ignore) String() string {
	if g.Calls != nil {
		return fmt.Sprintf("%s:%s %s", g.Code, strings.Join(g.Calls, ","), g.Reason)
	}
	return fmt.Sprintf("%s %s", g.Code, g.Reason)
}
