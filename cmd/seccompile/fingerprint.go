package main

import (
	"fmt"

	"github.com/seccompile/seccompile/compile"
)

// fingerprintVerb prints the hash of what a profile answers for a target: equal
// for any two texts that mean the same.
func fingerprintVerb(args []string, s stdio) int {
	var o options
	f := newFlags("fingerprint", s)
	o.add(f)
	if status, ok := parse(f, args, "[flags]", s); !ok {
		return status
	}
	if f.NArg() > 0 {
		return s.fail("fingerprint", fmt.Errorf("unexpected argument %q (the profile goes behind --profile)", f.Arg(0)))
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
