package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// summaryVerb counts what a profile has, what calls get and what its filter costs.
func summaryVerb(s stdio) *verb {
	v := &verb{
		name: "summary", section: "Profiles", args: []string{"[flags]"},
		about: "count the answers of a profile, and show what its filter costs",
		text:  "Calls are counted on every ABI of the filter, by the action that they get for all arguments. Calls whose action depends on the arguments are listed. So are calls that pass, at least for some arguments, in the groups that reach beyond the process and its files: " + strings.Join(beyond, ", ") + " (\"seccompile calls @GROUP\" lists them).",
		examples: []string{
			"summary --profile web.json",
			"summary --arch aarch64 --kernel 6.1 --caps none --json",
		},
		values: []string{},
	}
	var o options
	asJSON := v.group("Flags").Bool("json", false, "print JSON")
	o.add(v)
	v.run = func(args []string) int {
		if len(args) > 0 {
			return s.fail(v.name, fmt.Errorf("unexpected argument %q (pass the profile with --profile)", args[0]))
		}
		if err := o.summary(*asJSON, s); err != nil {
			return s.fail(v.name, err)
		}
		return exitOK
	}
	return v
}

// beyond are the groups of calls that reach beyond the process and its files.
var beyond = []string{"@mounts", "@tracing", "@io_uring", "@keys", "@clock", "@machine"}

// A jsonSummary is what summary prints.
type jsonSummary struct {
	Profile struct {
		Dialect     profile.Dialect `json:"dialect"`
		Entries     int             `json:"entries"`
		Conditional int             `json:"conditional"` // entries with conditions
		Guarded     int             `json:"guarded"`     // entries with includes or excludes
	} `json:"profile"`
	Notes    map[string]int `json:"notes"` // by effect
	BadArch  string         `json:"badArch"`
	ABIs     []abiSummary   `json:"abis"`
	Beyond   []string       `json:"beyond"`   // calls of these groups that pass on the native ABI
	Bypasses []bypass       `json:"bypasses"` // of entries, by other calls
	Filters  int            `json:"filters"`
	Insns    int            `json:"instructions"`
}

// An abiSummary is what the calls of an ABI get.
type abiSummary struct {
	ABI     string        `json:"abi"`
	Actions []actionCount `json:"actions"`
	Depends []string      `json:"depends"` // calls whose answer depends on their arguments
	Mean    float64       `json:"mean"`    // instructions that a call executes that is allowed always
	Max     int           `json:"max"`
}

type actionCount struct {
	Action string `json:"action"`
	Errno  string `json:"errno,omitempty"`
	Calls  int    `json:"calls"` // that have names
}

// A bypass is a call that does what another does.
type bypass struct {
	Call string `json:"call"`
	For  string `json:"for"`
}

func (o *options) summary(asJSON bool, s stdio) error {
	p, err := o.profile(s)
	if err != nil {
		return err
	}
	t, err := o.target()
	if err != nil {
		return err
	}
	res, err := p.Resolve(t)
	if err != nil {
		return err
	}
	stack, err := compile.SplitResolution(res, compile.Options{})
	if err != nil {
		return err
	}
	s.notes(stack.Notes(), o.verbose)
	sum := jsonSummary{Notes: map[string]int{}, Beyond: []string{}, Bypasses: []bypass{}, ABIs: []abiSummary{}}
	if err := sum.count(p); err != nil {
		return err
	}
	for _, n := range stack.Notes() {
		effect := n.Effect.String()
		if n.Harmless() {
			effect = "harmless"
		}
		sum.Notes[effect]++
	}
	sum.BadArch = res.Policy().BadArch.String()
	if err := sum.calls(stack); err != nil {
		return err
	}
	_, closed, err := p.Close(profile.BypassClone3, profile.BypassNewer, profile.BypassSocketcall)
	if err != nil {
		return err
	}
	for _, c := range closed {
		there := slices.ContainsFunc(res.Policy().Arches, func(a policy.ArchPolicy) bool {
			_, ok := syscalls.Number(a.Arch, c.New)
			return ok
		})
		if there {
			sum.Bypasses = append(sum.Bypasses, bypass{c.New, c.Old})
		}
	}
	if asJSON {
		return s.json(sum)
	}
	_, err = fmt.Fprint(s.out, sum.text(nameOf(p), columns(s.out)))
	return err
}

// nameOf names a profile by its file.
func nameOf(p *profile.Profile) string {
	if file := p.Pos().File; file != "" {
		return show(file)
	}
	return "the profile"
}

