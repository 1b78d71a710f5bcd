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
	"README.md":       {script: mesosFiles + "sed -i s/web.json/wbe.json/ app.json\n"},
	"docs/needs.md":   {require: requireNeeds, script: `cp "$required" web`},
	"docs/node.md":    {require: requireCgroups, script: nodeProcesses},
	"docs/record.md":  {require: requireRecord, script: recordFiles},
	"docs/stacks.md":  {require: requireLarge, script: stackFiles},
	"docs/testing.md": {script: `cd "$checkout"/examples/testing`},
	"docs/write.md":   {require: requireRecord},
	"docs/compose.md": {script: composeFiles},
	"docs/fails.md":   {require: requireNode, script: startSleep + "start 4711 seccompile run -- sleep 60\n"},
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

// recordFiles are a job, and a service that ends soon after it is attached to.
const recordFiles = `cat >job.sh <<'END'
date >now
cat now now >/dev/null
END
sh -c 'until grep -q "TracerPid:.[1-9]" /proc/$$/status; do sleep 0.1; done; sleep 0.3' &
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

// startSleep defines start, which begins a command that becomes sleep, as the process that the page has by that number.
const startSleep = `start() {
	number=$1
	shift
	"$@" &
	echo $number $! >>"$page/pids"
	until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.01; done
}
`

// stackFiles are the large profile, and one for a process that has two filters.
const stackFiles = startSleep + `cp "$required"/* .
cat >own.json <<'END'
{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["chroot"], "action": "SCMP_ACT_KILL_PROCESS"}]}
END
start 4711 seccompile run -- seccompile run --profile own.json -- sleep 60
`

// nodeProcesses are two in the cgroup of a container and two in that of a unit.
const nodeProcesses = startSleep + `container="$required"/docker-` + oneID + `.scope unit="$required"/batch.service
start 4711 seccompile run -- sleep 60
echo $! >"$container/cgroup.procs"
start 4712 seccompile run -- sleep 60
echo $! >"$container/cgroup.procs"
start 4713 seccompile run --caps docker,CAP_SYS_ADMIN -- sleep 60
echo $! >"$unit/cgroup.procs"
start 4714 sleep 60
echo $! >"$unit/cgroup.procs"
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
