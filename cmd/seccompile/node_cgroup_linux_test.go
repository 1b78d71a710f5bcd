package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestNodeCgroup: a process in the cgroup of a container, as engines call it in hierarchies
// of both versions.
func TestNodeCgroup(t *testing.T) {
	path := requireNode(t)
	pid := start(t, sh("echo; exec cat").under(path))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	leaderless := start(t, launch{args: []string{"env", threadedEnv + "=leader", self}})
	outside := start(t, sh("echo; exec cat"))
	tried := 0
	id := fmt.Sprintf("%x", sha256.Sum256([]byte(pid))) // unlike others on this machine
	for _, tt := range []struct{ root, dir string }{
		{"/sys/fs/cgroup/unified", "seccompile-test.slice/docker-" + id + ".scope"},
		{"/sys/fs/cgroup", "seccompile-test.slice/libpod-" + id + ".scope"},
		{"/sys/fs/cgroup/pids", "seccompile-test/kubepods/" + id},
		{"/sys/fs/cgroup/devices", "docker/" + id},
	} {
		dir := filepath.Join(tt.root, tt.dir)
		if _, err := os.Stat(filepath.Join(tt.root, "cgroup.procs")); err != nil {
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Logf("%v", err)
			continue
		}
		remove := func() {
			for _, pid := range []string{pid, leaderless} {
				os.WriteFile(filepath.Join(tt.root, "cgroup.procs"), []byte(pid), 0)
			}
			for d := dir; d != tt.root; d = filepath.Dir(d) {
				syscall.Rmdir(d)
			}
		}
		t.Cleanup(remove)
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(pid), 0); err != nil {
			t.Logf("%v", err)
			remove()
			continue
		}
		tried++
		for _, flags := range [][]string{{"--cgroup", id}, {"--cgroup", id[:12]}, {"--cgroup", dir}, {"--cgroup", "/" + tt.dir}, {"--containers", "--pid", pid}} {
			out, got := runNode(t, nil, append(flags, "--profile", "default")...)
			if got.Status != exitOK || out.Processes != 1 || len(out.Groups) != 1 {
				t.Fatalf("%q: %s", flags, got)
			}
			at := out.Groups[0].Places[0]
			if at.Kind != "container" || at.ID != id || !at.Contained || strconv.Itoa(at.Processes[0].PID) != pid {
				t.Errorf("%q: %+v", flags, at)
			}
		}
		// A process without a filter, whose first thread has ended, is found there, too.
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(leaderless), 0); err != nil {
			t.Errorf("a process whose first thread has ended: %v", err)
		} else if out, got := runNode(t, nil, "--cgroup", id, "--profile", "default"); got.Status != exitRefused || out.Processes != 2 {
			t.Errorf("with one whose first thread has ended: %d processes, exit %d, want 2, 1", out.Processes, got.Status)
		}
		out, _ := runNode(t, []string{pid, outside})
		if out.Processes != 2 || len(out.Groups) != 2 {
			t.Errorf("%+v", out)
		}
		if got := seccompile("", "node", "--containers", "--pid", outside, "--profile", "default"); got.Status != exitUsage || !strings.Contains(got.Err, "nothing has been compared") {
			t.Errorf("--containers without one: %s", got)
		}
		remove()
	}
	if tried == 0 {
		t.Skip("no hierarchy of cgroups can be written here")
	}
	t.Logf("%d hierarchies", tried)
}