// count counts the entries of a profile.
func (sum *jsonSummary) count(p *profile.Profile) error {
	text, err := p.MarshalJSON()
	if err != nil {
		return err
	}
	var list struct {
		Syscalls []struct{ Args, Includes, Excludes json.RawMessage }
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	sum.Profile.Dialect, sum.Profile.Entries = p.Dialect(), len(list.Syscalls)
	for _, e := range list.Syscalls {
		if string(e.Args) != "" && string(e.Args) != "[]" {
			sum.Profile.Conditional++
		}
		if e.Includes != nil || e.Excludes != nil {
			sum.Profile.Guarded++
		}
	}
	return nil
}

// calls counts what calls get.
func (sum *jsonSummary) calls(stack *compile.Stack) error {
	cost := stack.Summary()
	sum.Filters, sum.Insns = cost.Filters, cost.Insns
	list, err := tables(stack)
	var many *compile.DiffError
	if errors.As(err, &many) {
		return fmt.Errorf("the calls cannot be counted: %w", err)
	} else if err != nil {
		return err
	}
	for i, a := range cost.Arches {
		x := abiSummary{ABI: a.Arch.String(), Actions: []actionCount{}, Depends: []string{}, Mean: math.Round(a.Mean*100) / 100, Max: a.Max}
		for _, t := range list {
			if t.ABI == x.ABI {
				x.add(t)
				if i == 0 {
					sum.Beyond = beyondOf(t)
				}
			}
		}
		sum.ABIs = append(sum.ABIs, x)
	}
	return nil
}

// add counts the calls of a table.
func (x *abiSummary) add(t jsonTable) {
	for _, by := range t.Actions {
		if len(by.Calls)+len(by.Some) == 0 {
			continue // numbers without a name
		}
		x.Actions = append(x.Actions, actionCount{by.Action, by.Errno, len(by.Calls)})
		for _, name := range by.Some {
			if !slices.Contains(x.Depends, name) {
				x.Depends = append(x.Depends, name)
			}
		}
	}
	slices.SortStableFunc(x.Actions, func(a, b actionCount) int { return b.Calls - a.Calls })
	slices.Sort(x.Depends)
}

// beyondOf returns the calls that reach beyond the process and pass, those that depend on
// their arguments with a mark.
func beyondOf(t jsonTable) []string {
	list := []string{}
	for _, g := range beyond {
		for _, name := range profile.GroupCalls(g) {
			for _, by := range t.Actions {
				if by.Action != "ALLOW" && by.Action != "LOG" {
					continue
				}
				if slices.Contains(by.Calls, name) {
					list = append(list, name)
				} else if slices.Contains(by.Some, name) {
					list = append(list, name+" (some arguments)")
				}
			}
		}
	}
	return list
}

// text returns the summary as lines of so many columns.
func (sum *jsonSummary) text(name string, width int) string {
	var b strings.Builder
	paragraph := func(head string, list []string) {
		for i, line := range wrap(head+strings.Join(list, ", "), width-2) {
			b.WriteString([...]string{"", "  "}[min(i, 1)] + line + "\n")
		}
	}
	p := sum.Profile
	entries := "1 entry"
	if p.Entries != 1 {
		entries = fmt.Sprintf("%d entries", p.Entries)
	}
	paragraph(name+": ", []string{fmt.Sprintf("%s, %s", p.Dialect, entries), fmt.Sprintf("%d with conditions", p.Conditional), fmt.Sprintf("%d with guards", p.Guarded)})
	for _, x := range sum.ABIs {
		var list []string
		for _, c := range x.Actions {
			if c.Calls > 0 {
				list = append(list, fmt.Sprintf("%d %s", c.Calls, strings.TrimSpace(c.Action+" "+c.Errno)))
			}
		}
		if len(x.Depends) > 0 {
			list = append(list, fmt.Sprintf("%d by arguments (%s)", len(x.Depends), strings.Join(x.Depends, ", ")))
		}
		if len(list) == 0 { // as on other ABIs
			list = []string{sum.BadArch}
		}
		paragraph(x.ABI+": ", list)
	}
	paragraph("other ABIs: ", []string{sum.BadArch})
	if len(sum.Beyond) > 0 {
		paragraph("beyond the process: ", sum.Beyond)
	}
	if len(sum.Bypasses) > 0 {
		var list []string
		for _, x := range sum.Bypasses {
			list = append(list, x.Call+" for "+x.For)
		}
		paragraph("bypasses, which \"harden --close\" refuses: ", list)
	}
	filter := fmt.Sprintf("%d of %d instructions", sum.Insns, maxInsns)
	if sum.Filters > 1 {
		filter = fmt.Sprintf("%d instructions in %d filters", sum.Insns, sum.Filters)
	}
	var list []string
	for _, x := range sum.ABIs {
		if x.Max > 0 {
			list = append(list, fmt.Sprintf("%.2f on %s (at most %d)", x.Mean, x.ABI, x.Max))
		}
	}
	if len(list) > 0 {
		filter += "; the mean for calls that are always allowed is "
	}
	paragraph("filter: "+filter, list)
	list = nil
	for _, effect := range []string{"weaker", "stricter", "same", "harmless"} {
		if n := sum.Notes[effect]; n > 0 {
			list = append(list, fmt.Sprintf("%d %s", n, effect))
		}
	}
	if len(list) > 0 {
		paragraph("notes: ", list)
	}
	return b.String()
}

// maxInsns is how many instructions the kernel takes in one filter (include/linux/filter.h,
// BPF_MAXINSNS).
const maxInsns = 4096
