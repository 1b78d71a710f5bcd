package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seccompile/seccompile/install"
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
		{"kill.json", "exec mkdir d", "the command was killed by SIGSYS, which is how a filter kills\n", 128 + 31},
	} {
		if out, status := a.run(t, tt.profile, "--", "sh", "-c", tt.script); !strings.HasSuffix(out, tt.want) || strings.Count(out, "\n") != 1 || status != tt.status {
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
	var p install.Program
	if err := p.UnmarshalBinary(text); err != nil {
		return err
	}
	_, err = install.Filter(p.Insns(), p.Options())
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
		{"web.task", ": 0 filters, which is not what the flags mean"},
		{"unconfined.task", ": 1 filters, which is not what the flags mean"},
	} {
		if out, status := a.run(t, "", "-task="+tt.task, "-check="+pid); !strings.Contains(out, "thread ") || !strings.Contains(out, tt.want) || status != 125 {
			t.Errorf("%s: %q, status %d, want %q, 125", tt.task, out, status, tt.want)
		}
	}
}
