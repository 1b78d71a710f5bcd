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

// An Ignore accepts findings of a code, for a reason. In a comment of an entry, it accepts
// findings on the calls that the entry names. In a comment of the profile, it accepts findings
// on all calls.
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

// maxIgnores bounds the lines of a list.
const maxIgnores = 10_000

var unusedIgnore = Rule{
	Code: "unused-ignore", Severity: Warning,
	Title: "a reason accepts no finding",
	Why:   "The accepted finding is fixed, or has another code. A reason that remains would hide the next finding.",
}

// ParseIgnore reads a list of accepted findings. Each line has a code, or CODE:CALL,CALL,
// then blanks and the reason. Empty lines, and lines that start with #, are comments. File
// is the name in positions. All faults are returned, joined.
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
		return g, errors.New("no code (write CODE REASON, or CODE:CALL,CALL REASON)")
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
		return g, fmt.Errorf("%s without a reason (write the reason after it)", fields[0])
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
// it, and those of an entry findings on the entry. Each directive ends at the next one, or
// at the end of its line.
func ignored(p *profile.Profile) (list []Ignore, err error) {
	var faults []error
	for _, c := range p.Comments() {
		for i, text := range strings.Split(c.Text, directive) {
			if i == 0 {
				continue
			}
			text, _, _ = strings.Cut(text, "\n")
			g, err := parseIgnore(text)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %s: %w", c.Pos, directive, err))
			}
			g.Pos, g.path, g.comment = c.Pos, c.Path, true
			list = append(list, g)
		}
	}
	return list, errors.Join(faults...)
}

// An acceptance is an Ignore, and whether it has accepted something.
type acceptance struct {
	Ignore
	used  bool
	calls []string // about which it has accepted something
}

func acceptedBy(list []Ignore) (all []acceptance) {
	for _, g := range list {
		all = append(all, acceptance{Ignore: g})
	}
	return all
}

// at reports whether an Ignore is about a place: one in a comment is about its object.
func (g *Ignore) at(pos policy.Pos, path string) bool {
	return !g.comment || pos.File == g.Pos.File && (path == g.path || strings.HasPrefix(path, g.path+"/"))
}

// judged returns a finding with the reason for which all of it is accepted, if it is.
func (a *audit) judged(f Finding, homes []profile.Mention) Finding {
	for i := range a.accepted {
		g := &a.accepted[i]
		if g.Code != f.Code || len(f.Subjects) == 0 && (g.Calls != nil || !g.at(f.Pos, f.Path)) {
			continue
		}
		if slices.ContainsFunc(f.Subjects, func(s Subject) bool { return !g.takes(&s, &f, homes) }) {
			continue
		}
		g.used = true
		g.calls = append(g.calls, calls(f.Subjects)...)
		if f.Accepted == "" {
			f.Accepted, f.AcceptedAt = g.Reason, g.Pos
		}
	}
	return f
}

// takes reports whether an Ignore accepts a finding as far as it is about a call: at the place
// of the call, at one of the finding's homes, or if the text does not name the call at the
// finding's own.
func (g *Ignore) takes(s *Subject, f *Finding, homes []profile.Mention) bool {
	switch {
	case g.Calls != nil && !slices.Contains(g.Calls, s.Call):
		return false
	case slices.ContainsFunc(homes, func(m profile.Mention) bool { return g.at(m.Pos, m.Path) }):
		return true
	case s.Pos == (policy.Pos{}):
		return g.at(f.Pos, f.Path)
	}
	return g.at(s.Pos, s.Path)
}

// parted returns subjects by the Ignore that accepts them; those that none does are first.
func (a *audit) parted(list []Subject, homes []profile.Mention) (parts [][]Subject) {
	by := make([][]Subject, len(a.accepted)+1)
	where := a.first(Finding{}, nil)
	for _, s := range list {
		i := slices.IndexFunc(a.accepted, func(g acceptance) bool { return g.Code == a.rule.Code && g.takes(&s, &where, homes) })
		by[i+1] = append(by[i+1], s)
	}
	return slices.DeleteFunc(by, func(part []Subject) bool { return len(part) == 0 })
}

// unused adds a finding for each Ignore that accepts nothing, unless it is one of a list about a
// code that was not looked for.
func (a *audit) unused() {
	a.rule = &unusedIgnore
	for i := range a.accepted {
		g := &a.accepted[i]
		rule, _ := RuleOf(g.Code)
		if rule.Text && a.profile == nil {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(g.Calls), func(name string) bool { return slices.Contains(g.calls, name) })
		if g.used && len(left) == 0 {
			continue
		}
		severity := Info
		if g.comment { // a list can be for several profiles
			severity = Warning
		}
		f := Finding{
			Code: unusedIgnore.Code, Severity: severity, Pos: g.Pos, Path: g.path,
			Text: fmt.Sprintf("no finding is accepted by %q", &g.Ignore), Fix: "delete it",
		}
		if g.used {
			f.Text = fmt.Sprintf("no finding about %s is accepted by %q", strings.Join(left, ", "), &g.Ignore)
			f.Fix = "remove the call"
		}
		a.found = append(a.found, f)
	}
}

// String returns "CODE:CALL,CALL REASON".
func (g *Ignore) String() string {
	if g.Calls != nil {
		return fmt.Sprintf("%s:%s %s", g.Code, strings.Join(g.Calls, ","), g.Reason)
	}
	return fmt.Sprintf("%s %s", g.Code, g.Reason)
}
