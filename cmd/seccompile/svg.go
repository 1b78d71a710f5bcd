package main

import (
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The measures of a drawing, in pixels. A character of a monospaced font of 13 pixels is
// less than 8 wide.
const (
	charWidth  = 8
	lineHeight = 18
	boxPadding = 8
	rowGap     = 30 // between rows, for arrows and what they are
	columnGap  = 60 // between the conditions and the answers
	laneWidth  = 50 // left of the conditions, for arrows that pass some by
)

// A box is text in a frame.
type box struct {
	x, y, w, h int
	lines      []string
}

func boxOf(lines ...string) (b box) {
	b.lines = lines
	for _, line := range lines {
		b.w = max(b.w, utf8.RuneCountInString(line)*charWidth+2*boxPadding)
	}
	b.h = len(lines)*lineHeight + 2*boxPadding
	return b
}

// darkStyle has the colors for readers with a dark screen: they replace those that the shapes
// have, which verdict.color and drawing.box chose.
const darkStyle = `<style>@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
[stroke="#333"] { stroke: #9198a1 }
[fill="#333"] { fill: #9198a1 }
[fill="white"] { fill: #0d1117 }
[fill="#d5f0d5"] { fill: #173a20 }
[fill="#fbe3b8"] { fill: #4a3208 }
[fill="#d9e5f7"] { fill: #16304f }
[fill="#f7cfcf"] { fill: #521a1d }
}</style>
`

// A drawing is SVG.
type drawing struct{ strings.Builder }

func (d *drawing) text(x, y int, anchor, text string) {
	fmt.Fprintf(d, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor)
	xml.EscapeText(d, []byte(text))
	d.WriteString("</text>\n")
}

func (d *drawing) box(b box, fill string, radius int) {
	fmt.Fprintf(d, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\" fill=\"%s\" stroke=\"#333\"/>\n", b.x, b.y, b.w, b.h, radius, fill)
	for i, line := range b.lines {
		d.text(b.x+boxPadding, b.y+boxPadding+i*lineHeight+lineHeight-5, "start", line)
	}
}

// arrow draws a line through points, the pairs of xy.
func (d *drawing) arrow(xy ...int) {
	d.WriteString("<polyline points=\"")
	for i := 0; i < len(xy); i += 2 {
		fmt.Fprintf(d, "%s%d,%d", [...]string{"", " "}[min(i, 1)], xy[i], xy[i+1])
	}
	d.WriteString("\" fill=\"none\" stroke=\"#333\" marker-end=\"url(#head)\"/>\n")
}

// svg returns the ladder as a drawing: a column of conditions, the answers on their right,
// and on their left the arrows that pass conditions of the same rule by.
func (l *ladder) svg() []byte {
	title := boxOf(l.title)
	rows := make([]box, 0, len(l.rungs)+1)
	for _, r := range l.rungs {
		rows = append(rows, boxOf(r.text))
	}
	rows = append(rows, boxOf(l.last.lines...))
	left, y, width := laneWidth, title.h+rowGap, 0
	heights := make([]int, len(rows)) // of rows with their answers
	for i := range rows {
		width = max(width, rows[i].w)
		heights[i] = rows[i].h
		if i < len(l.rungs) && l.rungs[i].verdict != nil {
			heights[i] = max(heights[i], boxOf(l.rungs[i].verdict.lines...).h)
		}
		rows[i].x, rows[i].y = left, y
		y += heights[i] + rowGap
	}
	right := left + width
	title.x = left
	var d drawing
	d.box(title, "none", 0)
	x := left + 30 // of the arrows down
	d.arrow(x, title.h, x, rows[0].y)
	for i, r := range l.rungs {
		at := rows[i]
		middle, below := at.y+at.h/2, rows[i+1].y
		d.box(at, "white", 8)
		down := "yes"
		if v := r.verdict; v != nil {
			answer := boxOf(v.lines...)
			answer.x, answer.y = left+width+columnGap, at.y
			right = max(right, answer.x+answer.w)
			d.box(answer, v.color(), 0)
			d.arrow(at.x+at.w, middle, answer.x, middle)
			d.text(answer.x-columnGap/2, middle-4, "middle", "yes")
			down = "no"
		} else {
			from, to := at.y+at.h-boxPadding, rows[r.no].y+boxPadding
			d.arrow(at.x, from, at.x-laneWidth/2, from, at.x-laneWidth/2, to, at.x, to)
			d.text(at.x-laneWidth/4, from-4, "middle", "no")
		}
		d.arrow(x, at.y+at.h, x, below)
		d.text(x+6, below-10, "start", down)
	}
	d.box(rows[len(rows)-1], l.last.color(), 0)
	right = max(right, title.x+title.w)
	var out drawing
	fmt.Fprintf(&out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"-10 -10 %[1]d %[2]d\" font-family=\"monospace\" font-size=\"13\">\n", right+20, y-rowGap+20)
	out.WriteString("<title>")
	xml.EscapeText(&out, []byte(l.title))
	out.WriteString("</title>\n" + darkStyle + "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0,0 L8,4 L0,8 z\" fill=\"#333\"/></marker></defs>\n")
	fmt.Fprintf(&out, "<rect x=\"-10\" y=\"-10\" width=\"%d\" height=\"%d\" fill=\"white\"/>\n", right+20, y-rowGap+20)
	out.WriteString(d.String())
	out.WriteString("</svg>\n")
	return []byte(out.String())
}
