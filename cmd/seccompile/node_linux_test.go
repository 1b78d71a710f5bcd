package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

// threadedEnv has this program be a process with a thread that has what others do not have.
const threadedEnv = "SECCOMPILE_TEST_THREAD"

// Of the kind leader, main has to run on the first thread.
func init() {
	if os.Getenv(threadedEnv) == "leader" {
		runtime.LockOSThread()
	}
}

// threaded starts a thread that gets a filter, or strict mode, says so, and ends with its input.
// Of the kind leader the first thread ends.
func threaded(kind string) {
	if kind == "leader" {
		go func() {
			for !strings.Contains(stateOf(os.Getpid()), "Z") {
				time.Sleep(time.Millisecond)
			}
			fmt.Println("ready")
			io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
		time.Sleep(10 * time.Millisecond) // the other one is on its thread
		unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread()
		if kind == "strict" {
			var ends [2]int
			err := unix.Pipe(ends[:])
			ready <- err
			unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_STRICT, 0)
			unix.RawSyscall(unix.SYS_READ, uintptr(ends[0]), 0, 1) // for ever: nobody writes
		}
		_, err := install.Filter([]bpf.RawInstruction{{Op: 6, K: retAllow}}, install.Options{})
		ready <- err
		select {}
	}()
	if err := <-ready; err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if kind == "strict" {
		for !strings.Contains(seccompOfThreads(os.Getpid()), "1") {
			time.Sleep(time.Millisecond)
		}
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// stateOf returns the state of a process's first thread.
func stateOf(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/status", pid, pid))
	return status(string(text), "State")["State"]
}

// seccompOfThreads returns the modes of a process's threads.
func seccompOfThreads(pid int) (modes string) {
	names, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, name := range names {
		text, _ := os.ReadFile(name)
		modes += status(string(text), "Seccomp")["Seccomp"] + " "
	}
	return modes
}

// requireNode skips a test where filters of others cannot be read.
func requireNode(t *testing.T) string {
	t.Helper()
	path := requireRun(t)
	if err := mayRead(); err != nil {
		t.Skip(err)
	}
	return path
}

// runNode runs node for some processes, and returns its report.
func runNode(t *testing.T, pids []string, flags ...string) (jsonReport, result) {
	t.Helper()
	args := append([]string{"node", "--json"}, flags...)
	for _, pid := range pids {
		args = append(args, "--pid", pid)
	}
	got := seccompile("", args...)
	var out jsonReport
	if err := json.Unmarshal([]byte(got.Out), &out); err != nil {
		t.Fatalf("%q: %v\n%s", args, err, got)
	}
	return out, got
}

// groupOf returns the group that a process is in, by its first answers.
func groupOf(t *testing.T, out jsonReport, pid string) (jsonOfAlike, jsonNodeProcess) {
	t.Helper()
	for _, g := range out.Groups {
		for _, at := range g.Places {
			for _, p := range at.Processes {
				if strconv.Itoa(p.PID) == pid {
					return g, p
				}
			}
		}
	}
	t.Fatalf("no process %s in %+v", pid, out)
	return jsonOfAlike{}, jsonNodeProcess{}
}

// TestNode: processes under known filters, of each kind, by what they answer.
func TestNode(t *testing.T) {
	path := requireNode(t)
	t.Chdir(t.TempDir())
	writeText(t, "more.json", `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO"}]}`)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	waiting := sh("echo; exec cat")
	with := func(kind string) launch {
		return launch{args: []string{"env", threadedEnv + "=" + kind, "GODEBUG=asyncpreemptoff=1", self}}
	}
	free := start(t, waiting)
	one, other := start(t, waiting.under(path)), start(t, waiting.under(path))
	twice := start(t, waiting.under(path).under(path))
	stacked := start(t, waiting.under(path, "--profile", "more.json").under(path))
	threads := start(t, with("filter"))
	under := start(t, with("filter").under(path))
	strict := start(t, with("strict"))
	traced := start(t, waiting.under(path))
	release := seize(t, traced)
	defer release()
	all := []string{free, one, other, twice, stacked, threads, under, strict, traced}

	out, got := runNode(t, all, "--profile", "default")
	if got.Status != exitRefused || out.Verdict != nodeDifferent || out.Processes != len(all) {
		t.Errorf("exit %d, %s, %d processes, want exit 1, different, %d", got.Status, out.Verdict, out.Processes, len(all))
	}
	before := regexp.MustCompile(`^seccompile node: stopping \d+ threads of 7 processes, one by one, for a moment\nseccompile node: \d+ threads read, stopped for at most [\d.]+ ms in all, and [\d.]+ ms each\n$`)
	if !before.MatchString(got.Err) {
		t.Errorf("standard error: %s", got.Err)
	}
	fingerprint := out.Profiles[0].Fingerprint
	if want := seccompile("", "fingerprint"); want.Out != fingerprint+"\n" {
		t.Errorf("the profile's fingerprint is %s, want %s", fingerprint, want)
	}
	for _, tt := range []struct {
		pid     string
		verdict string
		modes   string // of the answers
		filters []int
		first   string // the first call that differs
	}{
		{free, nodeDifferent, "none", []int{0}, "socket"},
		{one, nodeEqual, "filter", []int{1}, ""},
		{other, nodeEqual, "filter", []int{1}, ""},
		{twice, nodeEqual, "filter", []int{2}, ""},
		{stacked, nodeStricter, "filter", []int{2}, "getpriority"},
		{threads, nodeDifferent, "none filter", []int{0, 1}, ""},
		{under, nodeEqual, "filter", []int{1, 2}, ""}, // the thread's filter allows everything
		{strict, nodeDifferent, "none strict", []int{0}, ""},
		{traced, nodeUnknown, "", []int{1}, ""},
	} {
		g, p := groupOf(t, out, tt.pid)
		var modes []string
		for _, a := range g.Answers {
			modes = append(modes, a.Mode)
		}
		if g.Verdict != tt.verdict || strings.Join(modes, " ") != tt.modes || !slices.Equal(p.Filters, tt.filters) {
			t.Errorf("%s %s: %s, %q, filters %v, want %s, %s, %v", p.Name, tt.pid, g.Verdict, modes, p.Filters, tt.verdict, tt.modes, tt.filters)
		}
		if tt.verdict == nodeEqual && g.Answers[0].Fingerprint != fingerprint {
			t.Errorf("%s: %+v, want %s", tt.pid, g.Answers, fingerprint)
		}
		if tt.first != "" && (g.Differs == nil || g.Differs.First == nil || g.Differs.First.Call != tt.first) {
			t.Errorf("%s: differs by %+v, want %s", tt.pid, g.Differs, tt.first)
		}
	}
	if _, p := groupOf(t, out, traced); !strings.Contains(p.Reason, "traces it already") {
		t.Errorf("the process that has a tracer: %q", p.Reason)
	}
	for _, tt := range []struct {
		pids    []string
		verdict string
		status  int
	}{
		{[]string{one, other, twice, under}, nodeEqual, exitOK},
		{[]string{one, traced}, nodeUnknown, exitRefused},
		{[]string{one, free}, nodeDifferent, exitRefused},
		{[]string{one, stacked}, nodeStricter, exitRefused},
	} {
		if out, got := runNode(t, tt.pids, "--profile", "default"); out.Verdict != tt.verdict || got.Status != tt.status {
			t.Errorf("%v: %s, exit %d, want %s, %d", tt.pids, out.Verdict, got.Status, tt.verdict, tt.status)
		}
	}
	for status, pids := range [][]string{{one, stacked}, {one, stacked, free}} {
		if out, got := runNode(t, pids, "--profile", "default", "--accept-stricter"); got.Status != status {
			t.Errorf("%v: --accept-stricter: %s, exit %d, want %d", pids, out.Verdict, got.Status, status)
		}
	}
	// Without a profile nothing is different.
	if out, got := runNode(t, all); out.Verdict != "" || got.Status != exitOK {
		t.Errorf("without a profile: %q, exit %d", out.Verdict, got.Status)
	}
	// Every thread that has filters is read if that is asked for, and for a profile.
	for _, flags := range [][]string{{"--threads"}, {"--profile", "default"}} {
		_, got := runNode(t, []string{under}, flags...)
		if !regexp.MustCompile(`stopping ([4-9]|\d\d) threads of 1 process,`).MatchString(got.Err) {
			t.Errorf("%q: %s", flags, got.Err)
		}
	}
	text := seccompile("", append([]string{"node", "--dry-run"}, "--pid", one, "--pid", free)...)
	if !strings.HasPrefix(text.Out, "would stop 1 thread of 1 process (1 process without filters, or not readable)\n  cat "+one+": 1 thread, ") || text.Err != "" || text.Status != exitOK {
		t.Errorf("--dry-run: %s", text)
	}
	inside, _ := launch{args: []string{path, "node"}}.under(path).execute(t)
	if !strings.Contains(inside.Err, "this process has a filter itself") || inside.Status != exitUsage {
		t.Errorf("node under a filter: %s", inside)
	}
	l := launch{args: []string{path, "node"}, user: users()[len(users())-1]}
	if got, _ := l.execute(t); l.user.cred != nil && (!strings.Contains(got.Err, "run it as root of the machine") || got.Status != exitUsage) {
		t.Errorf("node as nobody: %s", got)
	}
}

// seize makes a thread of this process the tracer of another one until the function that it
// returns is called.
func seize(t *testing.T, pid string) (release func()) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	seized, end, ended := make(chan error), make(chan bool), make(chan bool)
	go func() {
		defer close(ended)
		runtime.LockOSThread() // and never unlocked: the thread ends, and lets it go
		seized <- unix.PtraceSeize(n)
		<-end
	}()
	if err := <-seized; err != nil {
		t.Fatal(err)
	}
	return func() { close(end); <-ended }
}

// TestNodeEnds: a process that ends before it is read is left out, whether its parent has
// seen it or not.
func TestNodeEnds(t *testing.T) {
	path := requireNode(t)
	for _, seen := range []bool{false, true} {
		l := sh("echo; exec cat").under(path)
		cmd := exec.Command(l.args[0], l.args[1:]...)
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
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		list, err := survey(procDir)
		if err == nil {
			list, err = scope{pids: []int{cmd.Process.Pid}}.of(list, os.Getpid())
		}
		if err != nil {
			t.Fatal(err)
		}
		r := reader{proc: procDir, until: time.Now().Add(time.Hour), stacks: map[string][]install.Installed{}}
		r.read = func(tid int) ([]install.Installed, error) {
			in.Close()
			for text := ""; !strings.Contains(text, "Z (zombie)"); {
				b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
				if err != nil {
					t.Fatal(err)
				}
				text = string(b)
			}
			if seen {
				cmd.Wait()
			}
			return install.Filters(tid)
		}
		if err := r.readAll(list); err != nil || !list[0].ended || list[0].fault != "" || r.stops != 0 {
			t.Errorf("its parent has seen it: %v: %v, %+v, %d threads read", seen, err, list[0], r.stops)
		}
		if !seen {
			cmd.Wait()
		}
	}
}
