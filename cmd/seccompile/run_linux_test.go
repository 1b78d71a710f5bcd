package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// unshares tells why unshare -U cannot be used to see a filter; "" if it can.
func unshares(t *testing.T, u user) string {
	t.Helper()
	l := sh("unshare -U true")
	l.user = u
	if got, _ := l.execute(t); got != (result{}) {
		return "unshare -U true does not work here without a filter: " + got.String()
	}
	return ""
}

const refused = "Operation not permitted"

// TestRun: a command under the policy that is built in.
func TestRun(t *testing.T) {
	path := requireRun(t)
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			plain := sh("id; uname -r")
			plain.user = u
			want, _ := plain.execute(t)
			if want.Err != "" || want.Status != 0 || !strings.HasPrefix(want.Out, "uid=") {
				t.Skipf("id; uname -r: %s", want)
			}
			got, _ := plain.under(path).execute(t)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("run -- sh -c 'id; uname -r' (-want +got)\n%s", diff)
			}
			if why := unshares(t, u); why != "" {
				t.Skip(why)
			}
			all := sh("id; uname -r; unshare -U true")
			all.user = u
			got, _ = all.under(path).execute(t)
			if got.Out != want.Out || !strings.Contains(got.Err, refused) || strings.Count(got.Err, "\n") != 1 || got.Status == 0 {
				t.Errorf("run -- sh -c 'id; uname -r; unshare -U true': %s\nwant\n%sand %s", got, want, refused)
			}
			got, _ = all.under(path, "--caps", "none").execute(t)
			if !strings.Contains(got.Err, refused) || got.Status == 0 {
				t.Errorf("the same with --caps none: %s", got)
			}
			got, _ = all.under(path, "--caps", "all").execute(t)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the same with --caps all (-want +got)\n%s", diff)
			}
		})
	}
}

