package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/store"
	"github.com/seccompile/seccompile/syscalls"
)

// extendVerb adds entries to a profile, or takes entries from it. What that changes, for
// the target, goes to standard error.
func extendVerb(s stdio) *verb {
	v := &verb{
		name: "extend", section: "Profiles", args: []string{"[flags] BASE [ENTRIES...]"},
		about: "add entries to a profile or remove some, and show what changes",
		text:  "ENTRIES are a call or a group such as @files, which is then allowed, or a file with a profile or a single entry. The profile needs no defaultAction. Duplicates and contradictions are errors. What changes for the target is printed on standard error.",
		examples: []string{
			"extend -o job.json default @io_uring",
			"extend --remove ptrace --format raw -o web.bpf default web.json",
			"extend --dir profiles app.json    # with its baseProfileName",
		},
	}
	o := extension{}
	g := v.group("Flags")
	g.Func("remove", "`ENTRIES` to remove before others are added; repeatable", func(arg string) error {
		if arg == "" {
			return errors.New("it is empty (name a call, a group or a file)")
		}
		o.remove = append(o.remove, arg)
		return nil
	})
	value(g, &o.dir, "dir", leaveOut, "find BASE, ENTRIES and base profiles by name in `DIR`")
	format := g.String("format", "profile", "the `FORMAT`: profile (guards kept), oci, raw or list")
	output := g.StringP("output", "o", "-", "write to `FILE`, - for standard output")
	o.printing.add(g)
	o.printing.addJSON(g)
	o.addTrees(g)
	o.addTarget(v)
	v.run = func(args []string) int {
		err := cmp.Or(v.unusedBy(*format), o.printing.check(*output))
		if err == nil {
			err = o.extend(args, *format, *output, s)
		}
		if err != nil {
			return s.fail("extend", err)
		}
		return exitOK
	}
	return v
}

// An extension is what extend is asked for.
type extension struct {
	options
	dir    string
	remove []string
	store  *store.Store // of dir, nil without one
}

func (o *extension) extend(args []string, format, output string, s stdio) error {
	if err := onceStdin(slices.Concat(args, o.remove), "files"); err != nil {
		return err
	}
	switch {
	case len(args) == 0:
		return errors.New("want a profile, then the entries (default is the built-in profile, - standard input)")
	case len(args) == 1 && len(o.remove) == 0 && o.dir == "":
		return errors.New("want entries: a call, a group such as @files or a file to add, --remove for some to remove, or --dir for bases")
	case !slices.Contains([]string{"profile", "oci", "raw", "list"}, format):
		return fmt.Errorf("unknown format %q (profile, oci, raw or list)", format)
	}
	o.reprints = format == "profile"
	if o.dir != "" {
		var err error
		if o.store, err = store.Open(o.dir, store.Options{}); err != nil {
			return fmt.Errorf("--dir: %w", err)
		}
		defer o.store.Close()
	}
	base, err := o.base(args[0], s)
	if err != nil {
		return err
	}
	all := base
	for _, arg := range o.remove {
		if all, err = o.without(all, arg, s); err != nil {
			return err
		}
	}
	for _, arg := range args[1:] {
		e, err := o.entries(arg, base.Dialect(), s)
		if err != nil {
			return err
		}
		if all, err = all.Add(e); err != nil {
			return err
		}
	}
	return o.print(base, all, format, output, s)
}

// print writes the profile, or its filter, and what it changes for the target.
func (o *extension) print(base, all *profile.Profile, format, output string, s stdio) error {
	t, err := o.target()
	if err != nil {
		return err
	}
	var results [2]*profile.Resolution
	var filters [2]*compile.Stack
	for i, p := range []*profile.Profile{base, all} {
		if results[i], err = p.Resolve(t); err != nil {
			return err
		}
		if filters[i], err = compile.SplitResolution(results[i], compile.Options{}); err != nil {
			return err
		}
	}
	changes, err := compile.Diff(filters[0], filters[1])
	if err != nil {
		return err
	}
	var text []byte
	switch format {
	case "profile":
		if text, err = all.MarshalJSON(); err == nil {
			text, err = tidied(text, profile.Auto)
		}
	case "oci":
		text, err = o.section(results[1])
	default:
		text, err = o.formatted(results[1].Policy(), format, s)
	}
	if err == nil {
		err = s.write(output, text)
	}
	if err != nil {
		return err
	}
	s.notes(results[1].Notes(), o.verbose)
	o.printing.said(s)
	if o.printing.json {
		return o.printing.changes(changes, s)
	}
	o.changes(changes, s)
	return nil
}

