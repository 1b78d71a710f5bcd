package main

import (
	"cmp"
	"fmt"
	pathpkg "path"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/compile"
)

// print prints a report, as JSON or as text.
func (r *nodeReport) print(asJSON bool, s stdio) error {
	if asJSON {
		return s.json(r.json())
	}
	_, err := fmt.Fprint(s.out, r.text(columns(s.out), styleOf(s.out)))
	return err
}

// linesMost, namesMost and pidsMost are how many places of a group, names there, and
// processes of a name are for people. JSON has all.
const (
	linesMost = 20
	namesMost = 10
	pidsMost  = 5
)

// text returns a report as lines of so many columns.
func (r *nodeReport) text(width int, style style) string {
	var b strings.Builder
	paragraph := func(indent, text string) {
		for i, line := range wrap(text, width-len(indent)-2) {
			b.WriteString(indent + [...]string{"", "  "}[min(i, 1)] + line + "\n")
		}
	}
	if len(r.groups) == 0 {
		return "no processes\n"
	}
	for i, g := range r.groups {
		if i > 0 {
			b.WriteByte('\n')
		}
		head := count(len(g.list), "process") + ": "
		for j, line := range wrap(head+g.what(r.profiles), width-2) {
			if j == 0 {
				line = style.bold(head[:len(head)-2]) + strings.TrimPrefix(line, head[:len(head)-2])
			} else {
				line = "  " + line
			}
			b.WriteString(line + "\n")
		}
		if d := g.differ.first; d != nil && (g.verdict == nodeDifferent || g.verdict == nodeStricter) {
			paragraph("  ", differsBy(d, r.profiles[g.nearest].name)+g.differ.more())
		}
		var lines []string
		for _, at := range placesOf(g.list) {
			lines = append(lines, at.lines()...)
		}
		for _, line := range lines[:min(len(lines), linesMost)] {
			paragraph("  ", line)
		}
		if n := len(lines) - linesMost; n > 0 {
			paragraph("  ", fmt.Sprintf("and %d more (--json has all)", n))
		}
	}
	return b.String()
}

// what says what the processes of a group have in common.
func (g *nodeGroup) what(profiles []side) string {
	if len(g.answers) == 0 {
		return "unknown"
	}
	var list []string
	for _, x := range g.answers {
		text := x.String()
		if x.why != "" {
			text += " (" + show(x.why) + ")"
		}
		list = append(list, text)
	}
	text := strings.Join(list, "; ")
	if len(list) > 1 {
		text = "threads differ: " + text
	}
	switch g.verdict {
	case nodeEqual:
		return text + ", equal to " + show(strings.Join(g.equal, " and "))
	case nodeUnknown:
		text += ", not known to be equal to a profile"
		if why := show(g.why); !strings.Contains(text, why) {
			text += ": " + why
		}
		return text
	case nodeStricter:
		return text + ", nowhere weaker than " + show(profiles[g.nearest].name+g.asRunc())
	case nodeDifferent:
		not := "not " + profiles[0].name
		if len(profiles) > 1 {
			not = fmt.Sprintf("none of %d profiles, nearest to %s", len(profiles), profiles[g.nearest].name)
		}
		return text + ", " + show(not+g.asRunc())
	}
	return text
}

// asRunc names the profiles that a group is equal to, or nowhere weaker than, as runc reads
// them.
func (g *nodeGroup) asRunc() string {
	if g.runc == nil && g.least != nil {
		return ", but nowhere weaker than " + strings.Join(g.least, " and ") + " as runc reads it (--compat runc)"
	} else if g.runc == nil {
		return ""
	}
	return ", but equal to " + strings.Join(g.runc, " and ") + " as runc reads it (--compat runc)"
}

