package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// statusField returns a number of /proc/PID/status.
func statusField(t *testing.T, pid int, key string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(value))
			return n
		}
	}
	t.Fatalf("no %s of process %d", key, pid)
	return 0
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what, "has not come in time")
		}
	}
}

// TestRecordAttach: what a process calls from then on is counted, and after it the process
// goes on.
func TestRecordAttach(t *testing.T) {
	path := requireRecord(t)
	const kills = 20
	known := filepath.Join(t.TempDir(), "known.record")
	if got, _ := (launch{args: []string{path, "record", "-o", known, "--", "sh", "-c", "kill -0 $$"}}).execute(t); got.Status != 0 {
		t.Fatal(got)
	}
	for _, tt := range []struct {
		how    string
		by     syscall.Signal // 0 if the process ends first
		flags  []string
		counts int
	}{
		{"process ends", 0, nil, 2 * kills},
		{"SIGINT", unix.SIGINT, nil, kills},
		{"SIGTERM", unix.SIGTERM, []string{"--quiet"}, kills},
		{"SIGHUP", unix.SIGHUP, []string{"--known", known}, 0},
	} {
		t.Run(tt.how, func(t *testing.T) {
			if tt.by == unix.SIGHUP && signal.Ignored(tt.by) {
				t.Skip("SIGHUP is ignored here, as under nohup")
			}
			dir := t.TempDir()
			cmd := exec.Command("sh", "-c", "while read x; do for i in 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9; do kill -0 $$; done; echo $x | cat; done; exit 3")
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			var out, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			pid := cmd.Process.Pid
			waiting := func() bool {
				wchan, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
				return err == nil && strings.HasPrefix(string(wchan), strconv.Itoa(unix.SYS_READ)+" 0x0 ")
			}
			eventually(t, "read", waiting)
			before := statusField(t, pid, "voluntary_ctxt_switches")
			recorder := exec.Command(path, append([]string{"record", "--pid", strconv.Itoa(pid)}, tt.flags...)...)
			recorder.Dir = dir
			var said bytes.Buffer
			recorder.Stdout, recorder.Stderr = &said, &said
			if err := recorder.Start(); err != nil {
				t.Fatal(err)
			}
			// It stops, then stops at the call that it makes again, and waits in it.
			eventually(t, "the tracer", func() bool {
				return statusField(t, pid, "TracerPid") != 0 && statusField(t, pid, "voluntary_ctxt_switches") >= before+3 && waiting()
			})
			fmt.Fprintln(in, "a")
			eventually(t, "read after the first line", func() bool { return statusField(t, pid, "voluntary_ctxt_switches") > before+3+kills && waiting() })
			end := func() {
				if err := recorder.Wait(); err != nil {
					t.Fatalf("%v\n%s", err, said.Bytes())
				}
			}
			if tt.by != 0 {
				recorder.Process.Signal(tt.by)
				end()
				if n := statusField(t, pid, "TracerPid"); n != 0 {
					t.Errorf("%d traces the process after the record has ended", n)
				}
			}
			fmt.Fprintln(in, "b")
			in.Close()
			if tt.by == 0 {
				end()
			}
			if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 3 || out.String() != "a\nb\n" || stderr.String() != "" {
				t.Errorf("the process: %v\n%s%s", err, out.Bytes(), stderr.Bytes())
			}
			r := readRecord(t, filepath.Join(dir, strconv.Itoa(pid)+".record"))
			if n := countOf(r, "kill"); n != uint64(tt.counts) || r.Attached() != 1 || r.Runs() != 1 {
				t.Errorf("kill was called %d times, want %d; %d of %d runs are attached to", n, tt.counts, r.Attached(), r.Runs())
			}
			words := strings.Join(strings.Fields(said.String()), " ")
			for _, want := range []string{"every call of it", "Earlier calls are not seen.", "Ctrl-C", "not seen: calls that programs made before they were recorded (1 of 1 run)", "calls of"} {
				quiet := len(tt.flags) > 0 && tt.flags[0] == "--quiet"
				if strings.Contains(words, want) == quiet {
					t.Errorf("it says\n%swith %q: %t", said.Bytes(), want, !quiet)
				}
			}
			if has := strings.Contains(words, "Known calls also stop"); has != (tt.counts == 0) {
				t.Errorf("it says\n%s", said.Bytes())
			}
		})
	}
}

// TestRecordAttachErrors: what cannot be attached to is said, and has no record.
func TestRecordAttachErrors(t *testing.T) {
	path := requireRecord(t)
	dir := t.TempDir()
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(gone.ProcessState.Pid())
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"--pid", pid, "--", "true"}, `both the command "true" and --pid ` + pid + ` (leave one of them out)`},
		{[]string{"--pid", pid, "--allow-new-privs"}, "--allow-new-privs has no effect beside --pid"},
		{[]string{"--pid", "0"}, "0 is not a process ID"},
		{[]string{"--pid", "-1"}, "-1 is not a process ID"},
		{[]string{"--pid", "x"}, "--pid"},
		{[]string{"--pid", pid}, "no process has this ID in this PID namespace"},
		{[]string{"--pid", pid, "-o", "/"}, "is a directory"},
		{[]string{"--pid", pid, "--known", "none.record"}, "none.record"},
	} {
		l := launch{args: append([]string{"sh", "-c", `cd "$0" && exec "$@"`, dir, path, "record"}, tt.args...)}
		got, _ := l.execute(t)
		if got.Status != exitRun || !strings.Contains(got.Err, tt.says) || got.Out != "" || strings.Contains(got.Err, "attaching to") {
			t.Errorf("record %q: %swant status %d and %q", tt.args, got, exitRun, tt.says)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Errorf("files %v, %v after errors", list, err)
	}
}
