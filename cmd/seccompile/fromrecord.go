package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/record"
)

// profileVerb makes a profile of records.
func profileVerb(s stdio) *verb {
	v := &verb{
		name: "profile", section: "Records", args: []string{"[flags] --from RECORD [RECORD...]"},
		about: "make a profile from recorded calls",
		text:  "The profile allows the recorded calls. Arguments that matter for security are limited to the recorded ones if these were few: socket families, ioctl requests, namespaces, executable memory, writes. It is proved that all recorded calls pass. The target is the machine of the records. What else the profile allows is printed on standard error, with the reasons. With --base, only the entries that a profile lacks are printed.",
		examples: []string{
			"profile --from web.record -o web.json",
			"profile --from monday.record tuesday.record --tight",
			"profile --from web.record --base default -o needs.json",
		},
	}
	o := recording{}
	g := v.group("Flags")
	g.StringArrayVar(&o.from, "from", nil, "a `RECORD`, or - for standard input; more may follow it")
	value(g, &o.base, "base", "without it all entries are printed", "print only what `PROFILE` lacks: a file, or default")
	output := g.StringP("output", "o", "-", "write to `FILE`, - for standard output")
	tight := g.Bool("tight", false, "limit flags, commands and types of all calls to the recorded ones")
	loose := g.Bool("loose", false, "allow any arguments, and calls of other C libraries and ABIs")
	o.addTarget(v)
	v.run = func(args []string) int {
		switch {
		case *tight && *loose:
			return s.fail(v.name, errors.New("both --tight and --loose (leave one of them out)"))
		case *tight:
			o.level = record.Tight
		case *loose:
			o.level = record.Loose
		}
		if o.base == "" {
			if err := v.unused("without --base (the profile is for the ABI of the records)", append(v.reading(), "arch")...); err != nil {
				return s.fail(v.name, err)
			}
		}
		if err := o.profile(append(o.from, args...), *output, s); err != nil {
			return s.fail(v.name, err)
		}
		return exitOK
	}
	return v
}

// A recording is what is asked for of records.
type recording struct {
	options
	from  []string
	base  string
	level record.Level
}

func (o *recording) profile(files []string, output string, s stdio) error {
	all, err := o.records("from", files, s)
	if err != nil {
		return err
	}
	if err := notReplaced("from", files, output, s); err != nil {
		return err
	}
	if o.base != "" {
		return o.lacking(all, output, s)
	}
	draft, err := all.Profile(record.Options{Level: o.level})
	if err != nil {
		return err
	}
	stack, err := recordedStack(draft, all)
	if err != nil {
		return fmt.Errorf("the profile made from the record is not valid, which is a bug in seccompile: %w", err)
	}
	outside, err := all.Within(stack)
	if err != nil {
		return err
	}
	saidUnseen(all, s)
	named := 0
	for _, x := range outside {
		if x.Call.Name != "" && x.Call.Arch.SameKernel(all.Arch()) {
			return fmt.Errorf("%s, which was recorded, would get %v, which is a bug in seccompile", x.Call, x.Actions)
		}
		named++
		fmt.Fprintf(s.err, "not allowed: %s, which no entry can name (%d times)\n", x.Call, x.Call.Count)
	}
	saidReasons(draft.Reasons, s)
	text, err := tidied(draft.Text, profile.Auto)
	if err != nil {
		return err
	}
	return s.write(output, text)
}

// recordedStack compiles a draft for the machine of a record, as a launcher does. Of the notes it
// takes those that something is refused which the entries allow: multiplexers hide the arguments
// that a condition compares, and other ABIs read fewer bits of them. All else is an error.
func recordedStack(d *record.Draft, r *record.Record) (*compile.Stack, error) {
	p, err := profile.Parse(d.Text, profile.ParseOptions{})
	if err != nil {
		return nil, err
	}
	res, err := p.Resolve(profile.Target{Arch: r.Arch()})
	if err != nil {
		return nil, err
	}
	for _, n := range res.Notes() {
		if n.Effect != profile.Stricter && !n.Harmless() {
			return nil, errors.New(n.String())
		}
	}
	return compile.SplitResolution(res, compile.Options{})
}

