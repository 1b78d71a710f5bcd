//go:build seccomp

package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// A chart is a picture of panels beside each other, with one legend above.
type chart struct {
	title  string
	panels []panel
	legend []key
}

// A key is an entry of the legend.
type key struct{ name, color string }

// A panel has axes and series in them.
type panel struct {
	title  string
	x, y   axis
	series []series
	lines  []line // of reference
}

// An axis shows the numbers from the first tick to the last.
type axis struct {
	name  string
	ticks []float64
	log   bool
}

// A series is points of one color, and a line through them if joined.
type series struct {
	color  string
	points []point
	joined bool
}

type point struct{ x, y float64 }

// A line is a dashed one between two points, with a text at the second.
type line struct {
	from, to point
	text     string
}

// The sizes of a chart in pixels.
const (
	panelWidth, panelHeight = 400, 330
	marginLeft, marginRight = 70, 20
	panelTop                = 110
	bottomHeight            = 60
)

// style has the colors of all but series, for light and dark backgrounds.
const style = `<style>
text{fill:#1f2328}.back{fill:#fff}.grid{stroke:#d8dee4}.axis{stroke:#1f2328;fill:none}.line{stroke:#59636e;stroke-dasharray:5 4}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.back{fill:#0d1117}.grid{stroke:#30363d}.axis{stroke:#e6edf3}.line{stroke:#9198a1}}
</style>
`

// svg returns the picture. wide is the width of a panel's plot.
func (c *chart) svg(wide int) []byte {
	var b bytes.Buffer
	each := marginLeft + wide + marginRight
	width, height := each*len(c.panels), panelTop+panelHeight+bottomHeight
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" role="img">`+"\n", width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n%s", html.EscapeString(c.title), style)
	fmt.Fprintf(&b, `<rect class="back" width="%d" height="%d"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="26" font-size="16">%s</text>`+"\n", marginLeft, html.EscapeString(c.title))
	for i, k := range c.legend {
		x, y := marginLeft+290*(i%3), 50+22*(i/3)
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="5" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n", x+6, y-4, k.color, x+18, y, html.EscapeString(k.name))
	}
	for i, p := range c.panels {
		p.draw(&b, i*each+marginLeft, wide)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// draw draws the panel with its left edge at a place.
func (p *panel) draw(b *bytes.Buffer, left, wide int) {
	right, bottom := left+wide, panelTop+panelHeight
	across := func(x float64) float64 { return float64(left) + p.x.part(x)*float64(wide) }
	up := func(y float64) float64 { return float64(bottom) - p.y.part(y)*panelHeight }
	fmt.Fprintf(b, `<text x="%d" y="%d">%s</text>`+"\n", left, panelTop-8, html.EscapeString(p.title))
	for _, y := range p.y.ticks {
		fmt.Fprintf(b, `<path class="grid" d="M%d %.1fH%d"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", left, up(y), right, left-8, up(y)+4, tick(y))
	}
	for _, x := range p.x.ticks {
		fmt.Fprintf(b, `<path class="grid" d="M%.1f %dV%d"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", across(x), panelTop, bottom, across(x), bottom+18, tick(x))
	}
	fmt.Fprintf(b, `<path class="axis" d="M%d %dV%dH%d"/>`+"\n", left, panelTop, bottom, right)
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", (left+right)/2, bottom+42, html.EscapeString(p.x.name))
	fmt.Fprintf(b, `<text transform="translate(%d %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", left-52, (panelTop+bottom)/2, html.EscapeString(p.y.name))
	for _, l := range p.lines {
		fmt.Fprintf(b, `<path class="line" d="M%.1f %.1fL%.1f %.1f"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n",
			across(l.from.x), up(l.from.y), across(l.to.x), up(l.to.y), across(l.to.x)-4, up(l.to.y)-5, html.EscapeString(l.text))
	}
	for _, s := range p.series {
		var path strings.Builder
		for i, q := range s.points {
			if s.joined && i > 0 {
				fmt.Fprintf(&path, "L%.1f %.1f", across(q.x), up(q.y))
			} else {
				fmt.Fprintf(&path, "M%.1f %.1fh0", across(q.x), up(q.y))
			}
		}
		width := "3"
		if s.joined {
			width = "2"
		}
		fmt.Fprintf(b, `<path stroke="%s" fill="none" stroke-width="%s" stroke-linecap="round" d="%s"/>`+"\n", s.color, width, path.String())
		if s.joined {
			for _, q := range s.points {
				fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`+"\n", across(q.x), up(q.y), s.color)
			}
		}
	}
}

// part returns where a number is between the ends of the axis, from 0 to 1.
func (a *axis) part(v float64) float64 {
	lo, hi := a.ticks[0], a.ticks[len(a.ticks)-1]
	if a.log {
		v, lo, hi = math.Log(v), math.Log(lo), math.Log(hi)
	}
	return (v - lo) / (hi - lo)
}

// decades are ticks of a logarithmic axis that has all the numbers: powers of ten.
func decades(values []float64) []float64 {
	ticks := []float64{math.Pow(10, math.Floor(math.Log10(slices.Min(values))))}
	for ticks[len(ticks)-1] < slices.Max(values) {
		ticks = append(ticks, ticks[len(ticks)-1]*10)
	}
	if len(ticks) == 1 {
		ticks = append(ticks, ticks[0]*10)
	}
	return ticks
}

// tick returns the text at a tick.
func tick(v float64) string {
	if v >= 1 {
		return thousands(v)
	}
	return strings.TrimRight(fmt.Sprintf("%.4f", v), "0")
}
