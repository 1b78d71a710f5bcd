package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"

	"github.com/seccompile/seccompile/profile"
)

// fmtVerb prints a profile in its canonical text.
func fmtVerb(s stdio) *verb {
	v := &verb{
		name: "fmt", section: "Profiles", args: []string{"[flags] [FILE|-]", "-w|-d|--check [flags] FILE..."},
		about: "print a profile in canonical form, with the same meaning",
		text: `Keys are in a fixed order. Names of calls are sorted, and each is once in an entry. What fits on a line is on one line. Entries, conditions and comments are kept, in their order, and so is the rest of a config.json. A result with another meaning is an error and is not printed.

YAML becomes JSON. YAML with comments is an error, because JSON cannot have them. A faulty file is an error, with status 2. The other files are processed nevertheless.`,
		examples: []string{"fmt web.json", "fmt -w web.json baseline.json", "fmt --check profiles/web.json"},
	}
	var f formatter
	g := v.group("Flags")
	write := g.BoolP("write", "w", false, "write the text to the file instead, if it differs")
	diff := g.BoolP("diff", "d", false, "print what would change; status 1 if anything would")
	check := g.Bool("check", false, "print the names of files that differ; status 1 if there are any")
	value(g, &f.dialect, "dialect", leaveOut, "read the profile as that `NAME`, such as mesos")
	v.run = func(args []string) int {
		f.stdio = s
		f.write, f.diff, f.check = *write, *diff, *check
		differ, faults := f.run(args)
		status := exitOK
		if differ && (f.check || f.diff) {
			status = exitRefused
		}
		for _, err := range faults {
			status = max(status, s.fail(v.name, err))
		}
		return status
	}
	return v
}

// A formatter formats the files of one run of fmt.
type formatter struct {
	dialect            string
	write, diff, check bool // at most one
	stdio
}

// A formatted is a file and its canonical text.
type formatted struct {
	name      string
	old, text []byte
}

// run formats all files before it writes one. It reports whether any is different, and the
// faults of files, which others do not suffer from.
func (f *formatter) run(files []string) (differ bool, faults []error) {
	modes := 0
	for _, mode := range []bool{f.write, f.diff, f.check} {
		if mode {
			modes++
		}
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	switch {
	case modes > 1:
		return false, []error{errors.New("more than one of -w, -d and --check (use only one)")}
	case len(files) > 1 && modes == 0:
		return false, []error{fmt.Errorf("unexpected argument %q (-w, -d and --check take several files)", files[1])}
	}
	var list []formatted
	stdin := 0
	for _, file := range files {
		if file == "-" {
			stdin++
		}
		if f.write && file == "-" {
			return false, []error{errors.New("-w without a file to write (standard input is formatted to standard output)")}
		} else if stdin > 1 {
			return false, []error{errors.New("standard input cannot be two files (put one into a file)")}
		}
	}
	for _, file := range files {
		x, err := f.format(file, modes > 0)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		list = append(list, x)
	}
	for _, x := range list {
		var err error
		same := bytes.Equal(x.old, x.text)
		differ = differ || !same
		switch {
		case modes == 0:
			_, err = f.out.Write(x.text)
		case same:
		case f.write:
			err = writeFile(x.name, x.text)
		case f.diff:
			_, err = io.WriteString(f.out, unifiedDiff(x.name, x.old, x.text))
		default:
			_, err = fmt.Fprintln(f.out, x.name)
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	return differ, faults
}

// format formats a file. In place, YAML is an error.
func (f *formatter) format(file string, inPlace bool) (x formatted, err error) {
	x.old, x.name, err = readFile(file, f.stdio)
	if file == defaultProfile && errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w (fmt takes files; \"seccompile default\" prints the built-in profile)", err)
	}
	if err != nil {
		return x, err
	}
	if isYAML(x.old) {
		if inPlace {
			return x, fmt.Errorf("%s: YAML has no canonical text here (without -w, -d and --check it is printed as JSON)", x.name)
		}
		if err := losses(x.old, x.name); err != nil {
			return x, err
		}
	}
	d, err := documentOf(x.old, x.name, wantedProfile)
	if err != nil {
		return x, err
	}
	dialect := profile.Auto
	if f.dialect != "" {
		if dialect, err = profile.ParseDialect(f.dialect); err != nil {
			return x, err
		}
	}
	p, err := parseAlone(d.text, profile.ParseOptions{File: d.name, Places: d.places, Dialect: dialect})
	if err != nil {
		return x, err
	}
	if x.text, err = rewritten(d.text, p); err != nil {
		return x, fmt.Errorf("%s: %w", x.name, err)
	}
	return x, nil
}

// rewritten returns the canonical text of a profile that has been parsed from a text. It is
// an error if it reads as another profile.
func rewritten(text []byte, p *profile.Profile) ([]byte, error) {
	text, err := canonical(text, p.Dialect())
	if err != nil {
		return nil, err
	}
	again, err := parseAlone(text, profile.ParseOptions{Dialect: p.Dialect()})
	if err == nil {
		err = sameProfile(p, again)
	}
	if err != nil {
		return nil, fmt.Errorf("the text would have another meaning, so nothing is written (this is a bug in seccompile): %w", err)
	}
	return text, nil
}

// parseAlone parses a profile without the base that it may name: an empty one replaces it.
func parseAlone(text []byte, o profile.ParseOptions) (*profile.Profile, error) {
	return profile.ParseChain(text, o, func(string) ([]byte, profile.ParseOptions, error) {
		return []byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": []}`), profile.ParseOptions{}, nil
	})
}

// sameProfile reports how profiles differ, other than in the order of names in a list and
// how often each is there, or nil.
func sameProfile(p, q *profile.Profile) error {
	var sides [2]any
	for i, p := range []*profile.Profile{p, q} {
		text, err := p.MarshalJSON()
		if err != nil {
			return err
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber() // of 64 bits
		if err := d.Decode(&sides[i]); err != nil {
			return err
		}
		sides[i] = withSets(sides[i], "")
	}
	if !reflect.DeepEqual(sides[0], sides[1]) {
		return errors.New("it reads as another profile")
	}
	return nil
}

// withSets returns a value of JSON with lists of names as sets.
func withSets(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = withSets(v[k], k)
		}
	case []any:
		if isSet(key) {
			set := map[any]bool{}
			for _, name := range v {
				set[name] = true
			}
			return set
		}
		for i := range v {
			v[i] = withSets(v[i], "")
		}
	}
	return v
}
