package lint

import (
	"errors"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// suspicious are the codes of notes that are warnings, though no call passes by them that the
// text refuses: the author most likely meant something else.
var suspicious = []profile.Code{
	profile.CodeUnknownCall, profile.CodeUnknownCap, profile.CodeUnknownHost, profile.CodeMaskBits, profile.CodeMaskNone,
	profile.CodeErrnoZero, profile.CodeErrnoTwice, profile.CodeCloneFlags, profile.CodeNoVersion, profile.CodeSameArgOr,
	profile.CodePivotRoot, profile.CodeNumberRange, profile.CodeNoNames, profile.CodeNoIndex, profile.CodeErrnoRunc, profile.CodeFirstCounts,
}

// severityOf returns the severity of a note.
func severityOf(n profile.Note) Severity {
	switch {
	case n.Effect == profile.Weaker:
		return Error
	case !n.Harmless() && slices.Contains(suspicious, n.Code):
		return Warning
	}
	return Info
}

// notes adds the notes of the profile.
func (a *audit) notes() {
	for _, n := range a.stack.Notes() {
		f := Finding{Code: Code(n.Code), Severity: severityOf(n), Pos: n.Pos, Path: n.Path}
		text := n
		text.Pos, text.Path = policy.Pos{}, ""
		f.Text = text.String()
		if n.Witness != nil {
			s := Subject{Example: *n.Witness}
			s.Arch, _ = n.Witness.Arch()
			s.Call, _ = syscalls.Name(s.Arch, n.Witness.Nr)
			f.Subjects = []Subject{s}
		}
		a.found = append(a.found, a.judged(f, nil))
	}
}

// noteRule returns the rule of a code of package profile.
func noteRule(c Code) (Rule, bool) {
	for known := range profile.Codes() {
		if Code(known) == c {
			return Rule{Code: c, Severity: Error, Title: strings.ReplaceAll(string(c), "-", " "), Text: true}, true
		}
	}
	return Rule{}, false
}

// Faults returns the faults of a text, which Parse and Resolve of package profile return, as
// findings of severity Error. It reports false if err is or contains any other error.
func Faults(err error) (list []Finding, ok bool) {
	joined, several := err.(interface{ Unwrap() []error })
	if several {
		for _, e := range joined.Unwrap() {
			own, ok := Faults(e)
			if !ok {
				return nil, false
			}
			list = append(list, own...)
		}
		return list, len(list) > 0
	}
	var fault *profile.Error
	if !errors.As(err, &fault) {
		return nil, false
	}
	text := *fault
	text.Pos, text.Path = policy.Pos{}, ""
	return []Finding{{Code: Code(fault.Code), Severity: Error, Pos: fault.Pos, Path: fault.Path, Text: strings.TrimSpace(text.Error())}}, true
}
