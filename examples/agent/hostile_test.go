package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
)

// TestSignal: a command that is killed ends the agent as it would a shell.
func TestSignal(t *testing.T) {
	a := newAgent(t)
	a.write(t, "profiles/kill.json", profileText(`{"names":["mkdir"],"action":"SCMP_ACT_KILL","args":[],"includes":{},"excludes":{}}`))
	for _, tt := range []struct {
		profile, script, want string
		status                int
	}{
		{"default.json", "kill -TERM $$", "the command was killed by SIGTERM\n", 128 + 15},
		{"", "kill -KILL $$", "the command was killed by SIGKILL\n", 128 + 9},
		{"kill.json", "exec mkdir d", "the command was killed by SIGSYS: a filter kills it for a call that it made\n", 128 + 31},
	} {
		if out, status := a.run(t, tt.profile, "--", "sh", "-c", tt.script); out != "agent: "+tt.want || status != tt.status {
			t.Errorf("%s: %q, status %d, want %q, %d", tt.script, out, status, tt.want, tt.status)
		}
	}
}

// TestInherited: a task has no capability that it inherits outside the bounding set, with a
// filter or without.
func TestInherited(t *testing.T) {
	a := newAgent(t)
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		t.Skip(err)
	}
	for _, task := range []string{"web.task", "unconfined.task"} {
		for _, ambient := range []string{"-all", "+sys_admin,+net_admin"} {
			agent := a.command("", "-task="+task, "-bounding_capabilities=CAP_KILL", "--", "grep", "^Cap", "/proc/self/status")
			cmd := exec.Command(setpriv, append([]string{"--inh-caps", "+sys_admin,+net_admin", "--ambient-caps", ambient}, agent.Args...)...)
			cmd.Dir = agent.Dir
			out, err := cmd.CombinedOutput()
			const kill, none = "0000000000000020", "0000000000000000"
			want := "CapInh:\t" + none + "\nCapPrm:\t" + kill + "\nCapEff:\t" + kill + "\nCapBnd:\t" + kill + "\nCapAmb:\t" + none + "\n"
			if err != nil || string(out) != want {
				t.Errorf("%s, ambient %s: %v\n%s\nwant\n%s", task, ambient, err, out, want)
			}
		}
	}
}

// TestHostileCache: what lies in the cache costs time at most, and only the cache changes.
func TestHostileCache(t *testing.T) {
	a := newAgent(t)
	const script = "! mkdir d 2>/dev/null"
	if out, status := a.run(t, "web.json", "--", "sh", "-c", script); out != "" || status != 0 {
		t.Fatalf("%q, status %d", out, status)
	}
	list, err := filepath.Glob(filepath.Join(a.dir, "cache", "*"))
	if err != nil || len(list) != 1 {
		t.Fatalf("%q, %v", list, err)
	}
	file, other := list[0], filepath.Join(a.dir, "other")
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, "other", "kept")
	for _, tt := range []struct {
		name  string
		plant func() error
	}{
		{"a link", func() error { return os.Symlink(other, file) }},
		{"a dangling link", func() error { return os.Symlink(other+"2", file) }},
		{"a pipe", func() error { return unix.Mkfifo(file, 0o600) }},
		{"a huge file", func() error {
			if err := os.WriteFile(file, want, 0o600); err != nil {
				return err
			}
			return os.Truncate(file, 1<<40)
		}},
	} {
		if err := errors.Join(os.Remove(file), tt.plant()); err != nil {
			t.Fatal(err)
		}
		out, status := a.run(t, "web.json", "--", "sh", "-c", script)
		info, err := os.Lstat(file)
		if err != nil || out != "" || status != 0 || !info.Mode().IsRegular() {
			t.Errorf("%s: %q, status %d, then %v, %v", tt.name, out, status, info, err)
			continue
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: the cache has %d bytes, %v", tt.name, len(got), err)
		}
	}
	if got, err := os.ReadFile(other); err != nil || string(got) != "kept" {
		t.Errorf("the target of the link has %q, %v", got, err)
	}
	if _, err := os.Lstat(other + "2"); err == nil {
		t.Error("the target of the dangling link was made")
	}
	for _, cache := range []string{"missing", "/dev/full", "/proc"} {
		out, status := a.run(t, "web.json", "-cache="+cache, "--", "sh", "-c", script)
		if !strings.HasPrefix(out, "agent: the filter is not in the cache: ") || status != 0 {
			t.Errorf("cache %s: %q, status %d, want that the task starts", cache, out, status)
		}
	}
}

// TestFullCache: a full disk leaves nothing in the cache, and the task starts.
func TestFullCache(t *testing.T) {
	a := newAgent(t)
	full := filepath.Join(a.dir, "full")
	if err := os.Mkdir(full, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", full, "tmpfs", 0, "size=4k"); err != nil {
		t.Skip(err)
	}
	defer unix.Unmount(full, unix.MNT_DETACH)
	a.write(t, "full/filler", strings.Repeat("x", 4096))
	out, status := a.run(t, "web.json", "-cache=full", "--", "true")
	list, err := os.ReadDir(full)
	if !strings.Contains(out, "no space left") || status != 0 || err != nil || len(list) != 1 {
		t.Errorf("%q, status %d, then %v, %v", out, status, list, err)
	}
}

// mixedEnv names a file with the filter of the first thread of a child, which has other
// threads without one.
const mixedEnv = "AGENT_TEST_MIXED"

func init() {
	file := os.Getenv(mixedEnv)
	if file == "" {
		return
	}
	err := filterThread(file)
	if err == nil {
		_, err = os.Stdout.Write([]byte("."))
	}
	if err != nil {
		panic(err)
	}
	for {
		time.Sleep(time.Minute)
	}
}

// filterThread installs the filter of a file on the calling thread.
func filterThread(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	target, err := profile.Host()
	if err != nil {
		return err
	}
	f, err := compile.LoadBytes(text, target.Arch)
	if err != nil {
		return err
	}
	_, err = install.Filter(f.Insns(), install.Options{})
	return err
}

// TestCheckThreads: a process with a thread that has other filters than the rest does not pass.
func TestCheckThreads(t *testing.T) {
	a := newAgent(t)
	if state, err := install.Status(); err != nil || state.Mode != 0 {
		t.Skip("the kernel reports filters only to processes without one: ", err)
	}
	if out, status := a.run(t, "web.json", "--", "true"); status != 0 {
		t.Fatalf("%q, status %d", out, status)
	}
	list, err := filepath.Glob(filepath.Join(a.dir, "cache", "*"))
	if err != nil || len(list) != 1 {
		t.Fatalf("%q, %v", list, err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), mixedEnv+"="+list[0])
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer child.Process.Kill()
	time.AfterFunc(time.Minute, func() { child.Process.Kill() })
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(child.Process.Pid)
	for _, tt := range []struct{ task, want string }{
		{"web.task", " of process " + pid + " has no filter, want the fingerprint "},
		{"unconfined.task", " of process " + pid + " has 1 filters, want none"},
	} {
		if out, status := a.run(t, "", "-task="+tt.task, "-check="+pid); !strings.Contains(out, tt.want) || status != 1 {
			t.Errorf("%s: %q, status %d, want %q, 1", tt.task, out, status, tt.want)
		}
	}
}
