package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// status returns some fields of a process's /proc/PID/status.
func status(text string, keys ...string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		for _, k := range keys {
			if k == key {
				fields[k] = strings.TrimSpace(value)
			}
		}
	}
	return fields
}

// TestRunState: the command has one filter more than run was started with and
// no_new_privs, and everything else as run got it.
func TestRunState(t *testing.T) {
	path := requireRun(t)
	same := []string{"Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "SigBlk", "SigIgn", "SigCgt", "Umask", "Threads"}
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			// Go programs pass on that SIGHUP and SIGINT are ignored, as nohup
			// needs it, and of other signals they do not.
			const ignored = "trap '' HUP INT; umask 027; "
			plain := sh(ignored+`exec "$@"`, "sh", "cat", "/proc/self/status")
			plain.user = u
			outside, _ := plain.execute(t)
			l := sh(ignored+`exec "$@"`, append([]string{"sh"}, launch{args: []string{"cat", "/proc/self/status"}}.under(path).args...)...)
			l.user = u
			inside, _ := l.execute(t)
			if inside.Err != "" || inside.Status != 0 || outside.Status != 0 {
				t.Fatalf("%q: %s", l.args, inside)
			}
			want := status(outside.Out, same...)
			got := status(inside.Out, same...)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("/proc/self/status of the command (-want +got)\n%s", diff)
			}
			want = map[string]string{"Seccomp": "2", "NoNewPrivs": "1"}
			if n, ok := status(outside.Out, "Seccomp_filters")["Seccomp_filters"]; ok { // since Linux 5.9
				filters, err := strconv.Atoi(n)
				if err != nil {
					t.Fatal(err)
				}
				want["Seccomp_filters"] = strconv.Itoa(filters + 1)
			}
			got = status(inside.Out, "Seccomp", "Seccomp_filters", "NoNewPrivs")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("/proc/self/status of the command (-want +got)\n%s", diff)
			}
		})
	}
}

// TestRunLimits: the Go runtime raises the soft limit of open files in the
// launcher; the command has the one from outside.
func TestRunLimits(t *testing.T) {
	path := requireRun(t)
	const ask = "ulimit -Sn; ulimit -Hn"
	l := sh(`ulimit -Sn 64; `+ask+`; exec "$@"`, append([]string{"sh"}, sh(ask).under(path).args...)...)
	got, _ := l.execute(t)
	lines := strings.Fields(got.Out)
	if len(lines) != 4 || got.Status != 0 || lines[0] != "64" {
		t.Fatalf("%q: %s", l.args, got)
	}
	if diff := cmp.Diff(lines[:2], lines[2:]); diff != "" {
		t.Errorf("limits of open files, soft and hard (-outside +inside)\n%s", diff)
	}
}

// TestRunFiles: the command has the standard streams and no file of run's.
func TestRunFiles(t *testing.T) {
	path := requireRun(t)
	plain := launch{stdin: "a line\n", args: []string{"ls", "/proc/self/fd"}}
	want, _ := plain.execute(t)
	got, _ := plain.under(path).execute(t)
	if diff := cmp.Diff(want, got); diff != "" || got.Status != 0 {
		t.Errorf("run -- ls /proc/self/fd (-want +got)\n%s", diff)
	}
	in := launch{stdin: "a line\n", args: []string{"cat"}}
	got, _ = in.under(path).execute(t)
	if diff := cmp.Diff(result{Out: "a line\n"}, got); diff != "" {
		t.Errorf("run -- cat (-want +got)\n%s", diff)
	}
}

