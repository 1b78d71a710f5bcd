package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/profile/lint"
	"github.com/seccompile/seccompile/profile/policy"
)

// report prints the findings in the format that is asked for.
func (a *auditor) report() error {
	switch a.format {
	case "json":
		return a.json(a.jsonFindings())
	case "sarif":
		return a.json(a.sarif())
	case "github":
		return a.printGitHub()
	}
	return a.print()
}

// print prints findings as text: those of severity info are only counted unless all are to be
// listed.
func (a *auditor) print() error {
	var b strings.Builder
	style := styleOf(a.out)
	room := columns(a.out) - 4
	for _, x := range a.audited {
		counts, hidden, accepted := [3]int{}, 0, 0
		for i := range x.findings {
			f := &x.findings[i]
			switch {
			case f.Accepted != "":
				accepted++
			default:
				counts[f.Severity]++
			}
			if !a.verbose && (f.Accepted != "" || f.Severity == lint.Info) {
				hidden++
				continue
			}
			head := show(x.name)
			if f.Pos != (policy.Pos{}) {
				head = show(f.Pos.String())
			}
			fmt.Fprintf(&b, "%s: %s: %s\n", head, style.bold(f.Severity.String()), f.Code)
			for _, text := range findingTexts(f) {
				for j, line := range wrap(text, room) {
					b.WriteString([...]string{"    ", "      "}[min(j, 1)] + line + "\n")
				}
			}
		}
		more := ""
		if hidden > 0 {
			more = " (-v lists all)"
		}
		summary := []string{count(counts[lint.Error], "error"), count(counts[lint.Warning], "warning"), fmt.Sprintf("%d info", counts[lint.Info])}
		if accepted > 0 {
			summary = append(summary, fmt.Sprintf("%d accepted", accepted))
		}
		fmt.Fprintf(&b, "%s: %s%s\n", show(x.name), strings.Join(summary, ", "), more)
	}
	_, err := fmt.Fprint(a.out, b.String())
	return err
}

// findingTexts returns what is said of a finding, a paragraph each.
func findingTexts(f *lint.Finding) (list []string) {
	list = append(list, f.Text)
	for _, line := range subjectLines(f.Subjects) {
		list = append(list, "- "+line)
	}
	if f.Fix != "" {
		list = append(list, "fix: "+f.Fix)
	}
	if f.Accepted != "" {
		list = append(list, "accepted: "+f.Accepted)
	}
	return list
}

// callsShown is how many calls a line has.
const callsShown = 20

// subjectLines returns the calls that a finding is about, with their arguments: a line for
// calls that have the same arguments on the same ABIs.
func subjectLines(list []lint.Subject) (lines []string) {
	type row struct {
		calls, abis []string
		where       string
	}
	var rows []row
	for _, s := range list {
		r := row{calls: []string{s.Call}, abis: []string{""}}
		if s.Arch.Valid() {
			r.abis[0] = s.Arch.String()
		}
		if s.Call == "" {
			r.calls[0] = s.Example.String()
			rows = append(rows, r)
			continue
		}
		switch {
		case s.Beyond != "":
			r.where = fmt.Sprintf("for arguments that are not listed (%s), such as %s", s.Beyond, s.Example)
		case len(s.Where) > 0:
			if where := whereText(s.Where, s.Arch, s.Call, false); where != "" {
				r.where = "if " + where
			}
		}
		at := slices.IndexFunc(rows, func(x row) bool { return slices.Equal(x.calls, r.calls) && x.where == r.where })
		if at >= 0 && slices.Contains(rows[at].abis, r.abis[0]) {
			continue
		} else if at >= 0 {
			rows[at].abis = append(rows[at].abis, r.abis...)
		} else {
			rows = append(rows, r)
		}
	}
	var merged []row
	for _, r := range rows {
		at := slices.IndexFunc(merged, func(x row) bool { return slices.Equal(x.abis, r.abis) && x.where == r.where && r.abis[0] != "" })
		if at >= 0 {
			merged[at].calls = append(merged[at].calls, r.calls...)
		} else {
			merged = append(merged, r)
		}
	}
	for _, r := range merged {
		line := strings.Join(r.calls, ", ")
		if n := len(r.calls) - callsShown; n > 1 {
			line = fmt.Sprintf("%s and %d more (--format json has all)", strings.Join(r.calls[:callsShown], ", "), n)
		}
		if r.where != "" {
			line += " " + r.where
		}
		if r.abis[0] != "" && !strings.HasPrefix(line, r.abis[0]+" ") {
			line += " (" + strings.Join(r.abis, ", ") + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

// printGitHub prints findings as commands of GitHub's workflows, which show them at their
// lines. Those of severity info, and accepted ones, are left out unless all are to be listed.
func (a *auditor) printGitHub() error {
	var b strings.Builder
	// In GitHub's workflow commands % and line ends are escaped, and in properties : and , too.
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, x := range a.audited {
		for i := range x.findings {
			f := &x.findings[i]
			if !a.verbose && (f.Severity == lint.Info || f.Accepted != "") {
				continue
			}
			level := map[lint.Severity]string{lint.Info: "notice", lint.Warning: "warning", lint.Error: "error"}[f.Severity]
			if f.Accepted != "" {
				level = "notice"
			}
			var at []string
			if f.Pos.File != "" {
				at = append(at, "file="+property.Replace(show(f.Pos.File)))
			}
			if f.Pos.Line > 0 {
				at = append(at, fmt.Sprintf("line=%d", f.Pos.Line), fmt.Sprintf("col=%d", a.sources.utf16Column(f.Pos)))
			}
			at = append(at, "title="+property.Replace(string(f.Code)))
			text := show(x.name) + ": " + strings.Join(findingTexts(f), "\n")
			fmt.Fprintf(&b, "::%s %s::%s\n", level, strings.Join(at, ","), data.Replace(text))
		}
	}
	_, err := fmt.Fprint(a.out, b.String())
	return err
}

// printRules prints what codes mean.
func (a *auditor) printRules(list []lint.Rule) error {
	var b strings.Builder
	style := styleOf(a.out)
	for i, r := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		on := "profiles and filters"
		if r.Text {
			on = "profiles"
		}
		fmt.Fprintf(&b, "%s (%s, of %s)\n", style.bold(string(r.Code)), r.Severity, on)
		for _, text := range append([]string{r.Title + ". " + r.Why}, r.Sources...) {
			for _, line := range wrap(text, columns(a.out)-4) {
				b.WriteString("    " + line + "\n")
			}
		}
	}
	b.WriteString("\nAll notes of profiles are findings, too: docs/codes.md has their codes.\n")
	_, err := fmt.Fprint(a.out, b.String())
	return err
}
