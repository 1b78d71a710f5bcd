package main

import (
	"strings"
	"testing"
)

// All lines fit, but those to paste and the caller's own call.
func TestExplainedFits(t *testing.T) {
	text := seccompile("", "explain", "--arch", "x86_64", "unshare(CLONE_NEWUSER)", "clone3", "ptrace", "socket(AF_VSOCK)", "umount2", "x32 bpf", "personality", "acct").Out
	text += seccompile("[9] x86_64 unshare(0x10000000) = ERRNO(1)\n", "why", "--arch", "x86_64").Out
	if n := strings.Count(text, "\n"); n < 50 {
		t.Fatalf("%d lines:\n%s", n, text)
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > width && !strings.HasPrefix(line, `    {"names": `) {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}
