package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestNodeDocs: the commands in docs/node.md print what it says. Those with & start the
// processes; the first two are moved to a container's cgroup, the others to a unit's.
func TestNodeDocs(t *testing.T) {
	path := requireNode(t)
	if a := hostArch(t); a != "x86_64" {
		t.Skipf("the page has the calls of x86_64, this is %s", a)
	}
	const file = "../../docs/node.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var real, doc []string // process IDs
	ran := 0
	out := regexp.MustCompile("(?s)```console\n(.*?)```").ReplaceAllStringFunc(string(page), func(block string) string {
		block = strings.TrimSuffix(strings.TrimPrefix(block, "```console\n"), "```")
		var now strings.Builder
		for _, text := range strings.Split(block, "$ ")[1:] {
			line, want, _ := strings.Cut(text, "\n")
			now.WriteString("$ " + line + "\n")
			args := strings.Fields(line)
			if args[len(args)-1] == "&" {
				doc = append(doc, strings.TrimSpace(want[strings.Index(want, "]")+1:]))
				real = append(real, background(t, path, args[:len(args)-1]))
				contain(t, real[len(real)-1], [...]string{"docker-" + oneID + ".scope", "batch.service"}[(len(real)-1)/2])
				now.WriteString(want)
				continue
			}
			for i := range doc {
				for j := range args {
					if args[j] == doc[i] {
						args[j] = real[i]
					}
				}
			}
			got := seccompile("", args[1:]...)
			said := regexp.MustCompile(`(?m)^seccompile node: (stopping|\d+ threads? read).*\n`).ReplaceAllString(got.Err, "") + got.Out
			for i := range doc {
				said = regexp.MustCompile(`\b`+real[i]+`\b`).ReplaceAllString(said, doc[i])
			}
			if said != want && !*update {
				t.Errorf("%s\n%swant\n%s", line, said, want)
			}
			now.WriteString(said)
			ran++
		}
		return "```console\n" + now.String() + "```"
	})
	if ran < 4 {
		t.Errorf("docs/node.md has %d commands, want 4 or more", ran)
	}
	if *update {
		writeText(t, file, out)
	}
}

// background starts a command of the page, and returns its process ID once it runs.
func background(t *testing.T, path string, args []string) string {
	t.Helper()
	if args[0] == "seccompile" {
		args[0] = path
	}
	cmd := exec.Command(args[0], args[1:]...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	want := args[len(args)-2] + "\n"
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", cmd.Process.Pid))
		if string(name) == want {
			return fmt.Sprint(cmd.Process.Pid)
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%q is called %q, %v", args, name, err)
		}
	}
}

// contain moves a process to a cgroup of that name until the test ends.
func contain(t *testing.T, pid, name string) {
	t.Helper()
	for _, root := range []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup", "/sys/fs/cgroup/pids"} {
		dir := filepath.Join(root, "seccompile-docs.slice", name)
		if _, err := os.Stat(filepath.Join(root, "cgroup.procs")); err != nil || os.MkdirAll(dir, 0o755) != nil {
			continue
		}
		t.Cleanup(func() {
			os.WriteFile(filepath.Join(root, "cgroup.procs"), []byte(pid), 0)
			os.Remove(dir)
			os.Remove(filepath.Dir(dir))
		})
		if os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(pid), 0) == nil {
			return
		}
	}
	t.Skip("no hierarchy of cgroups can be written here")
}
