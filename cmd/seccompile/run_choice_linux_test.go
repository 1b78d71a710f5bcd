package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// writeChoices writes the files of the session choice.txt into a directory of
// their own, which becomes the working directory.
func writeChoices(t *testing.T) (steps []step) {
	t.Helper()
	steps = session(t, "choice.txt")
	t.Chdir(t.TempDir())
	for _, s := range steps {
		for name, text := range s.files() {
			writeText(t, name, text)
		}
	}
	return steps
}

// TestRunChoice: run takes the profile that is chosen. Of the profiles web.json
// refuses unshare and default.json kills who calls it.
func TestRunChoice(t *testing.T) {
	path := requireRun(t)
	if why := unshares(t, user{}); why != "" {
		t.Skip(why)
	}
	writeChoices(t)
	const dir, byDefault = "--seccomp-config-dir=profiles ", "--seccomp-profile-name=default.json "
	const killed = "killed"
	tests := []struct {
		flags string
		want  string // killed, or what standard error has
		run   string // what run says of it
	}{
		{dir + "--app app.json", refused, ""},
		{dir + byDefault + "--app app.json", refused, ""},
		{dir + "--app pod.json --container web", refused, ""},
		{dir + byDefault + "--app pod.json --container plain", killed, ""},
		{dir + byDefault, killed, ""},
		{dir + byDefault + "--seccomp-info unsaid.json", killed, ""},
		{dir + byDefault + "--seccomp-info named.json", refused, ""},
		{dir + "--pod kube.json --container web", refused, ""},
		{"--pod kube.json --container plain", refused, ""},
		{"--security-opt seccomp=profiles/web.json", refused, ""},
		{"--security-opt no-new-privileges", refused, ""},

		{dir + byDefault + "--app pod.json --container free", "",
			"seccompile run: pod.json:5:62: /containers/1/linuxInfo/seccomp/unconfined: unconfined: no filter is to be installed; the command runs without one\n"},
		{dir + byDefault + "--seccomp-info unconfined.json", "",
			"seccompile run: unconfined.json:1:43: /linux_info/seccomp/unconfined: unconfined: no filter is to be installed; the command runs without one\n"},
		{dir + "--seccomp-info unsaid.json", "",
			"seccompile run: unsaid.json: no setting or default chooses a profile: no filter is to be installed; the command runs without one\n"},
		{dir, "", "seccompile run: no setting or default chooses a profile: no filter is to be installed; the command runs without one\n"},
		{"--pod kube.json --container strong", "",
			"seccompile run: kube.json:8:60: /spec/containers/2/securityContext/privileged: unconfined: no filter is to be installed; the command runs without one\n"},
		{"--security-opt seccomp=unconfined", "",
			"seccompile run: --security-opt:1:1: /0: unconfined: no filter is to be installed; the command runs without one\n"},
	}
	for _, tt := range tests {
		l := launch{args: []string{"unshare", "-U", "true"}}.under(path, strings.Fields(tt.flags)...)
		got, status := l.execute(t)
		switch {
		case tt.want == killed:
			if !status.Signaled() || status.Signal() != unix.SIGSYS || got.Out+got.Err != "" {
				t.Errorf("run %s: %s\nwant SIGSYS", tt.flags, got)
			}
		case tt.want == "":
			if got != (result{Err: tt.run}) {
				t.Errorf("run %s: %s\nwant %s", tt.flags, got, tt.run)
			}
		case !strings.Contains(got.Err, tt.want) || strings.Count(got.Err, "\n") != 1 || got.Status != 1:
			t.Errorf("run %s: %s\nwant %s", tt.flags, got, tt.want)
		}
	}
}

// TestRunUnconfined: without a filter the command is as it would be without run.
func TestRunUnconfined(t *testing.T) {
	path := build(t)
	writeChoices(t)
	fields := []string{"Seccomp", "Seccomp_filters", "NoNewPrivs", "CapEff", "CapBnd", "Threads"}
	plain := launch{args: []string{"cat", "/proc/self/status"}}
	outside, _ := plain.execute(t)
	inside, _ := plain.under(path, "--seccomp-info", "unconfined.json").execute(t)
	want, got := status(outside.Out, fields...), status(inside.Out, fields...)
	if diff := cmp.Diff(want, got); diff != "" || len(got) < 5 || inside.Status != 0 {
		t.Errorf("/proc/self/status of the command (-want +got)\n%s", diff)
	}
	for _, tt := range []struct {
		args   []string
		status int
	}{{[]string{"sh", "-c", "exit 7"}, 7}, {[]string{"./none"}, exitNoCommand}, {[]string{"/"}, exitNotExec}} {
		if got, _ := (launch{args: tt.args}).under(path, "--seccomp-info", "unconfined.json").execute(t); got.Status != tt.status {
			t.Errorf("run %q: %s\nwant exit %d", tt.args, got, tt.status)
		}
	}
}

// TestRunChoiceFaults: where compile faults what chooses the profile, run says
// the same and executes nothing. Where there is to be no filter run has another
// answer, which TestRunChoice has.
func TestRunChoiceFaults(t *testing.T) {
	path := build(t)
	n := 0
	for _, s := range writeChoices(t) {
		flags, ok := strings.CutPrefix(s.line, "$ seccompile compile --arch x86_64 ")
		if !ok || strings.Contains(s.want, "no filter is to be installed") {
			continue
		}
		n++
		flags = strings.TrimSuffix(flags, "-o never")
		got, _ := sh("> marker").under(path, strings.Fields(flags)...).execute(t)
		want := strings.ReplaceAll(s.want, "seccompile compile:", "seccompile run:")
		want = strings.ReplaceAll(want, "exit 2\n", "exit 125\n")
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("run %s (-want +got)\n%s", flags, diff)
		}
		if _, err := os.Lstat("marker"); err == nil {
			t.Fatalf("run %s executed the command", flags)
		}
	}
	if n < 15 {
		t.Fatalf("%d faults in choice.txt", n)
	}
}
