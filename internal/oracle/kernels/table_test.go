package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const page = "../../../docs/kernels.md"

// TestPage: the page's table is what the program writes, and has every column and question.
func TestPage(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want, _, _, err := readTable(string(text))
	if err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(string(text), tableBegin)
	got, _, _ = strings.Cut(got, tableEnd)
	if diff := cmp.Diff(want.String(), got); diff != "" {
		t.Errorf("%s: the table is not as .ci/kernels -update writes it (-written +page):\n%s", page, diff)
	}
	for _, c := range columns() {
		if want.answers[key{c, informative}] == "" {
			t.Errorf("%s has no answers of %s", page, c)
		}
	}
	source, err := os.ReadFile("ask/main.go")
	if err != nil {
		t.Fatal(err)
	}
	questions := regexp.MustCompile(`(?m)^\t\{"(.*)", \w+\},$`).FindAllStringSubmatch(string(source), -1)
	if len(questions) < 20 {
		t.Fatalf("ask/main.go has %d questions", len(questions))
	}
	for _, q := range questions {
		if !slices.Contains(want.questions, q[1]) {
			t.Errorf("%s has no answer to %q", page, q[1])
		}
	}
}

// TestJudge: an answer that differs, is new, or is missing is an error, and that of a guest that told nothing is not.
func TestJudge(t *testing.T) {
	g := guests[0]
	other := guests[1]
	answers := func(pairs ...string) map[key]string {
		m := map[key]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[key{g.name, pairs[i]}] = pairs[i+1]
		}
		return m
	}
	for _, test := range []struct {
		name string
		got  map[key]string
		want string
	}{
		{"same", answers("kernel", "5.10.0", "shifts", "0", "scv", "no"), ""},
		{"another kernel", answers("kernel", "5.10.1", "shifts", "0", "scv", "no"), ""},
		{"different", answers("kernel", "5.10.0", "shifts", "x", "scv", "no"), `shifts: "x", want "0"`},
		{"missing", answers("kernel", "5.10.0", "shifts", "0"), `scv: "", want "no"`},
		{"new", answers("kernel", "5.10.0", "shifts", "0", "scv", "no", "ipc", "16"), `ipc: "16", want ""`},
		{"nothing", answers(), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "page.md")
			text := "before\n" + tableBegin + "| question | answer | guests |\n|---|---|---|\n" +
				fmt.Sprintf("| kernel | 5.10.0 | %s |\n|  | 7.2 | %s |\n| shifts | 0 | %s %s |\n| scv | no | %s |\n", g.name, other.name, g.name, other.name, g.name) +
				tableEnd + "after\n"
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			r := result{guest: g, answers: test.got}
			for _, q := range []string{"kernel", "shifts", "scv", "ipc"} {
				if k := (key{g.name, q}); test.got[k] != "" {
					r.order = append(r.order, k)
				}
			}
			err := judge(file, []result{r}, false)
			if got := fmt.Sprint(err); test.want == "" && err != nil || !strings.Contains(got, test.want) {
				t.Errorf("judge says %v, want %q", err, test.want)
			}
			// What is written is what is right then.
			if err := judge(file, []result{r}, true); err != nil {
				t.Fatal(err)
			}
			if err := judge(file, []result{r}, false); err != nil {
				t.Errorf("after an update: %v", err)
			}
			if test.name == "nothing" {
				if now, err := os.ReadFile(file); err != nil || string(now) != text {
					t.Errorf("an update without answers changes the page (%v):\n%s", err, cmp.Diff(text, string(now)))
				}
			}
		})
	}
}

// TestUpdateOfBroken: the answers of a guest that died meanwhile are not all, and those of the page stay.
func TestUpdateOfBroken(t *testing.T) {
	g := guests[0]
	file := filepath.Join(t.TempDir(), "page.md")
	text := tableBegin + "| question | answer | guests |\n|---|---|---|\n| kernel | 5.10.0 | " + g.name + " |\n| scv | no | " + g.name + " |\n" + tableEnd
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	k := key{g.name, "kernel"}
	r := result{guest: g, answers: map[key]string{k: "5.10.1"}, order: []key{k}, err: errors.New("died")}
	if err := judge(file, []result{r}, true); err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(file); err != nil || string(now) != text {
		t.Errorf("the page (%v):\n%s", err, cmp.Diff(text, string(now)))
	}
	// So does that to a question whose process died.
	scv := key{g.name, "scv"}
	r = result{guest: g, answers: map[key]string{k: "5.10.1", scv: dead + "panic"}, order: []key{k, scv}}
	var differ errDiffer
	if err := judge(file, []result{r}, true); !errors.As(err, &differ) || len(differ.answers) != 1 {
		t.Errorf("judge says %v", err)
	}
	if now, err := os.ReadFile(file); err != nil || string(now) != strings.Replace(text, "5.10.0", "5.10.1", 1) {
		t.Errorf("the page (%v):\n%s", err, cmp.Diff(text, string(now)))
	}
}

// TestReadTable: a table that says two things, or one of no guest, is refused.
func TestReadTable(t *testing.T) {
	for rows, want := range map[string]string{
		"| scv | no | arm |\n|  | yes | s390x |\n":                     "<nil>",
		"| scv | no | arm |\n|  | yes | s390x arm |\n":                 `two answers of arm to "scv"`,
		"| scv | no | arm |\n| ipc | 16 | arm |\n| scv | no | arm |\n": `two answers of arm to "scv"`,
		"| scv | no | vax |\n":                                         `vax, which is not a column`,
		"|  | no | arm |\n":                                            "without a question",
		"| scv | no |\n":                                               "2 cells, want 3",
	} {
		_, _, _, err := readTable(tableBegin + "| question | answer | guests |\n|---|---|---|\n" + rows + tableEnd)
		if got := fmt.Sprint(err); !strings.Contains(got, want) {
			t.Errorf("readTable of %q says %s, want %s", rows, got, want)
		}
	}
}
