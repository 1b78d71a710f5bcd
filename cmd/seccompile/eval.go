package main

import (
	"fmt"
	"path/filepath"
	"slices"

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
			"eval --profile web.json --arch x86_64 web.txt",
			"eval - <calls.txt",
		},
	}
	var o options
	o.add(v)
	v.run = func(args []string) int { return o.eval(args, s) }
	return v
}

func (o *options) eval(args []string, s stdio) int {
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
	for _, file := range args {
		different, err := o.judge(file, s)
		if err != nil {
			return s.fail("eval", err)
		}
		if different {
			status = exitRefused
		}
	}
	return status
}

// judge judges one file. The flags count over the file's own settings.
func (o options) judge(file string, s stdio) (different bool, err error) {
	text, name, err := readFile(file, s)
	if err != nil {
		return false, err
	}
	v, err := vector.Parse(name, text)
	if err != nil {
		return false, err
	}
	if len(v.Vectors) == 0 {
		return false, fmt.Errorf("%s: no vectors (write lines such as: x86_64 openat(-100, 0, 2) = ALLOW)", name)
	}
	if p := v.Settings.Profile; p != "" && p != "default" && !filepath.IsAbs(p) && name != stdinName {
		v.Settings.Profile = filepath.Join(filepath.Dir(name), p)
	}
	if o.chooser.given(o.Profile) {
		v.Settings.Profile = ""
	}
	o.Settings = o.Settings.Over(v.Settings)
	stack, err := o.stack(s)
	if err != nil {
		return false, err
	}
	s.notes(stack.Notes(), o.verbose)
	for _, x := range v.Vectors {
		got := stack.Run(x.Call)
		switch {
		case !x.Judged:
			_, err = fmt.Fprintf(s.out, "%s = %s\n", x.Text, got)
		case got != x.Want:
			_, err = fmt.Fprintf(s.out, "%s:%d: %s = %s, want %s\n", name, x.Line, x.Text, got, x.Want)
			different = true
		}
		if err != nil {
			return different, err
		}
	}
	return different, nil
}
