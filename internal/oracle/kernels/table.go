package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// The table of docs/kernels.md stands between these lines. A row is a question and an answer, and then
// the columns that give it: an answer stands once however many do.
const (
	tableBegin = "<!-- The table that .ci/kernels -update writes. -->\n"
	tableEnd   = "<!-- The end of the table. -->\n"
)

// A table has the answers of columns, each a guest or programs of another ABI on it.
type table struct {
	questions []string // in their order
	answers   map[key]string
}

// readTable returns the table of a page, and the text before and after it.
func readTable(page string) (t table, before, after string, err error) {
	before, rest, ok := strings.Cut(page, tableBegin)
	text, after, end := strings.Cut(rest, tableEnd)
	if !ok || !end {
		return t, "", "", fmt.Errorf("no table between %q and %q", strings.TrimSpace(tableBegin), strings.TrimSpace(tableEnd))
	}
	t.answers = map[key]string{}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if i < 2 {
			continue // the head
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 3 {
			return t, "", "", fmt.Errorf("%q has %d cells, want 3", line, len(cells))
		}
		if q := strings.TrimSpace(cells[0]); q != "" {
			t.questions = append(t.questions, q)
		}
		if len(t.questions) == 0 {
			return t, "", "", fmt.Errorf("%q has an answer without a question", line)
		}
		for column := range strings.FieldsSeq(cells[2]) {
			k := key{column, t.questions[len(t.questions)-1]}
			if _, two := t.answers[k]; two {
				return t, "", "", fmt.Errorf("two answers of %s to %q", column, k.question)
			}
			if !slices.Contains(columns(), column) {
				return t, "", "", fmt.Errorf("%q has %s, which is not a column of guests", line, column)
			}
			t.answers[k] = strings.TrimSpace(cells[1])
		}
	}
	return t, before, after, nil
}

// columns are all columns, in the order of guests.
func columns() (names []string) {
	for _, g := range guests {
		for _, goarch := range g.programs() {
			names = append(names, g.column(goarch))
		}
	}
	return names
}

// String prints the table.
func (t table) String() string {
	var b strings.Builder
	b.WriteString("| question | answer | guests |\n|---|---|---|\n")
	for _, q := range t.questions {
		var answers []string
		give := map[string][]string{}
		for _, c := range columns() {
			if a, ok := t.answers[key{c, q}]; ok {
				if give[a] == nil {
					answers = append(answers, a)
				}
				give[a] = append(give[a], c)
			}
		}
		first := q
		for _, a := range answers {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", first, a, strings.Join(give[a], " "))
			first = ""
		}
	}
	return b.String()
}

// informative is the question whose answers change with each package.
const informative = "kernel"

// dead begins what ask prints of a question that its process did not survive.
const dead = "no answer: "

// errDiffer has the answers that the page does not have.
type errDiffer struct {
	page    string
	answers []string
}

func (e errDiffer) Error() string {
	return fmt.Sprintf("answers that %s does not have:\n\t%s", e.page, strings.Join(e.answers, "\n\t"))
}

// judge prints the table of the results and returns how it differs from that of the page, an errDiffer, which update
// writes instead. Guests that told nothing keep theirs, and so do those that something is wrong with.
func judge(page string, results []result, update bool) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	want, before, after, err := readTable(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	got := table{slices.Clone(want.questions), map[key]string{}}
	told := map[string]bool{}
	for _, r := range results {
		for _, k := range r.order {
			if !slices.Contains(got.questions, k.question) {
				got.questions = append(got.questions, k.question)
			}
			got.answers[k] = strings.ReplaceAll(r.answers[k], "|", "/")
			told[k.column] = true
		}
	}
	fmt.Println(got)
	var differ []string
	for _, c := range columns() {
		for _, q := range got.questions {
			k := key{c, q}
			switch g, w := got.answers[k], want.answers[k]; {
			case g == w || !told[c]:
			case strings.HasPrefix(g, dead):
				differ = append(differ, fmt.Sprintf("%s, %s: %q", c, q, g))
			case q == informative:
				fmt.Printf("%s has kernel %s, the table is of %s\n", c, g, w)
			case update:
			default:
				differ = append(differ, fmt.Sprintf("%s, %s: %q, want %q", c, q, g, w))
			}
		}
	}
	if update {
		for _, r := range results {
			for _, goarch := range r.guest.programs() {
				if c := r.guest.column(goarch); r.err != nil && told[c] {
					told[c] = false
					maps.DeleteFunc(got.answers, func(k key, _ string) bool { return k.column == c })
				}
			}
		}
		for k, a := range want.answers {
			if !told[k.column] || strings.HasPrefix(got.answers[k], dead) {
				got.answers[k] = a
			}
		}
		maps.DeleteFunc(got.answers, func(_ key, a string) bool { return strings.HasPrefix(a, dead) }) // of new questions
		if err := os.WriteFile(page, []byte(before+tableBegin+got.String()+tableEnd+after), 0o644); err != nil {
			return err
		}
	}
	if len(differ) > 0 {
		return errDiffer{page, differ}
	}
	return nil
}
