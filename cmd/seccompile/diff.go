package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
)

// diffVerb compares two sides. Each is filters, or the profile that they are to be
// compiled from.
func diffVerb(s stdio) *verb {
	v := &verb{
		name: "diff", section: "Proofs", args: []string{"[flags] OLD NEW", "[flags] OLD... -- NEW..."},
		about: "compare two profiles or compiled filters over all calls",
		text:  "OLD and NEW are profiles, compiled filters, default for the built-in profile or - for standard input. Several filters are those of one thread, in the order of installation. Calls that change alike share a line, weaker ones first, with the arguments for which they change. --json has these as cases of masks and ranges; one case must hold.",
		examples: []string{
			"diff default web.json",
			"diff --arch x86_64 live.1 live.2 -- web.json",
		},
		sides: true,
	}
	var o options
	asJSON := v.group("Flags").Bool("json", false, "print JSON")
	o.addTarget(v)
	v.run = func(args []string) int { return o.diff(v, args, *asJSON, s) }
	return v
}

func (o *options) diff(v *verb, args []string, asJSON bool, s stdio) int {
	sides, err := o.sides(v, args, s)
	if err != nil {
		return s.trouble("diff", err)
	}
	return s.diff(sides[0], sides[1], asJSON)
}

// diff prints what two sides answer differently, and returns the exit status.
func (s stdio) diff(before, after compile.Compiled, asJSON bool) int {
	list, err := compile.Diff(before, after)
	var many *compile.DiffError
	if errors.As(err, &many) {
		s.fail("diff", fmt.Errorf("the filters differ %s: only an example is listed", many.Reason))
		list, err = []compile.Difference{many.Example}, nil
	}
	if err == nil {
		err = s.differences(list, asJSON)
	}
	if err != nil {
		return s.trouble("diff", err)
	}
	if len(list) > 0 {
		return exitRefused
	}
	return exitOK
}

// sidesOf parts the arguments of diff: two files, or several on each side of --.
func sidesOf(args []string) (files [2][]string, err error) {
	at := slices.Index(args, "--")
	switch {
	case at >= 0:
		files = [2][]string{args[:at], args[at+1:]}
	case len(args) == 2:
		files = [2][]string{args[:1], args[1:]}
	}
	stdin := 0
	for _, file := range slices.Concat(files[:]...) {
		if file == "-" {
			stdin++
		}
	}
	switch {
	case len(files[0]) == 0 || len(files[1]) == 0:
		return files, errors.New("want two files, each a profile or a compiled filter (default is the built-in profile, - standard input; several filters of a thread go on their side of --)")
	case stdin > 1:
		return files, errors.New("standard input cannot be both (put one into a file)")
	}
	return files, nil
}

// sides returns both sides of the arguments of a verb.
func (o *options) sides(v *verb, args []string, s stdio) (sides [2]compile.Compiled, err error) {
	files, err := sidesOf(args)
	if err != nil {
		return sides, err
	}
	profiles := 0
	for i := range sides {
		var ofProfile bool
		if sides[i], ofProfile, err = o.side(files[i], s); err != nil {
			return sides, err
		}
		if ofProfile {
			profiles++
		}
	}
	if flag := v.given(v.reading()...); flag != "" && profiles == 0 {
		return sides, fmt.Errorf("--%s has no effect: neither side is a profile (leave it out)", flag)
	}
	return sides, nil
}

// side returns what files have: filters in the order of their installation, or one
// profile, which is compiled.
func (o options) side(files []string, s stdio) (c compile.Compiled, ofProfile bool, err error) {
	if len(files) == 1 {
		return o.filterOrProfile(files[0], s)
	}
	t, err := o.Target()
	if err != nil {
		return nil, false, err
	}
	c, err = loadFilters(files, t.Arch, s)
	return c, false, err
}

// loadFilters reads filters in the order of their installation.
func loadFilters(files []string, a arch.Arch, s stdio) (*compile.Stack, error) {
	var filters []*compile.Filter
	for _, file := range files {
		raw, name, err := readFile(file, s)
		if err != nil {
			return nil, err
		}
		f, err := filterIn(raw, name, aFilter, a)
		if err != nil {
			return nil, err
		}
		filters = append(filters, f)
	}
	return compile.NewStack(filters...)
}

// isProfile reports whether a file is a profile rather than a filter.
func isProfile(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) || isYAML(text)
}

// filterOrProfile returns the filter of a file, or the filters that its profile takes.
func (o options) filterOrProfile(file string, s stdio) (c compile.Compiled, ofProfile bool, err error) {
	o.Profile = file
	if file != defaultProfile {
		text, name, err := readFile(file, s)
		if err != nil {
			return nil, false, err
		}
		if !isProfile(text) {
			t, err := o.Target()
			if err != nil {
				return nil, false, err
			}
			f, err := filterIn(text, name, aSide, t.Arch)
			return f, false, err
		}
		if file == "-" {
			o.stdin = text
		}
	}
	stack, err := o.stack(s)
	if err != nil {
		return nil, true, err
	}
	s.notes(stack.Notes(), o.verbose)
	return stack, true, nil
}

// trouble prints an error of a verb whose exit status 1 is an answer.
func (s stdio) trouble(verb string, err error) int {
	s.fail(verb, err)
	return exitUsage
}

// addFilters adds the flag that names compiled filters.
func addFilters(g *group, files *[]string) {
	g.Func("filter", "a compiled `FILE` or -; repeat it for one thread's, oldest first", func(file string) error {
		if file == "" {
			return errors.New("it is empty (name a file, or - for standard input)")
		}
		*files = append(*files, file)
		return nil
	})
}
