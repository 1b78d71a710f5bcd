package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// TestCgroups: the cgroup of a runtime that is killed, or fails, is removed.
func TestCgroups(t *testing.T) {
	p := requireContainers(t)
	dir := t.TempDir()
	marker := filepath.Join(dir, "made")
	for name, end := range map[string]string{"hangs": "sleep 60", "fails": "echo $$ >/sys/fs/cgroup/cgroup.procs; exit 1"} {
		script := filepath.Join(dir, name)
		text := "#!/bin/sh\nfor id; do :; done\ncd /sys/fs/cgroup && mkdir -p $id/inner && echo $$ >$id/inner/cgroup.procs && echo $id >" + marker + "\n" + end + "\n"
		if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		a, err := newAsker(p, dir, script)
		if err != nil {
			t.Fatal(err)
		}
		_, fault, err := a.ask(&specs.LinuxSeccomp{DefaultAction: specs.ActAllow}, []call{{call: syscalls.Call{Audit: arch.X86_64.Audit()}}})
		if fault == "" || err != nil {
			t.Errorf("%s: %q, %v", name, fault, err)
		}
		id, err := os.ReadFile(marker)
		if err != nil {
			t.Fatalf("%s: it has made no cgroup: %v", name, err)
		}
		out, _, err := guarded(p, patience, "find", "/sys/fs/cgroup", "-name", strings.TrimSpace(string(id)))
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %s remains, %v", name, out, err)
		}
		os.Remove(marker)
	}
}
