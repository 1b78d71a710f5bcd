package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// start starts a command that prints a line and then waits for the end of its
// input, and returns its process ID.
func start(t *testing.T, l launch) string {
	t.Helper()
	cmd := exec.Command(l.args[0], l.args[1:]...)
	cmd.Stderr = os.Stderr
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
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%q, after dump: %v", l.args, err)
		}
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%q: %v", l.args, err)
	}
	return strconv.Itoa(cmd.Process.Pid)
}

// TestDump: what run has installed is what compile says, for every filter.
func TestDump(t *testing.T) {
	path := requireRun(t)
	t.Chdir(t.TempDir())
	waiting := sh("echo; exec cat")
	free := start(t, waiting)
	if got, want := seccompile("", "dump", "--pid", free), (result{Out: "no filters\n"}); got != want {
		t.Skipf("no process can be traced here: %s", got)
	}

	const logged = `{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG"], "syscalls": [{"names": ["ptrace"], "action": "SCMP_ACT_ERRNO"}]}`
	writeText(t, "logged.json", logged)
	compiled := func(args ...string) string {
		got := seccompile("", append([]string{"compile"}, args...)...)
		if got.Err != "" || got.Status != exitOK {
			t.Fatalf("compile %q: %s", args, got)
		}
		return got.Out
	}
	raw := []string{compiled("--profile", "logged.json"), compiled()}
	list := []string{compiled("--profile", "logged.json", "--format", "list"), compiled("--format", "list")}
	for i, flags := range []string{"with SECCOMP_FILTER_FLAG_LOG", "without SECCOMP_FILTER_FLAG_LOG, other flags are not reported by the kernel"} {
		list[i] = fmt.Sprintf("filter %d: %d instructions, %s\n", i, len(raw[i])/8, flags) + list[i]
	}
	two := start(t, waiting.under(path).under(path, "--profile", "logged.json"))
	one := start(t, waiting.under(path))

	if os.Geteuid() != 0 {
		got := seccompile("", "dump", "--pid", one)
		want := "seccompile dump: ptrace(PTRACE_SECCOMP_GET_FILTER, " + one + "): permission denied (needs CAP_SYS_ADMIN in the initial user namespace: ask as root of the machine)\n"
		if diff := cmp.Diff(result{Err: want, Status: exitUsage}, got); diff != "" {
			t.Errorf("dump --pid %s (-want +got)\n%s", one, diff)
		}
		t.Skip("filters are told to root alone")
	}
	tests := []struct {
		args string
		want result
	}{
		{two, result{Out: list[0] + "\n" + list[1]}},
		{two + " --index 0", result{Out: list[0]}},
		{two + " --index 1 --format list", result{Out: list[1]}},
		{two + " --index 2", result{Err: "seccompile dump: no filter 2: thread " + two + " has 2 (0 is the oldest)\n", Status: exitUsage}},
		{two + " --format raw", result{Err: "seccompile dump: 2 filters, but raw is a single one (--fold combines them; --index selects one, from 0, the oldest, to 1, the newest)\n", Status: exitUsage}},
		{two + " --fold --index 0", result{Err: "seccompile dump: --fold together with --index (a single filter has nothing to fold)\n", Status: exitUsage}},
		{free + " --fold", result{Err: "seccompile dump: thread " + free + " has no filters: it can make every call\n", Status: exitUsage}},
		{one + " --fold --format raw", result{Out: raw[1]}},
		{two + " --format raw --index 0", result{Out: raw[0]}},
		{two + " --format raw --index 1", result{Out: raw[1]}},
		{one, result{Out: strings.Replace(list[1], "filter 1", "filter 0", 1)}},
		{one + " --format raw", result{Out: raw[1]}},
		{free + " --index 0", result{Err: "seccompile dump: no filter 0: thread " + free + " has 0 (0 is the oldest)\n", Status: exitUsage}},
		{free + " --format raw", result{Err: "seccompile dump: no filters, but raw needs one (--format list says so without an error)\n", Status: exitUsage}},
	}
	// As a process of its own: what Go starts it on is no thread for a tracer.
	got, _ := launch{args: []string{path, "dump", "--pid", two}}.execute(t)
	if diff := cmp.Diff(tests[0].want, got); diff != "" {
		t.Errorf("seccompile dump --pid %s (-want +got)\n%s", two, diff)
	}
	for _, tt := range tests {
		args := append([]string{"dump", "--pid"}, strings.Fields(tt.args)...)
		if diff := cmp.Diff(tt.want, seccompile("", args...)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", args, diff)
		}
		file := filepath.Join(t.TempDir(), "out")
		got := seccompile("", append(args, "-o", file)...)
		text, _ := os.ReadFile(file) // none after an error
		got.Out += string(text)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q -o %s (-want +got)\n%s", args, file, diff)
		}
	}
	for i, text := range raw {
		writeText(t, fmt.Sprint("f.", i+1), text)
	}
	if got := seccompile("", "dump", "--pid", two, "--fold", "--format", "raw", "-o", "folded"); got != (result{}) {
		t.Errorf("dump --fold: %s", got)
	}
	if got := seccompile("", "diff", "f.1", "f.2", "--", "folded"); got != (result{}) {
		t.Errorf("diff of the filters and their fold: %s", got)
	}
	for args, want := range map[string]result{
		free + " read":             {Err: "seccompile explain: thread " + free + " has no filters: it can make every call\n", Status: exitUsage},
		one + " mount":             {Out: "x86_64 mount(_) = ERRNO(1) EPERM\n"},
		two + " mount ptrace read": {Out: "x86_64 mount(_) = ERRNO(1) EPERM\nx86_64 ptrace(_) = ERRNO(1) EPERM\nx86_64 read(_) = ALLOW\nThe same by: readv (allowed)\n"},
	} {
		got := seccompile("", append([]string{"explain", "--pid"}, strings.Fields(args)...)...)
		got.Out = regexp.MustCompile(`(?m)^(( |Part of it by).*)?\n`).ReplaceAllString(got.Out, "") // which instruction, and other calls
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("explain --pid %s (-want +got)\n%s", args, diff)
		}
	}
}
