package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
)

// diffVerb compares two filters, each of which may be given as the profile that
// it is to be compiled from.
func diffVerb(args []string, s stdio) int {
	const usage = "[flags] OLD NEW"
	var o options
	f := newFlags("diff", s)
	o.addTarget(f)
	asJSON := f.Bool("json", false, "print JSON")
	if status, ok := parse(f, args, usage, s); !ok {
		return status
	}
	if f.NArg() != 2 {
		return s.fail("diff", fmt.Errorf("want two files, each a profile or a compiled filter (default is the built-in profile, - standard input)"))
	}
	if f.Arg(0) == "-" && f.Arg(1) == "-" {
		return s.fail("diff", fmt.Errorf("standard input cannot be both (put one into a file)"))
	}
	var sides [2]*compile.Filter
	for i := range sides {
		var err error
		if sides[i], err = o.side(f.Arg(i), s); err != nil {
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
		err = s.differences(list, *asJSON)
	}
	if err != nil {
		return s.trouble("diff", err)
	}
	if len(list) > 0 {
		return exitRefused
	}
	return exitOK
}

// side returns the filter of a file, which has it or the profile that it is
// compiled from.
func (o options) side(file string, s stdio) (*compile.Filter, error) {
	o.Profile = file
	if file != defaultProfile {
		text, name, err := readFile(file, s)
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
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
	filter, err := o.filter(s)
	if err != nil {
		return nil, err
	}
	s.notes(filter.Notes(), o.verbose)
	return filter, nil
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
func verifyVerb(args []string, s stdio) int {
	const usage = "--filter FILE [flags]"
	var o options
	f := newFlags("verify", s)
	o.add(f)
	var file string
	value(f, &file, "filter", "name a file, or - for standard input", "the compiled filter: a `FILE`, - for standard input")
	asJSON := f.Bool("json", false, "print JSON")
	if status, ok := parse(f, args, usage, s); !ok {
		return status
	}
	switch {
	case f.NArg() > 0:
		return s.fail("verify", fmt.Errorf("unexpected argument %q (the filter goes behind --filter)", f.Arg(0)))
	case file == "":
		return s.fail("verify", fmt.Errorf("no filter (name it by --filter; \"seccompile dump\" gets that of a process)"))
	}
	d, rule, err := o.verify(file, s)
	if err == nil && d != nil {
		if *asJSON {
			err = s.differences([]compile.Difference{*d}, true)
		} else {
			_, err = fmt.Fprintf(s.out, "%s = %s, and the profile says %s%s\n", d.Witness, d.New, d.Old, by(rule))
		}
	} else if err == nil && *asJSON {
		err = s.differences(nil, true)
	}
	switch {
	case err != nil:
		return s.trouble("verify", err)
	case d != nil:
		return exitRefused
	}
	return exitOK
}

// verify returns a call that the filter of a file answers otherwise than the
// profile, and the rule that decides what it says, if one does.
func (o *options) verify(file string, s stdio) (*compile.Difference, *policy.Rule, error) {
	pol, err := o.policy(s)
	if err != nil {
		return nil, nil, err
	}
	s.notes(pol.Notes(), o.verbose)
	raw, name, err := readFile(file, s)
	if err != nil {
		return nil, nil, err
	}
	filter, err := compile.LoadBytes(raw, pol.Policy().Arches[0].Arch)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w (is it for %s? --arch says for which)", name, err, pol.Policy().Arches[0].Arch)
	}
	err = compile.Verify(filter, pol.Policy())
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
