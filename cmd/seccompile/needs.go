package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
	"github.com/seccompile/seccompile/cmd/seccompile/internal/needs"
	"github.com/seccompile/seccompile/profile/record"
)

// needsVerb reads out of a program's code which calls it can make.
func needsVerb(s stdio) *verb {
	v := &verb{
		name: "needs", section: "Records", args: []string{"[flags] FILE"},
		about: "find which calls a program can make, by reading its code",
		text: "Follows each instruction that enters the kernel back to where its number is a constant. It reads programs in Go and C for x86_64 and aarch64, with the libraries that they are linked with. The result is a superset of the calls that the program makes. Where it may be incomplete, needs says so, and the status is 1. Programs that it executes are not read.\n\n" +
			"With -o the result is written as a record, which \"profile --from\" reads.",
		examples: []string{
			"needs ./web",
			"needs ./web -o web.needs",
			"needs ./web --check web.record   # are all recorded calls found?",
		},
	}
	n := &needing{}
	g := v.group("Flags")
	value(g, &n.output, "output", "leave the flag out for none", "write a record to `FILE`, - for standard output")
	g.Lookup("output").Shorthand = "o"
	g.StringArrayVar(&n.check, "check", nil, "list the calls of a `RECORD` that are not found; repeatable")
	g.StringArrayVar(&n.dirs, "library-path", nil, "search `DIR` for libraries before the system's; repeatable")
	g.BoolVar(&n.places, "places", false, "list each place that enters the kernel")
	g.BoolVar(&n.json, "json", false, "print the result as JSON")
	v.run = func(args []string) int {
		complete, err := n.run(args, s)
		switch {
		case err != nil:
			return s.fail(v.name, err)
		case !complete:
			return exitRefused
		}
		return exitOK
	}
	return v
}

// A needing is what needs is asked for.
type needing struct {
	options
	output       string
	check        []string
	dirs         []string
	doubts       []string // about the libraries that were found
	places, json bool
}

func (n *needing) run(args []string, s stdio) (complete bool, err error) {
	if len(args) != 1 {
		return false, errors.New("want one program, such as ./web")
	}
	if n.places && n.json {
		return false, errors.New("both --places and --json, which has the places (leave one of them out)")
	}
	cert, err := n.certificate(args[0])
	if err != nil {
		return false, err
	}
	r, err := recordOf(cert)
	if err != nil {
		return false, err
	}
	within := true
	if len(n.check) > 0 {
		if within, err = n.checked(args[0], r, s); err != nil {
			return false, err
		}
	}
	if n.output != "" {
		var b bytes.Buffer
		if _, err := r.WriteTo(&b); err != nil {
			return false, err
		}
		if err := s.write(n.output, b.Bytes()); err != nil {
			return false, err
		}
	}
	switch {
	case n.json:
		err = s.json(jsonNeeds(cert))
	case n.output == "-" || len(n.check) > 0:
		for _, line := range openLines(cert) {
			fmt.Fprintln(s.err, line)
		}
	default:
		err = printNeeds(cert, n.places, s)
	}
	return cert.Complete() && within, err
}

// certificate reads a program and what it is linked with.
func (n *needing) certificate(file string) (*needs.Certificate, error) {
	f, err := openCode(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := image.Open(file, f)
	if err != nil {
		return nil, withFile(file, err)
	}
	var opened []io.Closer
	defer func() {
		for _, c := range opened {
			c.Close()
		}
	}()
	if img.Interp != "" || len(img.Needed) > 0 {
		err := img.Link(func(name string, by *image.Image) (io.ReaderAt, string, error) {
			lib, path, err := n.library(name, by)
			if err == nil {
				opened = append(opened, lib)
			}
			return lib, path, err
		})
		if err != nil {
			return nil, withFile(file, err)
		}
	}
	img.Doubts = n.doubts
	cert, err := needs.Find(img)
	return cert, withFile(file, err)
}

// withFile says of which file an error is, if it does not.
func withFile(file string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", show(file), err)
}

// openCode opens a regular file: reading anything else may never end.
func openCode(file string) (*os.File, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", show(file), errors.Unwrap(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", show(file))
	}
	return os.Open(file)
}

// recordOf makes a record of what was read.
func recordOf(c *needs.Certificate) (*record.Record, error) {
	r := record.NewRead(c.Arch)
	for _, x := range c.Calls {
		if err := r.AddRead(record.Read{Nr: x.Nr, Args: x.Args, By: c.Files[0], Places: x.Places}); err != nil {
			return nil, err
		}
	}
	if n := c.OpenPlaces(); n > 0 {
		r.AddOpen(c.Files[0], n)
	}
	return r, nil
}

// checked says which calls that records have of a program are not among what was read. They are
// printed.
func (n *needing) checked(file string, read *record.Record, s stdio) (within bool, err error) {
	all, err := n.records("check", n.check, s)
	if err != nil {
		return false, err
	}
	by, err := filepath.Abs(file)
	if err != nil {
		return false, err
	}
	if by, err = filepath.EvalSymlinks(by); err != nil {
		return false, err
	}
	beyond, err := read.Beyond(all, by)
	if err != nil {
		return false, err
	}
	saidUnseen(all, s)
	out := s.out
	if n.json || n.output == "-" {
		out = s.err
	}
	within = true
	open := ""
	if len(read.Open()) > 0 {
		open = " (perhaps in what is open)"
	}
	for _, b := range beyond {
		if b.Shared {
			fmt.Fprintf(out, "perhaps of other programs: %s\n", b)
			continue
		}
		within = false
		fmt.Fprintf(out, "not in the code%s: %s\n", open, b)
	}
	if within {
		fmt.Fprintf(out, "all calls of %s in %s are in its code\n", show(file), show(strings.Join(n.check, ", ")))
	}
	return within, nil
}