// changes prints what an extension changes. Calls that fail with another errno than before
// are counted alone: what is newer than a profile depends on all that it names.
func (o *extension) changes(list []compile.Difference, s stdio) {
	fails := func(a policy.Action) bool { return a.Kind() == policy.Errno(0) && a.Data() > 0 }
	errnos := 0
	list = slices.DeleteFunc(list, func(d compile.Difference) bool {
		hidden := fails(d.Old) && fails(d.New) && !o.verbose
		if hidden {
			errnos++
		}
		return hidden
	})
	printChanges(s.err, list)
	if errnos > 0 {
		fmt.Fprintf(s.err, "%d more fail with another errno than before (-v lists them)\n", errnos)
	}
}

// base reads the profile to extend, with the bases that it names.
func (o *extension) base(arg string, s stdio) (*profile.Profile, error) {
	d, err := o.ParseDialect()
	if err != nil {
		return nil, err
	}
	parse := profile.ParseOptions{Dialect: d, Strict: o.strict, File: builtinName}
	text := profile.DefaultText()
	if arg != defaultProfile {
		d, err := o.document(arg, wantedProfile, s)
		if err != nil {
			return nil, err
		}
		if o.reprints {
			d.noteLosses(s)
		}
		text, parse.File, parse.Places = d.text, d.name, d.places
	}
	if o.store == nil {
		return profile.Parse(text, parse)
	}
	return profile.ParseChain(text, parse, o.link)
}

// entries reads entries that an argument names.
func (o *extension) entries(arg string, d profile.Dialect, s stdio) (*profile.Entries, error) {
	if isCall(arg) {
		return profile.AllowCalls(arg)
	}
	doc, err := o.document(arg, wantedEntries, s)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(arg, "./") {
		_, unknown := profile.AllowCalls(arg)
		return nil, fmt.Errorf("%w; nor is it a call: %w", err, unknown)
	}
	if err != nil {
		return nil, err
	}
	if o.reprints {
		doc.noteLosses(s)
	}
	parse := profile.ParseOptions{Strict: o.strict, File: doc.name, Places: doc.places}
	if d == profile.Mesos {
		parse.Dialect = d
	}
	return profile.ParseEntries(doc.text, parse)
}

// without removes entries that an argument names.
func (o *extension) without(p *profile.Profile, arg string, s stdio) (*profile.Profile, error) {
	if isCall(arg) {
		return p.RemoveCalls(arg)
	}
	e, err := o.entries(arg, p.Dialect(), s)
	if err != nil {
		return nil, err
	}
	return p.Remove(e)
}

// isCall reports whether an argument names calls, and not a file.
func isCall(arg string) bool { return strings.HasPrefix(arg, "@") || syscalls.Known(arg) }

// document reads a file, or with --dir what has that name there. Paths that start with a
// slash or dots are files.
func (o *extension) document(arg string, wanted wanted, s stdio) (document, error) {
	path := strings.HasPrefix(arg, "/") || strings.HasPrefix(arg, "./") || strings.HasPrefix(arg, "../")
	if o.store == nil || path || arg == "-" {
		return o.options.document(arg, wanted, s)
	}
	return o.named(arg, wanted)
}

// suffixes are those of files in a directory of profiles, with which or without they have
// the names of profiles.
var suffixes = []string{".json", ".yaml", ".yml", ""}

// named reads a file by the name of a profile in the directory. Two files of one name are
// an error.
func (o *extension) named(name string, wanted wanted) (d document, err error) {
	var text []byte
	for _, suffix := range suffixes {
		found, file, e := o.store.Text(name + suffix)
		switch {
		case errors.Is(e, fs.ErrNotExist):
			if d.name == "" {
				err = e // in the end that of the name alone
			}
		case e != nil:
			return document{name: file}, e
		case d.name != "":
			return document{name: file}, fmt.Errorf("%s and %s are both profiles named %q (remove one of them)", d.name, file, name)
		default:
			text, d.name, err = found, file, nil
		}
	}
	if _, here := os.Stat(name); here == nil && errors.Is(err, fs.ErrNotExist) {
		return d, fmt.Errorf("%w (files are looked up in --dir %s: write ./%s for the one in this directory)", err, o.dir, name)
	}
	if err != nil {
		return d, err
	}
	if o.sources == nil {
		o.sources = sources{}
	}
	o.sources[d.name] = text
	return documentOf(text, d.name, wanted)
}

// link reads a base by its name.
func (o *extension) link(name string) (text []byte, at profile.ParseOptions, err error) {
	d, err := o.named(name, wantedProfile)
	return d.text, profile.ParseOptions{File: d.name, Places: d.places}, err
}
