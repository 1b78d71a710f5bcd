package syscalls_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestNoWorkAtStart: the tables are data of the executable, so a program that
// imports them starts no slower. The runtime traces packages that have anything
// to do at start, with time and allocations; these must not be among them.
func TestNoWorkAtStart(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("coverage counts at start")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Skipf("no path of the test binary: %v", err)
	}
	c := exec.Command(exe, "-test.run=^$")
	c.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace strings.Builder
	c.Stderr = &trace
	if err := c.Run(); err != nil {
		t.Skipf("the test binary does not run again: %v", err)
	}
	inits := map[string]string{}
	for line := range strings.Lines(trace.String()) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "init" {
			inits[f[1]] = line
		}
	}
	// This package has variables that are set at start: the trace works.
	const module = "github.com/seccompile/seccompile/"
	if inits[module+"syscalls_test"] == "" {
		t.Fatalf("no trace of %ssyscalls_test in\n%s", module, trace.String())
	}
	for _, p := range []string{"syscalls", "arch", "internal/calls", "internal/spell"} {
		if line := inits[module+p]; line != "" {
			t.Errorf("package %s works at start: %s", p, line)
		}
	}
}
