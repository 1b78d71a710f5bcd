// Seccompile compiles Docker and OCI seccomp profiles to BPF, shows what they
// answer, and runs commands under them. "seccompile help" lists its verbs.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// A verb is what the command is asked to do. Its result is the exit status.
type verb struct {
	name  string
	usage string // arguments
	about string
	run   func(args []string, s stdio) int
}

// stdio are the streams of one run of the command.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

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

func verbs() []verb {
	return []verb{
		{"run", "[flags] [--] COMMAND [ARG...]", "run a command under a profile", runVerb},
		{"notify", "[flags] [--] COMMAND [ARG...]", "run a command and report the calls that a profile would not allow", notifyVerb},
		{"compile", "[flags]", "compile a profile", compileVerb},
		{"resolve", "[flags]", "print what a profile means for a target, as the section of an OCI config.json", resolveVerb},
		{"disasm", "[--arch NAME] FILE|-", "list a compiled filter", disasmVerb},
		{"dump", "--pid N [flags]", "list the filters that a running process has", dumpVerb},
		{"diff", "[flags] OLD NEW | [flags] OLD... -- NEW...", "compare two profiles or compiled filters over all calls", diffVerb},
		{"subset", "[flags] BASE NEW | [flags] BASE... -- NEW...", "prove that a profile or a compiled filter is at least as strict as another one", subsetVerb},
		{"merge", "--intersect|--union [flags] PROFILE PROFILE...", "compose profiles: the strictest, or the least strict, of their answers to each call", mergeVerb},
		{"harden", "[flags] PROFILE", "print a profile whose conditions mean to runc what they mean to the kernel", hardenVerb},
		{"verify", "--filter FILE... [flags]", "prove that a compiled filter does what a profile says", verifyVerb},
		{"fingerprint", "[flags]", "print a hash of what a profile answers to all calls", fingerprintVerb},
		{"eval", "[flags] FILE|-...", "judge lines of vectors, without a kernel", evalVerb},
		{"version", "", "print the version and where the call tables come from", versionVerb},
	}
}

func main() {
	install.Child() // where notify has started this program, to become a command
	os.Exit(dispatch(os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}))
}

func dispatch(args []string, s stdio) int {
	if len(args) > 0 {
		for _, v := range verbs() {
			if v.name == args[0] {
				return v.run(args[1:], s)
			}
		}
		switch args[0] {
		case "help", "-h", "-help", "--help":
			usage(s.out)
			return exitOK
		}
		fmt.Fprintf(s.err, "seccompile: unknown verb %q\n", args[0])
	}
	usage(s.err)
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: seccompile VERB ...")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-11s %s\n              %s\n", v.name, v.usage, v.about)
	}
	fmt.Fprintln(w, "\"seccompile VERB -h\" lists the flags of a verb.")
}

// fail prints an error and returns the exit status for it. Faults of a profile
// start with their place; other errors, those of a target among them, get the verb in
// front.
func (s stdio) fail(verb string, err error) int {
	var at *profile.Error
	if errors.As(err, &at) && at.Pos != (policy.Pos{}) {
		fmt.Fprintln(s.err, err)
	} else {
		fmt.Fprintf(s.err, "seccompile %s: %s\n", verb, strings.ReplaceAll(err.Error(), "\n", "\n\t"))
	}
	var size *compile.SizeError
	var inexact *policy.ComposeError
	var unsayable *profile.PrintError
	var otherwise *compile.PrintedError
	var overlaps *compile.HardenError
	if errors.Is(err, profile.ErrRefused) || errors.As(err, &size) || errors.As(err, &inexact) || errors.As(err, &unsayable) || errors.As(err, &otherwise) || errors.As(err, &overlaps) {
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
