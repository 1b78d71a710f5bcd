package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A nodeGroup is processes with the same answers.
type nodeGroup struct {
	answers []*judged // sorted; none if they are not known
	list    []nodeProcess

	verdict string   // "" without profiles
	equal   []string // the profiles that they are equal to
	runc    []string // those that they are equal to as runc reads them
	least   []string // those that they are nowhere weaker than as runc reads them
	nearest int      // of profiles, the one with the fewest differences
	differ  outcome
	why     string // it is unknown
}

// A nodeReport is what is known of the processes that count.
type nodeReport struct {
	profiles []side
	groups   []*nodeGroup // the largest first
	Verdict  string       // of all; "" without profiles
}

// report groups processes.
func (j *judge) report(list []nodeProcess) *nodeReport {
	r := &nodeReport{profiles: j.profiles}
	groups := map[string]*nodeGroup{}
	for _, p := range list {
		var answers []*judged
		var keys []string
		for _, a := range p.confined {
			if p.fault == "" && !slices.Contains(keys, j.known[a].key()) {
				answers, keys = append(answers, j.known[a]), append(keys, j.known[a].key())
			}
		}
		slices.Sort(keys)
		slices.SortFunc(answers, func(a, b *judged) int { return cmp.Compare(a.key(), b.key()) })
		key := strings.Join(keys, " ")
		if groups[key] == nil {
			groups[key] = &nodeGroup{answers: answers}
			r.groups = append(r.groups, groups[key])
		}
		groups[key].list = append(groups[key].list, p)
	}
	slices.SortFunc(r.groups, func(a, b *nodeGroup) int {
		return cmp.Or(cmp.Compare(len(b.list), len(a.list)), cmp.Compare(a.key(), b.key()))
	})
	if len(j.profiles) == 0 {
		return r
	}
	r.Verdict = nodeEqual
	worst := []string{nodeEqual, nodeStricter, nodeUnknown, nodeDifferent}
	for _, g := range r.groups {
		j.verdict(g)
		if slices.Index(worst, g.verdict) > slices.Index(worst, r.Verdict) {
			r.Verdict = g.verdict
		}
	}
	return r
}

// key is equal for answers that are known to be alike.
func (j judged) key() string {
	if j.sum != "" {
		return "2" + j.sum
	}
	return fmt.Sprintf("%d%x", j.mode, j.confinement.stack)
}

func (g *nodeGroup) key() string {
	var keys []string
	for _, a := range g.answers {
		keys = append(keys, a.key())
	}
	return strings.Join(keys, " ")
}

// verdict holds a group against the profiles: it is equal to one if all its threads are.
func (j *judge) verdict(g *nodeGroup) {
	g.verdict, g.nearest = nodeUnknown, -1
	if len(g.answers) == 0 {
		return
	}
	for i, p := range j.profiles {
		all := outcome{equal: true, least: true, runcLeast: true}
		for _, x := range g.answers {
			c := j.compare(i, x)
			all.many = all.many || c.many
			if all.err == nil {
				all.err = c.err
			}
			if c.first != nil && (all.first == nil || all.nearer(c)) { // what is worst counts
				all.first, all.count = c.first, c.count
			}
			all.equal, all.least, all.runcLeast = all.equal && c.equal, all.least && c.least, all.runcLeast && c.runcLeast
		}
		if len(g.answers) == 1 && p.runc != "" && g.answers[0].sum == p.runc && !all.equal {
			g.runc = append(g.runc, p.name)
		} else if all.runcLeast && !all.least {
			g.least = append(g.least, p.name)
		}
		switch {
		case all.equal:
			g.equal = append(g.equal, p.name)
		case all.err != nil && all.first == nil:
			g.why = all.err.Error()
		case g.nearest < 0 || all.nearer(g.differ):
			g.nearest, g.differ = i, all
		}
	}
	switch {
	case len(g.equal) > 0:
		g.verdict = nodeEqual
	case g.differ.least:
		g.verdict = nodeStricter
	case g.why == "":
		g.verdict = nodeDifferent
	}
}
