package main

import "fmt"

// resolveVerb prints what a profile means for a target as a profile that runc reads so,
// for engines that compile it themselves and for people who want to see it.
func resolveVerb(args []string, s stdio) int {
	const usage = "[flags]"
	var o options
	f := newFlags("resolve", s)
	o.add(f)
	output := f.String("o", "-", "write to `FILE`, - for standard output")
	if status, ok := parse(f, args, usage, s); !ok {
		return status
	}
	if f.NArg() > 0 {
		return s.fail("resolve", fmt.Errorf("unexpected argument %q (the profile goes behind --profile)", f.Arg(0)))
	}
	pol, err := o.policy(s)
	if err != nil {
		return s.fail("resolve", err)
	}
	notes := pol.Notes()
	if o.weaker {
		notes = append(notes, pol.PrintNotes()...)
	}
	s.notes(notes, o.verbose)
	text, err := o.section(pol)
	if err == nil {
		err = s.write(*output, text)
	}
	if err != nil {
		return s.fail("resolve", err)
	}
	return exitOK
}
