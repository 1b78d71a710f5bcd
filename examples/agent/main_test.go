package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seccompile/seccompile/install"
)

// An agentDir is an agent's directories and its binary.
type agentDir struct {
	path, dir string
}

// The profiles: same means what web means, in another order and with a comment.
var profiles = map[string]string{
	"default.json": profileText(`{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[],"includes":{},"excludes":{}}`),
	"web.json": profileText(`{"names":["mkdir","rmdir"],"action":"SCMP_ACT_ERRNO","args":[],"includes":{},"excludes":{}},
		{"names":["chroot"],"action":"SCMP_ACT_ERRNO","args":[],"includes":{},"excludes":{"caps":["CAP_SYS_CHROOT"]}}`),
	"same.json": profileText(`{"names":["rmdir"],"action":"SCMP_ACT_ERRNO","args":[],"comment":"none","includes":{},"excludes":{}},
		{"names":["chroot"],"action":"SCMP_ACT_ERRNO","args":[],"includes":{},"excludes":{"caps":["CAP_SYS_CHROOT"]}},
		{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[],"includes":{},"excludes":{}}`),
	"broken.json": profileText(`{"names":["mkdir"],"action":"SCMP_ACT_EERNO","args":[],"includes":{},"excludes":{}}`),
}

func profileText(entries string) string {
	return `{"defaultAction":"SCMP_ACT_ALLOW","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]},` +
		`{"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]}],"syscalls":[` + entries + `]}`
}

