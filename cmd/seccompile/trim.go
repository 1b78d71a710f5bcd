package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/record"
)

// trimVerb takes from a profile what was never used.
func trimVerb(s stdio) *verb {
	v := &verb{
		name: "trim", section: "Records", args: []string{"[flags] PROFILE --by RECORD [RECORD...]"},
		about: "remove from a profile what no recorded run has used",
		text:  "Removes names of calls from entries that allow them, if the entry decided no recorded call of that name. Entries that refuse, notify or kill are kept, and so are entries that guards drop for the target, which is the machine of the records. It is proved that the result lets pass the recorded calls that the profile does, and nothing that the profile refuses. What was removed is printed on standard error.",
		examples: []string{
			"trim default --by monday.record tuesday.record -o web.json",
		},
	}
	o := recording{}
	g := v.group("Flags")
	g.StringArrayVar(&o.from, "by", nil, "a `RECORD`, or - for standard input; more may follow it")
	output := g.StringP("output", "o", "-", "write to `FILE`, - for standard output")
	o.addTarget(v)
	v.ofRecords()
	v.run = func(args []string) int {
		if err := o.trim(args, *output, s); err != nil {
			return s.fail(v.name, err)
		}
		return exitOK
	}
	return v
}

func (o *recording) trim(args []string, output string, s stdio) error {
	file, records, err := o.sides(args)
	if err != nil {
		return err
	}
	all, err := o.records("by", records, s)
	if err != nil {
		return err
	}
	if err := notReplaced("by", records, output, s); err != nil {
		return err
	}
	o.Profile, o.reprints = file, true
	res, p, err := o.resolution(all, s)
	if err != nil {
		return err
	}
	names, err := all.Exercised(p, res)
	if err != nil {
		return err
	}
	dropped := map[policy.Pos]bool{} // names of entries that do not count for the target
	for _, n := range names {
		for _, m := range res.Mentions(n.Call) {
			if m.Dropped != "" {
				dropped[m.Pos] = true
			}
		}
	}
	var taken []string
	i := -1
	q, err := p.Only(func(n profile.Named) bool {
		i++
		keep := names[i].Exercised || !n.Action.Passes() || dropped[n.Pos] || keepAlways[n.Call]
		if !keep && !slices.Contains(taken, n.Call) {
			taken = append(taken, n.Call)
		}
		return keep
	})
	if err != nil {
		return err
	}
	if err := o.trimmed(res, q, all); err != nil {
		return err
	}
	saidUnseen(all, s)
	for j, line := range wrap(fmt.Sprintf("taken: %s", strings.Join(taken, ", ")), columns(s.err)-2) {
		fmt.Fprintln(s.err, [...]string{"", "  "}[min(j, 1)]+line)
	}
	text, err := q.MarshalJSON()
	if err == nil {
		text, err = tidied(text, profile.Auto)
	}
	if err != nil {
		return err
	}
	return s.write(output, text)
}

// keepAlways are calls that a kernel or a C library makes on a program's behalf in some runs and
// not in others.
var keepAlways = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range append(record.Anytime(), "execve") {
		m[name] = true
	}
	return m
}()

// trimmed proves that a profile lets pass what another one lets pass of a record, and nothing
// that the other does not.
func (o *recording) trimmed(res *profile.Resolution, q *profile.Profile, all *record.Record) error {
	t, err := o.target()
	if err != nil {
		return err
	}
	less, err := q.Resolve(t)
	if err != nil {
		return fmt.Errorf("the result is not a profile: %w", err)
	}
	var stacks [2]*compile.Stack
	for i, r := range []*profile.Resolution{res, less} {
		if stacks[i], err = compile.SplitResolution(r, compile.Options{}); err != nil {
			return err
		}
	}
	var outside [2][]record.Outside
	for i := range stacks {
		if outside[i], err = all.Within(stacks[i]); err != nil {
			return err
		}
	}
	for _, x := range outside[1] {
		if !slices.ContainsFunc(outside[0], func(y record.Outside) bool {
			return x.Call == y.Call && slices.Equal(x.Tuple, y.Tuple) && (x.Depends || !y.Depends)
		}) {
			return fmt.Errorf("the result would refuse %s, such as %s, which the profile lets pass: this is a bug in seccompile", x.Call, x.Example)
		}
	}
	list, err := compile.Diff(stacks[0], stacks[1])
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.New.Passes() && !d.Old.Passes() {
			return fmt.Errorf("the result would allow %s, which the profile does not: this is a bug in seccompile", d.Witness)
		}
	}
	return nil
}
