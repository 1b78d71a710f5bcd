package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMeasure: everything on the page can be measured, and is.
func TestMeasure(t *testing.T) {
	list := variants(t)
	r, err := measure(list, effort{Rounds: 1, Quotas: 1, Peaks: 1, Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range r.Arms {
		if a.Wall <= 0 || a.CPU <= 0 || a.Throttled <= 0 || a.Peak <= 0 || a.Least <= 0 || a.Size <= 0 {
			t.Errorf("%s: not all is measured: %+v", a.Name, a)
		}
		if filtered := i < len(list); (a.Instructions > 0) != filtered || (a.Mean > 0) != filtered || a.Most < a.Mean {
			t.Errorf("%s: %d instructions, executed %.1f, at most %.0f", a.Name, a.Instructions, a.Mean, a.Most)
		}
	}
	if theirs, ours := r.Arms[0], r.Arms[2]; ours.Instructions >= theirs.Instructions || ours.Mean >= theirs.Mean {
		t.Errorf("the filter has %d instructions and executes %.1f, libseccomp's %d and %.1f", ours.Instructions, ours.Mean, theirs.Instructions, theirs.Mean)
	}
	for range list {
		r.Tallies = append(r.Tallies, tally{passed: 41, skipped: 1})
	}
	page, err := r.page()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| parent | 41 passed, 1 skipped, 0 failed |\n", "| instructions of the filter | ", r.Machine, r.Runc, r.Libseccomp, "Go 1."} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not have %q:\n%s", want, page)
		}
	}
	if err := xml.Unmarshal(r.picture(), new(struct{})); err != nil {
		t.Errorf("the picture: %v", err)
	}
}

// TestPage: docs/runtimes.md has the text of the template.
func TestPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "runtimes.md"))
	if err != nil {
		t.Fatal(err)
	}
	rest := string(page)
	for line := range strings.Lines(pageText) {
		if strings.Contains(line, "{{") {
			continue
		}
		_, after, ok := strings.Cut(rest, line)
		if !ok {
			t.Fatalf("docs/runtimes.md does not have this line, or not at its place (write the page again with run -page):\n%s", line)
		}
		rest = after
	}
}

// TestAdapter: the adapter is as short as the page says.
func TestAdapter(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("seccomp", "*.go"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%q, %v", files, err)
	}
	lines := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
				lines++
			}
		}
	}
	if lines == 0 || lines > 150 {
		t.Errorf("%d lines of code", lines)
	}
}
