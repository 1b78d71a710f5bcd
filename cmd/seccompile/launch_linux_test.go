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
	const both = "seccompile VERB: --allow-new-privs beside --security-opt no-new-privileges (leave one of them out)\n"
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