// saidUnseen says which calls a record cannot have.
func saidUnseen(r *record.Record, s stdio) {
	if n := r.Attached(); n > 0 {
		fmt.Fprintf(s.err, "not seen: calls that programs made before they were recorded (%d of %s)\n", n, count(int(r.Runs()), "run"))
	}
	for _, u := range r.Open() {
		fmt.Fprintf(s.err, "not known: which other calls %s may make (%s; \"seccompile needs\" lists them)\n", show(u.By), count(int(u.Count), "reason"))
	}
	for _, u := range r.Unseen() {
		for _, line := range wrap(unseen(u), columns(s.err)-2) {
			fmt.Fprintln(s.err, line)
		}
	}
}

// unseen says which calls a record lacks because of a filter of the program's own.
func unseen(u record.Unseen) string {
	return fmt.Sprintf("not seen: calls that a filter of %s refuses, answers or hands to its supervisor, which may let them continue", show(u.By))
}

// lacking prints the entries that a profile lacks for a record.
func (o *recording) lacking(all *record.Record, output string, s stdio) error {
	o.Profile = o.base
	res, p, err := o.resolution(all, s)
	if err != nil {
		return err
	}
	stack, err := compile.SplitResolution(res, compile.Options{})
	if err != nil {
		return err
	}
	outside, err := all.Within(stack)
	if err != nil {
		return err
	}
	if err := foreign(p, res, outside); err != nil {
		return err
	}
	saidUnseen(all, s)
	outside = slices.DeleteFunc(outside, func(x record.Outside) bool {
		switch {
		case x.Call.Name == "" || !x.Call.Arch.SameKernel(all.Arch()):
			fmt.Fprintf(s.err, "not allowed: %s, which no entry can name (%d times)\n", x.Call, x.Call.Count)
			return true
		}
		for _, m := range res.Mentions(x.Call.Name) {
			if m.Dropped != "" && m.Lacks != nil && (m.Action.String() == "ALLOW" || m.Action.String() == "LOG") {
				fmt.Fprintf(s.err, "%s would be allowed with %s (%s)\n", x.Call, strings.Join(m.Lacks, ", "), m.Pos)
				break
			}
		}
		return false
	})
	if len(outside) == 0 {
		fmt.Fprintf(s.err, "%s lacks no entries for the record\n", nameOf(p))
		return s.write(output, []byte("{\"syscalls\": []}\n"))
	}
	draft, err := all.Refused(outside).Profile(record.Options{Level: o.level})
	if err != nil {
		return err
	}
	text, names, err := o.added(p, all, draft)
	if err != nil {
		return err
	}
	var arches []arch.Arch
	for _, a := range res.Policy().Arches {
		arches = append(arches, a.Arch)
	}
	reasons := slices.DeleteFunc(draft.Reasons, func(r record.Reason) bool { // of what is not added
		return slices.ContainsFunc(r.Calls, func(c string) bool { return !slices.Contains(names, c) })
	})
	saidReasons(append(reasons, record.AcrossABIs(arches)...), s)
	return s.write(output, text)
}

// saidReasons says why a profile goes beyond a record.
func saidReasons(list []record.Reason, s stdio) {
	for _, r := range list {
		for _, line := range wrap(fmt.Sprintf("beyond the record: %s: %s", strings.Join(r.Calls, ", "), r.Why), columns(s.err)-2) {
			fmt.Fprintln(s.err, line)
		}
	}
}

