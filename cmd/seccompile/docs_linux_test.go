package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

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

// runDoc runs a line of a page by the shell, with this command as seccompile.
func runDoc(t *testing.T, path, dir, line string) result {
	t.Helper()
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(bin, "seccompile")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	return shellIn(t, dir, "PATH="+bin+":$PATH; "+line)
}

// shellIn runs a script in a directory.
func shellIn(t *testing.T, dir, script string) result {
	t.Helper()
	got, _ := launch{args: []string{"sh", "-c", "cd " + dir + " || exit; " + script}}.execute(t)
	return got
}

// TestRecordDocs: the commands in docs/record.md do what it says, one after the other.
func TestRecordDocs(t *testing.T) {
	lines := docLines(t, "../../docs/record.md")
	path := requireRecord(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "job.sh"), []byte("unshare -U true; date >now; cat now now >/dev/null; echo done\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	running := exec.Command("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; done")
	for _, line := range lines {
		if strings.Contains(line, "--pid 4711") {
			if err := running.Start(); err != nil {
				t.Fatal(err)
			}
			defer running.Wait()
			line = strings.ReplaceAll(line, "4711", strconv.Itoa(running.Process.Pid))
		}
		if got := runDoc(t, path, dir, line); got.Status != 0 {
			t.Errorf("%s:\n%s", line, got)
		}
	}
	for _, file := range []string{"web.json", "late.record", "needs.json", "trimmed.json"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Errorf("after the commands of the page: %v", err)
		}
	}
}

// TestAuditDocs: the commands in docs/audit.md run, and say by their status whether something
// is found.
func TestAuditDocs(t *testing.T) {
	lines := docLines(t, "../../docs/audit.md")
	path := requireRun(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"web.json":     `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["bpf"], "action": "SCMP_ACT_ALLOW"}]}`,
		"accepted.txt": "kernel-surface:bpf the agent\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got := runDoc(t, path, dir, "seccompile compile --arch aarch64 --profile web.json -o web.bpf"); got.Status != 0 {
		t.Fatal(got)
	}
	sleep := exec.Command(path, "run", "--", "sleep", "600")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	defer sleep.Wait()
	defer sleep.Process.Kill()
	for _, line := range lines {
		if strings.Contains(line, "--pid") && os.Geteuid() != 0 {
			continue
		}
		line = strings.ReplaceAll(line, "4711", strconv.Itoa(sleep.Process.Pid))
		if got := runDoc(t, path, dir, line); got.Status > exitRefused {
			t.Errorf("%s:\n%s", line, got)
		}
	}
}