// differsBy says what a call gets, and what a profile says.
func differsBy(d *compile.Difference, profile string) string {
	a, ok := d.Witness.Arch()
	old, new := d.Old.String(), d.New.String()
	if ok {
		old, new = named(d.Old, a), named(d.New, a)
	}
	return fmt.Sprintf("%s: %s is %s, and %s says %s", d.Change, d.Witness, new, show(profile), old)
}

// more says how many further differences there are.
func (c outcome) more() string {
	if c.many {
		return " (and more than can be listed)"
	}
	var list []string
	for _, change := range []compile.Change{compile.Weaker, compile.Stricter, compile.Incomparable} {
		n := c.count[change]
		if change == c.first.Change {
			n--
		}
		if n > 0 {
			list = append(list, fmt.Sprintf("%d more %s", n, change))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return " (and " + strings.Join(list, ", ") + ")"
}

// A nodePlace is the processes of a group in one container or unit.
type nodePlace struct {
	place
	cgroup string // the path, if that is all that is known
	space  string // the PID namespace, likewise
	nested bool
	list   []nodeProcess
}

// placesOf parts processes by their containers, units and cgroups, containers first.
func placesOf(list []nodeProcess) (places []*nodePlace) {
	type key struct {
		place
		cgroup, space string
	}
	byKey := map[key]*nodePlace{}
	for _, p := range list {
		at := nodePlace{place: p.place, nested: p.nested}
		if p.place.Kind == "" {
			at.cgroup = mainCgroup(p.cgroups)
			if p.nested {
				at.space = p.space
			}
		}
		k := key{at.place, at.cgroup, at.space}
		if byKey[k] == nil {
			byKey[k] = &at
			places = append(places, &at)
		}
		byKey[k].list = append(byKey[k].list, p)
	}
	kinds := []string{"container", "machine", "unit", ""}
	slices.SortFunc(places, func(a, b *nodePlace) int {
		return cmp.Or(
			cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(a.ID, b.ID), cmp.Compare(a.cgroup, b.cgroup), cmp.Compare(a.space, b.space),
			cmp.Compare(a.Engine, b.Engine), cmp.Compare(a.Pod, b.Pod))
	})
	return places
}

// mainCgroup returns the path that says most of where a process is: the first that is not
// the root.
func mainCgroup(paths []string) string {
	if i := slices.IndexFunc(paths, func(c string) bool { return pathpkg.Clean(c) != "/" }); i >= 0 {
		return paths[i]
	}
	return ""
}

// String returns the place in few words.
func (at *nodePlace) String() string {
	short := at.place
	if len(short.ID) == 64 {
		short.ID = short.ID[:12]
	}
	text := short.String()
	switch {
	case text != "":
	case at.cgroup != "":
		text = "cgroup " + at.cgroup
	default:
		text = "no cgroup"
	}
	if at.space != "" {
		text += ", PID namespace " + strings.Trim(at.space, "pid:[]")
	}
	return show(text)
}

// lines returns the processes of a place by name; those that are not known have a line each.
func (at *nodePlace) lines() (lines []string) {
	var names []string
	pids := map[string][]string{}
	for _, p := range at.list {
		if p.fault != "" {
			lines = append(lines, fmt.Sprintf("%s: %s %d: %s", at, show(p.name), p.pid, show(p.fault)))
			continue
		}
		if pids[p.name] == nil {
			names = append(names, p.name)
		}
		pids[p.name] = append(pids[p.name], fmt.Sprint(p.pid))
	}
	slices.Sort(names)
	var list []string
	for _, name := range names[:min(len(names), namesMost)] {
		text := show(name) + " " + strings.Join(pids[name][:min(len(pids[name]), pidsMost)], ", ")
		if n := len(pids[name]) - pidsMost; n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
		list = append(list, text)
	}
	if n := len(names) - namesMost; n > 0 {
		list = append(list, fmt.Sprintf("%d more names", n))
	}
	if len(list) > 0 {
		lines = append(lines, at.String()+": "+strings.Join(list, "; "))
	}
	return lines
}
