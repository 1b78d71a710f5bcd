package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The pages are README.md and docs/*.md. Their code blocks are
//
//	console  commands after "$ ", each followed by what it prints. A line "..." stands for any lines
//	sh       commands that print nothing
//
// and others, which are only shown. A command ends with status 0 unless "echo $?" is the next
// one. It continues after a line that ends in \, and up to the end of a << document. All
// commands of a page run in one shell, in an empty directory; setups has what pages need
// besides. A block that cannot be run everywhere begins with a comment that says why:
//
//	# Not run by the tests: bubblewrap, which a machine may lack.
//
// With -update, what commands print replaces what the page says.

const (
	checkout  = "../.."
	notRun    = "# Not run by the tests: "
	mostWords = 900 // of the README, as wc counts
	mostNot   = 8   // blocks that are not run
)

// shown are the languages of blocks without commands: files, code and messages.
var shown = []string{"", "c", "go", "json", "text", "yaml"}

// elsewhere has the pages whose commands are run by other tests, as they need more than a test
// may expect.
var elsewhere = map[string]string{
	"docs/adopting.md":    "TestAdoptingDocs compares them with what the page says in other blocks",
	"docs/benchmarks.md":  ".ci/run measures in internal/oracle/bench",
	"docs/conformance.md": ".ci/run starts the runtimes in internal/oracle",
	"docs/runtimes.md":    ".ci/run builds runc in internal/oracle/runc",
}

// A docPage is a page in lines.
type docPage struct {
	name   string // from the checkout's root on
	lines  []string
	blocks []docCode
	faults []string // of its form
}

// A docCode is a code block: the lines from first up to end, without the fences.
type docCode struct {
	language   string
	first, end int
	commands   []docCommand
	notRun     string // why, or empty
}

// A docCommand is a command of a block and what follows it.
type docCommand struct {
	text       string // what the shell gets
	line       int    // of the page, from 1 on
	shown, end int    // the lines of what it prints
	silent     bool   // it is in a block of sh
}

func (p *docPage) fault(i int, format string, args ...any) {
	p.faults = append(p.faults, fmt.Sprintf("%s:%d: ", p.name, i+1)+fmt.Sprintf(format, args...))
}

// parsePage finds the blocks and the commands of a page, and its faults.
func parsePage(name, text string) *docPage {
	p := &docPage{name: name, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	open := -1
	for i, line := range p.lines {
		language, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case !fence:
		case open < 0:
			open = i
			p.blocks = append(p.blocks, docCode{language: language, first: i + 1})
		case language != "":
			p.fault(i, "a block in a block")
		default:
			p.blocks[len(p.blocks)-1].end = i
			open = -1
		}
	}
	if open >= 0 {
		p.fault(open, "the block does not end")
		p.blocks[len(p.blocks)-1].end = len(p.lines)
	}
	for i := range p.blocks {
		p.findCommands(&p.blocks[i])
	}
	if name == "README.md" {
		if n := len(strings.Fields(text)); n > mostWords {
			p.fault(0, "%d words, want %d or fewer", n, mostWords)
		}
	} else if len(p.lines) < 3 || !strings.HasPrefix(p.lines[0], "# ") || p.lines[1] != "" || !strings.HasPrefix(p.lines[2], "For ") {
		p.fault(2, `the first line after the title does not say "For" whom the page is`)
	}
	return p
}

func (p *docPage) findCommands(b *docCode) {
	sh := b.language == "sh"
	if slices.Contains(shown, b.language) {
		for i := b.first; i < b.end; i++ {
			if line := strings.TrimSpace(p.lines[i]); regexp.MustCompile(`^\$ |^seccompile [a-z]+ `).MatchString(line) && !strings.Contains(line, ": ") {
				p.fault(i, "a command in a block of %q, which is not run (make it one of console or sh)", b.language)
			}
		}
		return
	}
	if !sh && b.language != "console" {
		p.fault(b.first-1, "a block of %q (one of console, sh, c, go, json, text, yaml)", b.language)
		return
	}
	for i := b.first; i < b.end; {
		line, prompt := strings.CutPrefix(p.lines[i], "$ ")
		if reason, ok := strings.CutPrefix(line, notRun); ok && i == b.first && len(reason) > 3 {
			b.notRun = reason
			return
		}
		if sh && (strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "") {
			i++
			continue
		}
		if sh == prompt {
			p.fault(i, `a command after "$ " is for console, and one without for sh`)
			return
		}
		c := docCommand{text: line, line: i + 1, silent: sh}
		document := regexp.MustCompile(`<<-?'?(\w+)'?`).FindStringSubmatch(line)
		for i++; i < b.end; i++ {
			last := c.text[strings.LastIndex(c.text, "\n")+1:]
			if document == nil && !strings.HasSuffix(last, `\`) || document != nil && last == document[1] {
				break
			}
			c.text += "\n" + p.lines[i]
		}
		c.shown = i
		for ; i < b.end && !sh && !strings.HasPrefix(p.lines[i], "$ "); i++ {
		}
		c.end = i
		b.commands = append(b.commands, c)
	}
}

// runs returns the commands of a page that are run.
func (p *docPage) runs() (list []docCommand) {
	if elsewhere[p.name] != "" {
		return nil
	}
	for _, b := range p.blocks {
		list = append(list, b.commands...)
	}
	return list
}

// readPage returns a page of the checkout.
func readPage(t *testing.T, name string) *docPage {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout, name))
	if err != nil {
		t.Fatal(err)
	}
	return parsePage(filepath.ToSlash(name), string(text))
}

// docPages returns all pages.
func docPages(t *testing.T) []*docPage {
	t.Helper()
	list := []*docPage{readPage(t, "README.md")}
	names, err := filepath.Glob(checkout + "/docs/*.md")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d pages in docs, %v", len(names), err)
	}
	for _, name := range names {
		list = append(list, readPage(t, "docs/"+filepath.Base(name)))
	}
	return list
}

// TestPages: pages have the form that the runner knows, say whom they are for, and show each
// verb in a command that is run.
func TestPages(t *testing.T) {
	ran, not, blocks := map[string]bool{}, 0, 0
	for _, p := range docPages(t) {
		for _, fault := range p.faults {
			t.Error(fault)
		}
		for _, b := range p.blocks {
			if b.notRun != "" {
				t.Logf("%s:%d is not run: %s", p.name, b.first, b.notRun)
				not++
			}
			if len(b.commands) > 0 {
				blocks++
			}
		}
		for _, c := range p.runs() {
			for _, m := range regexp.MustCompile(`\bseccompile ([a-z]+)\b`).FindAllStringSubmatch(c.text, -1) {
				ran[m[1]] = true
			}
		}
	}
	for name, reason := range elsewhere {
		t.Logf("%s is run elsewhere: %s", name, reason)
		readPage(t, name)
	}
	if t.Logf("%d blocks with commands, and %d that are not run", blocks, not); not > mostNot {
		t.Errorf("%d blocks are not run, want %d or fewer", not, mostNot)
	}
	for _, v := range verbs(stdio{}) {
		if !ran[v.name] {
			t.Errorf("no page shows seccompile %s", v.name)
		}
	}
}

// TestPageFaults: what a page must not have is found, at its line.
func TestPageFaults(t *testing.T) {
	const head = "# Title\n\nFor tests.\n\n"
	long := strings.Repeat("word ", mostWords+1)
	for _, tt := range []struct{ name, text, want string }{
		{"pages/a.md", head + "```console\n$ true\n$ cat <<END\na\nEND\nsaid\n```\n", ""},
		{"pages/a.md", head + "```sh\n# why\n\ntrue \\\n\tfalse\n```\n```json\n{}\n```\n", ""},
		{"pages/a.md", "# Title\n\nOf tests.\n", `pages/a.md:3: the first line after the title does not say "For" whom the page is`},
		{"pages/a.md", "", `pages/a.md:3: the first line after the title does not say "For" whom the page is`},
		{"pages/a.md", head + "```bash\ntrue\n```\n", `pages/a.md:5: a block of "bash" (one of console, sh, c, go, json, text, yaml)`},
		{"pages/a.md", head + "```console\ntrue\n```\n", `pages/a.md:6: a command after "$ " is for console, and one without for sh`},
		{"pages/a.md", head + "```sh\n$ true\n```\n", `pages/a.md:6: a command after "$ " is for console, and one without for sh`},
		{"pages/a.md", head + "```text\n$ true\n```\n", `pages/a.md:6: a command in a block of "text", which is not run (make it one of console or sh)`},
		{"pages/a.md", head + "```\nseccompile eval v.txt\n```\n", `pages/a.md:6: a command in a block of "", which is not run (make it one of console or sh)`},
		{"pages/a.md", head + "```console\n$ true\n", "pages/a.md:5: the block does not end"},
		{"pages/a.md", head + "```sh\n" + notRun + "\nfalse\n```\n", ""}, // it is run, without a reason
		{"README.md", long, fmt.Sprintf("README.md:1: %d words, want %d or fewer", mostWords+1, mostWords)},
	} {
		p := parsePage(tt.name, tt.text)
		if diff := cmp.Diff(tt.want, strings.Join(p.faults, "\n")); diff != "" {
			t.Errorf("%q (-want +got)\n%s", tt.text, diff)
		}
		if strings.Contains(tt.text, notRun) && len(p.runs()) != 1 {
			t.Errorf("%q: %d commands are run, want 1", tt.text, len(p.runs()))
		}
	}
	p := parsePage("pages/a.md", head+"```console\n$ true\n$ cat <<END\na\nEND\nsaid\n```\n```sh\n"+notRun+"network\nfalse\n```\n")
	want := []docCommand{{"true", 6, 6, 6, false}, {"cat <<END\na\nEND", 7, 9, 10, false}}
	if diff := cmp.Diff(want, p.runs(), cmp.AllowUnexported(docCommand{})); diff != "" {
		t.Errorf("commands (-want +got)\n%s", diff)
	}
}
