package main

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
)

// writeFilter writes a filter as seccomp(2) takes it, for little-endian machines.
func writeFilter(t *testing.T, file string, insns []bpf.RawInstruction) {
	t.Helper()
	var b []byte
	for _, in := range insns {
		b = append(b, byte(in.Op), byte(in.Op>>8), in.Jt, in.Jf, byte(in.K), byte(in.K>>8), byte(in.K>>16), byte(in.K>>24))
	}
	if err := os.WriteFile(file, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// sum tests the sum of two arguments of read, and kills write.
var sum = []bpf.RawInstruction{
	{Op: 0x20, K: 4},                 // A = arch
	{Op: 0x15, Jt: 1, K: 0xc000003e}, // x86_64
	{Op: 0x06, K: 0x80000000},        // else kill
	{Op: 0x20, K: 0},                 // A = nr
	{Op: 0x15, Jt: 2, K: 0},          // read
	{Op: 0x15, Jt: 6, K: 1},          // write is killed
	{Op: 0x06, K: 0x7fff0000},        // others pass
	{Op: 0x20, K: 16}, {Op: 0x07},    // X = a0
	{Op: 0x20, K: 24}, {Op: 0x0c}, // A = a1 + X
	{Op: 0x15, Jf: 1, K: 7},   // == 7
	{Op: 0x06, K: 0x80000000}, // kill
	{Op: 0x06, K: 0x7fff0000}, // allow
}

// The sum of two arguments is out of reach of a comparison, not of the list of calls.
func TestExplainSum(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFilter(t, "sum.bpf", sum)
	r := seccompile("", "explain", "--filter", "sum.bpf", "--arch", "x86_64")
	if r.Status != exitOK || r.Err != "" || strings.Contains(r.Out, "differ") {
		t.Fatal(r)
	}
	for _, want := range []string{"KILL_PROCESS\n    write\n    some: read\n", "which may never hold: read\n  (explain --filter FILE read says more)\n", "some: read\n", "numbers without a name are not listed", "x86:\n  KILL_PROCESS\n"} {
		if !strings.Contains(r.Out, want) {
			t.Errorf("no %q in\n%s", want, r.Out)
		}
	}
	r = seccompile("", "explain", "--filter", "sum.bpf", "--arch", "x86_64", "read")
	if r.Status != exitOK || !strings.Contains(r.Out, "KILL_PROCESS if ") {
		t.Error(r)
	}
}

// A computed answer is not known, and said so.
func TestExplainComputedAnswer(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFilter(t, "ret.bpf", []bpf.RawInstruction{{Op: 0x20, K: 16}, {Op: 0x16}})
	r := seccompile("", "explain", "--filter", "ret.bpf", "--arch", "x86_64")
	if r.Status == exitOK || strings.Contains(r.Err, "filters differ") || !strings.Contains(r.Err, "the filter") {
		t.Error(r)
	}
}
