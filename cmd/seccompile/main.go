// Seccompile compiles Docker and OCI seccomp profiles to BPF, shows what they
// answer, and runs commands under them. "seccompile help" lists its verbs.
package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// Exit statuses. A launched command has its own; what keeps run from launching
// it is told apart as env(1) and docker(1) do it.
const (
	exitOK        = 0
	exitRefused   = 1 // refused or different
	exitUsage     = 2 // bad usage or input
	exitRun       = 125
	exitNotExec   = 126 // the command cannot be executed
	exitNoCommand = 127 // there is no such command
)

// fail prints an error and returns the exit status for it. Faults of a profile
// start with their place; other errors, those of a target among them, get the verb in
// front.
func (s stdio) fail(verb string, err error) int {
	var at *profile.Error
	if errors.As(err, &at) && at.Pos != (policy.Pos{}) {
		fmt.Fprintln(s.err, showError(err))
	} else {
		fmt.Fprintf(s.err, "seccompile %s: %s\n", verb, strings.ReplaceAll(showError(err), "\n", "\n\t"))
	}
	var size *compile.SizeError
	var inexact *policy.ComposeError
	var unsayable *profile.PrintError
	var otherwise *compile.PrintedError
	var overlaps *compile.HardenError
	var apart *compile.FoldError
	if errors.Is(err, profile.ErrRefused) || errors.As(err, &size) || errors.As(err, &apart) || errors.As(err, &inexact) || errors.As(err, &unsayable) || errors.As(err, &otherwise) || errors.As(err, &overlaps) {
		return exitRefused
	}
	return exitUsage
}

// notes prints what was noted about a profile, the harmless notes if all are
// asked for.
func (s stdio) notes(notes []profile.Note, all bool) {
	for _, n := range notes {
		if n.Harmless() && !all {
			continue
		}
		fmt.Fprintf(s.err, "%s (note: %s, %s)\n", n, n.Code, n.Effect)
	}
}
