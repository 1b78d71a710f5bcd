//go:build playground

package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/profile"
)

// played returns the answer to a question about a text.
func played(t *testing.T, q question) (answer struct {
	Out, Err string
	Value    json.RawMessage
}) {
	t.Helper()
	q.Arch, q.Kernel = "x86_64", "6.12"
	if q.Caps = "docker"; q.Compat == "" {
		q.Compat = "kernel"
	}
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(play(text), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestPlaygroundPrints: jobs print what the verbs of the command do.
func TestPlaygroundPrints(t *testing.T) {
	t.Chdir(t.TempDir())
	const web = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
	{"names": ["read", "nosuch"], "action": "SCMP_ACT_ALLOW"},
	{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]}]}`
	writeText(t, "profile.json", web)
	const target = " --arch x86_64 --kernel 6.12 "
	tests := []struct {
		job  string
		args string
	}{
		{"explain", "explain --profile profile.json" + target + "socket"},
		{"graph", "graph --format svg --profile profile.json" + target + "socket"},
		{"summary", "summary --profile profile.json" + target},
		{"listing", "compile --split --format list --profile profile.json" + target},
		{"harden", "harden" + target + "profile.json"},
		{"diff", "diff" + target + "default profile.json"},
	}
	for _, tt := range tests {
		t.Run(tt.job, func(t *testing.T) {
			want := seccompile("", strings.Fields(tt.args)...)
			got := played(t, question{Job: tt.job, Text: web, Call: "socket"})
			if diff := cmp.Diff(want.Out, got.Out); diff != "" || got.Out == "" {
				t.Errorf("%s, job %s (-want +got):\n%s", tt.args, tt.job, diff)
			}
		})
	}
}

// TestPlaygroundCheck: faults and notes have their places in units of UTF-16, and a filter
// has its size.
func TestPlaygroundCheck(t *testing.T) {
	tests := []struct {
		name, text string
		want       checked
	}{
		{"fault", "{\"comment\": \"é🦀\", \"defaultAction\": 1}", checked{Marks: []marked{
			{Severity: "error", Code: "type", Line: 1, Col: 40, Units: 37, Path: "/defaultAction"},
		}}},
		{"fault of YAML", "defaultAction: SCMP_ACT_ERRNO\nsyscalls:\n- {é🦀: [], action: x}\n", checked{YAML: true, Marks: []marked{
			{Severity: "error", Code: "unknown-action", Line: 3, Col: 24, Units: 21, Path: "/syscalls/0/action"},
		}}},
		{"filter", `{"defaultAction": "SCMP_ACT_ALLOW"}`, checked{Dialect: "docker", Marks: []marked{}, Filter: &sizes{
			Filters: 1, Instructions: 7, Bytes: 56, ABIs: []costs{{"x86_64", 0, 5, 5}},
		}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got checked
			if err := json.Unmarshal(played(t, question{Job: "check", Text: tt.text}).Value, &got); err != nil {
				t.Fatal(err)
			}
			for i := range got.Marks {
				if got.Marks[i].Text == "" {
					t.Error("a mark without a text")
				}
				got.Marks[i].Text = ""
			}
			if got.Filter != nil { // the number of calls grows with Linux
				if got.Filter.ABIs[0].Cached < 350 {
					t.Errorf("%d calls are always allowed, want all", got.Filter.ABIs[0].Cached)
				}
				got.Filter.ABIs[0].Cached = 0
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("check %s (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// TestPlaygroundRefuses: what cannot be answered is an error, or a fault, that says why.
func TestPlaygroundRefuses(t *testing.T) {
	const allow = `{"defaultAction": "SCMP_ACT_ALLOW"}`
	long := strings.Repeat(" ", profile.MaxText+1)
	tests := []struct {
		q    question
		want string // of the error, or the value
	}{
		{question{Job: "nosuch"}, `unknown job "nosuch" (audit, calls, `},
		{question{Job: "check", Text: long}, "more than 8388608 bytes"},
		{question{Job: "diff", Text: allow, Other: long}, "more than 8388608 bytes"},
		{question{Job: "check", Text: allow, Compat: "nosuch"}, `nosuch`},
		{question{Job: "explain", Text: allow, Call: "nosuch"}, "nosuch"},
		{question{Job: "graph", Text: allow, Call: ""}, "no call"},
		{question{Job: "audit", Text: "{"}, "1:2"},
		{question{Job: "diff", Text: allow, Other: "{"}, "other.json:1:2"},
	}
	for _, tt := range tests {
		got := played(t, tt.q)
		if text := got.Err + string(got.Value); got.Out != "" || !strings.Contains(strings.ReplaceAll(text, `"line":1,"col":2`, "1:2"), tt.want) {
			t.Errorf("job %s: %q, want %q in it", tt.q.Job, text, tt.want)
		}
	}
	for _, target := range []string{ // nothing may stand for a default
		`"kernel": "7.0", "caps": "docker", "compat": "kernel"`,
		`"arch": "x86_64", "caps": "docker", "compat": "kernel"`,
		`"arch": "x86_64", "kernel": "7.0", "compat": "kernel"`,
		`"arch": "x86_64", "kernel": "7.0", "caps": "docker"`,
	} {
		for job := range jobs {
			q := `{"job": "` + job + `", "text": "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}", "call": "read", ` + target + `}`
			if got := string(play([]byte(q))); job != "facts" && (!strings.Contains(got, "it is empty") || !strings.Contains(got, `"out":""`)) {
				t.Errorf("play(%s) = %s, want an error", q, got)
			}
		}
	}
	if got := string(play([]byte("{"))); !strings.Contains(got, "JSON") {
		t.Errorf("play({) = %s, want an error", got)
	}
}

// TestPlaygroundDiffWeaker: a text to compare with whose policy is weaker is named, as the command
// would refuse it.
func TestPlaygroundDiffWeaker(t *testing.T) {
	const text = `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sokcet"], "action": "SCMP_ACT_ERRNO"}]}`
	for other, want := range map[string]string{
		text:                                  "other.json:1:61: /syscalls/0/names/0: unknown system call",
		`{"defaultAction": "SCMP_ACT_ALLOW"}`: "",
	} {
		var got []string
		if err := json.Unmarshal(played(t, question{Job: "diff", Text: text, Other: other}).Value, &got); err != nil {
			t.Fatal(err)
		}
		if (len(got) > 0) != (want != "") || !strings.HasPrefix(strings.Join(got, ""), want) {
			t.Errorf("diff with %s: %q, want %q", other, got, want)
		}
	}
}

// TestPlaygroundFacts: what the page offers is there.
func TestPlaygroundFacts(t *testing.T) {
	var got struct {
		Default, Kernel string
		ABIs, Calls     []string
	}
	if err := json.Unmarshal(played(t, question{Job: "facts"}).Value, &got); err != nil {
		t.Fatal(err)
	}
	if got.Default != string(profile.DefaultText()) || got.Kernel == "" || len(got.ABIs) != 23 || len(got.Calls) < 400 {
		t.Errorf("facts: %d bytes, kernel %q, %d ABIs, %d calls", len(got.Default), got.Kernel, len(got.ABIs), len(got.Calls))
	}
}
