package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestUnused: what says how to read a profile is an error where a filter is read instead.
func TestUnused(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "web.json", allowAll)
	writeText(t, "web.vec", "x86_64 read(3)\n")
	if got := seccompile("", "compile", "--profile", "web.json", "--arch", "x86_64", "-o", "web.bpf"); got.Status != exitOK {
		t.Fatal(got)
	}
	beside := func(what string) string { return " has no effect beside " + what + " (leave one of them out)" }
	const between = " has no effect: neither side is a profile (leave it out)"
	tests := []struct {
		args string
		want string // after the flag; "" if it has an effect
		v    bool   // -v has one all the same
	}{
		{"eval --filter web.bpf --arch x86_64 web.vec", beside("--filter"), false},
		{"eval --profile web.json --arch x86_64 web.vec", "", true},
		{"why --filter web.bpf --arch x86_64 -", beside("--filter"), false},
		{"why --pid 1 -", beside("--pid"), false},
		{"why --profile web.json --arch x86_64 -", "", true},
		{"explain --filter web.bpf --arch x86_64 read", beside("--filter"), false},
		{"explain --filter web.bpf --arch x86_64", beside("--filter"), true}, // lists more
		{"explain --pid 1 read", beside("--pid"), false},
		{"explain --profile web.json --arch x86_64 read", "", true},
		{"verify --filter web.bpf --profile web.json --arch x86_64", "", true},
		{"graph --profile web.json --arch x86_64 read", "", true},
		{"merge --fold --arch x86_64 web.bpf web.bpf", beside("--fold"), false},
		{"diff --arch x86_64 web.bpf web.bpf", between, false},
		{"diff --arch x86_64 web.bpf web.bpf -- web.bpf", between, false},
		{"diff --arch x86_64 web.bpf web.json", "", true},
		{"diff --arch x86_64 default web.bpf", "", true},
		{"subset --arch x86_64 web.bpf web.bpf", between, false},
		{"subset --arch x86_64 web.bpf -- web.bpf web.bpf", between, false},
		{"subset --arch x86_64 web.json web.bpf", "", true},
	}
	for _, tt := range tests {
		for _, flag := range []string{"--kernel 6.1", "--caps none", "--dialect docker", "--compat kernel", "--enosys off", "--bad-arch KILL_THREAD", "--strict", "--accept-weaker", "--verbose"} {
			words := strings.Fields(tt.args)
			name, _, _ := strings.Cut(flag, " ")
			if find(verbs(stdio{}), words[0]).target.Lookup(name[2:]) == nil { // TestWithout has it
				continue
			}
			want := fmt.Sprintf("seccompile %s: %s%s\n", words[0], name, tt.want)
			got := seccompile("", slices.Insert(words, 1, strings.Fields(flag)...)...)
			if tt.want == "" || tt.v && flag == "--verbose" {
				if strings.Contains(got.Err, "has no effect") {
					t.Errorf("%s %s: %s", tt.args, flag, got)
				}
			} else if got.Status != exitUsage || got.Out != "" || got.Err != want {
				t.Errorf("%s %s: %swant %s", tt.args, flag, got, want)
			}
		}
	}
}

// TestWithout: flags that have no effect on a verb are unknown to it.
func TestWithout(t *testing.T) {
	for verb, flags := range map[string][]string{
		"audit":  {"--accept-weaker"},
		"graph":  {"--accept-weaker"},
		"harden": {"--compat=runc", "--bad-arch=KILL_PROCESS", "--accept-weaker", "-v"},
		"why":    {"--accept-weaker", "-v"},
	} {
		for _, flag := range flags {
			name, _, _ := strings.Cut(flag, "=")
			want := fmt.Sprintf("seccompile %s: unknown flag %s", verb, name)
			if got := seccompile("", verb, flag, "default"); got.Status != exitUsage || got.Out != "" || !strings.HasPrefix(got.Err, want) {
				t.Errorf("%s %s: %swant %s", verb, flag, got, want)
			}
		}
		if got := seccompile("", verb, "--help"); got.Status != exitOK || !strings.Contains(got.Out, "--strict") {
			t.Errorf("%s --help: %swant the other flags", verb, got)
		}
	}
}
