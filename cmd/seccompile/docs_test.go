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
// Other blocks of Markdown (indented, quoted, between ~~~) and HTML are faults, as no test would
// see their commands and links.
//
// With -update, what commands print replaces what the page says.

const (
	checkout  = "../.."
	notRun    = "# Not run by the tests: "
	mostWords = 900 // of the README, as wc counts
	mostNot   = 11  // blocks that are not run
)

// shown are the languages of blocks without commands: files, code and messages.
var shown = []string{"", "c", "go", "json", "text", "yaml"}

// elsewhere has the pages whose commands are run by other tests, as they need more than a test
// may expect.
var elsewhere = map[string]struct {
	reason  string
	command string // the only one of the page; if empty, all are in blocks of sh
}{
	"docs/adopting.md":    {"TestAdoptingDocs compares them with what the page says in other blocks", ""},
	"docs/benchmarks.md":  {".ci/run measures in internal/oracle/bench", "cd internal/oracle/bench && GOWORK=off go run -tags seccomp . -corpus DIR -o ../../../docs"},
	"docs/conformance.md": {".ci/run starts the runtimes in internal/oracle", "cd internal/oracle && GOWORK=off go run ./kit -runtime runc"},
	"docs/runtimes.md":    {".ci/run builds runc in internal/oracle/runc", "internal/oracle/runc/run -page"},
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
	open, blank := -1, true // the fence of the block that the line is in; the line before is blank
	for i, line := range p.lines {
		language, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case !fence && open < 0:
			p.checkText(i, blank)
			blank = strings.TrimSpace(line) == ""
		case !fence:
		case open < 0:
			open = i
			p.blocks = append(p.blocks, docCode{language: language, first: i + 1})
		case language != "":
			p.fault(i, "a block in a block")
		default:
			p.blocks[len(p.blocks)-1].end = i
			open, blank = -1, true
		}
	}
	if open >= 0 {
		p.fault(open, "the block does not end")
		p.blocks[len(p.blocks)-1].end = len(p.lines)
	}
	for i := range p.blocks {
		p.findCommands(&p.blocks[i])
	}
	p.checkElsewhere()
	if name == "README.md" {
		if n := len(strings.Fields(text)); n > mostWords {
			p.fault(0, "%d words, want %d or fewer", n, mostWords)
		}
	} else if len(p.lines) < 3 || !strings.HasPrefix(p.lines[0], "# ") || p.lines[1] != "" || !strings.HasPrefix(p.lines[2], "For ") {
		p.fault(2, `the first line after the title does not say "For" whom the page is`)
	}
	return p
}

// notSeen finds blocks and links in lines that the tests would take for plain text.
var notSeen = regexp.MustCompile("^[> ]*~~~|^ *> *```|^ *\\[[^]]+\\]: |\\]\\[|<[/!]?[a-zA-Z-]")

// checkText finds faults of a line outside of blocks.
func (p *docPage) checkText(i int, afterBlank bool) {
	line := p.lines[i]
	if afterBlank && regexp.MustCompile(`^(    |\t) *\S`).MatchString(line) {
		p.fault(i, "an indented block, which no test sees (make it one of console, sh or text)")
	}
	if found := notSeen.FindString(codeSpan.ReplaceAllString(line, "code")); found != "" {
		p.fault(i, "%q begins HTML, a link by reference or another block, which no test sees", found)
	}
}

// codeSpan is code, or a comment, in a line of text.
var codeSpan = regexp.MustCompile("`[^`]+`|<!--.*-->")

// checkElsewhere finds commands that neither the runner nor another test runs.
func (p *docPage) checkElsewhere() {
	other, ok := elsewhere[p.name]
	if !ok {
		return
	}
	for _, b := range p.blocks {
		for _, c := range b.commands {
			if !c.silent || other.command != "" && c.text != other.command {
				p.fault(c.line-1, "a command that no test runs (%s)", other.reason)
			}
		}
	}
}

// commandLine finds lines that are commands, in blocks without any.
var commandLine = regexp.MustCompile(`^\$ |^seccompile [a-z]+( |$)|^go (run|test|build|install|get) `)

