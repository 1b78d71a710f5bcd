package main

import (
	"fmt"

	"github.com/seccompile/seccompile/compile"
)

// fingerprintVerb prints the hash of what a profile answers for a target: equal
// for any two texts that mean the same.
func fingerprintVerb(s stdio) *verb {
	v := &verb{
		name: "fingerprint", section: "Profiles", args: []string{"[flags]"},
		about:    "print a hash of a profile's answers to all calls",
		text:     "All texts that mean the same for a target have the same hash.",
		examples: []string{"fingerprint --profile web.json --arch x86_64 --kernel 6.1"},
		values:   []string{},
	}
	var o options
	o.add(v)
	v.run = func(args []string) int { return o.fingerprint(args, s) }
	return v
}

func (o *options) fingerprint(args []string, s stdio) int {
	if len(args) > 0 {
		return s.fail("fingerprint", fmt.Errorf("unexpected argument %q (pass the profile with --profile)", args[0]))
	}
	pol, err := o.policy(s)
	if err != nil {
		return s.fail("fingerprint", err)
	}
	s.notes(pol.Notes(), o.verbose)
	sum, err := compile.Fingerprint(pol.Policy())
	if err == nil {
		_, err = fmt.Fprintf(s.out, "%x\n", sum)
	}
	if err != nil {
		return s.fail("fingerprint", err)
	}
	return exitOK
}
