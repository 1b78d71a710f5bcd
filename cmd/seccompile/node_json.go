package main

import (
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
	Reason      string `json:"reason,omitempty"` // why the fingerprint is not known
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
