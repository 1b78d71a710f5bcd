package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// hiddenText has a character of each kind that is not to reach a terminal.
const hiddenText = "a\x1b[31m\x07\x7f\u009b31m\u00ad\u200b\u200f\u202e\u2028\u2029\u2066\ufeff\U000e0041\tz\u00e9\u4e2d"

func TestShow(t *testing.T) {
	if got, want := show(hiddenText), "a?[31m???31m????????? z\u00e9\u4e2d"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestShowError(t *testing.T) {
	r := seccompile("", "explain", "--profile", "a\x1b]0;x\u202e.json", "read")
	if r.Status == 0 || strings.ContainsAny(r.Err, "\x1b\u202e") {
		t.Errorf("%d, %q", r.Status, r.Err)
	}
}

// Names of a record reach neither text nor JSON as they are, and JSON has all of them.
func TestHiddenNames(t *testing.T) {
	log := fmt.Sprintf("type=1326 audit(1.1:2): auid=0 pid=99999991 comm=%X exe=%X sig=31 arch=c000003e syscall=165 compat=0 ip=0x0 code=0x80000000\n", hiddenText, "/"+hiddenText)
	for _, args := range [][]string{{"why", "--profile", "default", "--arch", "x86_64"}, {"why", "--json", "--profile", "default", "--arch", "x86_64"}} {
		r := seccompile(log, args...)
		for _, c := range r.Out + r.Err {
			if hidden(c) && c != '\n' {
				t.Errorf("%v: %U", args, c)
			}
		}
		if len(args) == 5 {
			continue
		}
		var list struct {
			Answers []struct{ Processes []struct{ Comm, Exe string } }
		}
		if err := json.Unmarshal([]byte(r.Out), &list); err != nil {
			t.Fatalf("%v in\n%s", err, r.Out)
		}
		if p := list.Answers[0].Processes[0]; p.Comm != hiddenText || p.Exe != "/"+hiddenText || !strings.Contains(r.Out, `\udb40\udc41`) {
			t.Errorf("%q, %q", p.Comm, p.Exe)
		}
	}
}
