package main

import (
	"strings"
	"testing"
)

// TestConformance: what of runc's tests passes on libseccomp passes on seccompile.
func TestConformance(t *testing.T) {
	list := variants(t)
	if testing.Short() {
		list = []variant{list[0], list[2]}
	}
	var table strings.Builder
	_, err := conformance(&table, list)
	t.Log("\n" + table.String())
	if err != nil {
		t.Error(err)
	}
}

// TestFault: a test that fails, is missing, or is skipped though it passes on libseccomp is a fault.
func TestFault(t *testing.T) {
	for _, tt := range []struct {
		first, got outcome
		want       bool
	}{
		{passed, passed, false},
		{passed, skipped, true},
		{passed, failed, true},
		{passed, missing, true},
		{skipped, passed, false},
		{skipped, skipped, false},
		{skipped, failed, true},
		{skipped, missing, true},
		{failed, failed, true},
		{missing, passed, false},
	} {
		if got := fault(tt.first, tt.got); got != tt.want {
			t.Errorf("fault(%s, %s) = %t, want %t", tt.first, tt.got, got, tt.want)
		}
	}
}

// TestResults: the results of tests are read from what bats and go test print.
func TestResults(t *testing.T) {
	const tap = "1..4\nok 1 a (b)\nnot ok 2 c\n# line\nok 3 d # skip why\nok 4 e # not a skip\n"
	const verbose = "=== RUN   TestA\n    --- FAIL: TestA/sub (0.00s)\n--- FAIL: TestA (0.00s)\n--- PASS: TestB (0.00s)\n--- SKIP: TestC (0.00s)\n" +
		"--- PASS: TestA (0.00s)\n"
	for _, tt := range []struct {
		suite suite
		log   string
		want  map[string]outcome
	}{
		{suite{line: bats}, tap, map[string]outcome{"a (b)": passed, "c": failed, "d": skipped, "e # not a skip": passed}},
		{suite{line: goTest}, verbose, map[string]outcome{"TestA": failed, "TestB": passed, "TestC": skipped}},
	} {
		got := tt.suite.read([]byte(tt.log))
		if len(got.outcomes) != len(tt.want) || len(got.tests) != len(tt.want) {
			t.Errorf("%q: %v, %v", tt.log, got.tests, got.outcomes)
		}
		for name, want := range tt.want {
			if got.outcomes[name] != want {
				t.Errorf("%q: %s is %s, want %s", tt.log, name, got.outcomes[name], want)
			}
		}
	}
}
