package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
)

// diffVerb compares two sides. Each is filters, or the profile that they are to be
// compiled from.
func diffVerb(s stdio) *verb {
	v := &verb{
		name: "diff", section: "Proofs", args: []string{"[flags] OLD NEW", "[flags] OLD... -- NEW..."},
		about: "compare two profiles or compiled filters over all calls",
		text:  "OLD and NEW are profiles, compiled filters, default for the built-in profile or - for standard input. Several filters are those of a thread, in the order of their installation.",
		examples: []string{
			"diff default web.json",
			"diff --arch x86_64 live.1 live.2 -- web.json",
		},
		sides: true,
	}
	var o options
	asJSON := v.group("Flags").Bool("json", false, "print JSON")
	o.addTarget(v)
	v.run = func(args []string) int { return o.diff(args, *asJSON, s) }
	return v
}

func (o *options) diff(args []string, asJSON bool, s stdio) int {
	files, err := sidesOf(args)
	if err != nil {
		return s.fail("diff", err)
	}
	var sides [2]compile.Compiled
	for i := range sides {
		if sides[i], err = o.side(files[i], s); err != nil {
			return s.trouble("diff", err)
		}
	}
	list, err := compile.Diff(sides[0], sides[1])
	var many *compile.DiffError
	if errors.As(err, &many) {
		s.fail("diff", fmt.Errorf("the filters differ %s: only an example is listed", many.Reason))
		list, err = []compile.Difference{many.Example}, nil
	}
	if err == nil {
		err = s.differences(list, asJSON)
	}
	if err != nil {
		return s.trouble("diff", err)
	}
	if len(list) > 0 {
		return exitRefused
	}
	return exitOK
}

// sidesOf parts the arguments of diff: two files, or several on each side of --.
func sidesOf(args []string) (files [2][]string, err error) {
	at := slices.Index(args, "--")
	switch {
	case at >= 0:
		files = [2][]string{args[:at], args[at+1:]}
	case len(args) == 2:
		files = [2][]string{args[:1], args[1:]}
	}
	stdin := 0
	for _, file := range slices.Concat(files[:]...) {
		if file == "-" {
			stdin++
		}
	}
	switch {
	case len(files[0]) == 0 || len(files[1]) == 0:
		return files, errors.New("want two files, each a profile or a compiled filter (default is the built-in profile, - standard input; several filters of a thread go on their side of --)")
	case stdin > 1:
		return files, errors.New("standard input cannot be both (put one into a file)")
	}
	return files, nil
}

// side returns what files have: filters in the order of their installation, or one
// profile, which is compiled.
func (o options) side(files []string, s stdio) (compile.Compiled, error) {
	if len(files) == 1 {
		return o.filterOrProfile(files[0], s)
	}
	t, err := o.Target()
	if err != nil {
		return nil, err
	}
	return loadFilters(files, t.Arch, s)
}

// loadFilters reads filters in the order of their installation.
func loadFilters(files []string, a arch.Arch, s stdio) (*compile.Stack, error) {
	var filters []*compile.Filter
	for _, file := range files {
		raw, name, err := readFile(file, s)
		if err != nil {
			return nil, err
		}
		f, err := compile.LoadBytes(raw, a)
		switch {
		case err != nil && isProfile(raw):
			return nil, fmt.Errorf("%s: a profile where a compiled filter should be", name)
		case err != nil:
			return nil, fmt.Errorf("%s: %w (is it for %s? --arch says for which)", name, err, a)
		}
		filters = append(filters, f)
	}
	return compile.NewStack(filters...)
}

// isProfile reports whether a file is a profile rather than a filter.
func isProfile(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) || isYAML(text)
}

// filterOrProfile returns the filter of a file, or the filters that its profile takes.
func (o options) filterOrProfile(file string, s stdio) (compile.Compiled, error) {
	o.Profile = file
	if file != defaultProfile {
		text, name, err := readFile(file, s)
		if err != nil {
			return nil, err
		}
		if !isProfile(text) {
			t, err := o.Target()
			if err != nil {
				return nil, err
			}
			f, err := compile.LoadBytes(text, t.Arch)
			if err != nil {
				return nil, fmt.Errorf("%s: neither a profile, which would start with {, nor a filter for %s: %w", name, t.Arch, err)
			}
			return f, nil
		}
		if file == "-" {
			o.stdin = text
		}
	}
	stack, err := o.stack(s)
	if err != nil {
		return nil, err
	}
	s.notes(stack.Notes(), o.verbose)
	return stack, nil
}

// trouble prints an error of a verb whose exit status 1 is an answer.
func (s stdio) trouble(verb string, err error) int {
	s.fail(verb, err)
	return exitUsage
}

