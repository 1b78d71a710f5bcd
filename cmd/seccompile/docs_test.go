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

// The pages are README.md and docs/*.md. Their code blocks are
//
//	console  commands after "$ ", each followed by what it prints. A line "..." stands for any lines
//	sh       commands that print nothing
//
// and others, which are only shown (shown). Commands end with status 0 unless "echo $?" is the
// next one, and continue after a line that ends in \ and up to the end of a << document.
// All commands of a page run in one shell, in an empty directory, and docs_linux_test.go says
// where pages need more. A block that cannot be run everywhere begins with a comment:
//
//	# Not run by the tests: why.

const (
	checkout  = "../.."
	notRun    = "# Not run by the tests: "
	mostWords = 900 // of the README, as wc counts
	mostHere  = 14  // blocks that are not run
)

// shown are the languages of blocks without commands, "" among them: files and messages.
var shown = []string{"", "c", "go", "json", "text", "yaml"}

// elsewhere has the pages whose commands are run by other tests, as they need more than a test
// may expect.
var elsewhere = map[string]string{
	"docs/adopting.md":    "TestAdoptingDocs compares them with what the page says in other blocks",
	"docs/audit.md":       "profile/lint writes the page, and docs/harden.md shows the commands",
	"docs/benchmarks.md":  ".ci/run measures in internal/oracle/bench",
	"docs/conformance.md": ".ci/run starts the runtimes in internal/oracle",
	"docs/runtimes.md":    ".ci/run builds runc in internal/oracle/runc",
}

// A docPage is a page in lines.
type docPage struct {
	name   string // from the checkout's root on
	lines  []string
	blocks []docCode
}

// A docCode is a code block: the lines from first up to end, without the fences.
type docCode struct {
	language   string
	first, end int
	skipped    string // why it is not run
}

// A docCommand is a command of a block and what follows it.
type docCommand struct {
	line       int    // of the page, from 1 on
	text       string // what the shell gets
	shown, end int    // the lines of what it prints
	silent     bool   // it is in a block of sh
}

func docPages(t *testing.T) (pages []*docPage) {
	t.Helper()
	names, err := filepath.Glob(checkout + "/docs/*.md")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d pages in docs, %v", len(names), err)
	}
	for _, file := range append([]string{checkout + "/README.md"}, names...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(checkout, file)
		if err != nil {
			t.Fatal(err)
		}
		p := &docPage{name: filepath.ToSlash(name), lines: strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")}
		p.findBlocks(t)
		pages = append(pages, p)
	}
	return pages
}

func (p *docPage) findBlocks(t *testing.T) {
	open := -1
	for i, line := range p.lines {
		language, ok := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case !ok:
		case open < 0:
			open = i
			p.blocks = append(p.blocks, docCode{language: language, first: i + 1})
		case language != "":
			t.Errorf("%s:%d: a block in a block", p.name, i+1)
		default:
			b := &p.blocks[len(p.blocks)-1]
			b.end = i
			if reason, ok := strings.CutPrefix(p.lines[b.first], notRun); ok && b.end > b.first {
				b.skipped = reason
			}
			open = -1
		}
	}
	if open >= 0 {
		t.Errorf("%s:%d: the block does not end", p.name, open+1)
	}
}

// commands returns the commands of a block that is run.
func (p *docPage) commands(t *testing.T, b docCode) (list []docCommand) {
	t.Helper()
	for i := b.first; i < b.end; {
		line, prompt := strings.CutPrefix(p.lines[i], "$ ")
		c := docCommand{line: i + 1, text: line, silent: b.language == "sh"}
		switch {
		case c.silent && (strings.HasPrefix(line, "#") || strings.TrimSpace(line) == ""):
			i++
			continue
		case c.silent == prompt:
			t.Fatalf("%s:%d: a command after \"$ \" is for console, one without for sh: %s", p.name, i+1, p.lines[i])
		}
		i++
		document := regexp.MustCompile(`<<-?'?(\w+)'?`).FindStringSubmatch(line)
		for ; i < b.end; i++ {
			if last := c.text[strings.LastIndex(c.text, "\n")+1:]; document == nil && !strings.HasSuffix(last, `\`) || document != nil && last == document[1] {
				break
			}
			c.text += "\n" + p.lines[i]
		}
		c.shown = i
		for ; i < b.end && !c.silent && !strings.HasPrefix(p.lines[i], "$ "); i++ {
		}
		c.end = i
		list = append(list, c)
	}
	return list
}

// run reports whether the commands of a block are run.
func (p *docPage) run(b docCode) bool {
	return (b.language == "console" || b.language == "sh") && b.skipped == "" && elsewhere[p.name] == ""
}

// TestPages: pages have the form that the runner knows, and say whom they are for.
func TestPages(t *testing.T) {
	ran, shownHere := map[string]bool{}, 0
	for _, p := range docPages(t) {
		if p.name == "README.md" {
			if n := len(strings.Fields(strings.Join(p.lines, " "))); n > mostWords {
				t.Errorf("README.md has %d words, want %d or fewer", n, mostWords)
			}
		} else if len(p.lines) < 3 || !strings.HasPrefix(p.lines[0], "# ") || p.lines[1] != "" || !strings.HasPrefix(p.lines[2], "For ") {
			t.Errorf("%s:3: the line after the title does not say \"For\" whom the page is", p.name)
		}
		for _, b := range p.blocks {
			switch {
			case slices.Contains(shown, b.language):
				for i := b.first; i < b.end; i++ {
					if line := strings.TrimSpace(p.lines[i]); strings.HasPrefix(line, "$ ") || strings.HasPrefix(line, "seccompile ") && !strings.Contains(line, ": ") {
						t.Errorf("%s:%d: a command in a block of %q, which nobody runs: write it in one of console or sh", p.name, i+1, b.language)
					}
				}
			case b.language != "console" && b.language != "sh":
				t.Errorf("%s:%d: a block of %q (one of console, sh, c, go, json, text, yaml)", p.name, b.first, b.language)
			case b.skipped != "":
				t.Logf("%s:%d is not run: %s", p.name, b.first, b.skipped)
				shownHere++
			case p.run(b):
				for _, c := range p.commands(t, b) {
					for _, m := range regexp.MustCompile(`\bseccompile ([a-z]+)\b`).FindAllStringSubmatch(c.text, -1) {
						ran[m[1]] = true
					}
				}
			}
		}
	}
	if shownHere > mostHere {
		t.Errorf("%d blocks are not run, want %d or fewer", shownHere, mostHere)
	}
	for _, v := range verbs(stdio{}) {
		if !ran[v.name] {
			t.Errorf("no page shows seccompile %s", v.name)
		}
	}
	for name := range elsewhere {
		if _, err := os.Stat(filepath.Join(checkout, name)); err != nil {
			t.Errorf("elsewhere: %v", err)
		}
	}
}

// anchors returns the fragments by which GitHub finds the headings of a text.
func anchors(text string) map[string]bool {
	list := map[string]bool{}
	fenced := false
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
		text, err := os.ReadFile(filepath.Join(checkout, name))
		if err != nil {
			t.Fatal(err)
		}
		p := &docPage{name: name, lines: strings.Split(string(text), "\n")}
		p.findBlocks(t)
		pages = append(pages, p)
	}
	count := 0
	for _, p := range pages {
		inside := func(i int) bool {
			return slices.ContainsFunc(p.blocks, func(b docCode) bool { return i >= b.first && i < b.end })
		}
		for i, line := range p.lines {
			if inside(i) {
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