// TestRunProfiles: profiles in every format, all of which refuse unshare.
func TestRunProfiles(t *testing.T) {
	path := requireRun(t)
	if why := unshares(t, user{}); why != "" {
		t.Skip(why)
	}
	const section = `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["unshare"], "action": "SCMP_ACT_ERRNO"}]}`
	for name, text := range map[string]string{
		"Docker": `{"defaultAction": "SCMP_ACT_ALLOW", "archMap": [], "syscalls": [
			{"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "comment": "", "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}`,
		"Docker before 1.13": `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"name": "reboot", "action": "SCMP_ACT_ERRNO", "args": []}, {"name": "unshare", "action": "SCMP_ACT_ERRNO", "args": null}]}`,
		"OCI":         section,
		"config.json": `{"ociVersion": "1.2.0", "process": {"args": ["sh"]}, "linux": {"namespaces": [], "seccomp": ` + section + `}}`,
		"a guard on the kernel": `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "includes": {"minKernel": "3.0"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "profile.json")
			writeText(t, file, text)
			for _, flags := range [][]string{{"--profile", file}, {"--profile", "-"}, {"--profile=" + file, "--compat=runc"}} {
				l := sh("echo works; unshare -U true")
				l.stdin = text
				got, _ := l.under(path, flags...).execute(t)
				if got.Out != "works\n" || !strings.Contains(got.Err, refused) || strings.Count(got.Err, "\n") != 1 || got.Status != 1 {
					t.Errorf("run %v: %s", flags, got)
				}
			}
		})
	}
}

// TestRunStatus: the command's end is the end of run, for whoever waits.
func TestRunStatus(t *testing.T) {
	path := requireRun(t)
	t.Chdir(t.TempDir())
	writeText(t, "text", "echo executed\n")
	writeText(t, "script", "#!/no/such/interpreter\n")
	if err := os.Chmod("script", 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		args   []string
		status int            // -1 if killed
		signal syscall.Signal // of WaitStatus
		shell  int
	}{
		{"success", []string{"true"}, 0, 0, 0},
		{"failure", []string{"sh", "-c", "exit 7"}, 7, 0, 7},
		{"the statuses of run itself", []string{"sh", "-c", "exit 125"}, 125, 0, 125},
		{"the highest", []string{"sh", "-c", "exit 255"}, 255, 0, 255},
		{"SIGKILL", []string{"sh", "-c", "kill -9 $$"}, -1, unix.SIGKILL, 137},
		{"SIGTERM", []string{"sh", "-c", "kill -TERM $$"}, -1, unix.SIGTERM, 143},
		{"no such command", []string{"seccompile-no-such-command"}, 127, 0, 127},
		{"no such path", []string{"./none"}, 127, 0, 127},
		{"not executable", []string{"./text"}, 126, 0, 126},
		{"a directory", []string{"/"}, 126, 0, 126},
		{"no such interpreter", []string{"./script"}, 127, 0, 127},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := launch{args: tt.args}.under(path)
			got, status := l.execute(t)
			if got.Status != tt.status || got.Out != "" || status.Signaled() != (tt.signal != 0) || status.Signaled() && status.Signal() != tt.signal {
				t.Errorf("%q: %s\nwant exit %d, signal %d", l.args, got, tt.status, tt.signal)
			}
			if failed := tt.status == 126 || tt.status == 127; failed != strings.HasPrefix(got.Err, "seccompile run: ") || !failed && got.Err != "" {
				t.Errorf("%q: %s", l.args, got)
			}
			if tt.status == 126 || tt.status == 127 { // the same without a filter
				l := launch{args: tt.args}.under(path, "--security-opt", "seccomp=unconfined")
				if got, _ := l.execute(t); got.Status != tt.status {
					t.Errorf("%q: %s\nwant exit %d", l.args, got, tt.status)
				}
			}
			inShell := sh(`"$0" "$@"; echo $?`, l.args...)
			if got, _ := inShell.execute(t); got.Out != strconv.Itoa(tt.shell)+"\n" {
				t.Errorf("%q in a shell: %s\nwant %d", l.args, got, tt.shell)
			}
		})
	}
}

// TestRunRefuses: what run will not do, it does before anything is executed.
func TestRunRefuses(t *testing.T) {
	path := build(t)
	t.Chdir(t.TempDir())
	writeText(t, "notify.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_NOTIFY"}]}`)
	writeText(t, "note.json", `{"defaultAction": "SCMP_ACT_ALLOW", "x": 1}`)
	writeText(t, "weaker.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mountt"], "action": "SCMP_ACT_ERRNO"}]}`)
	writeText(t, "kill.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_KILL_PROCESS"}]}`)
	other := "s390x"
	if got := seccompile("", "compile", "--format", "list"); strings.Contains(got.Out, "!= s390x)") {
		other = "x86_64"
	}
	touch := []string{"--", "sh", "-c", "> marker"}
	tests := []struct {
		name string
		args []string
		want string // how standard error starts
	}{
		{"no command", nil, "seccompile run: no command to run (write it after --)\n"},
		{"no command after flags", []string{"--caps", "all", "--"}, "seccompile run: no command to run (write it after --)\n"},
		{"unknown flag", append([]string{"--nope"}, touch...), "seccompile run: unknown flag --nope\n\"seccompile run --help\""},
		{"missing profile", append([]string{"--profile", "none.json"}, touch...), "seccompile run: open none.json: no such file or directory\n"},
		{"NOTIFY", append([]string{"--profile", "notify.json"}, touch...),
			"seccompile run: the profile has NOTIFY rules, but run has no supervisor (give these calls another action)\n"},
		{"another machine's ABI", append([]string{"--arch", other}, touch...), "seccompile run: --arch " + other + " on a machine of "},
		{"unknown ABI", append([]string{"--arch", "amd65"}, touch...), `seccompile run: unknown architecture "amd65" (did you mean amd64?)` + "\n"},
		{"unknown capability", append([]string{"--caps", "CAP_SYS"}, touch...), `seccompile run: unknown capability "CAP_SYS"`},
		{"kernel without the action", append([]string{"--profile", "kill.json", "--kernel", "4.13"}, touch...),
			"kill.json:1:61: /syscalls/0/names/0: action KILL_PROCESS came with Linux 4.14, the target has 4.13"},
		{"strict", append([]string{"--profile", "note.json", "--strict"}, touch...), `note.json:1:37: /x: unknown key "x" is ignored; refused because `},
		{"weaker", append([]string{"--profile", "weaker.json"}, touch...), `weaker.json:1:61: /syscalls/0/names/0: unknown system call "mountt" (did you mean mount?)`},
		{"no profile on standard input", append([]string{"--profile", "-"}, touch...), "<stdin>:1:1: /: the text is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := launch{args: append([]string{path, "run"}, tt.args...)}
			got, _ := l.execute(t)
			if got.Status != exitRun || got.Out != "" || !strings.HasPrefix(got.Err, tt.want) {
				t.Errorf("run %q: %s\nwant exit %d and %s", tt.args, got, exitRun, tt.want)
			}
			if _, err := os.Lstat("marker"); err == nil {
				t.Fatalf("run %q executed the command", tt.args)
			}
		})
	}
}

// TestRunFaults: run says of a faulty profile what compile says, and executes
// nothing.
func TestRunFaults(t *testing.T) {
	path := build(t)
	steps := session(t, "faults.txt")
	t.Chdir(t.TempDir())
	list := faults(t, steps)
	before := here(t)
	for _, f := range list {
		if f.profile == "order.json" {
			continue // goes by the target, which is this machine
		}
		l := sh("> marker").under(path, "--profile", f.profile)
		got, _ := l.execute(t)
		if diff := cmp.Diff(result{Err: f.by("run"), Status: exitRun}, got); diff != "" {
			t.Errorf("run --profile %s (-want +got)\n%s", f.profile, diff)
		}
		if diff := cmp.Diff(before, here(t)); diff != "" {
			t.Fatalf("run --profile %s: files (-want +got)\n%s", f.profile, diff)
		}
	}
}

// TestRunHelp: help that is asked for is no failure.
func TestRunHelp(t *testing.T) {
	got, _ := launch{args: []string{build(t), "run", "-h"}}.execute(t)
	if !strings.HasPrefix(got.Out, "Run a command under a profile.\n") || got.Err != "" || got.Status != exitOK {
		t.Errorf("run -h: %s", got)
	}
	if want := seccompile("", "run", "-h"); want != got || !strings.Contains(got.Out, "\n  --accept-weaker ") {
		t.Errorf("run -h in another process: %s\nwant %s", got, want)
	}
}