// A jsonDifference is a compile.Difference as --json prints it.
type jsonDifference struct {
	Change  string      `json:"change"`
	Arch    string      `json:"arch,omitempty"`
	Call    string      `json:"call,omitempty"`
	Numbers [][2]uint32 `json:"numbers,omitempty"` // first and last, as in seccomp_data.nr
	Old     string      `json:"old"`
	New     string      `json:"new"`
	Witness string      `json:"witness"`
}

func differenceJSON(d *compile.Difference) jsonDifference {
	j := jsonDifference{Change: d.Change.String(), Call: d.Call, Old: d.Old.String(), New: d.New.String(), Witness: d.Witness.String()}
	if d.Arch.Valid() {
		j.Arch = d.Arch.String()
	}
	for _, r := range d.Numbers {
		j.Numbers = append(j.Numbers, [2]uint32{r.Lo, r.Hi})
	}
	return j
}

// differences prints what two filters answer differently, a line each.
func (s stdio) differences(list []compile.Difference, asJSON bool) error {
	if asJSON {
		out := struct {
			Change      string           `json:"change"`
			Differences []jsonDifference `json:"differences"`
		}{compile.Overall(list).String(), []jsonDifference{}}
		for i := range list {
			out.Differences = append(out.Differences, differenceJSON(&list[i]))
		}
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(out)
	}
	for _, d := range list {
		if _, err := fmt.Fprintln(s.out, d); err != nil {
			return err
		}
	}
	return nil
}

// verifyVerb proves that a filter, whoever compiled it, does what a profile says,
// or prints a call that shows that it does not.
func verifyVerb(s stdio) *verb {
	v := &verb{
		name: "verify", section: "Proofs", args: []string{"--filter FILE... [flags]"},
		about: "prove that a compiled filter does what a profile says",
		text:  "The proof is over all calls and arguments. If the filter does something else, a call shows it.",
		examples: []string{
			"verify --filter live.bpf --profile reviewed.json --compat runc",
		},
		values: []string{},
	}
	var o options
	var files []string
	g := v.group("Flags")
	addFilters(g, &files)
	asJSON := g.Bool("json", false, "print JSON")
	o.add(v)
	v.run = func(args []string) int { return o.verifyAll(args, files, *asJSON, s) }
	return v
}

// addFilters adds the flag that names compiled filters.
func addFilters(g *group, files *[]string) {
	g.Func("filter", "a compiled `FILE`, -; several are one thread's, oldest first", func(file string) error {
		if file == "" {
			return errors.New("it is empty (name a file, or - for standard input)")
		}
		*files = append(*files, file)
		return nil
	})
}

func (o *options) verifyAll(args, files []string, asJSON bool, s stdio) int {
	switch {
	case len(args) > 0:
		return s.fail("verify", fmt.Errorf("unexpected argument %q (pass the filter with --filter)", args[0]))
	case len(files) == 0:
		return s.fail("verify", fmt.Errorf("no filter (name it by --filter; \"seccompile dump\" gets that of a process)"))
	}
	d, rule, err := o.verify(files, s)
	if err == nil && d != nil {
		if asJSON {
			err = s.differences([]compile.Difference{*d}, true)
		} else {
			_, err = fmt.Fprintf(s.out, "%s = %s, and the profile says %s%s\n", d.Witness, d.New, d.Old, by(rule))
		}
	} else if err == nil && asJSON {
		err = s.differences(nil, true)
	} else if err == nil {
		_, err = fmt.Fprintln(s.out, "proved equal for every call")
	}
	switch {
	case err != nil:
		return s.trouble("verify", err)
	case d != nil:
		return exitRefused
	}
	return exitOK
}

// verify returns a call that the filters of files answer otherwise than the profile,
// and the rule that decides what it says, if one does.
func (o *options) verify(files []string, s stdio) (*compile.Difference, *policy.Rule, error) {
	res, err := o.policy(s)
	if err != nil {
		return nil, nil, err
	}
	s.notes(res.Notes(), o.verbose)
	pol := res.Policy()
	stack, err := loadFilters(files, pol.Arches[0].Arch, s)
	if err != nil {
		return nil, nil, err
	}
	err = compile.Verify(stack, pol)
	var wrong *compile.MismatchError
	if !errors.As(err, &wrong) {
		return nil, nil, err
	}
	_, rule := pol.Decide(wrong.Difference.Witness)
	return &wrong.Difference, rule, nil
}

// by says where the rule that decides stands.
func by(rule *policy.Rule) string {
	if rule == nil {
		return ""
	}
	return fmt.Sprintf(", by %s: %s: %s", rule.Pos(), rule.Path(), rule)
}
