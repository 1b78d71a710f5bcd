package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// varies is what differs from run to run, and what stands for it in comparisons.
var varies = []struct{ text, name string }{
	{`^uid=.*$`, "USER"},              // id
	{`^\d+\.\d+\.\d+\S*$`, "RELEASE"}, // uname -r
	{`^seccompile (\(devel\)|v\d\S*)$`, "VERSION"},
	{`\b\d+(\.\d+)? (ns|µs|ms|s)\b`, "TIME"},
	{`\[\d+\] `, "[PID] "},                                 // as notify has it
	{`^(\[PID\] x86_64 \w+\([^,)]*).*\)( = .*)$`, "$1)$2"}, // registers beyond the arguments
	{`^(\[PID\] x86_64 kill\()\d+`, "${1}PID"},
	{`\bprocess \d+, ends$`, "process PID, ends"},
	{`^\d+ of \d+ names in entries exercised`, "NAMES exercised"},
	{`\b\d+ calls of \d+ kinds\b`, "CALLS of KINDS"},                           // of the C library
	{`\bgo1\.\d+(\.\d+)?: \d+ calls, by \d+ places\b`, "GO: CALLS, by PLACES"}, // of the release of Go
	{`\b(\S+)\+0x[0-9a-f]+( and \d+ more places?)?$`, "$1+OFFSET"},
}

// same replaces what varies.
func same(text string) string {
	for _, v := range varies {
		text = regexp.MustCompile("(?m)"+v.text).ReplaceAllString(text, v.name)
	}
	return text
}

// matches reports whether text is as a page shows it: "..." is any lines.
func matches(page, text string) bool {
	var b strings.Builder
	b.WriteString("^")
	for line := range strings.Lines(same(page)) {
		if line == "...\n" {
			b.WriteString(`(?:.*\n)*?`)
		} else {
			b.WriteString(regexp.QuoteMeta(line))
		}
	}
	return regexp.MustCompile(b.String() + "$").MatchString(same(text))
}

// TestPageMatches: what varies is the same, and the rest is not.
func TestPageMatches(t *testing.T) {
	for _, tt := range []struct {
		page, said string
		want       bool
	}{
		{"a\nb\n", "a\nb\n", true},
		{"a\nb\n", "a\n", false},
		{"a\n", "a\nb\n", false},
		{"", "", true},
		{"", "a\n", false},
		{"a.c\n", "abc\n", false},
		{"a\n...\nb\n", "a\nx\ny\nb\n", true},
		{"a\n...\nb\n", "a\nb\n", true},
		{"a\n...\nb\n", "a\nx\n", false},
		{"...\n", "", true},
		{"uid=0(root)\n6.18.44\n", "uid=7(me) gid=7\n6.1.0-rc1\n", true},
		{"6.18.44 b\n", "6.1.0 b\n", false},
		{"read, stopped for at most 4.1 ms in all\n", "read, stopped for at most 11 ms in all\n", true},
		{"1 thread\n", "2 threads\n", false},
		{"[4711] x86_64 unshare(0x10000000) = ERRNO(1)\n", "[99] x86_64 unshare(0x10000000, 0x7ffe, 0, 8) = ERRNO(1)\n", true},
		{"[4711] x86_64 unshare(0x10000000) = ERRNO(1)\n", "[99] x86_64 unshare(0x20000000, 0x7ffe, 0, 8) = ERRNO(1)\n", false},
		{"[4711] x86_64 unshare(0x10000000) = ERRNO(1)\n", "[99] x86_64 unshare(0x10000000, 0x7ffe, 0, 8) = ERRNO(2)\n", false},
		{"seccompile record: 208 calls of 34 kinds, in a\n", "seccompile record: 1 calls of 2 kinds, in a\n", true},
		{"seccompile record: 208 calls of 34 kinds, in a\n", "seccompile record: 1 calls of 2 kinds, in b\n", false},
	} {
		if got := matches(tt.page, tt.said); got != tt.want {
			t.Errorf("matches(%q, %q) = %t", tt.page, tt.said, got)
		}
	}
}

