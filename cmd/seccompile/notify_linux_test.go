package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile/policy"
)

// notified is the launch of a command under notify.
func (l launch) notified(path string, flags ...string) launch {
	l.args = append(append(append([]string{path, "notify"}, flags...), "--"), l.args...)
	return l
}

// requireNotify skips a test where listeners cannot be taken from a child.
func requireNotify(t *testing.T) string {
	t.Helper()
	path := requireRun(t)
	got, _ := launch{args: []string{"true"}}.notified(path).execute(t)
	if strings.Contains(got.Err, "needs Linux") || strings.Contains(got.Err, "since Linux") {
		t.Skip(got)
	}
	return path
}

// TestNotify: a command does what it does without a filter, and what the profile
// would have refused is told.
func TestNotify(t *testing.T) {
	path := requireNotify(t)
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			if why := unshares(t, u); why != "" {
				t.Skip(why)
			}
			l := sh("id -u; unshare -U true; exit 7")
			l.user = u
			want, _ := l.execute(t)
			l = l.notified(path, "--suggest")
			got, _ := l.execute(t)
			report := regexp.MustCompile(`^\[\d+\] ` + hostArch(t) + ` unshare\(0x10000000.*\) = ERRNO\(1\)
calls: 1
       1 ` + hostArch(t) + ` unshare = ERRNO\(1\)
\{"names":\["unshare"\],"action":"SCMP_ACT_ALLOW"\}
$`)
			if got.Out != want.Out || got.Status != 7 || !report.MatchString(got.Err) {
				t.Errorf("%q: %s\nwant %s", l.args, got, want)
			}
		})
	}
}

// TestNotifySuggestion: a profile with the entry allows the command.
func TestNotifySuggestion(t *testing.T) {
	path := requireNotify(t)
	t.Chdir(t.TempDir())
	const list = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read", "write", "execve"], "action": "SCMP_ACT_ALLOW"}ENTRY]}`
	writeText(t, "p.json", strings.Replace(list, "ENTRY", "", 1))
	command := sh("echo a line; ls /dev/null | cat")
	got, _ := command.notified(path, "--profile", "p.json", "--suggest", "-o", "report").execute(t)
	const out = "a line\n/dev/null\n"
	if diff := cmp.Diff(result{Out: out}, got); diff != "" {
		t.Fatalf("notify (-want +got)\n%s", diff)
	}
	report, err := os.ReadFile("report")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(report), "\n"), "\n")
	entry := lines[len(lines)-1]
	if !strings.HasPrefix(entry, `{"names":["`) {
		t.Fatalf("the report ends with %s", entry)
	}
	writeText(t, "q.json", strings.Replace(list, "ENTRY", ", "+entry, 1))
	got, _ = command.under(path, "--profile", "q.json").execute(t)
	if got.Out != out || got.Status != 0 {
		t.Errorf("run with the entry: %s\n%s", got, entry)
	}
}

// TestNotifyAll: every call from execve to the end is told, in JSON as in text,
// however often it is tried: what the launcher does on its way is not.
func TestNotifyAll(t *testing.T) {
	path := requireNotify(t)
	want, _ := launch{args: []string{path, "version"}}.execute(t)
	for range 30 {
		l := launch{args: []string{path, "version"}}.notified(path, "--all", "--json")
		got, _ := l.execute(t)
		if got.Out != want.Out || got.Status != 0 {
			t.Fatalf("%q: %s\nwant %s", l.args, got, want)
		}
		d := json.NewDecoder(strings.NewReader(got.Err))
		var names []string
		for {
			var o struct {
				Warning string
				Name    string
				Summary []struct {
					Name  string
					Count int
				}
			}
			if err := d.Decode(&o); err != nil {
				t.Fatalf("%q: %v in %s", l.args, err, got.Err)
			}
			if o.Warning != "" {
				if o.Warning != allWarning || names != nil {
					t.Fatalf("%q warns: %q", l.args, o.Warning)
				}
				continue
			}
			if o.Summary == nil {
				names = append(names, o.Name)
				continue
			}
			counts := map[string]int{}
			for _, n := range names {
				counts[n]++
			}
			for _, s := range o.Summary {
				counts[s.Name] -= s.Count
			}
			for name, n := range counts {
				if n != 0 {
					t.Errorf("%q: the summary has %d %s less than there are", l.args, n, name)
				}
			}
			break
		}
		again := slices.Contains(names[1:], "execve") && install.HaveFlag(uint(policy.FlagWaitKillableRecv)) == nil
		if names[0] != "execve" || !slices.Contains(names, "exit_group") || again {
			t.Fatalf("%q tells of %q", l.args, names)
		}
	}
}

