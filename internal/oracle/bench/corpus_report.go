//go:build seccomp

package main

import (
	"fmt"
	"math"
	"strings"
)

// classes are the sizes of profiles that the page tells apart: the least number of calls
// of each.
var classes = []struct {
	least int
	name  string
}{{0, "up to 15"}, {16, "16 to 63"}, {64, "64 to 255"}, {256, "256 and more"}}

// corpusPart is the part of the page about a corpus.
const corpusPart = `These were %d profiles.

%s
The same by the size of profiles: calls that a profile has rules for, on its first ABI. All columns but the first three
are medians over the profiles, the ratios too.

%s
![instructions and time for each profile](corpus.svg)
`

// scoreTable returns a row for each rival.
func scoreTable(list []score) string {
	var rows [][]string
	for _, s := range list {
		wins := "0"
		if len(s.wins) > 0 {
			wins = fmt.Sprintf("%d: %s", len(s.wins), strings.Join(s.wins, ", "))
		}
		rows = append(rows, []string{s.name, fmt.Sprint(s.compared), fmt.Sprint(s.equal),
			fmt.Sprintf("%d, %d, %d", s.smaller, s.same, s.larger), fmt.Sprintf("%d, %d, %d", s.faster, s.alike, s.slower), wins})
	}
	return table([]string{"", "compared", "equal", "instructions: less, as many, more", "mean path: lower, equal, higher", "wins"}, rows)
}

// classTable returns a row for each size of profiles and rival that has some.
func classTable(list []score) string {
	var rows [][]string
	for i, class := range classes {
		for _, s := range list {
			var in []pair
			for _, p := range s.pairs {
				if p.calls >= class.least && (i+1 == len(classes) || p.calls < classes[i+1].least) {
					in = append(in, p)
				}
			}
			if len(in) == 0 {
				continue
			}
			of := func(value func(pair) float64) float64 {
				var values []float64
				for _, p := range in {
					if v := value(p); !math.IsNaN(v) { // no call counts for the path
						values = append(values, v)
					}
				}
				return median(values)
			}
			rows = append(rows, []string{class.name, s.name, fmt.Sprint(len(in)),
				thousands(of(func(p pair) float64 { return float64(p.ours.insns) })),
				thousands(of(func(p pair) float64 { return float64(p.theirs.insns) })),
				fmt.Sprintf("%.2f", of(func(p pair) float64 { return float64(p.theirs.insns) / float64(p.ours.insns) })),
				fmt.Sprintf("%.2f", of(func(p pair) float64 { return p.theirs.mean / p.ours.mean })),
				digits(of(func(p pair) float64 { return p.time }))})
		}
	}
	return table([]string{"calls", "", "profiles", "our instructions", "theirs", "instructions ÷ ours", "mean path ÷ ours", "time ÷ ours"}, rows)
}

// corpusPicture shows each profile as a dot for each rival: its instructions and its time
// by ours. What is above the line is larger or slower than ours.
func corpusPicture(list []score) picture {
	c := chart{title: "Profiles from the field: programs that are proved to mean the same"}
	insns := panel{title: "instructions, theirs by ours"}
	times := panel{title: "time to compile, as many times ours"}
	var ours, theirs, ratios []float64
	for _, s := range list {
		color := ""
		for _, r := range rivals {
			if r.name == s.name {
				color = r.color
			}
		}
		c.legend = append(c.legend, key{s.name, color})
		a, b := series{color: color}, series{color: color}
		for _, p := range s.pairs {
			x := float64(p.ours.insns)
			ours, theirs, ratios = append(ours, x), append(theirs, float64(p.theirs.insns)), append(ratios, p.time)
			a.points = append(a.points, point{x, float64(p.theirs.insns)})
			b.points = append(b.points, point{x, p.time})
		}
		insns.series, times.series = append(insns.series, a), append(times.series, b)
	}
	x := axis{name: "our instructions", ticks: decades(ours), log: true}
	first, last := x.ticks[0], x.ticks[len(x.ticks)-1]
	insns.x, insns.y = x, axis{name: "their instructions", ticks: decades(append(theirs, first, last)), log: true}
	insns.lines = []line{{point{first, first}, point{last, last}, "as many"}}
	times.x, times.y = x, axis{name: "time ÷ ours", ticks: decades(append(ratios, 1)), log: true}
	times.lines = []line{{point{first, 1}, point{last, 1}, "as long"}}
	c.panels = []panel{insns, times}
	return picture{"corpus.svg", c.svg(panelWidth)}
}
