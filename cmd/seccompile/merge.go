package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
)

// mergeVerb composes profiles and writes the filter of the result.
func mergeVerb(args []string, s stdio) int {
	const usage = "--intersect|--union [flags] PROFILE PROFILE..."
	var o options
	f := newFlags("merge", s)
	o.addTarget(f)
	o.addTrees(f)
	intersect := f.Bool("intersect", false, "answer each call with the strictest of the answers of all profiles, of equally strict ones with that of the first")
	union := f.Bool("union", false, "answer each call with the least strict of the answers of all profiles, of equally strict ones with that of the first")
	format := f.String("format", "raw", "write `raw`, an array of struct sock_filter in the byte order of the target; list, a listing; or oci or docker, a profile that runc reads as the result")
	output := f.String("o", "-", "write to `FILE`, - for standard output")
	if status, ok := parse(f, args, usage, s); !ok {
		return status
	}
	compose := policy.Intersect
	switch {
	case *intersect == *union:
		return s.fail("merge", errors.New("want one of --intersect and --union"))
	case !slices.Contains([]string{"raw", "list", "oci", "docker"}, *format):
		return s.fail("merge", fmt.Errorf("unknown format %q (raw, list, oci or docker)", *format))
	case *union:
		compose = policy.Union
	}
	pol, err := o.merged(f.Args(), compose, s)
	if err != nil {
		return s.fail("merge", err)
	}
	text, err := o.formatted(pol, *format, s)
	if err != nil {
		return s.fail("merge", err)
	}
	if err := s.write(*output, text); err != nil {
		return s.fail("merge", err)
	}
	return exitOK
}

// formatted returns a policy as a filter, its listing, or a profile. Docker reads the
// section of an OCI config.json, too.
func (o *options) formatted(pol *policy.Policy, format string, s stdio) ([]byte, error) {
	if format == "oci" || format == "docker" {
		return printed(pol)
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
