package profile

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/syscalls"
)

// differences returns the rows of the page's table of readings, by columns.
func differences(t *testing.T) (rows [][]string) {
	text, err := os.ReadFile("../docs/readings.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Two readings\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 8 {
			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(cells[i], " `")
		}
		rows = append(rows, cells[1:7])
	}
	if len(rows) < 2 {
		t.Fatal("docs/readings.md has no table under Two readings")
	}
	return rows[2:] // after the heads of the columns and the line under them
}

// TestReadings: each example of docs/readings.md gets what it says in both readings,
// and not the same. In runc's weaker notes are accepted.
func TestReadings(t *testing.T) {
	for _, row := range differences(t) {
		list := strings.Split(row[1], "; ")
		text := rules(list[0], list[1:]...)
		call, err := syscalls.ParseCall(row[2])
		if err != nil {
			t.Fatal(err)
		}
		native, _ := call.Arch()
		var got []string
		for _, compat := range []Compat{CompatKernel, CompatRunc} {
			pol, err := resolveText(text, Target{Arch: native, Compat: compat, AcceptWeaker: compat == CompatRunc})
			switch {
			case errors.Is(err, ErrRefused):
				got = append(got, "refused")
			case err != nil:
				got = append(got, "error")
			default:
				action, _ := pol.Decide(call)
				got = append(got, action.String())
			}
		}
		if diff := cmp.Diff(row[3:5], got); diff != "" || got[0] == got[1] {
			t.Errorf("docs/readings.md: %s, %s: the readings (-page +code), which must differ:\n%s", row[1], row[2], strings.Join(got, ", ")+"\n"+diff)
		}
	}
}

// TestReadingsComplete: docs/readings.md has an example for each law with a †.
func TestReadingsComplete(t *testing.T) {
	rows := differences(t)
	for law, text := range laws(t) {
		example := slices.ContainsFunc(rows, func(row []string) bool { return row[0] == law })
		if strings.Contains(text, "†") && !example {
			t.Errorf("docs/readings.md has no example for law %s, of which there are two readings", law)
		}
	}
}

// TestMeaningPage: docs/meaning.md has a heading for each law, with the law's title, and an
// example after it.
func TestMeaningPage(t *testing.T) {
	text, err := os.ReadFile("../docs/meaning.md")
	if err != nil {
		t.Fatal(err)
	}
	list := laws(t)
	for law, about := range list {
		number, rest, _ := strings.Cut(strings.Join(strings.Fields(about), " "), ". ")
		title, _, _ := strings.Cut(rest, ".")
		title = number + ". " + title
		_, section, ok := strings.Cut(string(text), "\n## "+title+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		if !ok || !strings.Contains(section, "\n```console\n") {
			t.Errorf("docs/meaning.md has no section %q with an example, for law %s", title, law)
		}
	}
	if n := strings.Count(string(text), "\n## "); n != len(list) {
		t.Errorf("docs/meaning.md has %d sections, and there are %d laws", n, len(list))
	}
}
