package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/compile/generate"
	"github.com/seccompile/seccompile/profile"
)

// compileVerb compiles a profile to a file or standard output. On an error
// nothing is written.
func compileVerb(s stdio) *verb {
	v := &verb{
		name: "compile", section: "Profiles", args: []string{"[flags]"},
		about: "compile a profile to a filter that is proved equal to it",
		text:  "The package of a Go file is $GOPACKAGE, which go generate sets, or else main. A C header web.h defines web_insns, web_prog and WEB_FLAGS.",
		examples: []string{
			"compile --profile web.json -o web.bpf",
			"compile --profile web.json --arch s390x --kernel 6.1 --format list",
			"compile --profile web.json --arch aarch64 --format c -o web.h",
		},
		values: []string{},
	}
	var o options
	g := v.group("Flags")
	output := g.StringP("output", "o", "-", "write to `FILE`, - for standard output")
	format := g.String("format", "", "the `FORMAT`: raw (struct sock_filter), list (on a terminal), go or c")
	split := g.Bool("split", false, "write FILE.1, FILE.2, ..., as many as the profile needs")
	stats := g.Bool("stats", false, "print the costs of the filter on standard error")
	o.addTrees(g)
	o.add(v)
	v.run = func(args []string) int { return o.compile(args, *format, *output, *split, *stats, s) }
	return v
}

func (o *options) compile(args []string, format, output string, split, stats bool, s stdio) int {
	if format == "" {
		format = usualFormat(output, s)
	}
	switch {
	case len(args) > 0:
		return s.fail("compile", fmt.Errorf("unexpected argument %q (pass the profile with --profile)", args[0]))
	case !slices.Contains([]string{"raw", "list", "go", "c"}, format):
		return s.fail("compile", fmt.Errorf("unknown format %q (raw, list, go or c)", format))
	case split && format == "raw" && output == "-":
		return s.fail("compile", fmt.Errorf("--split writes a file for each filter, but standard output is only one (-o FILE writes FILE.1, FILE.2, ...; --format list lists all of them)"))
	}
	var c compiled
	var err error
	if split {
		c, err = o.stack(s)
	} else {
		c, err = o.filter(s)
	}
	if err != nil {
		return s.fail("compile", err)
	}
	s.notes(c.Notes(), o.verbose)
	if stats {
		fmt.Fprint(s.err, c.Summary())
	}
	if format == "go" || format == "c" {
		text, err := source(format, output, c)
		if err == nil {
			err = s.write(output, text) // of a stack, too
		}
		if err != nil {
			return s.fail("compile", err)
		}
		return exitOK
	}
	var texts [][]byte
	for _, filter := range c.Filters() {
		text := filter.Bytes()
		if format == "list" {
			text = []byte(filter.String())
		}
		texts = append(texts, text)
	}
	switch {
	case !split:
		err = s.write(output, texts[0])
	case output == "-":
		err = s.write(output, []byte(c.String()))
	default:
		err = s.writeNumbered(output, texts)
	}
	if err != nil {
		return s.fail("compile", err)
	}
	return exitOK
}

// source returns what is compiled as Go or C. Names in C start as the file's does.
func source(format, output string, c compiled) ([]byte, error) {
	if format == "go" {
		files, err := generate.Go(generate.Options{Package: cmp.Or(os.Getenv("GOPACKAGE"), "main")}, c)
		if err != nil {
			return nil, err
		}
		return files.List()[0].Text, nil
	}
	name := "filter"
	if output != "-" {
		name, _, _ = strings.Cut(filepath.Base(output), ".")
	}
	return generate.C(strings.ReplaceAll(name, "-", "_"), c)
}

// usualFormat is the format of an output that none is chosen for. Terminals do not show raw
// filters.
func usualFormat(output string, s stdio) string {
	if output == "-" && isTerminal(s.out) {
		return "list"
	}
	return "raw"
}

// compiled is a filter or a stack.
type compiled interface {
	compile.Compiled
	fmt.Stringer
	Notes() []profile.Note
	Summary() compile.Summary
}
