package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// A page is help: of the command, a verb or a topic.
type page struct {
	name   string // "seccompile", and the verb or topic
	about  string
	blocks []block
}

// A block is a part of a page. All but one of its last three fields are empty.
type block struct {
	heading string
	text    string   // paragraphs, separated by empty lines
	lines   []string // as they stand, such as commands
	rows    []row
	close   bool // no empty line before it
}

// A row is a flag, a verb or a topic, and what it is.
type row struct{ name, about string }

// rootPage is the help of the command.
func rootPage(list []*verb) page {
	p := page{
		name:   "seccompile",
		about:  "Compile seccomp profiles to proved filters; explain, compare and install them",
		blocks: []block{{heading: "Usage", lines: []string{"seccompile VERB [flags] [arguments]"}}},
	}
	var others []string
	for _, v := range list {
		switch last := &p.blocks[len(p.blocks)-1]; {
		case v.section == sectionOther:
			others = append(others, v.name)
		case last.heading == v.section:
			last.rows = append(last.rows, row{v.name, v.about})
		default:
			// Close, so that the page fits into a terminal.
			p.blocks = append(p.blocks, block{heading: v.section, rows: []row{{v.name, v.about}}, close: true})
		}
	}
	var about []string
	for _, t := range topics {
		about = append(about, t.name)
	}
	return page{p.name, p.about, append(p.blocks, block{text: fmt.Sprintf("Other verbs: %s. Topics: %s. \"seccompile help NAME\" explains each.",
		strings.Join(others, ", "), strings.Join(about, ", "))})}
}

// sectionOther has the verbs that have nothing to do with profiles, which the list of
// verbs only names.
const sectionOther = "Other"

// verbPage is the help of a verb.
func verbPage(v *verb) page {
	p := page{name: "seccompile " + v.name, about: strings.ToUpper(v.about[:1]) + v.about[1:]}
	if v.text != "" {
		p.blocks = append(p.blocks, block{text: v.text})
	}
	usage := block{heading: "Usage"}
	for _, args := range v.args {
		usage.lines = append(usage.lines, strings.TrimSpace(p.name+" "+args))
	}
	examples := block{heading: "Examples"}
	for _, e := range v.examples {
		examples.lines = append(examples.lines, "seccompile "+e)
	}
	p.blocks = append(p.blocks, usage, examples)
	for _, g := range v.groups {
		b := block{heading: g.title}
		g.VisitAll(func(f *pflag.Flag) { b.rows = append(b.rows, flagRow(f)) })
		if g.names {
			var names []string
			for _, r := range b.rows {
				names = append(names, r.name)
			}
			b = block{heading: g.title, text: strings.Join(names, ", ")}
		}
		if g.topic != "" {
			b.heading += fmt.Sprintf(" (\"seccompile help %s\" has more)", g.topic)
		}
		p.blocks = append(p.blocks, b)
	}
	return p
}

// flagRow is a flag with its value, and what it is for.
func flagRow(f *pflag.Flag) row {
	metavar, about := pflag.UnquoteUsage(f)
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	return row{strings.TrimSpace(name + " " + metavar), about}
}

// helpPage is what "seccompile help" with these arguments shows.
func helpPage(list []*verb, args []string) (p page, err error) {
	switch len(args) {
	case 0:
		return rootPage(list), nil
	case 1:
		if v := find(list, args[0]); v != nil {
			return verbPage(v), nil
		}
		for _, t := range topics {
			if t.name == args[0] {
				return t.page(), nil
			}
		}
		return p, fmt.Errorf("no verb or topic %q%s", args[0], hint(args[0], names(list)))
	}
	return p, fmt.Errorf("unexpected argument %q (help takes one verb or topic)", args[1])
}

// width is that of text, and at most that of help: terminals that nobody has resized are as
// wide.
const width = 80

// help prints a page.
func (s stdio) help(w io.Writer, p page) error {
	var b strings.Builder
	room := min(columns(w), width)
	b.WriteString(strings.Join(wrap(p.about+".", room), "\n") + "\n")
	margin := 0
	for _, x := range p.blocks {
		for _, r := range x.rows {
			margin = max(margin, min(len(r.name)+4, 26, room/3))
		}
	}
	for _, x := range p.blocks {
		if !x.close {
			b.WriteByte('\n')
		}
		indent := ""
		if x.heading != "" {
			for _, line := range wrap(x.heading+":", room) {
				b.WriteString(styleOf(w).bold(line) + "\n")
			}
			indent = "  "
		}
		for i, paragraph := range strings.Split(x.text, "\n\n") {
			if i > 0 {
				b.WriteByte('\n')
			}
			for _, line := range wrap(paragraph, room-len(indent)) {
				b.WriteString(indent + line + "\n")
			}
		}
		for _, line := range x.lines {
			b.WriteString("  " + line + "\n")
		}
		for _, r := range x.rows {
			text := wrap(r.about, room-margin)
			first := "  " + r.name
			if len(first)+2 > margin {
				b.WriteString("  " + strings.Join(wrap(r.name, room-2), "\n  ") + "\n")
				first = ""
			}
			for _, line := range text {
				fmt.Fprintf(&b, "%-*s%s\n", margin, first, line)
				first = ""
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap returns text in lines of at most n bytes, unless a word is longer.
func wrap(text string, n int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > n {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		lines = append(lines, line)
	}
	return slices.Clip(lines)
}
