package main

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/compile"
)

// A jsonReport is what node --json prints. docs/node.md describes it.
type jsonReport struct {
	Verdict   string        `json:"verdict,omitempty"` // with profiles
	Processes int           `json:"processes"`
	Profiles  []jsonSide    `json:"profiles"`
	Groups    []jsonOfAlike `json:"groups"`
}

type jsonSide struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint,omitempty"`
}

// A jsonOfAlike is the processes that answer alike.
type jsonOfAlike struct {
	Processes int             `json:"processes"`
	Verdict   string          `json:"verdict,omitempty"`
	Answers   []jsonThreads   `json:"answers"` // several where threads of a process differ, none if they are not known
	Equal     []string        `json:"equal,omitempty"`
	Runc      []string        `json:"equalAsRuncReads,omitempty"` // profiles, if --compat is not given
	Differs   *jsonDiffers    `json:"differs,omitempty"`
	Reason    string          `json:"reason,omitempty"` // for which the verdict is unknown
	Places    []jsonNodePlace `json:"places"`
}

// A jsonThreads is what threads with one answer have.
type jsonThreads struct {
	Mode        string `json:"mode"` // none, strict or filter
	Fingerprint string `json:"fingerprint,omitempty"`
	Reason      string `json:"reason,omitempty"` // for which there is no fingerprint
}

// A jsonDiffers is how processes differ from the nearest profile.
type jsonDiffers struct {
	Profile string          `json:"profile"`
	First   *jsonDifference `json:"first,omitempty"`
	Weaker  int             `json:"weaker"`
	Strict  int             `json:"stricter"`
	Other   int             `json:"incomparable"`
	More    bool            `json:"more,omitempty"` // than are counted
}

type jsonNodePlace struct {
	place
	Cgroup    string            `json:"cgroup,omitempty"`
	Namespace string            `json:"pidNamespace,omitempty"`
	Contained bool              `json:"contained"`
	Processes []jsonNodeProcess `json:"processes"`
}

type jsonNodeProcess struct {
	PID     int    `json:"pid"`
	Name    string `json:"name"`
	Threads int    `json:"threads"`
	Filters []int  `json:"filters"` // of its threads, without repetitions
	Reason  string `json:"reason,omitempty"`
}

func (r *nodeReport) json() jsonReport {
	out := jsonReport{Verdict: r.Verdict, Profiles: []jsonSide{}, Groups: []jsonOfAlike{}}
	for _, p := range r.profiles {
		out.Profiles = append(out.Profiles, jsonSide{p.name, p.sum})
	}
	for _, g := range r.groups {
		out.Processes += len(g.list)
		x := jsonOfAlike{Processes: len(g.list), Verdict: g.verdict, Answers: []jsonThreads{}, Equal: g.equal, Runc: g.runc, Reason: g.why, Places: []jsonNodePlace{}}
		for _, a := range g.answers {
			x.Answers = append(x.Answers, jsonThreads{[...]string{"none", "strict", "filter"}[a.mode], a.sum, a.why})
		}
		if g.verdict == nodeDifferent || g.verdict == nodeStricter {
			c := g.differ
			x.Differs = &jsonDiffers{Profile: r.profiles[g.nearest].name, Weaker: c.count[compile.Weaker], Strict: c.count[compile.Stricter], Other: c.count[compile.Incomparable], More: c.many}
			if c.first != nil {
				d := differenceJSON(c.first)
				x.Differs.First = &d
			}
		}
		for _, at := range placesOf(g.list) {
			x.Places = append(x.Places, at.json())
		}
		out.Groups = append(out.Groups, x)
	}
	return out
}

func (at *nodePlace) json() jsonNodePlace {
	out := jsonNodePlace{place: at.place, Cgroup: at.cgroup, Namespace: at.space, Contained: at.list[0].contained()}
	for _, p := range at.list {
		x := jsonNodeProcess{PID: p.pid, Name: p.name, Threads: len(p.threads), Filters: p.filterCounts(), Reason: p.fault}
		out.Processes = append(out.Processes, x)
	}
	return out
}

// A jsonStop is a thread that would be stopped.
type jsonStop struct {
	PID     int    `json:"pid"`
	TID     int    `json:"tid"`
	Name    string `json:"name"`
	Filters int    `json:"filters"` // -1 if the kernel does not tell
	place
}

// printStops lists what would be stopped.
func (n *node) printStops(list []nodeProcess, s stdio) error {
	stops := []jsonStop{}
	for _, p := range list {
		for _, t := range p.stops(n.threads) {
			stops = append(stops, jsonStop{p.pid, t.tid, p.name, t.filters, p.place})
		}
	}
	if n.json {
		return s.json(struct {
			Processes int        `json:"processes"`
			Stops     []jsonStop `json:"stops"`
		}{len(list), stops})
	}
	return n.printStopsText(list, s)
}

// printStopsText is printStops for people.
func (n *node) printStopsText(list []nodeProcess, s stdio) error {
	threads, processes := toStop(list, n.threads)
	text := fmt.Sprintf("would stop %s of %s (%s without filters, or beyond reading)\n", count(threads, "thread"), count(processes, "process"), count(len(list)-processes, "process"))
	for _, p := range list {
		if stops := p.stops(n.threads); len(stops) > 0 {
			at := nodePlace{place: p.place, cgroup: mainCgroup(p.cgroups)}
			line := fmt.Sprintf("%s %d: %s, %s", show(p.name), p.pid, count(len(stops), "thread"), at.String())
			text += "  " + strings.Join(wrap(line, columns(s.out)-4), "\n    ") + "\n"
		}
	}
	_, err := fmt.Fprint(s.out, text)
	return err
}
