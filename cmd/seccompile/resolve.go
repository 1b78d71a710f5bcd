package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// resolveVerb prints the resolved profile, for engines that compile it
// themselves and for people who want to see what is left of it for a target.
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
	section, err := pol.MarshalJSON()
	if err != nil {
		s.notes(pol.Notes(), o.verbose)
		return s.fail("resolve", err)
	}
	s.notes(append(pol.Notes(), pol.PrintNotes()...), o.verbose)
	var text bytes.Buffer
	if err = json.Indent(&text, section, "", "  "); err == nil {
		err = s.write(*output, append(text.Bytes(), '\n'))
	}
	if err != nil {
		return s.fail("resolve", err)
	}
	return exitOK
}
