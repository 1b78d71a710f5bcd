package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/profile/policy"
)

// print prints explanations, separated by empty lines.
func (x *explainer) print(list []explanation) error {
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		x.format(&b, e)
	}
	_, err := fmt.Fprint(x.out, b.String())
	return err
}

// format writes an explanation: the answer first.
func (x *explainer) format(b *strings.Builder, e explanation) {
	style := styleOf(x.out)
	if m := e.Missing; m != nil {
		fmt.Fprintf(b, "%s has no call %s.\n", m.ABI, m.Call)
		for _, line := range substitutesText(m.Substitutes, columns(x.out)) {
			b.WriteString(line + "\n")
		}
		if len(e.Answers) == 0 {
			return
		}
	}
	if len(e.Answers) == 1 {
		fmt.Fprintf(b, "%s = %s\n", show(e.Call), style.bold(e.Answers[0].action()))
	} else {
		fmt.Fprintf(b, "%s, by the first of these that holds:\n", show(e.Call))
	}
	for i, a := range e.Answers {
		indent := "  "
		if len(e.Answers) > 1 {
			fmt.Fprintf(b, "  %s%s\n", style.bold(a.action()), a.condition(i == len(e.Answers)-1))
			indent = "    "
		}
		if a.Place == nil {
			x.paragraph(b, indent, a.Reason)
			continue
		}
		x.paragraph(b, indent, a.pos.String()+": "+a.Reason)
		b.WriteString(excerpt(x.linesOf(a.pos.File), a.pos, indent, columns(x.out)))
	}
	for _, line := range wrap(show(e.Newness), columns(x.out)-2) {
		b.WriteString("  " + line + "\n")
	}
	for _, o := range e.Older {
		x.paragraph(b, "", fmt.Sprintf("On Linux before %s: %s", o.Before, summary(o.Answers)))
	}
	x.differently(b, e)
	for _, entries := range []struct {
		title string
		list  []jsonMention
	}{{"Other entries that name it", e.Others}, {"Entries of calls that it makes", e.Lacking}} {
		if len(entries.list) > 0 {
			fmt.Fprintf(b, "%s:\n", entries.title)
		}
		for _, m := range entries.list {
			x.paragraph(b, "  ", m.Place.pos().String()+": "+m.Entry)
			x.paragraph(b, "    ", m.Why)
		}
	}
	if len(e.Notes) > 0 {
		b.WriteString("Notes:\n")
	}
	for _, n := range e.Notes {
		x.paragraph(b, "  ", n.Place.pos().String()+": "+n.Text)
	}
	if len(e.Makes) > 0 {
		for _, line := range wrap("It also makes calls that the profile refuses at least for some arguments, and filters do not see these arguments: "+strings.Join(e.Makes, ", ")+".", columns(x.out)-2) {
			b.WriteString(line + "\n")
		}
	}
	for _, line := range substitutesText(e.Substitutes, columns(x.out)) {
		b.WriteString(line + "\n")
	}
	if len(e.Ways) > 0 {
		b.WriteString("To allow it, from narrow to wide:\n")
	}
	for _, w := range e.Ways {
		x.paragraph(b, "  ", w.Text)
		if w.Paste != "" && w.Kind != "capability" {
			fmt.Fprintf(b, "    %s\n", w.Paste)
		}
	}
}

// paragraph writes text in lines that fit, those after the first further in.
func (x *explainer) paragraph(b *strings.Builder, indent, text string) {
	for i, line := range wrap(show(text), columns(x.out)-len(indent)-2) {
		if i == 1 {
			indent += "  "
		}
		b.WriteString(indent + line + "\n")
	}
}

// differently writes where the call gets other answers.
func (x *explainer) differently(b *strings.Builder, e explanation) {
	switch r := e.Reading; {
	case r == nil:
	case r.Refused != "":
		first, _, _ := strings.Cut(r.Refused, "\n")
		x.paragraph(b, "", fmt.Sprintf("As %s reads it, the profile is refused: %s", r.Compat, first))
	case r.Unread != "":
		x.paragraph(b, "", fmt.Sprintf("runc also compares bits that the kernel does not read, as in %s.", r.Unread))
	default:
		x.paragraph(b, "", fmt.Sprintf("As %s reads it: %s", r.Compat, summary(r.Answers)))
	}
	if e.Via != nil {
		x.paragraph(b, "", e.Via.Call+": "+summary(e.Via.Answers))
	}
	for i, a := range e.ABIs {
		if i > 0 && summary(a.Answers) == summary(e.ABIs[i-1].Answers) {
			continue // it is in the line before
		}
		calls := []string{a.Call}
		for _, next := range e.ABIs[i+1:] {
			if summary(next.Answers) != summary(a.Answers) {
				break
			}
			calls = append(calls, next.Call)
		}
		x.paragraph(b, "", strings.Join(calls, ", ")+": "+summary(a.Answers))
	}
}

// action is the answer with the name of its errno.
func (a jsonAnswer) action() string { return strings.TrimSpace(a.Action + " " + a.Errno) }

// condition is when the answer counts.
func (a jsonAnswer) condition(last bool) string {
	switch {
	case len(a.named) > 0:
		return " if " + strings.Join(a.named, ", ")
	case len(a.Conditions) > 0:
		return " if " + strings.Join(a.Conditions, ", ")
	case last:
		return " otherwise"
	}
	return ""
}

// summary returns answers in one line.
func summary(list []jsonAnswer) string {
	var parts []string
	for i, a := range list {
		if len(list) == 1 {
			return a.action() + ", " + show(a.where())
		}
		parts = append(parts, a.action()+a.condition(i == len(list)-1))
	}
	if n := len(parts); n > 8 {
		parts = append(parts[:4], fmt.Sprintf("... (%d answers, --json has all)", n))
	}
	return strings.Join(parts, "; ")
}

// where is the place of an answer, or which general answer it is.
func (a jsonAnswer) where() string {
	if a.Place == nil || a.Reason == reasonDefault {
		return a.Reason
	}
	return "by " + a.pos.String()
}

func (p jsonPlace) pos() policy.Pos { return policy.Pos{File: p.File, Line: p.Line, Col: p.Col} }

// json prints a value.
func (s stdio) json(value any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return err
	}
	_, err := s.out.Write(escaped(b.Bytes()))
	return err
}