// TestNotifyChildren: notify ends with the last of what the command has started,
// with the status of the command.
func TestNotifyChildren(t *testing.T) {
	path := requireNotify(t)
	if why := unshares(t, user{}); why != "" {
		t.Skip(why)
	}
	got, _ := sh("(sleep 0.3; unshare -U true; exit 4) & exit 3").notified(path).execute(t)
	if got.Status != 3 || strings.Count(got.Err, "unshare") != 2 {
		t.Errorf("a command that leaves a child behind: %s", got)
	}
}

// TestNotifyStatus: the command's end is told by the status.
func TestNotifyStatus(t *testing.T) {
	path := requireNotify(t)
	t.Chdir(t.TempDir())
	writeText(t, "text", "echo executed\n")
	tests := []struct {
		name   string
		args   []string
		status int
	}{
		{"success", []string{"true"}, 0},
		{"failure", []string{"sh", "-c", "exit 7"}, 7},
		{"the statuses of notify itself", []string{"sh", "-c", "exit 125"}, 125},
		{"SIGKILL", []string{"sh", "-c", "kill -9 $$"}, 137},
		{"SIGTERM", []string{"sh", "-c", "kill -TERM $$"}, 143},
		{"no such command", []string{"seccompile-no-such-command"}, 127},
		{"no such path", []string{"./none"}, 127},
		{"not executable", []string{"./text"}, 126},
		{"a directory", []string{"/"}, 126},
	}
	for _, tt := range tests {
		for _, flags := range [][]string{nil, {"--all", "-o", "/dev/null"}} {
			got, _ := launch{args: tt.args}.notified(path, flags...).execute(t)
			got.Err = strings.TrimPrefix(got.Err, "seccompile notify: "+allWarning+"\n")
			failed := strings.HasPrefix(got.Err, "seccompile notify: ")
			if got.Status != tt.status || failed != (tt.status == 126 || tt.status == 127) {
				t.Errorf("notify of %s, %v: %s\nwant exit %d", tt.name, flags, got, tt.status)
			}
		}
	}
	// What the kernel refuses to execute.
	writeText(t, "script", "#!/no/such/interpreter\n")
	if err := errors.Join(os.Chmod("text", 0o755), os.Chmod("script", 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{nil, {"--all"}} {
		got, _ := launch{args: []string{"./text"}}.notified(path, flags...).execute(t)
		who := "seccompile notify"
		if flags != nil {
			who = "install.Child" // the call was answered before it failed
		}
		if got.Status != exitNotExec || !strings.Contains(got.Err, who+": execve(./text): exec format error (") {
			t.Errorf("notify of a text, %v: %s", flags, got)
		}
		got, _ = launch{args: []string{"./script"}}.notified(path, flags...).execute(t)
		if got.Status != exitNoCommand || !strings.Contains(got.Err, who+": execve(./script): no such file or directory (") {
			t.Errorf("notify of a script, %v: %s", flags, got)
		}
	}
}

// TestNotifyRefuses: what notify will not do.
func TestNotifyRefuses(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{nil, "seccompile notify: no command to run (write it after --)\n"},
		{[]string{"--profile", "./none.json", "true"}, "seccompile notify: open ./none.json: no such file or directory\n"},
		{[]string{"-o", "./none/report", "true"}, "seccompile notify: open ./none/report: no such file or directory\n"},
	}
	for _, tt := range tests {
		got := seccompile("", append([]string{"notify"}, tt.args...)...)
		if diff := cmp.Diff(result{Err: tt.want, Status: exitRun}, got); diff != "" {
			t.Errorf("notify %q (-want +got)\n%s", tt.args, diff)
		}
	}
}

// TestNotifyProcess: streams, arguments, environment, descriptors and limits are
// the command's as they are without notify.
func TestNotifyProcess(t *testing.T) {
	path := requireNotify(t)
	env := []string{"PATH=/usr/bin:/bin", "EMPTY=", "LINES=a\nb", "SAME=1", "GODEBUG=asyncpreemptoff=1"}
	for _, l := range []launch{
		{stdin: "a line\n", args: []string{"cat"}},
		{args: []string{"ls", "/proc/self/fd"}},
		{env: env, args: []string{"env", "-0"}},
		sh(`printf '<%s>' "$0" "$@"`, "name", "a b", "", "--", "--profile"),
		sh("ulimit -Sn; ulimit -Hn; umask"),
		sh("grep -E 'Sig(Blk|Ign|Cgt)|Cap|Uid|Gid' /proc/self/status"),
	} {
		want, _ := l.execute(t)
		for _, flags := range [][]string{{"-o", "/dev/null"}, {"--all", "-o", "/dev/null"}} {
			got, _ := l.notified(path, flags...).execute(t)
			warning := ""
			if flags[0] == "--all" {
				warning = "seccompile notify: " + allWarning + "\n"
			}
			warned := strings.HasPrefix(got.Err, warning)
			got.Err = strings.TrimPrefix(got.Err, warning)
			if !warned {
				t.Errorf("notify %v: %s\nwant %s", flags, got, warning)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("notify %v %q (-want +got)\n%s", flags, l.args, diff)
			}
		}
	}
}

// TestNotifySignals: a signal to notify is one to the command.
func TestNotifySignals(t *testing.T) {
	path := requireNotify(t)
	cmd := exec.Command(path, "notify", "-o", "/dev/null", "--", "sh", "-c", `trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	if _, err := out.Read(make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	for _, s := range []os.Signal{unix.SIGINT, unix.SIGTERM} { // the first is the terminal's business
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 9 {
		t.Errorf("notify after SIGTERM: %v, want exit 9", err)
	}
}

// TestNotifyKilled: a command whose notify is killed is not left hanging: its
// calls fail.
func TestNotifyKilled(t *testing.T) {
	path := requireNotify(t)
	marker := filepath.Join(t.TempDir(), "marker")
	cmd := exec.Command(path, "notify", "-o", "/dev/null", "--", "sh", "-c", `echo $$; sleep 0.3; unshare -U true || echo refused > "$0"`, marker)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 32)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	for deadline := time.Now().Add(patience); syscall.Kill(pid, 0) != unix.ESRCH && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if text, err := os.ReadFile(marker); string(text) != "refused\n" {
		syscall.Kill(pid, unix.SIGKILL)
		t.Errorf("the command of a notify that was killed: %q, %v, want that its call failed", text, err)
	}
}

// TestNotifyReportLost: a report that cannot be written is a failure, and does not
// end the command.
func TestNotifyReportLost(t *testing.T) {
	path := requireNotify(t)
	t.Chdir(t.TempDir())
	got, _ := launch{args: []string{"sh", "-c", "echo done"}}.notified(path, "--all", "-o", "/dev/full").execute(t)
	if got.Out != "done\n" || got.Status != exitRun || !strings.Contains(got.Err, "seccompile notify: the report: write /dev/full: no space left on device\n") {
		t.Errorf("-o /dev/full: %s", got)
	}
	// Whoever reads the report has seen enough; the status of the pipe is its reader's.
	for _, script := range []string{
		`"$0" notify --all -- sh -c 'sleep 0.2; id >/dev/null; echo done >ended' 2>&1 | head -n 1 >/dev/null`,
		`"$0" notify --all -- sh -c 'sleep 0.2; id >/dev/null; echo done >ended' 2>&1 | true`,
	} {
		os.Remove("ended")
		sh(script, path).execute(t)
		if text, err := os.ReadFile("ended"); string(text) != "done\n" {
			t.Errorf("%s: the command has not come to its end: %v", script, err)
		}
	}
	// SIGPIPE is not ignored in the command.
	got, _ = launch{args: []string{"sh", "-c", `kill -PIPE $$; echo survived`}}.notified(path).execute(t)
	if got.Out != "" || got.Status != 128+int(unix.SIGPIPE) {
		t.Errorf("SIGPIPE in the command: %s", got)
	}
}
