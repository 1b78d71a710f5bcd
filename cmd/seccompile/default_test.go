package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/profile"
)

// TestDefault: what default prints is the profile that compile has without one.
func TestDefault(t *testing.T) {
	t.Chdir(t.TempDir())
	if diff := cmp.Diff(result{Out: string(profile.DefaultText())}, seccompile("", "default")); diff != "" {
		t.Errorf("default (-want +got)\n%s", diff)
	}
	if got := seccompile("", "default", "-o", "web.json"); got != (result{}) || here(t)["web.json"] != string(profile.DefaultText()) {
		t.Errorf("default -o web.json: %s", got)
	}
	want := seccompile("", "fingerprint", "--arch", "x86_64", "--kernel", "6.1")
	if got := seccompile("", "fingerprint", "--arch", "x86_64", "--kernel", "6.1", "--profile", "web.json"); got != want || got.Out == "" {
		t.Errorf("fingerprint of the copy: %s, want %s", got, want)
	}
	if got := seccompile("", "default", "web.json"); got.Status != exitUsage || got.Out != "" {
		t.Errorf("default web.json: %s", got)
	}
}
