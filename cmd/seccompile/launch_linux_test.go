package main

import (
	"strings"
	"testing"
)

// TestNoNewPrivs: no_new_privs is set unless a flag says otherwise, and without a
// filter only where it is asked for.
func TestNoNewPrivs(t *testing.T) {
	path := requireRun(t)
	if got, _ := (launch{args: []string{"grep", "NoNewPrivs:.1", "/proc/self/status"}}).execute(t); got.Status == 0 {
		t.Skip("this process has no_new_privs itself")
	}
	const unset, set = "NoNewPrivs:\t0\n", "NoNewPrivs:\t1\n"
	const refused = "needs no_new_privs or CAP_SYS_ADMIN"
	const both = "seccompile VERB: both --allow-new-privs and --security-opt no-new-privileges (leave one of them out)\n"
	for _, tt := range []struct {
		flags string
		want  string
	}{
		{"", set},
		{"--allow-new-privs", unset},
		{"--security-opt no-new-privileges", set},
		{"--security-opt no-new-privileges=true", set},
		{"--security-opt no-new-privileges:1", set},
		{"--security-opt no-new-privileges=false", unset},
		{"--security-opt no-new-privileges --security-opt no-new-privileges:false", unset},
		{"--security-opt no-new-privileges=false --allow-new-privs", unset},
		{"--security-opt no-new-privileges --allow-new-privs", both},
		{"--security-opt no-new-privileges=maybe", "seccompile VERB: --security-opt no-new-privileges=maybe: \"maybe\" is neither true nor false (write one of them)\n"},
	} {
		for _, u := range users() {
			for _, verb := range []string{"run", "notify"} {
				command := []string{path, verb}
				command = append(append(command, strings.Fields(tt.flags)...), "grep", "NoNewPrivs", "/proc/self/status")
				got, _ := launch{user: u, args: command}.execute(t)
				want := tt.want
				switch {
				case want == unset && u.name != "root":
					if !strings.Contains(got.Err, refused) || !strings.HasSuffix(got.Err, "; here, leave out --allow-new-privs or no-new-privileges=false\n") || got.Status != exitRun {
						t.Errorf("%s: %q: %s\nwant %s", u.name, command[1:], got, refused)
					}
				case strings.HasPrefix(want, "seccompile"):
					if want = strings.ReplaceAll(want, "VERB", verb); got.Err != want || got.Out != "" || got.Status != exitRun {
						t.Errorf("%s: %q: %s\nwant %s", u.name, command[1:], got, want)
					}
				case got.Out != want || got.Status != 0:
					t.Errorf("%s: %q: %s\nwant %s", u.name, command[1:], got, want)
				}
			}
		}
	}
	for flags, want := range map[string]string{"": unset, " --security-opt no-new-privileges": set, " --security-opt no-new-privileges=false": unset} {
		command := append(strings.Fields("run --security-opt seccomp=unconfined"+flags), "grep", "NoNewPrivs", "/proc/self/status")
		got, _ := launch{args: append([]string{path}, command...)}.execute(t)
		if got.Out != want || got.Status != 0 {
			t.Errorf("%q: %s\nwant %s", command, got, want)
		}
	}
}

// TestSecurityOptFaults: an option that nobody knows, or a value that means
// nothing, is an error of every verb.
func TestSecurityOptFaults(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "v.txt", "x86_64 getpid()\n")
	writeText(t, "p.json", allowAll)
	for _, tt := range []struct{ opt, want string }{
		{"no-new-privileges=banana", `"banana" is neither true nor false (write one of them)`},
		{"no-new-privileges=", `"" is neither true nor false (write one of them)`},
		{"no-new-privs", `unknown security option "no-new-privs" (did you mean no-new-privileges?)`},
		{"no-new-privileges ", `unknown security option "no-new-privileges " (did you mean no-new-privileges?)`},
		{"secomp=unconfined", `unknown security option "secomp" (did you mean seccomp?)`},
		{"foo=bar", `unknown security option "foo" (one of seccomp, no-new-privileges, apparmor, label, systempaths, writable-cgroups, credentialspec)`},
	} {
		for _, args := range [][]string{{"compile", "--arch", "x86_64", "--kernel", "6.1"}, {"eval", "v.txt"}, {"run", "true"}, {"notify", "true"}, {"compile", "--profile", "p.json"}} {
			args := append([]string{args[0], "--security-opt", tt.opt}, args[1:]...)
			got := seccompile("", args...)
			want := result{Err: "seccompile " + args[0] + ": --security-opt " + tt.opt + ": " + tt.want + "\n", Status: exitUsage}
			if args[0] == "run" || args[0] == "notify" {
				want.Status = exitRun
			}
			if got != want {
				t.Errorf("%q: %s\nwant %s", args, got, want)
			}
		}
	}
}

// TestSecurityOptBesideProfile: options that choose no profile go with any choice of
// one.
func TestSecurityOptBesideProfile(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "p.json", `{"defaultAction": "SCMP_ACT_TRAP", "syscalls": []}`)
	for _, flags := range []string{"", "--security-opt no-new-privileges", "--security-opt label=disable --security-opt no-new-privileges=false"} {
		args := append(strings.Fields("eval --arch x86_64 --profile p.json "+flags), "-")
		got := seccompile("x86_64 getpid() = TRAP\n", args...)
		if got != (result{}) {
			t.Errorf("%q: %s", args, got)
		}
	}
}
