package main

import (
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
)

// TestSubstitutes: explain says what calls get that do the same, and never refused where one
// passes: by some arguments, or through a multiplexer. It says the same of the profile's filter.
func TestSubstitutes(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "p.json", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64"], "syscalls": [
		{"names": ["fchmodat", "fsopen", "fsmount", "move_mount", "unlink", "io_uring_setup", "io_uring_enter", "socketcall", "mkdir"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["unshare"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]},
		{"names": ["mkdirat"], "action": "SCMP_ACT_NOTIFY"}, {"names": ["clone3"], "action": "SCMP_ACT_LOG"}]}`)
	if got := seccompile("", "compile", "--arch", "x86_64", "--enosys", "off", "--profile", "p.json", "-o", "p.bpf"); got.Status != exitOK {
		t.Fatal(got)
	}
	for _, tt := range []struct{ call, want string }{
		{"chmod", "The same by: fchmodat (allowed); fchmodat2 (refused) Part of it by: fchmod, of files that it can open (refused)"},
		{"clone", "The same by: clone3 (allowed) Part of it by: unshare, new namespaces (allowed for some arguments); fork, processes like the caller (refused); vfork, processes like the caller (refused)"},
		{"unlinkat", "The same by: unlink with rmdir (refused); io_uring_setup with io_uring_enter (allowed)"},
		{"mount", "Part of it by: fsopen with fsconfig, fsmount and move_mount, new mounts (refused); move_mount with open_tree, bind and moved mounts (refused); " +
			"mount_setattr, flags and propagation of mounts (refused)"},
		{"mkdir", "The same by: mkdirat (NOTIFY); io_uring_setup with io_uring_enter (allowed)"},
		{"x86 sendmsg", "The same by: sendmmsg (allowed); io_uring_setup with io_uring_enter (allowed)"},
		{"aarch64 fchmodat", "The same by: fchmodat2 (refused) Part of it by: fchmod, of files that it can open (refused)"},
		{"getpid", ""},
		{"x86_64 0x7000", ""},
		{"0xdeadbeef 1", ""},
	} {
		for _, from := range []string{"--enosys off --profile p.json", "--filter p.bpf"} {
			args := append([]string{"explain", "--arch", "x86_64", tt.call}, strings.Fields(from)...)
			got := seccompile("", args...)
			if text := substitutesIn(got.Out); got.Status != 0 || text != tt.want {
				t.Errorf("%q:\n%s\nwant %s\n%s", args, text, tt.want, got)
			}
			var list []explanation
			err := json.Unmarshal([]byte(seccompile("", append(args, "--json")...).Out), &list)
			if err != nil || len(list) != 1 {
				t.Fatalf("%q in JSON: %v, %v", args, list, err)
			}
			if text := strings.Join(strings.Fields(strings.Join(substitutesText(list[0].Substitutes, width), " ")), " "); text != tt.want {
				t.Errorf("%q in JSON: %s, want %s", args, text, tt.want)
			}
		}
	}
}

// substitutesIn returns what text says that does the same, with single blanks.
func substitutesIn(text string) string {
	var list []string
	in := false
	for line := range strings.Lines(text) {
		if in = strings.HasPrefix(line, "The same by") || strings.HasPrefix(line, "Part of it") || in && strings.HasPrefix(line, "  "); in {
			list = append(list, strings.Fields(line)...)
		}
	}
	return strings.Join(list, " ")
}

// TestSubstitutesUnknown: of what a filter computes its answer to, it is not known, and not that it
// is refused.
func TestSubstitutesUnknown(t *testing.T) {
	t.Chdir(t.TempDir())
	const clone, clone3 = 56, 435
	writeFilter(t, "ret.bpf", []bpf.RawInstruction{
		{Op: 0x20, K: 0},              // A = nr
		{Op: 0x15, Jt: 1, K: clone3},  // clone3 gets the low word of its first argument
		{Op: 0x06, K: 0x50001},        // others fail
		{Op: 0x20, K: 16}, {Op: 0x16}, // return A
	})
	const want = "The same by: clone3 (not known) Part of it by: unshare, new namespaces (refused); fork, processes like the caller (refused); vfork, processes like the caller (refused)"
	if got := seccompile("", "explain", "--filter", "ret.bpf", "--arch", "x86_64", "clone"); got.Status != exitOK || substitutesIn(got.Out) != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestSubstitutesWhy: why says of filters what explain does.
func TestSubstitutesWhy(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "p.json", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["clone3"], "action": "SCMP_ACT_ALLOW"}]}`)
	if got := seccompile("", "compile", "--arch", "x86_64", "--enosys", "off", "--profile", "p.json", "-o", "p.bpf"); got.Status != exitOK {
		t.Fatal(got)
	}
	const want = "The same by: clone3 (allowed) Part of it by: unshare, new namespaces (refused); fork, processes like the caller (refused); vfork, processes like the caller (refused)"
	for _, from := range []string{"--profile p.json --enosys off", "--filter p.bpf"} {
		got := seccompile("clone(child_stack=NULL, flags=SIGCHLD) = -1 EPERM (x)\n", append([]string{"why", "--arch", "x86_64", "-"}, strings.Fields(from)...)...)
		if got.Status != exitOK || substitutesIn(got.Out) != want {
			t.Errorf("why %s: %s, want %s", from, got, want)
		}
	}
}
