package main

import (
	"maps"
	"net/url"
	"os"
	urlpath "path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// anchors returns the fragments by which GitHub finds the headings of a text.
func anchors(text string) map[string]bool {
	list := map[string]bool{}
	fenced := false // the line is in a code block
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		heading := regexp.MustCompile(`^#{1,6} +(.*)`).FindStringSubmatch(line)
		if fenced || heading == nil {
			continue
		}
		title := regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`).ReplaceAllString(strings.TrimSpace(heading[1]), "$1")
		slug := strings.ReplaceAll(regexp.MustCompile(`[^\p{L}\p{N}_ -]`).ReplaceAllString(strings.ToLower(title), ""), " ", "-")
		list[slug] = true
	}
	return list
}

// TestLinks: what pages link to is there, headings too. Of other sites only the form is checked.
func TestLinks(t *testing.T) {
	pages := docPages(t)
	for _, name := range []string{"CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "testdata/README.md"} {
		pages = append(pages, readPage(t, name))
	}
	count := 0
	for _, p := range pages {
		for i, line := range p.lines {
			if slices.ContainsFunc(p.blocks, func(b docCode) bool { return i >= b.first && i < b.end }) {
				continue
			}
			line = regexp.MustCompile("`[^`]*`").ReplaceAllString(line, "code")
			for _, m := range regexp.MustCompile(`\]\(([^)]*)\)`).FindAllStringSubmatch(line, -1) {
				count++
				if err := linkFault(p.name, m[1]); err != "" {
					t.Errorf("%s:%d: %s: %s", p.name, i+1, m[1], err)
				}
			}
		}
	}
	if count < 50 {
		t.Errorf("%d links, want 50 or more", count)
	}
}

// TestLinkFaults: a link that leads nowhere is found.
func TestLinkFaults(t *testing.T) {
	for link, want := range map[string]string{
		"../README.md":            "",
		"meaning.md#8-width":      "",
		"#by-task":                "",
		"https://example.org/a#b": "",
		"http://example.org":      "want https and a host",
		"https://example":         "want https and a host",
		"nothing.txt":             "the checkout does not have docs/nothing.txt",
		"../../etc/passwd":        "the checkout does not have ../etc/passwd",
		"meaning.md#14-luck":      "docs/meaning.md does not have this heading",
		"#by-luck":                "docs/README.md does not have this heading",
		"../docs":                 "",
		"%":                       `parse "%": invalid URL escape "%"`,
	} {
		if got := linkFault("docs/README.md", link); got != want {
			t.Errorf("%s: %q, want %q", link, got, want)
		}
	}
}

// linkFault says what is wrong with a link of a page, or nothing.
func linkFault(page, link string) string {
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return err.Error()
	case u.IsAbs():
		if u.Scheme != "https" || !regexp.MustCompile(`^([a-z0-9-]+\.)+[a-z]+$`).MatchString(u.Host) {
			return "want https and a host"
		}
		return ""
	}
	target := page
	if u.Path != "" {
		target = urlpath.Join(urlpath.Dir(page), u.Path)
	}
	file := filepath.Join(checkout, target)
	if _, err := os.Stat(file); err != nil || !filepath.IsLocal(target) {
		return "the checkout does not have " + target
	}
	if u.Fragment == "" {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	if !anchors(string(text))[u.Fragment] {
		return target + " does not have this heading"
	}
	return ""
}

// TestPicture: docs/decision.svg is what graph draws.
func TestPicture(t *testing.T) {
	const file = checkout + "/docs/decision.svg"
	got := seccompile("", "graph", "--arch", "x86_64", "--format", "svg", "socket")
	if *update {
		writeText(t, file, got.Out)
	}
	if want, err := os.ReadFile(file); err != nil || string(want) != got.Out || got.Status != exitOK {
		t.Errorf("docs/decision.svg is not what seccompile graph draws (run go test ./cmd/seccompile -run TestPicture -update): %v", err)
	}
}

// declared returns the names of the tests and benchmarks in the checkout's Go files, and those
// that each package exports.
func declared(t *testing.T) (tests map[string]bool, exported map[string]map[string]bool) {
	t.Helper()
	tests, exported = map[string]bool{}, map[string]map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^(?:func (?:\([^)]*\) )?|type |\t|const |var )([A-Z]\w*)`)
	err := filepath.WalkDir(checkout, func(file string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".go" {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		dir := filepath.Base(filepath.Dir(file))
		if exported[dir] == nil {
			exported[dir] = map[string]bool{}
		}
		for _, m := range declaration.FindAllSubmatch(text, -1) {
			exported[dir][string(m[1])] = true
			if strings.HasSuffix(file, "_test.go") {
				tests[string(m[1])] = true
			}
		}
		return nil
	})
	if err != nil || len(tests) == 0 || len(exported["compile"]) == 0 {
		t.Fatalf("%d tests, %v", len(tests), err)
	}
	return tests, exported
}

// TestPagesDeclared: tests, and identifiers of our packages, that pages name are declared.
func TestPagesDeclared(t *testing.T) {
	tests, exported := declared(t)
	count := 0
	for _, p := range docPages(t) {
		for i, line := range p.lines {
			for _, m := range regexp.MustCompile(`\b(?:Test|Benchmark|Example)[A-Z]\w*`).FindAllString(line, -1) {
				count++
				named := func(test string) bool { return strings.HasPrefix(test, m) } // as go test -run has it
				if _, ok := exported["testing"][m]; !ok && !slices.ContainsFunc(slices.Collect(maps.Keys(tests)), named) {
					t.Errorf("%s:%d: no file has %s", p.name, i+1, m)
				}
			}
			for _, m := range regexp.MustCompile(`\b(compile|generate|profile|policy|choice|store|vector|lint|record|seccomptest|install|notify|trace|syscalls|arch)\.([A-Z]\w*)`).FindAllStringSubmatch(line, -1) {
				count++
				if !exported[m[1]][m[2]] {
					t.Errorf("%s:%d: package %s does not have %s", p.name, i+1, m[1], m[2])
				}
			}
		}
	}
	if count < 100 {
		t.Errorf("%d names, want 100 or more", count)
	}
}

// TestPagesNamed: pages and pictures that files of the project name are there.
func TestPagesNamed(t *testing.T) {
	count := 0
	err := filepath.WalkDir(checkout, func(file string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if d.IsDir() || !slices.Contains([]string{".go", ".md", ".tmpl", ".txt", ""}, filepath.Ext(file)) {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, m := range regexp.MustCompile(`\bdocs/\w+\.(md|svg|png)\b`).FindAllString(string(text), -1) {
			count++
			if _, err := os.Stat(filepath.Join(checkout, m)); err != nil {
				t.Errorf("%s names %s: %v", file, m, err)
			}
		}
		return nil
	})
	if err != nil || count < 20 {
		t.Errorf("%d names of pages, %v", count, err)
	}
}