// foreign returns an error if calls are refused since the filter of a profile is not for their ABI:
// no entry can allow them.
func foreign(p *profile.Profile, res *profile.Resolution, outside []record.Outside) error {
	var names []string
	arches := res.Policy().Arches
	for _, x := range outside {
		a := x.Call.Arch
		if !a.Valid() || !a.SameKernel(arches[0].Arch) || slices.ContainsFunc(arches, func(p policy.ArchPolicy) bool { return p.Arch == a }) {
			continue
		}
		if !slices.Contains(names, a.SCMP()) {
			names = append(names, a.SCMP())
		}
	}
	if len(names) == 0 {
		return nil
	}
	pos, path := p.ArchesAt(arches[0].Arch)
	at := nameOf(p)
	if pos != (policy.Pos{}) {
		at = pos.String() + ": " + path
	}
	return fmt.Errorf("%s: the profile does not include %s, but the record has calls of it: no entry can allow them (first add it to the ABIs next to %s)", at, strings.Join(names, ", "), arches[0].Arch.SCMP())
}

// added returns the entries of a draft that were recorded, with their calls, and proves that a
// profile with them lets all of a record pass.
func (o *recording) added(p *profile.Profile, all *record.Record, draft *record.Draft) (text []byte, names []string, err error) {
	var doc struct {
		Syscalls []json.RawMessage `json:"syscalls"`
	}
	if err := json.Unmarshal(draft.Text, &doc); err != nil {
		return nil, nil, err
	}
	doc.Syscalls = slices.DeleteFunc(doc.Syscalls, func(e json.RawMessage) bool {
		return !bytes.Contains(e, []byte(`"comment": "recorded:`))
	})
	if text, err = json.Marshal(doc); err != nil {
		return nil, nil, err
	}
	for _, raw := range doc.Syscalls {
		var e struct {
			Names []string `json:"names"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, nil, err
		}
		names = append(names, e.Names...)
	}
	e, err := profile.ParseEntries(text, profile.ParseOptions{File: "the record's entries"})
	if err != nil {
		return nil, nil, err
	}
	q, err := p.Add(e)
	if err != nil {
		return nil, nil, fmt.Errorf("the entries cannot be added to the base: %w", err)
	}
	t, err := o.target()
	if err != nil {
		return nil, nil, err
	}
	res, err := q.Resolve(t)
	if err != nil {
		return nil, nil, err
	}
	stack, err := compile.SplitResolution(res, compile.Options{})
	if err != nil {
		return nil, nil, err
	}
	left, err := all.Within(stack)
	if err != nil {
		return nil, nil, err
	}
	for _, x := range left {
		if x.Call.Name != "" {
			return nil, nil, fmt.Errorf("%s would still get %v with its entry: another entry of the base refuses it (extend --remove removes that)", x.Call, x.Actions)
		}
	}
	text, err = canonical(text, p.Dialect())
	return text, names, err
}

// forRecord makes the target the machine of a record, unless a flag names another: this one if
// it has that ABI.
func (o *options) forRecord(r *record.Record) {
	if here, err := abiNamed(""); o.Arch == "" && (err != nil || here != r.Arch()) {
		o.Arch = r.Arch().String()
	}
}

// resolution resolves the profile for the target that the options name, which must be the machine of
// a record, and returns both. It prints the notes.
func (o *options) resolution(r *record.Record, s stdio) (*profile.Resolution, *profile.Profile, error) {
	if len(r.Calls()) == 0 {
		return nil, nil, errors.New("the record has no calls")
	}
	o.forRecord(r)
	p, err := o.profile(s)
	if err != nil {
		return nil, nil, err
	}
	t, err := o.target()
	if err != nil {
		return nil, nil, err
	}
	if t.Arch != r.Arch() {
		return nil, nil, fmt.Errorf("the record is for %s, and the target is %s (leave --arch out)", r.Arch(), t.Arch)
	}
	if natives := p.Natives(); len(natives) > 0 && !slices.Contains(natives, r.Arch()) {
		var names []string
		for _, a := range natives {
			names = append(names, a.String())
		}
		return nil, nil, fmt.Errorf("the record is for %s, and %s is for %s alone", r.Arch(), nameOf(p), strings.Join(names, ", "))
	}
	res, err := p.Resolve(t)
	if err != nil {
		return nil, nil, err
	}
	s.notes(res.Notes(), o.verbose)
	return res, p, nil
}
