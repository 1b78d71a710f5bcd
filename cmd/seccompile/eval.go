package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/vector"
)

// evalVerb judges vectors: the unit test of a profile or a filter. It prints the lines that
// come out differently, and the answers to those that expect nothing.
func evalVerb(s stdio) *verb {
	v := &verb{
		name: "eval", section: "Profiles", args: []string{"[flags] FILE|-...", "--filter FILE... [flags] FILE|-..."},
		about: "unit-test a profile: check its answers, without a kernel",
		text:  "Prints the answers that are not as expected, and the answers to calls without an expected one. \"seccompile help vectors\" describes the files. --filter tests a compiled filter instead of a profile.",
		examples: []string{
			"eval --profile web.json --arch x86_64 web.vec",
			"eval --filter web.bpf --junit report.xml web.vec",
			"eval - <calls.vec",
		},
	}
	e := evaluation{stdio: s, verb: v}
	g := v.group("Flags")
	addFilters(g, &e.filters)
	value(g, &e.junit, "junit", "- is standard output", "write the results as JUnit XML to `FILE`, - for standard output")
	g.BoolVar(&e.untouched, "untouched", false, "list the parts that no vector touches; status 1 if any")
	e.add(v)
	v.run = func(args []string) int {
		different, faults := e.eval(args)
		status := exitOK
		if different {
			status = exitRefused
		}
		for _, err := range faults {
			status = max(status, s.fail(v.name, err))
		}
		return status
	}
	return v
}

// An evaluation is what eval is asked for, and what comes out.
type evaluation struct {
	options
	verb      *verb
	filters   []string // files that replace the profile
	junit     string   // a file, "" for none
	untouched bool
	cover     profile.Coverage
	suites    []junitSuite
	stdio
}

// eval judges files, and reports whether something is not as expected, and the faults of
// what could not be judged. The report has these, too: one of an earlier run must not stand
// for this.
func (e *evaluation) eval(files []string) (different bool, faults []error) {
	out := e.out
	if e.junit == "-" {
		e.out = io.Discard // it is all in the XML
	}
	if err := e.prepare(files); err != nil {
		faults = append(faults, err)
		e.suites = append(e.suites, brokenSuite("seccompile eval", err))
		files = nil
	}
	for _, file := range files {
		suite, err := e.judge(file)
		if err != nil {
			if !slices.ContainsFunc(faults, func(f error) bool { return f.Error() == err.Error() }) { // as of a profile for all
				faults = append(faults, err)
			}
			suite = brokenSuite(file, err)
		}
		e.suites = append(e.suites, suite)
	}
	if e.untouched && faults == nil {
		if err := e.listUntouched(); err != nil {
			faults = append(faults, err)
		}
	}
	different = slices.ContainsFunc(e.suites, func(x junitSuite) bool { return x.Failures > 0 })
	e.out = out
	if e.junit != "" {
		if err := e.write(e.junit, junitText(e.suites)); err != nil {
			faults = append(faults, err)
		}
	}
	return different, faults
}

// prepare checks what is asked for, and reads standard input once for all files.
func (e *evaluation) prepare(files []string) (err error) {
	if err := e.check(files); err != nil {
		return err
	}
	if e.inputs(nil) > 0 {
		e.stdin, _, err = readFile("-", e.stdio)
	}
	return err
}

// listUntouched prints what no line with an action touches, as a suite of its own, too.
func (e *evaluation) listUntouched() error {
	suite := junitSuite{Name: "untouched"}
	for _, u := range e.cover.Untouched() {
		if _, err := fmt.Fprintln(e.out, u); err != nil {
			return err
		}
		suite.add(junitCase{Name: u.String(), Failure: &junitFailure{"no line touches it", u.String()}})
	}
	e.suites = append(e.suites, suite)
	return nil
}

// inputs counts the uses of standard input: as a profile, filters and vectors.
func (e *evaluation) inputs(vectors []string) (n int) {
	for _, file := range slices.Concat(e.filters, vectors, []string{e.Profile, e.chooser.file()}) {
		if file == "-" {
			n++
		}
	}
	return n
}

// check reports flags and arguments that exclude each other.
func (e *evaluation) check(files []string) error {
	switch {
	case len(files) == 0:
		return errors.New("want files with vectors, or -")
	case len(e.filters) > 0 && (e.Profile != "" || e.chooser.given(e.Profile)):
		return errors.New("both a filter and a profile (leave one of them out; verify compares them)")
	case len(e.filters) > 0 && e.untouched:
		return errors.New("--untouched together with --filter (a filter does not have the entries of a profile)")
	}
	if err := e.verb.unusedByFilters(e.filters, 0, e.verb.reading()...); err != nil {
		return err
	}
	switch {
	case e.inputs(nil) == 0 || e.inputs(files) == 1:
		return nil
	case len(e.filters) > 0:
		return errors.New("standard input cannot be both a filter and vectors, or two filters (put one into a file)")
	}
	return errors.New("standard input cannot be both the profile and vectors (put one into a file)")
}

// judge judges one file, and records the calls of which it says the action. The flags
// count over the file's own settings.
func (e *evaluation) judge(file string) (suite junitSuite, err error) {
	text, name, err := readFile(file, e.stdio)
	if err != nil {
		return suite, err
	}
	v, err := vector.Parse(name, text)
	if err != nil {
		return suite, err
	}
	suite.Name = name
	v.Settings = v.Settings.In(filepath.Dir(name)) // standard input is here, as its name is
	answers, res, err := e.answering(v.Settings)
	if err != nil {
		return suite, err
	}
	if res != nil {
		e.cover.Add(res)
	}
	for _, x := range v.Vectors {
		if !x.Judged {
			answer := fmt.Sprintf("%s = %s\n", x.Text, answers.Run(x.Call))
			suite.Out += answer
			_, err = io.WriteString(e.out, answer)
		} else {
			test := junitCase{Class: name, Name: fmt.Sprintf("%s = %s", x.Text, x.Want), File: name, Line: x.Line}
			if mismatch := x.Check(answers); mismatch != nil {
				text := fmt.Sprintf("%s:%d: %s", name, x.Line, mismatch)
				test.Failure = &junitFailure{mismatch.Error(), text}
				_, err = fmt.Fprintln(e.out, text)
			}
			suite.add(test)
		}
		if err != nil {
			return suite, err
		}
		if x.Judged && res != nil {
			e.cover.Add(res, x.Call)
		}
	}
	return suite, nil
}

// answering returns the filters that answer the vectors of a file with these settings, and
// the resolution that they are of, nil if they come from files.
func (e *evaluation) answering(settings vector.Settings) (*compile.Stack, *profile.Resolution, error) {
	o, s := e.options, e.stdio
	if o.chooser.given(o.Profile) {
		settings.Profile = ""
	}
	o.Settings = o.Settings.Over(settings)
	if len(e.filters) > 0 {
		a, err := abiNamed(o.Arch)
		if err != nil {
			return nil, nil, err
		}
		if o.stdin != nil {
			s.in = bytes.NewReader(o.stdin)
		}
		stack, err := loadFilters(e.filters, a, s)
		return stack, nil, err
	}
	res, err := o.policy(s)
	if err != nil {
		return nil, nil, err
	}
	stack, err := compile.SplitResolution(res, compile.Options{})
	if err == nil {
		s.notes(stack.Notes(), o.verbose)
	}
	return stack, res, err
}
