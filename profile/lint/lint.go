// Package lint finds suspicious parts of a profile or a filter: parts that are legal, but
// probably not what the author wants.
//
//	findings, err := lint.Profile(p, target, lint.Options{})
//	for _, f := range findings {
//		fmt.Println(f)
//	}
//
// A [Finding] has a stable [Code], a [Severity], a place in the text, the affected calls
// with the exact arguments, and a remedy. [Rules] says why each code matters, with links to
// discussions and CVEs. Findings are facts; they have no score.
//
// All notes of the profile are findings, too, with their own codes (docs/codes.md). Checks
// that do not need a text also run on compiled filters of any origin; see [Filter].
//
// An author can accept a finding, with a reason, in a comment of the profile or in a list;
// see [Ignore].
package lint

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/internal/enum"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Severity says how much a finding matters.
type Severity uint8

const (
	Info    Severity = iota // a fact that a reviewer should know
	Warning                 // calls pass, or programs fail, that the author probably did not have in mind
	Error                   // the text is not carried out as written, or is without effect
)

var severities = enum.Names{"info", "warning", "error"}

// String returns "info", "warning" or "error".
func (s Severity) String() string { return severities.Name("Severity", int(s)) }

// ParseSeverity parses the text of [Severity.String].
func ParseSeverity(s string) (Severity, error) {
	i, err := severities.Parse("severity", s)
	return Severity(i), err
}

// MarshalText returns the text of [Severity.String]. It returns an error for a value that
// is not a constant of this package.
func (s Severity) MarshalText() ([]byte, error) { return severities.Marshal("Severity", int(s)) }

// UnmarshalText parses the text of [Severity.String].
func (s *Severity) UnmarshalText(text []byte) error {
	if s == nil {
		return errors.New("UnmarshalText of a nil Severity")
	}
	i, err := severities.Parse("severity", string(text))
	if err == nil {
		*s = Severity(i)
	}
	return err
}

// A Code identifies a kind of finding. Codes are stable, so programs may compare them. They
// are those of [Rules], and the codes of package profile for its notes.
type Code string

// A Finding is a suspicious part of a profile or a filter.
type Finding struct {
	Code     Code
	Severity Severity
	Pos      policy.Pos // zero for a finding about a filter
	Path     string     // JSON Pointer (RFC 6901) of the place, "" for the whole profile
	Text     string     // one line: what is so
	Fix      string     // what to do, without a full stop; "" if the text says it
	Subjects []Subject  // the calls that it is about, with their arguments; nil if it is about no call
	Accepted string     // the reason for which it is accepted, "" if it is not

	// AcceptedAt is the position of the reason.
	AcceptedAt policy.Pos
}

// A Subject is a call, with the arguments for which a finding applies to it.
type Subject struct {
	Arch    arch.Arch // 0 for unknown ABIs
	Call    string    // "" for unassigned numbers
	Where   []compile.Case
	Beyond  string // the limit that Where is beyond, "" if it is not
	Example syscalls.Call
	Pos     policy.Pos // of the call in the text, zero if it does not name it
	Path    string
}

// always reports whether the finding is true for all arguments.
func (s *Subject) always() bool { return len(s.Where) == 1 && len(s.Where[0]) == 0 }

// String returns "FILE:LINE:COL: SEVERITY: CODE: TEXT (FIX)". A finding on a filter has no
// place.
func (f Finding) String() string {
	s := fmt.Sprintf("%s: %s: %s", f.Severity, f.Code, f.Text)
	if f.Pos != (policy.Pos{}) {
		s = f.Pos.String() + ": " + s
	}
	if f.Fix != "" {
		s += " (" + f.Fix + ")"
	}
	return s
}

// Options are the options of an audit. The zero value has none.
type Options struct {
	Ignore []Ignore // findings to accept; comments of the profile accept others
}

// Profile returns the findings on a profile for a target, in the order of the text; those on
// the whole profile are first. Accepted findings are among them. Target.AcceptWeaker does not
// matter: weaker notes are findings of severity Error.
//
// The error is that of [profile.Profile.Resolve] or of the compiler.
func Profile(p *profile.Profile, t profile.Target, o Options) ([]Finding, error) {
	t.AcceptWeaker = true
	res, err := p.Resolve(t)
	if err != nil {
		return nil, err
	}
	stack, err := compile.SplitResolution(res, compile.Options{})
	if err != nil {
		return nil, err
	}
	inText, err := ignored(p)
	if err != nil {
		return nil, err
	}
	a := &audit{profile: p, res: res, target: t, stack: stack, native: t.Arch, accepted: acceptedBy(slices.Concat(inText, o.Ignore))}
	return a.findings()
}

// Filter returns the findings on a filter or a stack of any origin, except those that
// need a profile's text.
func Filter(c compile.Compiled, o Options) ([]Finding, error) {
	if c == nil || len(c.Filters()) == 0 {
		return nil, errors.New("no filter: nil or zero (compile.Load and compile.NewStack return one)")
	}
	stack, err := compile.NewStack(c.Filters()...)
	if err != nil {
		return nil, err
	}
	a := &audit{stack: stack, native: stack.Arch(), accepted: acceptedBy(o.Ignore)}
	return a.findings()
}

// An audit is what checks look at, and what they find.
type audit struct {
	stack   *compile.Stack
	native  arch.Arch
	answers answers

	// Of a text alone:
	profile *profile.Profile
	res     *profile.Resolution
	target  profile.Target

	rule     *Rule // of the check that runs
	found    []Finding
	accepted []acceptance
}

// findings runs all checks.
func (a *audit) findings() ([]Finding, error) {
	list, err := compile.Answers(a.stack)
	var many *compile.DiffError
	switch {
	case errors.As(err, &many):
		return nil, fmt.Errorf("not checked, since not all answers of the filter can be listed: %s", strings.TrimPrefix(many.Reason, "and not all differences are known: "))
	case err != nil:
		return nil, fmt.Errorf("not checked: %w", err)
	}
	a.answers = answersOf(list, a.native)
	for i := range checks {
		if c := &checks[i]; a.profile != nil || !c.Text {
			a.rule = &c.Rule
			if err := c.run(a); err != nil {
				return nil, err
			}
		}
	}
	if a.profile != nil {
		a.notes()
	}
	a.unused()
	sortFindings(a.found)
	return a.found, nil
}

// sortFindings sorts findings by place, and those of one place by severity.
func sortFindings(list []Finding) {
	slices.SortStableFunc(list, func(x, y Finding) int {
		return cmp.Or(x.Pos.Compare(y.Pos), -cmp.Compare(x.Severity, y.Severity))
	})
}

// add adds a finding of the check that runs. Homes are places, besides its own, whose comments
// accept it.
func (a *audit) add(s Severity, f Finding, homes ...profile.Mention) {
	f.Code, f.Severity = a.rule.Code, s
	a.found = append(a.found, a.judged(f, homes))
}

// addEach adds findings about subjects, which a function words: one about those that nobody
// accepts, and one for each reason for which others are accepted. They are at the first place
// where the text names a call, home, or if that is "" at the first of the subjects'.
func (a *audit) addEach(s Severity, home string, list []Subject, word func([]Subject) Finding) {
	list = a.placed(list)
	homes := a.mentions(home)
	for _, part := range a.parted(list, homes) {
		f := a.first(word(part), part)
		if len(homes) > 0 {
			f.Pos, f.Path = homes[0].Pos, homes[0].Path
		}
		a.add(s, f, homes...)
	}
}
