package main

import (
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/spf13/pflag"
)

// A verb is one thing that the command does.
type verb struct {
	name     string
	section  string   // of the list of verbs
	args     []string // its arguments, in each form that they may have
	about    string   // without a full stop
	text     string   // the rest of the help: paragraphs, separated by empty lines
	examples []string // command lines without "seccompile "
	groups   []*group
	target   *group   // one of them: what a profile is for and how it is read; or nil
	launches bool     // flags end at the first argument, the command
	sides    bool     // run gets "--" as an argument
	values   []string // of its arguments, for completion; nil if they are files
	run      func(args []string) int
}

// A group is the flags that have a heading of their own in the help of a verb.
type group struct {
	*pflag.FlagSet
	title string
	topic string // has more about them, if not empty
	names bool   // the help of the verb has the names alone
}

// group adds a group of flags, which has the title before "flags".
func (v *verb) group(title string) *group {
	g := &group{FlagSet: pflag.NewFlagSet(title, pflag.ContinueOnError), title: title}
	g.SortFlags = false
	v.groups = append(v.groups, g)
	return g
}

// given returns the first of some flags that is given, or "".
func (v *verb) given(flags ...string) string {
	for _, g := range v.groups {
		for _, name := range flags {
			if f := g.Lookup(name); f != nil && f.Changed {
				return name
			}
		}
	}
	return ""
}

// unused reports, as an error, the first of some flags that is given where it has no
// effect.
func (v *verb) unused(where string, flags ...string) error {
	if name := v.given(flags...); name != "" {
		return fmt.Errorf("--%s has no effect %s (leave one of them out)", name, where)
	}
	return nil
}

// reading returns the flags that say how to read a profile. Compiled filters have no use for
// them, but for --arch.
func (v *verb) reading() (flags []string) {
	v.target.VisitAll(func(f *pflag.Flag) {
		if f.Name != "arch" {
			flags = append(flags, f.Name)
		}
	})
	return flags
}

// without removes flags of the target that have no effect on the verb.
func (v *verb) without(flags ...string) {
	all := v.target.FlagSet
	v.target.FlagSet = pflag.NewFlagSet(v.target.title, pflag.ContinueOnError)
	v.target.SortFlags = false
	all.VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(flags, f.Name) {
			v.target.AddFlag(f)
		}
	})
}

// unusedByFilters is unused for flags beside filters of files or of a process.
func (v *verb) unusedByFilters(files []string, pid int, flags ...string) error {
	switch {
	case pid != 0:
		return v.unused("beside --pid", flags...)
	case len(files) > 0:
		return v.unused("beside --filter", flags...)
	}
	return nil
}

// unusedBy is unused for the flags of a result in a format: a profile has no trees, and
// only one for runc can be stricter than asked for.
func (v *verb) unusedBy(format string) error {
	where := "beside --format " + format
	switch format {
	case "raw", "list":
		return v.unused(where, "stricter")
	case "profile":
		return v.unused(where, "weights", "optimal", "stricter")
	}
	return v.unused(where, "weights", "optimal")
}

// mistake is the exit status for bad usage.
func (v *verb) mistake() int {
	if v.launches {
		return exitRun
	}
	return exitUsage
}

// verbs returns all verbs, by section.
func verbs(s stdio) []*verb {
	return []*verb{
		runVerb(s), notifyVerb(s),
		compileVerb(s), fmtVerb(s), resolveVerb(s), explainVerb(s), whyVerb(s), graphVerb(s), auditVerb(s), evalVerb(s), summaryVerb(s), fingerprintVerb(s), mergeVerb(s), extendVerb(s), hardenVerb(s),
		diffVerb(s), subsetVerb(s), verifyVerb(s),
		recordVerb(s), needsVerb(s), profileVerb(s), coverVerb(s), trimVerb(s),
		disasmVerb(s), dumpVerb(s), nodeVerb(s),
		callsVerb(s), defaultVerb(s),
		completionVerb(s), manVerb(s), versionVerb(s),
	}
}

// find returns the verb of that name, or nil.
func find(list []*verb, name string) *verb {
	for _, v := range list {
		if v.name == name {
			return v
		}
	}
	return nil
}

// names returns what can follow "seccompile help": the verbs and the topics.
func names(list []*verb) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, v := range list {
			if !yield(v.name) {
				return
			}
		}
		for _, t := range topics {
			if !yield(t.name) {
				return
			}
		}
	}
}

// stdio are the streams of one run of the command.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}
