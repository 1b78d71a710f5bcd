package main

import (
	"fmt"

	"github.com/seccompile/seccompile/profile"
)

// defaultVerb prints the built-in profile, to be read or changed.
func defaultVerb(s stdio) *verb {
	v := &verb{
		name: "default", section: sectionFacts, args: []string{"[flags]"},
		about:    "print the built-in profile, which is Docker's policy",
		examples: []string{"default >web.json", "default -o web.json"},
		values:   []string{},
	}
	output := v.group("Flags").StringP("output", "o", "-", "write to `FILE`, - for standard output")
	v.run = func(args []string) int {
		if len(args) > 0 {
			return s.fail(v.name, fmt.Errorf("unexpected argument %q", args[0]))
		}
		if err := s.write(*output, profile.DefaultText()); err != nil {
			return s.fail(v.name, err)
		}
		return exitOK
	}
	return v
}
