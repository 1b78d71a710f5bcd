package main

import (
	"fmt"
	"strings"
)

// manVerb prints the manual of the command: the help of all verbs and topics.
func manVerb(s stdio) *verb {
	v := &verb{
		name: "man", section: sectionOther, args: []string{""},
		about:    "print the manual page of the command",
		examples: []string{"man >/usr/local/share/man/man1/seccompile.1", "man | man -l -"},
		values:   []string{},
	}
	v.run = func(args []string) int {
		if len(args) > 0 {
			return s.fail(v.name, fmt.Errorf("unexpected argument %q", args[0]))
		}
		if _, err := s.out.Write([]byte(manual(verbs(s)))); err != nil {
			return s.fail(v.name, err)
		}
		return exitOK
	}
	return v
}

// manual is the manual page, for man(7) macros.
func manual(list []*verb) string {
	var b strings.Builder
	root := rootPage(list)
	fmt.Fprintf(&b, ".TH SECCOMPILE 1 \"\" \"seccompile %s\"\n.SH NAME\nseccompile \\- %s\n", roff(version()), roff(strings.ToLower(root.about[:1])+root.about[1:]))
	b.WriteString(".SH SYNOPSIS\n")
	writeRoff(&b, root.blocks[0])
	b.WriteString(".SH VERBS\n")
	for _, v := range list {
		writePage(&b, verbPage(v))
	}
	b.WriteString(".SH TOPICS\n")
	for _, t := range topics {
		writePage(&b, t.page())
	}
	return b.String()
}

// writePage writes a page as a subsection.
func writePage(b *strings.Builder, p page) {
	fmt.Fprintf(b, ".SS %s\n%s.\n", roff(p.name), roff(p.about))
	for _, x := range p.blocks {
		if x.heading != "" {
			fmt.Fprintf(b, ".PP\n.B %s:\n", roff(x.heading))
		}
		writeRoff(b, x)
	}
}

// writeRoff writes what a block has.
func writeRoff(b *strings.Builder, x block) {
	for paragraph := range strings.SplitSeq(x.text, "\n\n") {
		if paragraph != "" {
			b.WriteString(".PP\n" + roff(strings.Join(strings.Fields(paragraph), " ")) + "\n")
		}
	}
	if len(x.lines) > 0 {
		b.WriteString(".PP\n.RS 4\n.nf\n")
		for _, line := range x.lines {
			b.WriteString(roff(line) + "\n")
		}
		b.WriteString(".fi\n.RE\n")
	}
	for _, r := range x.rows {
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(r.name), roff(r.about))
	}
}

// roff escapes text that is to start a line.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}
