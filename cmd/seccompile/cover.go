package main

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/record"
)

// coverVerb says which entries of a profile decided what was recorded.
func coverVerb(s stdio) *verb {
	v := &verb{
		name: "cover", section: "Records", args: []string{"[flags] PROFILE --by RECORD [RECORD...]"},
		about: "show which entries of a profile decided recorded calls",
		text:  "Lists entries and conditions that no recorded call needs, and names of calls that were not made. The target is the machine of the records. If a record lacks the arguments that an entry compares, the entry counts as exercised. Do not delete an entry or a condition only because it has refused nothing: it limits calls that were not recorded. Status 1 means that the profile refuses a recorded call.",
		examples: []string{
			"cover web.json --by monday.record tuesday.record",
			"cover default --by web.record --json",
		},
	}
	o := recording{}
	g := v.group("Flags")
	g.StringArrayVar(&o.from, "by", nil, "a `RECORD`, or - for standard input; more may follow it")
	asJSON := g.Bool("json", false, "print JSON")
	o.addTarget(v)
	v.ofRecords()
	v.run = func(args []string) int {
		refused, err := o.cover(args, *asJSON, s)
		switch {
		case err != nil:
			return s.fail(v.name, err)
		case refused:
			return exitRefused
		}
		return exitOK
	}
	return v
}

// A jsonCover is what cover prints.
type jsonCover struct {
	Runs      uint64          `json:"runs"`
	Entries   []jsonCovered   `json:"entries"`
	Untouched []jsonUntouched `json:"untouched"` // parts that no recorded call needs
	Refused   []jsonRefused   `json:"refused"`   // calls of the record that the profile does not let pass
	Unseen    []record.Unseen `json:"unseen"`    // filters of the programs' own, which hide calls
}

type jsonUntouched struct {
	Place     jsonPlace `json:"place"`
	Text      string    `json:"text"`
	Restricts bool      `json:"restricts"` // it refuses calls, or limits an entry that lets calls pass
}

// A jsonCovered is a name in an entry.
type jsonCovered struct {
	Call      string    `json:"call"`
	Place     jsonPlace `json:"place"`
	Action    string    `json:"action"`
	Called    bool      `json:"called"` // the record has the call, with whatever arguments
	Exercised bool      `json:"exercised"`
	Count     uint64    `json:"count"` // of calls that the entry may have decided
}

type jsonRefused struct {
	Call    string   `json:"call"`
	Count   uint64   `json:"count"`
	Args    []string `json:"args,omitempty"` // telling ones, if it is refused with these
	Actions []string `json:"actions"`
	Depends bool     `json:"depends"` // it passes with other arguments that it may have had
}

// sides splits arguments into the profile and records.
func (o *recording) sides(args []string) (file string, records []string, err error) {
	if len(args) == 0 {
		return "", nil, errors.New("want a profile, and records after --by (default is the built-in profile)")
	}
	records = append(o.from, args[1:]...)
	return args[0], records, onceStdin(append([]string{args[0]}, records...), "files")
}

func (o *recording) cover(args []string, asJSON bool, s stdio) (refused bool, err error) {
	file, records, err := o.sides(args)
	if err != nil {
		return false, err
	}
	all, err := o.records("by", records, s)
	if err != nil {
		return false, err
	}
	c, err := o.covered(file, all, s)
	if err != nil {
		return false, err
	}
	if asJSON {
		err = s.json(c)
	} else {
		err = c.print(s)
	}
	return len(c.Refused) > 0, err
}

// covered compares a profile with a record.
func (o *recording) covered(file string, all *record.Record, s stdio) (*jsonCover, error) {
	o.Profile = file
	res, p, err := o.resolution(all, s)
	if err != nil {
		return nil, err
	}
	stack, err := compile.SplitResolution(res, compile.Options{})
	if err != nil {
		return nil, err
	}
	outside, err := all.Within(stack)
	if err != nil {
		return nil, err
	}
	names, err := all.Exercised(p, res)
	if err != nil {
		return nil, err
	}
	c := &jsonCover{Runs: all.Runs(), Entries: []jsonCovered{}, Untouched: []jsonUntouched{}, Refused: []jsonRefused{}, Unseen: append([]record.Unseen{}, all.Unseen()...)}
	for _, n := range names {
		c.Entries = append(c.Entries, jsonCovered{n.Call, *placeJSON(n.Pos, n.Path), n.Action.String(), n.Exercised || all.Has(n.Call), n.Exercised, n.Count})
	}
	var cover profile.Coverage
	all.Cover(&cover, res)
	for _, u := range cover.Untouched() {
		c.Untouched = append(c.Untouched, jsonUntouched{*placeJSON(u.Pos, u.Path), u.Text, u.Restricts})
	}
	for _, x := range outside {
		j := jsonRefused{Call: x.Call.String(), Count: x.Call.Count, Depends: x.Depends}
		for _, v := range x.Tuple {
			j.Args = append(j.Args, fmt.Sprintf("%#x", v))
		}
		for _, a := range x.Actions {
			j.Actions = append(j.Actions, a.String())
		}
		c.Refused = append(c.Refused, j)
	}
	return c, nil
}

func (c *jsonCover) print(s stdio) error {
	var b strings.Builder
	exercised := 0
	var never, other []string
	for _, e := range c.Entries {
		switch {
		case e.Exercised:
			exercised++
		case e.Called:
			other = append(other, fmt.Sprintf("%s (%s:%d:%d)", e.Call, show(e.Place.File), e.Place.Line, e.Place.Col))
		default:
			never = append(never, e.Call)
		}
	}
	fmt.Fprintf(&b, "%d of %s in entries exercised by %s\n", exercised, count(len(c.Entries), "name"), count(int(min(c.Runs, math.MaxInt)), "run"))
	paragraph := func(text string) {
		for i, line := range wrap(text, columns(s.out)-2) {
			b.WriteString([...]string{"", "  "}[min(i, 1)] + line + "\n")
		}
	}
	if len(never) > 0 {
		paragraph("not called: " + strings.Join(never, ", "))
	}
	if len(other) > 0 {
		paragraph("called, but not as these entries have it: " + strings.Join(other, ", "))
	}
	for _, u := range c.Untouched {
		at, what := u.Place, "not needed"
		if u.Restricts {
			what = "refused nothing"
		}
		paragraph(fmt.Sprintf("%s: %s:%d:%d: %s", what, show(at.File), at.Line, at.Col, u.Text))
	}
	for _, x := range c.Refused {
		text := fmt.Sprintf("refused: %s", x.Call)
		if len(x.Args) > 0 {
			text += " with " + strings.Join(x.Args, ", ")
		}
		text += fmt.Sprintf(": %s, of %s", strings.Join(x.Actions, " or "), count(int(x.Count), "call"))
		if x.Depends {
			text += "; it passes with some of its possible arguments"
		}
		paragraph(text)
	}
	for _, u := range c.Unseen {
		paragraph(unseen(u))
	}
	_, err := fmt.Fprint(s.out, b.String())
	return err
}
