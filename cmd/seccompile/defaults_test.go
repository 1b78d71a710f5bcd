package main

import (
	"strings"
	"testing"
)

// TestEmptyValues: an empty value, as of an unset variable, does not select a default.
func TestEmptyValues(t *testing.T) {
	for _, name := range []string{
		"profile", "arch", "caps", "kernel", "compat", "enosys", "dialect", "weights", "bad-arch",
		"seccomp-config-dir", "seccomp-profile-name", "seccomp-info", "app", "pod", "container", "security-opt",
	} {
		for _, args := range [][]string{{"compile", "--" + name, ""}, {"compile", "--" + name + "="}} {
			got := seccompile("", args...)
			if got.Out != "" || got.Status != exitUsage || !strings.HasPrefix(got.Err, "seccompile compile: invalid value \"\" for --"+name+": ") {
				t.Errorf("%q: %s", args, got)
			}
		}
	}
	for _, args := range [][]string{{"disasm", "--arch", "", "f"}, {"verify", "--filter", ""}} {
		if got := seccompile("", args...); got.Status != exitUsage || !strings.Contains(got.Err, "invalid value \"\" for "+args[1]+": ") {
			t.Errorf("%q: %s", args, got)
		}
	}
	if got := seccompile("", "compile", "--caps", ""); !strings.HasPrefix(got.Err, "seccompile compile: invalid value \"\" for --caps: it is empty (none stands for no capabilities)\n") {
		t.Errorf("compile --caps \"\": %s", got)
	}
}

// TestBadArch: the action for calls of other ABIs can be chosen.
func TestBadArch(t *testing.T) {
	const calls = "x86 getpid()\nx86_64 0x40000027()\nx86_64 getpid()\n"
	for _, tt := range []struct {
		flag string
		want string // the answer to the first two; an error, if it does not look like one
	}{
		{"", "KILL_THREAD"},
		{"--bad-arch=KILL_PROCESS", "KILL_PROCESS"},
		{"--bad-arch=SCMP_ACT_KILL_PROCESS", "KILL_PROCESS"},
		{"--bad-arch=ERRNO(38)", "ERRNO(38)"},
		{"--bad-arch=SCMP_ACT_ERRNO(38)", "ERRNO(38)"},
		{"--bad-arch=ERRNO", `action "ERRNO" without a number (write ERRNO(1))`},
		{"--bad-arch=DENY", `unknown action "DENY"`},
		{"--bad-arch=ERRNO(4096)", "seccompile eval: --bad-arch, or Target.BadArch, is ERRNO(4096), which the kernel treats as ERRNO(4095)"},
		{"--bad-arch=ALLOW --accept-weaker", "ALLOW"},
		{"--bad-arch=NOTIFY", "seccompile eval: --bad-arch, or Target.BadArch, is NOTIFY"},
	} {
		args := append([]string{"eval", "--arch", "x86_64", "--kernel", "6.1", "--profile", "default"}, strings.Fields(tt.flag)...)
		t.Chdir(t.TempDir())
		writeText(t, "p.json", allowAll)
		args[6] = "p.json"
		got := seccompile(calls, append(args, "-")...)
		lines := strings.Split(got.Out, "\n")
		switch {
		case strings.Contains(tt.want, " "):
			if !strings.Contains(got.Err, tt.want) || got.Status != exitUsage {
				t.Errorf("eval %s: %s\nwant %s", tt.flag, got, tt.want)
			}
		case len(lines) != 4 || !strings.HasSuffix(lines[0], "= "+tt.want) || !strings.HasSuffix(lines[1], "= "+tt.want) || !strings.HasSuffix(lines[2], "= ALLOW"):
			t.Errorf("eval %s: %s\nwant %s", tt.flag, got, tt.want)
		}
	}
}

// TestBadArchWeaker: what lets the calls of foreign ABIs pass is weaker than any
// profile; what a runtime would not do with the section is not lost in it.
func TestBadArchWeaker(t *testing.T) {
	for _, action := range []string{"ALLOW", "LOG", "TRACE(1)", "ERRNO(0)"} {
		got := seccompile("", "compile", "--arch", "x86_64", "--kernel", "6.1", "--bad-arch", action)
		if want := "seccompile compile: --bad-arch, or Target.BadArch, is " + action + ": "; !strings.HasPrefix(got.Err, want) || got.Out != "" || got.Status != exitRefused {
			t.Errorf("--bad-arch %s: %s\nwant %s", action, got, want)
		}
	}
	for _, compat := range []string{"runc", "kernel"} {
		got := seccompile("", "resolve", "--arch", "x86_64", "--kernel", "6.1", "--compat", compat, "--bad-arch", "KILL_PROCESS")
		if want := "calls of other ABIs get KILL_PROCESS"; !strings.Contains(got.Err, want) || got.Out != "" || got.Status != exitRefused {
			t.Errorf("resolve --compat %s --bad-arch KILL_PROCESS: %s\nwant %s", compat, got, want)
		}
	}
}

// TestNamesTheFlag: what is lacking is named as the command takes it.
func TestNamesTheFlag(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "weaker.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["ptracee"], "action": "SCMP_ACT_ERRNO"}]}`)
	writeText(t, "named.json", `{"profile_name": "web.json"}`)
	for args, want := range map[string]string{
		"compile --arch aarch64":                                    "--kernel",
		"compile --profile weaker.json":                             "--accept-weaker",
		"compile --seccomp-info named.json":                         "--seccomp-config-dir",
		"compile --seccomp-config-dir none":                         "--seccomp-config-dir",
		"compile --profile weaker.json --kernel 3.4 --arch aarch64": "seccompile compile: seccomp with filters came with Linux 3.5, the target has 3.4 (--kernel",
	} {
		if got := seccompile("", strings.Fields(args)...); !strings.Contains(got.Err, want) || got.Status == exitOK {
			t.Errorf("%s: %s\nwant %s", args, got, want)
		}
	}
}
