package main

import (
	"strings"
	"testing"
)

// TestSubstitutes: explain says what calls get that do the same, and never refused where one
// passes: by some arguments, or through a multiplexer.
func TestSubstitutes(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "p.json", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64"], "syscalls": [
		{"names": ["fchmodat", "fsopen", "fsmount", "move_mount", "unlink", "io_uring_setup", "io_uring_enter", "socketcall", "mkdir"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["unshare"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]},
		{"names": ["mkdirat"], "action": "SCMP_ACT_NOTIFY"}, {"names": ["clone3"], "action": "SCMP_ACT_LOG"}]}`)
	for _, tt := range []struct{ call, want string }{
		{"chmod", "The same by: fchmodat (allowed); fchmodat2 (refused) Part of it by: fchmod, of files that it can open (refused)"},
		{"clone", "The same by: clone3 (allowed) Part of it by: unshare, new namespaces (allowed for some arguments)"},
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
		got := seccompile("", "explain", "--arch", "x86_64", "--enosys", "off", "--profile", "p.json", tt.call)
		var list []string
		in := false
		for line := range strings.Lines(got.Out) {
			if in = strings.HasPrefix(line, "The same by") || strings.HasPrefix(line, "Part of it") || in && strings.HasPrefix(line, "  "); in {
				list = append(list, strings.Fields(line)...)
			}
		}
		if text := strings.Join(list, " "); got.Status != 0 || text != tt.want {
			t.Errorf("explain %s:\n%s\nwant %s\n%s", tt.call, text, tt.want, got)
		}
	}
}
