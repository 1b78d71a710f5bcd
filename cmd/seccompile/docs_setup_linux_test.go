package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A docSetup is what a page needs besides the command and an empty directory.
type docSetup struct {
	require func(*testing.T) string // skips where the page cannot be run; the script has its result as $required
	script  string                  // runs before the page's commands; it writes lines of two process IDs to $page/pids, the page's and the real one
}

// setups are those of pages that need one.
var setups = map[string]docSetup{
	"README.md":        {script: mesosFiles + "sed -i s/web.json/wbe.json/ app.json\n"},
	"docs/choosing.md": {script: mesosFiles},
	"docs/needs.md":    {require: requireNeeds, script: `cp "$required" web`},
	"docs/node.md":     {require: requireCgroups, script: nodeProcesses},
	"docs/record.md":   {require: requireRecord, script: recordFiles},
	"docs/stacks.md":   {require: requireLarge, script: `cp "$required"/* .`},
	"docs/testing.md":  {script: `cd "$checkout"/examples/testing`},
	"docs/write.md":    {require: requireRecord},
	"docs/compose.md":  {script: composeFiles},
	"docs/fails.md":    {require: requireNode},
}

// mesosFiles are an agent's directory and an app that names its profile.
const mesosFiles = `mkdir profiles
cat >profiles/web.json <<'END'
{"defaultAction": "SCMP_ACT_ALLOW", "archMap": [], "syscalls": [{"names": ["ptrace"], "action": "SCMP_ACT_ERRNO", "args": [], "includes": {}, "excludes": {}}]}
END
cat >app.json <<'END'
{"id": "/web", "cmd": "./web", "container": {"type": "MESOS",
  "linuxInfo": {"seccomp": {"profileName": "web.json"}}}}
END
`

// recordFiles are a job, and a service that lives for some seconds.
const recordFiles = `cat >job.sh <<'END'
date >now
cat now now >/dev/null
END
sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; done' &
echo 4711 $! >"$page/pids"
`

// composeFiles are the profile of a node, that of an app, and one with entries to add.
const composeFiles = `cat >node.json <<'END'
{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["bpf"], "action": "SCMP_ACT_KILL_PROCESS"},
  {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 97, "args": [{"index": 0, "value": 37, "op": "SCMP_CMP_GT"}]}]}
END
cat >app.json <<'END'
{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "write", "bpf"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 10, "op": "SCMP_CMP_NE"}]}]}
END
`

// nodeProcesses are two in the cgroup of a container and two in that of a unit.
const nodeProcesses = `start() {
	number=$1 group="$required/$2"
	shift 2
	"$@" &
	echo $number $! >>"$page/pids"
	until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.01; done
	echo $! >$group/cgroup.procs
}
start 4711 docker-` + oneID + `.scope seccompile run -- sleep 60
start 4712 docker-` + oneID + `.scope seccompile run -- sleep 60
start 4713 batch.service seccompile run --caps docker,CAP_SYS_ADMIN -- sleep 60
start 4714 batch.service sleep 60
`

// requireNeeds returns a program whose code can be read and whose calls can be recorded.
func requireNeeds(t *testing.T) string {
	t.Helper()
	requireRecord(t)
	return requireGo(t)
}

// requireLarge returns a directory with a profile for which one filter is too small.
func requireLarge(t *testing.T) string {
	t.Helper()
	requireNode(t)
	dir := t.TempDir()
	writeText(t, filepath.Join(dir, "large.json"), largeProfile())
	return dir
}

// requireCgroups returns a cgroup, until the test ends, with one for each place of nodeProcesses.
func requireCgroups(t *testing.T) string {
	t.Helper()
	requireNode(t)
	for _, root := range []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup", "/sys/fs/cgroup/pids"} {
		slice := filepath.Join(root, "seccompile-docs.slice")
		dirs := []string{filepath.Join(slice, "docker-"+oneID+".scope"), filepath.Join(slice, "batch.service"), slice}
		if _, err := os.Stat(filepath.Join(root, "cgroup.procs")); err != nil || os.MkdirAll(dirs[0], 0o755) != nil || os.MkdirAll(dirs[1], 0o755) != nil {
			continue
		}
		t.Cleanup(func() {
			for _, dir := range dirs { // the processes were killed, and may be about to end
				for deadline := time.Now().Add(patience); os.Remove(dir) != nil && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
				}
			}
		})
		if err := os.WriteFile(filepath.Join(dirs[1], "cgroup.procs"), nil, 0); err == nil {
			return slice
		}
	}
	t.Skip("no hierarchy of cgroups can be written here")
	return ""
}
