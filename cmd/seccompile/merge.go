package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
)

// mergeVerb composes profiles and writes the filter of the result.
func mergeVerb(s stdio) *verb {
	v := &verb{
		name: "merge", section: "Profiles", args: []string{"--intersect|--union [flags] PROFILE PROFILE...", "--fold [flags] FILTER FILTER..."},
		about: "combine profiles to allow what all, or any, of them allow",
		text:  "Of equally strict answers, the first profile's counts. default is the built-in profile, and - is standard input. FILTERs are compiled filters of one thread, oldest first; of their equally strict answers, the newest filter's counts.",
		examples: []string{
			"merge --intersect --format oci -o both.json node.json app.json",
			"merge --union --format docker default io_uring.json",
			"merge --fold -o one.bpf docker.bpf own.bpf",
		},
	}
	var o options
	g := v.group("Flags")
	intersect := g.Bool("intersect", false, "answer each call with the strictest answer of all profiles")
	union := g.Bool("union", false, "answer each call with the least strict answer of all profiles")
	fold := g.Bool("fold", false, "print one filter, proved to answer as the FILTERs do together")
	format := g.String("format", "raw", "the `FORMAT`: raw (struct sock_filter), list, or oci or docker, a profile for runc")
	output := g.StringP("output", "o", "-", "write to `FILE`, - for standard output")
	o.printing.add(g)
	o.printing.addJSON(g)
	o.addTrees(g)
	o.addTarget(v)
	v.run = func(args []string) int {
		run := func() error { return o.merge(args, *union, *format, *output, s) }
		var err error
		switch {
		case chosen(*intersect, *union, *fold) != 1:
			err = errors.New("want one of --intersect, --union and --fold")
		case !slices.Contains([]string{"raw", "list", "oci", "docker"}, *format):
			err = fmt.Errorf("unknown format %q (raw, list, oci or docker)", *format)
		case *fold:
			err = v.unused("beside --fold", append(v.reading(), "stricter", "json", "optimal", "weights")...)
			run = func() error { return o.fold(args, *format, *output, s) }
		default:
			err = cmp.Or(v.unusedBy(*format), o.printing.check(*output))
		}
		if err == nil {
			err = run()
		}
		if err != nil {
			return s.fail("merge", err)
		}
		return exitOK
	}
	return v
}

// chosen returns how many are true.
func chosen(list ...bool) (n int) {
	for _, b := range list {
		if b {
			n++
		}
	}
	return n
}

// fold writes compiled filters as one.
func (o *options) fold(files []string, format, output string, s stdio) error {
	switch {
	case format != "raw" && format != "list":
		return fmt.Errorf("--format %s together with --fold (use raw or list: a filter is not printed as a profile)", format)
	case len(files) < 2:
		return errors.New("want two filters or more, in the order of their installation (- is standard input)")
	}
	if err := onceStdin(files, "filters"); err != nil {
		return err
	}
	a, err := abiNamed(o.Arch)
	if err != nil {
		return err
	}
	stack, err := loadFilters(files, a, s)
	if errors.Is(err, fs.ErrNotExist) && slices.Contains(files, defaultProfile) {
		return fmt.Errorf("%w (%s is a profile, but --fold combines compiled filters: make one with \"seccompile compile\")", err, defaultProfile)
	}
	if err != nil {
		return err
	}
	out, err := folded(stack, format)
	if err != nil {
		return err
	}
	return s.write(output, out)
}

// onceStdin reports, as an error, that standard input is named twice.
func onceStdin(files []string, what string) error {
	if first := slices.Index(files, "-"); first >= 0 && slices.Contains(files[first+1:], "-") {
		return fmt.Errorf("standard input cannot be two %s (put one into a file)", what)
	}
	return nil
}

func (o *options) merge(args []string, union bool, format, output string, s stdio) error {
	compose := policy.Intersect
	if union {
		compose = policy.Union
	}
	first, all, err := o.merged(args, compose, s)
	if err != nil {
		return err
	}
	text, err := o.formatted(all, format, s)
	if err != nil {
		return err
	}
	var list []compile.Difference
	if o.printing.json {
		if list, err = changesOf(first, all); err != nil {
			return err
		}
	}
	if err := s.write(output, text); err != nil {
		return err
	}
	o.printing.said(s)
	if o.printing.json {
		return o.printing.changes(list, s)
	}
	return nil
}

// changesOf returns how the filters of two policies differ.
func changesOf(before, after *policy.Policy) ([]compile.Difference, error) {
	var filters [2]*compile.Stack
	for i, pol := range []*policy.Policy{before, after} {
		var err error
		if filters[i], err = compile.Split(pol, compile.Options{}); err != nil {
			return nil, err
		}
	}
	return compile.Diff(filters[0], filters[1])
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

// merged returns the policy of the first profile, and what profiles are together, the first
// with the second, that with the third, and so on.
func (o options) merged(files []string, compose func(a, b *policy.Policy) (*policy.Policy, error), s stdio) (first, all *policy.Policy, err error) {
	if len(files) < 2 {
		return nil, nil, errors.New("want two profiles or more (default is the built-in profile, - standard input)")
	}
	if err := onceStdin(files, "profiles"); err != nil {
		return nil, nil, err
	}
	for i, file := range files {
		o.Profile = file
		res, err := o.policy(s)
		if err != nil {
			return nil, nil, err
		}
		s.notes(res.Notes(), o.verbose)
		if i == 0 {
			first, all = res.Policy(), res.Policy()
			continue
		}
		if all, err = compose(all, res.Policy()); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return first, all, nil
}
