package main

import "fmt"

// resolveVerb prints the resolved profile, for engines that compile it
// themselves and for people who want to see what is left of it for a target.
func resolveVerb(s stdio) *verb {
	v := &verb{
		name: "resolve", section: "Profiles", args: []string{"[flags]"},
		about: "print the OCI section that a profile means for a target",
		examples: []string{
			"resolve --profile web.json --compat runc -o section.json",
			"resolve --caps none --arch aarch64 --kernel 6.1",
		},
		values: []string{},
	}
	var o options
	g := v.group("Flags")
	output := g.StringP("output", "o", "-", "write to `FILE`, - for standard output")
	o.printing.add(g)
	o.add(v)
	v.run = func(args []string) int { return o.resolve(args, *output, s) }
	return v
}

func (o *options) resolve(args []string, output string, s stdio) int {
	if len(args) > 0 {
		return s.fail("resolve", fmt.Errorf("unexpected argument %q (pass the profile with --profile)", args[0]))
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
		err = s.write(output, text)
	}
	if err != nil {
		return s.fail("resolve", err)
	}
	o.printing.said(s)
	return exitOK
}