// TestPageCommands runs what the pages show.
func TestPageCommands(t *testing.T) {
	path := requireRun(t)
	if a := hostArch(t); a != "x86_64" {
		t.Skipf("pages have the calls of x86_64, this is %s", a)
	}
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	for _, p := range docPages(t) {
		list := p.runs()
		if len(list) == 0 {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			setup := setups[p.name]
			if setup.require != nil {
				setup.script = fmt.Sprintf("required=%q\n", setup.require(t)) + setup.script
			}
			dir := t.TempDir()
			printed, statuses := runPage(t, shell, path, dir, setup.script, list)
			pids := pagePIDs(t, dir)
			for i := len(list) - 1; i >= 0; i-- { // from the end, as lines may be replaced
				c, out := list[i], printed[i]
				for page, real := range pids {
					out = regexp.MustCompile(`\b`+real+`\b`).ReplaceAllString(out, page)
				}
				checked := i+1 < len(list) && list[i+1].text == "echo $?"
				if statuses[i] != "0" && !checked {
					t.Errorf("%s:%d: %s\nstatus %s:\n%s", p.name, c.line, c.text, statuses[i], out)
					continue
				}
				want := ""
				for _, line := range p.lines[c.shown:c.end] {
					want += line + "\n"
				}
				if matches(want, out) {
					continue
				}
				if *update && !c.silent {
					lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
					if out == "" {
						lines = nil
					}
					p.lines = append(p.lines[:c.shown:c.shown], append(lines, p.lines[c.end:]...)...)
					continue
				}
				t.Errorf("%s:%d: %s\n(-page +printed)\n%s", p.name, c.line, c.text, cmp.Diff(want, out))
			}
			if *update {
				writeText(t, filepath.Join(checkout, p.name), strings.Join(p.lines, "\n")+"\n")
			}
		})
	}
}

// pagePIDs returns the process IDs that a setup wrote.
func pagePIDs(t *testing.T, dir string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, ".page", "pids"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	pids := map[string]string{}
	words := strings.Fields(string(text))
	for i := 0; i+1 < len(words); i += 2 {
		pids[words[i]] = words[i+1]
	}
	return pids
}

// runPage runs commands in one shell, and returns what each prints and its status.
func runPage(t *testing.T, shell, path, dir, setup string, list []docCommand) (printed, statuses []string) {
	t.Helper()
	hidden := filepath.Join(dir, ".page")
	writeText(t, filepath.Join(hidden, "setup"), setup)
	if err := os.Symlink(path, filepath.Join(hidden, "seccompile")); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(checkout)
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	// Commands of go are for the checkout.
	fmt.Fprintf(&script, "page=%q\ncheckout=%q\n", hidden, root)
	script.WriteString(`go() { (cd "$checkout" && env go "$@"); }
exec >"$page/said" 2>&1 </dev/null
. "$page/setup" || exit
last=0
shown() {
	text=$(cat "$page/$1")
	while read -r number pid; do text=${text//$number/$pid}; done 2>/dev/null <"$page/pids"
	exec >"$page/$1.out" 2>&1
	(exit $last)
	eval "$text"
	last=$?
	echo $last >"$page/$1.status"
}
`)
	for i, c := range list {
		writeText(t, filepath.Join(hidden, fmt.Sprint(i)), c.text)
		fmt.Fprintf(&script, "shown %d\n", i)
	}
	script.WriteString("kill $(jobs -p) 2>/dev/null\nexit 0\n")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, shell, "-c", script.String())
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+hidden+":"+os.Getenv("PATH"), "LC_ALL=C", "COLUMNS=80", "GOFLAGS=") // without the -v that this test may have
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		said, _ := os.ReadFile(filepath.Join(hidden, "said"))
		t.Fatalf("%v\n%s%s", err, out, said)
	}
	for i := range list {
		out, err := os.ReadFile(filepath.Join(hidden, fmt.Sprintf("%d.out", i)))
		if err != nil {
			t.Fatal(err)
		}
		status, err := os.ReadFile(filepath.Join(hidden, fmt.Sprintf("%d.status", i)))
		if err != nil {
			t.Fatal(err)
		}
		printed = append(printed, string(out))
		statuses = append(statuses, strings.TrimSpace(string(status)))
	}
	return printed, statuses
}