// TestRunArguments: the command gets its arguments and environment untouched.
func TestRunArguments(t *testing.T) {
	path := requireRun(t)
	const show = `printf '<%s>' "$0" "$@"`
	tests := []struct {
		args []string // after run
		want string
	}{
		{[]string{"--", "sh", "-c", show, "name", "a b", "", "--", "--profile", "-h", "*"}, "<name><a b><><--><--profile><-h><*>"},
		{[]string{"sh", "-c", show, "--caps", "all"}, "<--caps><all>"}, // flags end at the command
		{[]string{"--caps", "none", "sh", "-c", show, "x"}, "<x>"},
		{[]string{"--arch", hostArch(t), "--", "sh", "-c", show, "x"}, "<x>"},
		{[]string{"--", "sh", "-c", `tr '\0' '|' < /proc/$$/cmdline`, "é\x01"}, "sh|-c|tr '\\0' '|' < /proc/$$/cmdline|é\x01|"},
	}
	for _, tt := range tests {
		got, _ := launch{args: append([]string{path, "run"}, tt.args...)}.execute(t)
		if diff := cmp.Diff(result{Out: tt.want}, got); diff != "" {
			t.Errorf("run %q (-want +got)\n%s", tt.args, diff)
		}
	}
	env := []string{"PATH=/usr/bin:/bin", "EMPTY=", "LINES=a\nb", "SAME=1", "GODEBUG=asyncpreemptoff=1"}
	got, _ := launch{env: env, args: []string{path, "run", "--", "env", "-0"}}.execute(t)
	if diff := cmp.Diff(result{Out: strings.Join(env, "\x00") + "\x00"}, got); diff != "" {
		t.Errorf("run -- env -0 (-want +got)\n%s", diff)
	}
}

func hostArch(t *testing.T) string {
	t.Helper()
	a, err := abiNamed("")
	if err != nil {
		t.Fatal(err)
	}
	return a.String()
}

// A static Go program makes these calls and no others until it has printed a
// line and ended; execve is run's last call, after prlimit64 where the runtime
// has raised the limit of open files. Signals by which the runtime preempts
// goroutines come at any time.
const (
	launcherCalls = "execve prlimit64 rt_sigreturn"
	programCalls  = "arch_prctl clone close epoll_create1 epoll_ctl epoll_pwait eventfd2 exit exit_group fcntl futex" +
		" getpid gettid madvise mmap munmap nanosleep openat prctl pread64 read rt_sigaction rt_sigprocmask" +
		" sched_getaffinity sched_yield sigaltstack tgkill write"
	calls32 = " fcntl64 mmap2 futex_time64 set_thread_area ugetrlimit getrlimit"
)

func allowOnly(calls string) string {
	return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [{"names": ["%s"], "action": "SCMP_ACT_ALLOW"}]}`,
		strings.Join(strings.Fields(calls), `", "`))
}

// TestRunTight: between the filter and the command, run makes no call that is
// not needed, however often it is tried.
func TestRunTight(t *testing.T) {
	path := build(t)
	requireRun(t)
	file := filepath.Join(t.TempDir(), "tight.json")
	writeText(t, file, allowOnly(launcherCalls+" "+programCalls+calls32))
	want, _ := launch{args: []string{path, "version"}}.execute(t)
	for i := range 50 {
		// The low limit has the runtime raise it, and run put it back.
		l := sh(`ulimit -Sn 64; exec "$@"`, append([]string{"sh"}, launch{args: []string{path, "version"}}.under(path, "--profile", file).args...)...)
		if got, status := l.execute(t); got != want {
			t.Fatalf("try %d of %q: %s\nsignal %v, want %s", i, l.args, got, status.Signal(), want)
		}
	}
}

// TestRunWithoutExecve: a profile that keeps run from executing anything is told.
func TestRunWithoutExecve(t *testing.T) {
	path := requireRun(t)
	t.Chdir(t.TempDir())
	writeText(t, "p.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_ERRNO"}]}`)
	got, _ := sh("> marker").under(path, "--profile", "p.json").execute(t)
	if !strings.HasPrefix(got.Err, "seccompile run: ") || !strings.Contains(got.Err, "execve") || strings.Count(got.Err, "\n") != 1 || got.Out != "" {
		t.Errorf("run without execve: %s", got)
	}
	if got.Status != exitRun && got.Status != exitNotExec {
		t.Errorf("run without execve: exit %d, want %d or %d", got.Status, exitRun, exitNotExec)
	}
	if files := here(t); !maps.Equal(files, map[string]string{"p.json": files["p.json"]}) {
		t.Errorf("run without execve: the files are %v", files)
	}
}