func (p *docPage) findCommands(b *docCode) {
	sh := b.language == "sh"
	if slices.Contains(shown, b.language) {
		for i := b.first; i < b.end; i++ {
			if commandLine.MatchString(strings.TrimSpace(p.lines[i])) {
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
		document := regexp.MustCompile(`(?:^|[^<])<<'?([A-Z]+)'?`).FindStringSubmatch(line)
		ends := func() bool {
			last := c.text[strings.LastIndex(c.text, "\n")+1:]
			return document == nil && !strings.HasSuffix(last, `\`) || document != nil && last == document[1]
		}
		for i++; i < b.end && !ends(); i++ {
			c.text += "\n" + p.lines[i]
		}
		if !ends() {
			p.fault(c.line-1, "the command does not end in its block")
		}
		c.shown = i
		for ; i < b.end && !sh && !strings.HasPrefix(p.lines[i], "$ "); i++ {
		}
		c.end = i
		switch said := strings.Join(p.lines[c.shown:c.end], "\n"); {
		case c.text == "echo $?" && !regexp.MustCompile(`^\d+$`).MatchString(said):
			p.fault(c.line-1, "the page does not say the status")
		case said == "...":
			p.fault(c.line-1, "what it prints is \"...\" alone, which is anything")
		}
		b.commands = append(b.commands, c)
	}
	if len(b.commands) == 0 {
		p.fault(b.first-1, "a block of %q without commands", b.language)
	}
}

// runs returns the commands of a page that are run.
func (p *docPage) runs() (list []docCommand) {
	if _, ok := elsewhere[p.name]; ok {
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
	index := readPage(t, "docs/README.md")
	for _, p := range docPages(t) {
		if name, ok := strings.CutPrefix(p.name, "docs/"); ok && p.name != index.name && !strings.Contains(strings.Join(index.lines, "\n"), "]("+name+")") {
			t.Errorf("%s does not list %s", index.name, name)
		}
	}
	for name, other := range elsewhere {
		t.Logf("%s is run elsewhere: %s", name, other.reason)
		readPage(t, name)
	}
	if t.Logf("%d blocks with commands, and %d that are not run", blocks, not); not > mostNot {
		t.Errorf("%d blocks are not run, want %d or fewer", not, mostNot)
	}
	list := strings.Join(readPage(t, "docs/command.md").lines, "\n")
	for _, v := range verbs(stdio{}) {
		if !ran[v.name] {
			t.Errorf("no page shows seccompile %s", v.name)
		}
		if !regexp.MustCompile("(`|seccompile )" + v.name + `\b`).MatchString(list) {
			t.Errorf("docs/command.md does not list %s", v.name)
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
		{"pages/a.md", head + "```text\ngo test ./...\n```\n", `pages/a.md:6: a command in a block of "text", which is not run (make it one of console or sh)`},
		{"pages/a.md", head + "```text\n$ echo a: b\n```\n", `pages/a.md:6: a command in a block of "text", which is not run (make it one of console or sh)`},
		{"pages/a.md", head + "```sh\n# false\n```\n", `pages/a.md:5: a block of "sh" without commands`},
		{"pages/a.md", head + "```sh\ntrue $((1<<N))\nfalse\n```\n", "pages/a.md:6: the command does not end in its block"},
		{"pages/a.md", head + "```console\n$ cat <<<a\na\n$ true\n```\n", ""},
		{"pages/a.md", head + "```console\n$ false\n...\n```\n", `pages/a.md:6: what it prints is "..." alone, which is anything`},
		{"pages/a.md", head + "```console\n$ false\n$ echo $?\n...\n```\n", "pages/a.md:7: the page does not say the status"},
		{"pages/a.md", head + "    false\n", "pages/a.md:5: an indented block, which no test sees (make it one of console, sh or text)"},
		{"pages/a.md", head + "- an item\n    that goes on\n", ""},
		{"pages/a.md", head + "~~~sh\nfalse\n~~~\n", `pages/a.md:5: "~~~" begins HTML, a link by reference or another block, which no test sees
pages/a.md:7: "~~~" begins HTML, a link by reference or another block, which no test sees`},
		{"pages/a.md", head + "> ```sh\n> false\n", "pages/a.md:5: \"> ```\" begins HTML, a link by reference or another block, which no test sees"},
		{"pages/a.md", head + "see <a href=b.md>\n", `pages/a.md:5: "<a" begins HTML, a link by reference or another block, which no test sees`},
		{"pages/a.md", head + "`<a>` <!-- <b> --> 1 < 2\n", ""},
		{"pages/a.md", head + "see [a][b]\n\n[b]: c.md\n", `pages/a.md:5: "][" begins HTML, a link by reference or another block, which no test sees
pages/a.md:7: "[b]: " begins HTML, a link by reference or another block, which no test sees`},
		{"docs/adopting.md", head + "```console\n$ true\n```\n", "docs/adopting.md:6: a command that no test runs (" + elsewhere["docs/adopting.md"].reason + ")"},
		{"docs/runtimes.md", head + "```sh\ntrue\ninternal/oracle/runc/run -page\n```\n", "docs/runtimes.md:6: a command that no test runs (" + elsewhere["docs/runtimes.md"].reason + ")"},
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
