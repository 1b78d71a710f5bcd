package main

import (
	"strings"
	"testing"
)

// TestComplete: what the shells ask for.
func TestComplete(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "dec.json", "{}")
	for _, tt := range []struct {
		words string // the last may be unfinished, "_" is an empty one
		want  string // completions, joined by blanks
		files bool
	}{
		{"_", "audit calls compile completion cover default diff disasm dump eval explain extend fingerprint fmt graph harden help man merge needs node notify profile record resolve run subset summary trim verify version why", false},
		{"comp", "compile completion", false},
		{"help tar", "target", false},
		{"help fin", "fingerprint", false},
		{"compile --sta", "--stats", false},
		{"compile --arch mips64", "mips64 mips64n32", false},
		{"eval v.txt --compat _", "kernel runc", false},
		{"eval --caps=p", "podman", false},
		{"eval --caps _", "docker containerd podman cri-o all none CAP_", false},
		{"eval --caps CAP_SYS_P", "CAP_SYS_PTRACE CAP_SYS_PACCT", false},
		{"eval --caps docker,CAP_B", "docker,CAP_BLOCK_SUSPEND docker,CAP_BPF", false},
		{"compile --profile def", "default", false},
		{"compile --profile defu", "", true},
		{"diff def", "default", false},
		{"merge --union a.json def", "default", false},
		{"diff a.json def", "default", false},
		{"diff de", "", true}, // a file starts so, too
		{"compile --format _", "raw list go c", false},
		{"graph --format _", "dot svg", false},
		{"compile --bad-arch KILL_P", "KILL_PROCESS", false},
		{"compile --kernel _", "", false},
		{"compile _", "", false},
		{"compile --profile _", "", true},
		{"disasm _", "", true},
		{"diff a.json _", "", true},
		{"run _", "", true},
		{"run sh -c", "", true},
		{"fmt --w", "--write", false},
		{"graph --f", "--format", false},
		{"summary --pr", "--profile", false},
		{"why --pi", "--pid", false},
		{"fmt _", "", true},
		{"summary _", "", false},
		{"why _", "", true},
		{"completion f", "fish", false},
		{"version _", "", false},
	} {
		words := strings.Fields(tt.words)
		for i, w := range words {
			if w == "_" {
				words[i] = ""
			}
		}
		got := seccompile("", append([]string{"__completeNoDesc"}, words...)...)
		lines := strings.Split(strings.TrimSuffix(got.Out, "\n"), "\n")
		list, directive := strings.Join(lines[:len(lines)-1], " "), lines[len(lines)-1]
		if list != tt.want || (directive == ":0") != tt.files || got.Status != exitOK {
			t.Errorf("completion of %q: %q %s, want %q, files %t", tt.words, list, directive, tt.want, tt.files)
		}
	}
}
