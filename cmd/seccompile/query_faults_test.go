package main

import (
	"strings"
	"testing"
)

func TestExplainFaults(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want []string
	}{
		{"all", []string{"nosuch", "socket(AF_NOSUCH)", "read(", "read"}, []string{`"nosuch"`, `"AF_NOSUCH"`, "no ) after"}},
		{"many", strings.Fields(strings.Repeat("nosuch ", 30)), []string{"and 20 faults more"}},
		{"beside a profile's", []string{"read(", "--profile", "missing.json"}, []string{"no ) after", "missing.json"}},
	} {
		r := seccompile("", append([]string{"explain", "--arch", "x86_64"}, tt.args...)...)
		if r.Status != exitUsage || r.Out != "" {
			t.Errorf("%s: %v", tt.name, r)
		}
		for _, want := range tt.want {
			if !strings.Contains(r.Err, want) {
				t.Errorf("%s: no %q in %s", tt.name, want, r.Err)
			}
		}
	}
}

func TestExplainSpelled(t *testing.T) {
	want := seccompile("", "explain", "--arch", "x86_64", "socket(AF_INET)")
	for _, name := range []string{"SYS_socket", "__NR_socket", "Socket"} {
		if got := seccompile("", "explain", "--arch", "x86_64", name+"(AF_INET)"); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What is long is not said again as a whole, whether it has a fault or not.
func TestExplainLong(t *testing.T) {
	for _, call := range []string{
		"socket(" + strings.Repeat("1|", 100_000) + "1)", "socket(" + strings.Repeat("1|", 100_000) + "x)", "socket(" + strings.Repeat("x", 100_000) + ")",
		strings.Repeat("\u4e2d", 100_000), strings.Repeat("x", 100_000) + " read", "read(" + strings.Repeat("x", 100_000), "read(1)" + strings.Repeat("x", 100_000), "read(1)@" + strings.Repeat("x", 100_000),
		"read(" + strings.Repeat("1,", 1000) + "1)", "read(1)@" + strings.Repeat("0", 100_000),
	} {
		r := seccompile("", "explain", "--arch", "x86_64", call)
		for line := range strings.Lines(r.Out + r.Err) {
			if len(line) > 1000 {
				t.Errorf("%.20s...: a line of %d bytes, %.100s", call, len(line), line)
			}
		}
	}
	r := seccompile("", "explain", "--arch", "x86_64", "socket("+strings.Repeat("1|", 100_000)+"2)")
	if !strings.HasPrefix(r.Out, "x86_64 socket(0x3) = ALLOW\n") {
		t.Errorf("%.100s", r.Out)
	}
}
