package main

import (
	"fmt"
	"strings"
)

// shownProcesses is how many processes an answer names.
const shownProcesses = 3

// assuming is said once of answers of the built-in profile that nobody has named.
const assuming = "No profile is named, and the filters of the process cannot be read. So this answer, and those that follow and name no other source, are by the built-in profile, Docker's. "

// forms is what to give why, said where it has found no denial.
const forms = "seccompile why: it reads audit records (dmesg, journalctl -k), strace -f, crashes by SIGSYS and reports of notify; for a call that an error names, use explain CALL"

// print prints what is known of denials, and on standard error what is left out.
func (w *whys) print(l whyList) error {
	var b strings.Builder
	x := w.explainers[w.machine]
	if x == nil {
		x = newExplainer(w.stdio)
	}
	style := styleOf(w.out)
	denials, assumed := 0, false
	for i, a := range l.Answers {
		if i > 0 {
			b.WriteByte('\n')
		}
		denials += a.Count
		fmt.Fprintf(&b, "%s:%d: %s%s\n", show(a.File), a.Line, style.bold(show(a.Seen)), times(a.Count))
		for _, p := range a.Processes[:min(len(a.Processes), shownProcesses)] {
			x.paragraph(&b, "  ", p.String())
		}
		switch more := len(a.Processes) - shownProcesses; {
		case a.Further > 0:
			fmt.Fprintf(&b, "  and more than %d others\n", more)
		case more > 1:
			fmt.Fprintf(&b, "  and %d others\n", more)
		case more == 1:
			b.WriteString("  and another one\n")
		}
		text := a.Text
		if !assumed && !w.given() && a.By == builtinBy {
			assumed = true
			text = assuming + text
		}
		for _, line := range wrap(show(text), columns(w.out)-2) {
			fmt.Fprintf(&b, "  %s\n", line)
		}
		if a.explanation != nil {
			x.format(&b, *a.explanation)
		}
	}
	if _, err := fmt.Fprint(w.out, b.String()); err != nil {
		return err
	}
	for _, f := range l.Faults[:min(len(l.Faults), shownFault)] {
		fmt.Fprintf(w.err, "%s:%d: %s\n", show(f.File), f.Line, show(f.Text))
	}
	said := []string{count(denials, "denial") + " of " + count(len(l.Answers), "call")}
	for _, n := range []struct {
		n           int
		thing, what string
	}{
		{l.Beyond, "denial", fmt.Sprintf("after the first %d calls, not explained", maxCalls)},
		{l.Faulty, "line", "with a fault"},
		{l.Long, "line", fmt.Sprintf("of more than %d bytes, not read", maxLine)},
		{l.Again, "denial", "told again"},
		{l.Passed, "call", "allowed"},
		{l.Other, "line", "without a denial"},
	} {
		if n.n > 0 {
			said = append(said, count(n.n, n.thing)+" "+n.what)
		}
	}
	_, err := fmt.Fprintf(w.err, "seccompile why: %s\n", strings.Join(said, "; "))
	if len(l.Answers)+l.Passed+l.Beyond+l.Faulty+l.Long == 0 {
		_, err = fmt.Fprintln(w.err, forms)
	}
	return err
}

// count is a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	if strings.HasSuffix(thing, "s") {
		thing += "e"
	}
	if stem, ok := strings.CutSuffix(thing, "y"); ok {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(", %d times", n)
}

// String says which process it is, and where.
func (p process) String() string {
	text := fmt.Sprintf("process %d", p.PID)
	if p.PID == 0 {
		return "in " + p.Container
	}
	switch {
	case p.Comm != "" && p.Exe != "":
		text += fmt.Sprintf(" (%s, %s)", p.Comm, p.Exe)
	case p.Comm != "" || p.Exe != "":
		text += fmt.Sprintf(" (%s)", p.Comm+p.Exe)
	}
	switch {
	case !p.Lives:
		text += ", which is not running"
	case p.Reused != "":
		text += ", whose number may have been reused: " + p.Reused
	}
	if p.Container != "" {
		text += ", in " + p.Container
	}
	return text
}
