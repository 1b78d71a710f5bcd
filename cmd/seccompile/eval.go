package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/vector"
)

// evalVerb judges vectors: the unit test of a profile. It prints the lines that
// come out differently, and the answers to those that expect nothing.
func evalVerb(s stdio) *verb {
	v := &verb{
		name: "eval", section: "Profiles", args: []string{"[flags] FILE|-..."},
		about: "judge calls by a profile, without a kernel: its unit test",
		text:  "Prints what comes out differently, and the answers to calls that expect nothing. \"seccompile help vectors\" has the form of the files.",
		examples: []string{
			"eval --profile web.json --arch x86_64 web.vec",
			"eval - <calls.vec",
		},
	}
	var o options
	g := v.group("Flags")
	untouched := g.Bool("untouched", false, "list what no line with an action touches; status 1 then")
	o.add(v)
	v.run = func(args []string) int { return o.eval(args, *untouched, s) }
	return v
}

func (o *options) eval(args []string, untouched bool, s stdio) int {
	if len(args) == 0 {
		return s.fail("eval", fmt.Errorf("want files with vectors, or -"))
	}
	if o.Profile == "-" || o.chooser.file() == "-" {
		if slices.Contains(args, "-") {
			return s.fail("eval", fmt.Errorf("standard input cannot be both the profile and vectors (put one into a file)"))
		}
		text, _, err := readFile("-", s) // once for all files
		if err != nil {
			return s.fail("eval", err)
		}
		o.stdin = text
	}
	status := exitOK
	var cover profile.Coverage
	for _, file := range args {
		different, err := o.judge(file, &cover, s)
		if err != nil {
			return s.fail("eval", err)
		}
		if different {
			status = exitRefused
		}
	}
	if !untouched {
		return status
	}
	for _, u := range cover.Untouched() {
		if _, err := fmt.Fprintln(s.out, u); err != nil {
			return s.fail("eval", err)
		}
		status = exitRefused
	}
	return status
}

// judge judges one file, and records the calls of which it says the action. The flags
// count over the file's own settings.
func (o options) judge(file string, cover *profile.Coverage, s stdio) (different bool, err error) {
	text, name, err := readFile(file, s)
	if err != nil {
		return false, err
	}
	v, err := vector.Parse(name, text)
	if err != nil {
		return false, err
	}
	v.Settings = v.Settings.In(filepath.Dir(name)) // standard input is here, as its name is
	if o.chooser.given(o.Profile) {
		v.Settings.Profile = ""
	}
	o.Settings = o.Settings.Over(v.Settings)
	res, err := o.policy(s)
	if err != nil {
		return false, err
	}
	stack, err := compile.SplitResolution(res, compile.Options{})
	if err != nil {
		return false, err
	}
	s.notes(stack.Notes(), o.verbose)
	cover.Add(res)
	for _, x := range v.Vectors {
		if !x.Judged {
			_, err = fmt.Fprintf(s.out, "%s = %s\n", x.Text, stack.Run(x.Call))
		} else if mismatch := x.Check(stack); mismatch != nil {
			_, err = fmt.Fprintf(s.out, "%s:%d: %s\n", name, x.Line, mismatch)
			different = true
		}
		if err != nil {
			return different, err
		}
		if x.Judged {
			cover.Add(res, x.Call)
		}
	}
	return different, nil
}
