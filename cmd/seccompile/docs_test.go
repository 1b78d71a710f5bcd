package main

import (
	"os"
	"strings"
	"testing"
)

// TestDocs: the commands in docs/testing.md print what it says, in examples/testing.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../../examples/testing")
	commands := 0
	for _, block := range strings.Split(string(page), "```console\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, text := range strings.Split(block, "$ seccompile ")[1:] {
			args, want, _ := strings.Cut(text, "\n")
			got := seccompile("", strings.Fields(args)...)
			if got.Out+got.Err != want {
				t.Errorf("seccompile %s:\n%swant\n%s", args, got, want)
			}
			commands++
		}
	}
	if commands < 2 {
		t.Errorf("docs/testing.md has %d commands, want 2 or more", commands)
	}
}
