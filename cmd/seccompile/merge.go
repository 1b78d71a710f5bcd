package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
)

// mergeVerb composes profiles and writes the filter of the result.
func mergeVerb(s stdio) *verb {
	v := &verb{
		name: "merge", section: "Profiles", args: []string{"--intersect|--union [flags] PROFILE PROFILE..."},
		about: "compose profiles to what all, or any, of them allow",
		text:  "Of equally strict answers that of the first profile counts. default is the built-in profile and - standard input.",
		examples: []string{
			"merge --intersect --format oci -o both.json node.json app.json",
			"merge --union --format docker default io_uring.json",
		},
	}
	var o options
	g := v.group("Flags")
	intersect := g.Bool("intersect", false, "answer each call with the strictest answer of all profiles")
	union := g.Bool("union", false, "answer each call with the least strict answer of all profiles")
	format := g.String("format", "raw", "the `FORMAT`: raw (struct sock_filter), list, or oci or docker, a profile for runc")
	output := g.StringP("output", "o", "-", "write to `FILE`, - for standard output")
	o.printing.add(g)
	o.addTrees(g)
	o.addTarget(v)
	v.run = func(args []string) int { return o.merge(args, *intersect, *union, *format, *output, s) }
	return v
}

func (o *options) merge(args []string, intersect, union bool, format, output string, s stdio) int {
	compose := policy.Intersect
	switch {
	case intersect == union:
		return s.fail("merge", errors.New("want one of --intersect and --union"))
	case !slices.Contains([]string{"raw", "list", "oci", "docker"}, format):
		return s.fail("merge", fmt.Errorf("unknown format %q (raw, list, oci or docker)", format))
	case union:
		compose = policy.Union
	}
	pol, err := o.merged(args, compose, s)
	if err != nil {
		return s.fail("merge", err)
	}
	text, err := o.formatted(pol, format, s)
	if err != nil {
		return s.fail("merge", err)
	}
	if err := s.write(output, text); err != nil {
		return s.fail("merge", err)
	}
	o.printing.said(s)
	return exitOK
}

// formatted returns a policy as a filter, its listing, or a profile. Docker reads the
// section of an OCI config.json, too.
func (o *options) formatted(pol *policy.Policy, format string, s stdio) ([]byte, error) {
	if format == "oci" || format == "docker" {
		return o.printing.profile(pol)
	}
	w, err := o.treeWeights(s)
	if err != nil {
		return nil, err
	}
	filter, err := compile.Policy(pol, compile.Options{Weights: w, Optimal: o.optimal})
	if err != nil {
		return nil, err
	}
	if format == "list" {
		return []byte(filter.String()), nil
	}
	return filter.Bytes(), nil
}

// merged returns what profiles are together, the first with the second, that with the
// third, and so on.
func (o options) merged(files []string, compose func(a, b *policy.Policy) (*policy.Policy, error), s stdio) (all *policy.Policy, err error) {
	stdin := 0
	for _, file := range files {
		if file == "-" {
			stdin++
		}
	}
	switch {
	case len(files) < 2:
		return nil, errors.New("want two profiles or more (default is the built-in profile, - standard input)")
	case stdin > 1:
		return nil, errors.New("standard input cannot be two profiles (put one into a file)")
	}
	for i, file := range files {
		o.Profile = file
		res, err := o.policy(s)
		if err != nil {
			return nil, err
		}
		s.notes(res.Notes(), o.verbose)
		if i == 0 {
			all = res.Policy()
			continue
		}
		if all, err = compose(all, res.Policy()); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return all, nil
}
