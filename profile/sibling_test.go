package profile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/syscalls"
)

// TestSiblings: the table has calls that exist, each pair once, and no call beside itself.
func TestSiblings(t *testing.T) {
	known := map[string]bool{}
	for name := range syscalls.Names() {
		known[name] = true
	}
	seen := map[string]bool{}
	for _, s := range allSiblings() {
		calls := append(strings.Fields(s.with), s.old, s.new)
		for i, c := range calls {
			if !known[c] || slices.Contains(calls[:i], c) {
				t.Errorf("%s to %s: %s is unknown, or there twice", s.old, s.new, c)
			}
		}
		if pair := s.old + " " + s.new; seen[pair] {
			t.Errorf("%s is there twice", pair)
		} else {
			seen[pair] = true
		}
		if (s.newer || s.sameArgs) && s.old == s.new || s.sameArgs && !s.newer {
			t.Errorf("%s to %s has marks that do not fit", s.old, s.new)
		}
	}
	for _, n := range pairs(successors) {
		if !seen[n[0]+" "+n[1]] {
			t.Errorf("%s succeeds %s, and is not its sibling", n[1], n[0])
		}
	}
}

func TestSubstitutes(t *testing.T) {
	for call, want := range map[string]string{
		"chmod":     "fchmodat; fchmodat2; fchmod (of files that it can open)",
		"fchmodat2": "fchmodat; chmod; fchmod (of files that it can open)",
		"creat":     "open; openat; openat2; io_uring_setup io_uring_enter",
		"fork":      "clone; vfork; clone3",
		"clone":     "clone3; unshare (new namespaces); fork (processes like the caller); vfork (processes like the caller)",
		"unshare":   "clone (new namespaces, for a child); clone3 (new namespaces, for a child)",
		"mount":     "fsopen fsconfig fsmount move_mount (new mounts); move_mount open_tree (bind and moved mounts); mount_setattr (flags and propagation of mounts)",
		"socket":    "io_uring_setup io_uring_enter",
		"unlinkat":  "unlink rmdir; io_uring_setup io_uring_enter",
		"rmdir":     "unlinkat; io_uring_setup io_uring_enter",
		"mknod":     "mknodat",
		"mknodat":   "mknod",
		"getpid":    "",
		"nothing":   "",
		"":          "",
	} {
		var got []string
		for _, s := range Substitutes(call) {
			text := strings.Join(s.Calls, " ")
			if s.Part != "" {
				text += fmt.Sprintf(" (%s)", s.Part)
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("Substitutes(%s) (-want +got)\n%s", call, diff)
		}
	}
	for name := range syscalls.Names() {
		for _, s := range Substitutes(name) {
			if slices.Contains(s.Calls, name) {
				t.Errorf("Substitutes(%s) has the call itself: %v", name, s.Calls)
			}
		}
	}
}