func newAgent(t *testing.T) agentDir {
	t.Helper()
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	if os.Geteuid() != 0 {
		t.Skip("an agent is root")
	}
	a := agentDir{dir: t.TempDir()}
	a.path = filepath.Join(a.dir, "agent")
	if out, err := exec.Command("go", "build", "-o", a.path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%s%v", out, err)
	}
	for _, dir := range []string{"profiles", "cache"} {
		if err := os.Mkdir(filepath.Join(a.dir, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range profiles {
		a.write(t, "profiles/"+name, text)
	}
	for name, setting := range map[string]string{"web": "web.json", "same": "same.json", "broken": "broken.json", "missing": "missing.json"} {
		a.write(t, name+".task", `{"name":"x","container":{"linux_info":{"seccomp":{"profile_name":"`+setting+`"}}}}`)
		a.write(t, name+".app", `{"id":"/x","container":{"linuxInfo":{"seccomp":{"profileName":"`+setting+`"}}}}`)
	}
	a.write(t, "unconfined.task", `{"unconfined":true}`)
	a.write(t, "plain.app", `{"id":"/x","cmd":"true"}`)
	return a
}

func (a agentDir) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// command is the agent with a default profile, "" for none, and further arguments.
func (a agentDir) command(profile string, args ...string) *exec.Cmd {
	all := []string{"-seccomp_config_dir=profiles", "-seccomp_profile_name=" + profile, "-cache=cache"}
	cmd := exec.Command(a.path, append(all, args...)...)
	cmd.Dir = a.dir
	return cmd
}

// run returns what the agent prints, and its exit status.
func (a agentDir) run(t *testing.T, profile string, args ...string) (out string, status int) {
	t.Helper()
	cmd := a.command(profile, args...)
	timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer timeout.Stop()
	text, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// TestChoice: a task runs under the profile that it requests, else under the default.
func TestChoice(t *testing.T) {
	a := newAgent(t)
	const script = `mkdir d 2>/dev/null && echo mkdir; rmdir d 2>/dev/null && echo rmdir; grep -E '^(CapBnd|Seccomp):' /proc/self/status; exit 7`
	for _, tt := range []struct {
		profile string
		args    []string
		want    string
	}{
		{"default.json", nil, "CapBnd:\t0000000000000000\nSeccomp:\t2\n"},
		{"", nil, "mkdir\nrmdir\nCapBnd:\t0000000000000000\nSeccomp:\t0\n"},
		{"", []string{"-task=web.task"}, "CapBnd:\t0000000000000000\nSeccomp:\t2\n"},
		{"", []string{"-app=web.app"}, "CapBnd:\t0000000000000000\nSeccomp:\t2\n"},
		{"default.json", []string{"-app=plain.app", "-bounding_capabilities=docker"}, "CapBnd:\t00000000a80425fb\nSeccomp:\t2\n"},
		{"default.json", []string{"-task=unconfined.task", "-app=web.app", "-bounding_capabilities=CAP_KILL"}, "mkdir\nrmdir\nCapBnd:\t0000000000000020\nSeccomp:\t0\n"},
	} {
		out, status := a.run(t, tt.profile, append(tt.args, "--", "sh", "-c", script)...)
		if out != tt.want || status != 7 {
			t.Errorf("default %q, %s: %q, status %d, want %q, 7", tt.profile, tt.args, out, status, tt.want)
		}
	}
}

// TestErrors: nothing starts if the profile is not there, or is wrong.
func TestErrors(t *testing.T) {
	a := newAgent(t)
	for _, tt := range []struct {
		profile string
		args    []string
		want    string
	}{
		{"broken.json", nil, `unknown action "SCMP_ACT_EERNO"`},
		{"missing.json", nil, "missing.json"},
		{"default.json", []string{"-task=broken.task"}, "broken.json:1:"},
		{"default.json", []string{"-app=missing.app"}, "missing.json"},
		{"default.json", []string{"-task=missing"}, "no such file"},
		{"default.json", []string{"-task=/dev/zero"}, "a device where a file should be"},
		{"default.json", []string{"-bounding_capabilities=CAP_KILLL"}, "CAP_KILLL"},
	} {
		out, status := a.run(t, tt.profile, append(tt.args, "--", "echo", "started")...)
		if !strings.Contains(out, tt.want) || strings.Contains(out, "started") || status != 125 {
			t.Errorf("default %q, %s: %q, status %d, want %q, 125", tt.profile, tt.args, out, status, tt.want)
		}
	}
	if out, status := a.run(t, "default.json"); !strings.Contains(out, "no command") || status != 125 {
		t.Errorf("without a command: %q, status %d", out, status)
	}
}

// TestCache: profiles that mean the same share a filter, those that depend on capabilities
// do not, and a task starts without a cache, too.
func TestCache(t *testing.T) {
	a := newAgent(t)
	for i, tt := range []struct {
		args []string
		want int // files in the cache
	}{
		{[]string{"-task=web.task"}, 1},
		{[]string{"-task=same.task"}, 1},
		{[]string{"-app=web.app"}, 1},
		{[]string{"-task=web.task", "-bounding_capabilities=CAP_SYS_CHROOT"}, 2},
	} {
		out, status := a.run(t, "", append(tt.args, "--", "sh", "-c", "! mkdir d 2>/dev/null")...)
		list, err := filepath.Glob(filepath.Join(a.dir, "cache", "*"))
		if out != "" || status != 0 || err != nil || len(list) != tt.want {
			t.Errorf("%d, %s: %q, status %d, then %d files in the cache, %v, want %d", i, tt.args, out, status, len(list), err, tt.want)
		}
	}
	out, status := a.run(t, "web.json", "-cache=missing", "--", "sh", "-c", "! mkdir d 2>/dev/null")
	if !strings.Contains(out, "missing does not keep the filter: ") || status != 0 {
		t.Errorf("without a cache: %q, status %d, want that the task starts", out, status)
	}
}

// TestCheck: the check tells the profiles of running tasks apart.
func TestCheck(t *testing.T) {
	a := newAgent(t)
	if state, err := install.Status(); err != nil || state.Mode != 0 {
		t.Skip("the kernel reports filters only to processes without one: ", err)
	}
	for _, task := range []string{"web.task", "unconfined.task"} {
		cmd := a.command("default.json", "-task="+task, "--", "sh", "-c", "echo $$; read end")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		defer timeout.Stop()
		var pid int
		if err := json.NewDecoder(out).Decode(&pid); err != nil {
			t.Fatal(err)
		}
		for _, as := range []string{"web.task", "same.task", "unconfined.task", ""} {
			want := 125
			if as == task || as == "same.task" && task == "web.task" {
				want = 0
			}
			if out, status := a.run(t, "default.json", "-task="+as, "-check="+strconv.Itoa(pid)); status != want {
				t.Errorf("%s held against %q: %q, status %d, want %d", task, as, out, status, want)
			}
		}
		in.Close()
		cmd.Wait()
	}
}

// TestLength: the agent is as short as an example should be.
func TestLength(t *testing.T) {
	text, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			lines++
		}
	}
	list, err := filepath.Glob("*.go")
	if err != nil || lines == 0 || lines > 150 || len(list) != 4 {
		t.Errorf("%d lines of code in main.go, of the files %q, %v, want at most 150 and tests beside it", lines, list, err)
	}
}
