package main

import (
	"cmp"
	"fmt"
	"os"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/compile/generate"
	"github.com/seccompile/seccompile/profile"
)

// compileVerb compiles a profile to a file or standard output. On an error
// nothing is written.
func compileVerb(args []string, s stdio) int {
	const usage = "[flags]"
	var o options
	f := newFlags("compile", s)
	o.add(f)
	o.addTrees(f)
	format := f.String("format", "raw", "write `raw`, an array of struct sock_filter in the byte order of the target, list, a listing, or go, a Go file with a function filter for the package $GOPACKAGE, which go generate sets, else main")
	stats := f.Bool("stats", false, "say on standard error what the filter costs")
	output := f.String("o", "-", "write to `FILE`, - for standard output")
	split := f.Bool("split", false, "write as many filters as the policy takes, one or several, to the files FILE.1, FILE.2, ... of -o FILE, and print their names in the order of installation")
	if status, ok := parse(f, args, usage, s); !ok {
		return status
	}
	switch {
	case f.NArg() > 0:
		return s.fail("compile", fmt.Errorf("unexpected argument %q (the profile goes behind --profile)", f.Arg(0)))
	case *format != "raw" && *format != "list" && *format != "go":
		return s.fail("compile", fmt.Errorf("unknown format %q (raw, list or go)", *format))
	case *split && *format == "raw" && *output == "-":
		return s.fail("compile", fmt.Errorf("--split writes a file for each filter, and standard output is one (-o FILE writes FILE.1, FILE.2, ...; --format list lists all of them)"))
	}
	var c compiled
	var err error
	if *split {
		c, err = o.stack(s)
	} else {
		c, err = o.filter(s)
	}
	if err != nil {
		return s.fail("compile", err)
	}
	s.notes(c.Notes(), o.verbose)
	if *stats {
		fmt.Fprint(s.err, c.Summary())
	}
	if *format == "go" {
		files, err := generate.Go(generate.Options{Package: cmp.Or(os.Getenv("GOPACKAGE"), "main")}, c)
		if err == nil {
			err = s.write(*output, files.List()[0].Text) // of a stack, too
		}
		if err != nil {
			return s.fail("compile", err)
		}
		return exitOK
	}
	var texts [][]byte
	for _, filter := range c.Filters() {
		text := filter.Bytes()
		if *format == "list" {
			text = []byte(filter.String())
		}
		texts = append(texts, text)
	}
	switch {
	case !*split:
		err = s.write(*output, texts[0])
	case *output == "-":
		err = s.write(*output, []byte(c.String()))
	default:
		err = s.writeNumbered(*output, texts)
	}
	if err != nil {
		return s.fail("compile", err)
	}
	return exitOK
}

// compiled is a filter or a stack.
type compiled interface {
	compile.Compiled
	fmt.Stringer
	Notes() []profile.Note
	Summary() compile.Summary
}
