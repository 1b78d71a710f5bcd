package main

import "fmt"

// compileVerb compiles a profile to a file or standard output. On an error
// nothing is written.
func compileVerb(args []string, s stdio) int {
	const usage = "[flags]"
	var o options
	f := newFlags("compile", s)
	o.add(f)
	o.addTrees(f)
	format := f.String("format", "raw", "write `raw`, an array of struct sock_filter in the byte order of the target, or list, a listing")
	stats := f.Bool("stats", false, "say on standard error what the filter costs")
	output := f.String("o", "-", "write to `FILE`, - for standard output")
	if status, ok := parse(f, args, usage, s); !ok {
		return status
	}
	switch {
	case f.NArg() > 0:
		return s.fail("compile", fmt.Errorf("unexpected argument %q (the profile goes behind --profile)", f.Arg(0)))
	case *format != "raw" && *format != "list":
		return s.fail("compile", fmt.Errorf("unknown format %q (raw or list)", *format))
	}
	filter, err := o.filter(s)
	if err != nil {
		return s.fail("compile", err)
	}
	s.notes(filter.Notes(), o.verbose)
	if *stats {
		fmt.Fprint(s.err, filter.Summary())
	}
	out := filter.Bytes()
	if *format == "list" {
		out = []byte(filter.String())
	}
	if err := s.write(*output, out); err != nil {
		return s.fail("compile", err)
	}
	return exitOK
}
