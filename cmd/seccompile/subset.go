package main

import (
	"fmt"

	"github.com/seccompile/seccompile/compile"
)

// subsetVerb proves that one side is at least as strict as the other for every call, or
// prints the first call for which it is not. The sides are as for diff.
func subsetVerb(s stdio) *verb {
	v := &verb{
		name: "subset", section: "Proofs", args: []string{"[flags] BASE NEW", "[flags] BASE... -- NEW..."},
		about: "prove that one policy is at least as strict as another",
		text:  "BASE and NEW are as for diff. The exit status is 0 if NEW is proved to be at least as strict as BASE, 1 if not, with the first call that NEW answers less strictly, and 2 for an error.",
		examples: []string{
			"subset baseline.json web.json",
			"subset --arch x86_64 web.json live.1",
		},
		sides: true,
	}
	var o options
	asJSON := v.group("Flags").Bool("json", false, "print JSON")
	o.addTarget(v)
	v.run = func(args []string) int { return o.subset(v, args, *asJSON, s) }
	return v
}

func (o *options) subset(v *verb, args []string, asJSON bool, s stdio) int {
	sides, err := o.sides(v, args, s)
	if err != nil {
		return s.trouble("subset", err)
	}
	d, err := compile.Subset(sides[0], sides[1])
	if err == nil {
		err = s.subset(d, asJSON)
	}
	switch {
	case err != nil:
		return s.trouble("subset", err)
	case d != nil:
		return exitRefused
	}
	return exitOK
}

// subset prints what keeps a side from being a subset, nil if nothing does.
func (s stdio) subset(d *compile.Difference, asJSON bool) error {
	if asJSON {
		out := struct {
			Subset     bool            `json:"subset"`
			Difference *jsonDifference `json:"difference,omitempty"`
		}{Subset: d == nil}
		if d != nil {
			j := differenceJSON(d)
			out.Difference = &j
		}
		return s.json(out)
	}
	text := "proved at least as strict for every call"
	if d != nil {
		text = d.String()
	}
	_, err := fmt.Fprintln(s.out, text)
	return err
}
