package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/profile"
)

const adoptingPage = "../../docs/adopting.md"

// docBlock returns the text of a page's first block in a language, "" for none.
func docBlock(t *testing.T, page, language string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "\n```")
	for i := 1; i < len(blocks); i += 2 {
		if lang, block, _ := strings.Cut(blocks[i], "\n"); lang == language {
			return block + "\n"
		}
	}
	t.Fatalf("%s has no block in %q", page, language)
	return ""
}

// TestAdoptingDocs: the commands in docs/adopting.md succeed with its profile, and those that
// compare and prove print what it says.
func TestAdoptingDocs(t *testing.T) {
	lines := docLines(t, adoptingPage)
	path := requireRun(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "web.json"), []byte(docBlock(t, adoptingPage, "json")), 0o666); err != nil {
		t.Fatal(err)
	}
	target, err := profile.Host()
	if err != nil {
		t.Fatal(err)
	}
	wants := map[string]string{
		"seccompile audit":  "runc-weaker",
		"seccompile diff":   strings.ReplaceAll(docBlock(t, adoptingPage, ""), "x86_64", target.Arch.String()),
		"seccompile verify": "proved equal for every call",
		"go version -m":     "golang.org/x/sys",
	}
	for _, line := range lines {
		got := runDoc(t, path, dir, line)
		if got.Status != 0 {
			t.Errorf("%s:\n%s", line, got)
		}
		for command, want := range wants {
			if strings.HasPrefix(line, command) {
				delete(wants, command)
				if !strings.Contains(got.Out+got.Err, want) {
					t.Errorf("%s:\n%s\nwant %q", line, got, want)
				}
			}
		}
	}
	if len(wants) > 0 {
		t.Errorf("the page does not have the commands %v", wants)
	}
}

// TestAdoptingCalls: docs/adopting.md names every call that runc has no number for, by
// docs/conformance.md, and docs/runtimes.md refers to the list.
func TestAdoptingCalls(t *testing.T) {
	read := func(page string) string {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	_, section, _ := strings.Cut(read(adoptingPage), "\n### Calls that libseccomp does not know\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, line, ok := strings.Cut(read("../../docs/conformance.md"), "\nrunc answers ENOSYS to calls newer than the profile. It has no number for ")
	line, _, _ = strings.Cut(line, "\n")
	names := regexp.MustCompile("`[a-z_0-9]+`").FindAllString(line, -1)
	if !ok || len(names) == 0 {
		t.Fatal("docs/conformance.md does not list the calls that runc has no number for")
	}
	for _, want := range append(names, "seccompile dump --pid PID", "seccompile diff theirs.bpf ours.bpf") {
		if !strings.Contains(section, want) {
			t.Errorf("%s does not have %s in its section about calls that libseccomp does not know", adoptingPage, want)
		}
	}
	if page := read("../../docs/runtimes.md"); !strings.Contains(page, "does not know otherwise") || !strings.Contains(page, "(adopting.md)") {
		t.Error("docs/runtimes.md does not refer to the list of docs/adopting.md")
	}
}

// TestAdoptingSizes: programs are as large as docs/adopting.md says, give or take a tenth, as
// releases of Go differ.
func TestAdoptingSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds three programs")
	}
	text, err := os.ReadFile(adoptingPage)
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| with[^|]* \| ([0-9.]+) \|$`).FindAllStringSubmatch(string(text), -1)
	programs := []string{"plain", "install", "compile"}
	if len(rows) != len(programs) {
		t.Fatalf("%s has %d sizes, want %d", adoptingPage, len(rows), len(programs))
	}
	for i, program := range programs {
		want, err := strconv.ParseFloat(rows[i][1], 64)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), program)
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "./testdata/adopting/"+program)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s%v", out, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		got := float64(info.Size()) / 1e6
		t.Logf("%s: %.2f MB", program, got)
		if got > want*1.1 || got < want*0.9 {
			t.Errorf("%s has %.2f MB, and %s says %.2f", program, got, adoptingPage, want)
		}
	}
}

// docLines returns the command lines in the sh blocks of a page, without comments.
func docLines(t *testing.T, page string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(text), "```sh\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for line := range strings.Lines(block) {
			line, _, _ = strings.Cut(line, "   #")
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) < 4 {
		t.Fatalf("%s has %d commands, want 4 or more", page, len(lines))
	}
	return lines
}
