package main

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A suite is a part of runc's tests.
type suite struct {
	name    string
	command []string       // TAGS in it means the tags of the variant
	line    *regexp.Regexp // matches the result of a test: the result and the name
	only    string         // why only the first variant has the suite
}

var (
	bats   = regexp.MustCompile(`(?m)^(ok|not ok) \d+ (.*?)( # skip.*)?$`)
	goTest = regexp.MustCompile(`(?m)^--- (PASS|FAIL|SKIP): (\S+)`)
)

var suites = []suite{
	{name: "seccomp.bats", line: bats, command: []string{"bats", "-t", "tests/integration/seccomp.bats"}},
	{name: "seccomp-notify.bats", line: bats, command: []string{"bats", "-t", "tests/integration/seccomp-notify.bats"}},
	{name: "seccomp-notify-compat.bats", line: bats, command: []string{"bats", "-t", "tests/integration/seccomp-notify-compat.bats"}},
	{name: "personality.bats", line: bats, command: []string{"bats", "-t", "tests/integration/personality.bats"}},
	{name: "specconv", line: goTest, command: goTests("./libcontainer/specconv")},
	{name: "integration", line: goTest, command: goTests("./libcontainer/integration", "-run", "Seccomp")},
	{name: "patchbpf", line: goTest, command: goTests("./libcontainer/seccomp/patchbpf"),
		only: "it tests the stub for ENOSYS that runc puts before libseccomp's filters"},
}

// goTests returns the command for a package. With trimmed paths the packages that all trees
// share are compiled once.
func goTests(pkg string, more ...string) []string {
	return append([]string{"go", "test", "-count=1", "-trimpath", "-v", "-tags", "TAGS", pkg}, more...)
}

// An outcome is the result of a test.
type outcome string

const (
	passed  outcome = "ok"
	failed  outcome = "FAILED"
	skipped outcome = "skipped"
	missing outcome = "missing"
)

// fault reports whether an outcome is an error, given that of the first variant, libseccomp's.
// A test that it skips, because this libseccomp lacks a flag, may pass. If a test fails on
// libseccomp, the machine lacks something, and the result says nothing.
func fault(first, got outcome) bool {
	return got == failed || got == missing || first == passed && got != passed
}

// A result is the outcome of each test of a suite, for one variant.
type result struct {
	tests    []string
	outcomes map[string]outcome
	log      []byte
}

// run runs the suite for a variant. A test that fails is not an error. A suite that ends
// early or has no tests is one.
func (s suite) run(v variant) (result, error) {
	command := slices.Clone(s.command)
	for i := range command {
		command[i] = strings.ReplaceAll(command[i], "TAGS", v.tags)
	}
	log, err := jailed(v.tree, 10*time.Minute, command...)
	r := s.read(log)
	if len(r.tests) == 0 {
		return r, fmt.Errorf("%s: %s ran no test: %v\n%s", v.name, s.name, err, log)
	}
	if err != nil && !slices.Contains(slices.Collect(maps.Values(r.outcomes)), failed) {
		return r, fmt.Errorf("%s: %s: %w\n%s", v.name, s.name, err, log)
	}
	return r, nil
}

// read reads the results that a suite has printed.
func (s suite) read(log []byte) result {
	r := result{outcomes: map[string]outcome{}, log: log}
	for _, m := range s.line.FindAllSubmatch(log, -1) {
		name, how := string(m[2]), failed
		switch {
		case string(m[1]) == "SKIP" || len(m) > 3 && len(m[3]) > 0:
			how = skipped
		case string(m[1]) == "ok" || string(m[1]) == "PASS":
			how = passed
		}
		if r.outcomes[name] != "" { // two packages have a test of this name
			if how != passed {
				r.outcomes[name] = how
			}
			continue
		}
		r.tests = append(r.tests, name)
		r.outcomes[name] = how
	}
	return r
}

// A tally counts outcomes.
type tally map[outcome]int

func (t tally) String() string {
	return fmt.Sprintf("%d passed, %d skipped, %d failed", t[passed], t[skipped], t[failed]+t[missing])
}

// conformance runs all suites for all variants, writes the outcome of each test, and
// returns an error if one is a fault.
func conformance(w io.Writer, variants []variant) ([]tally, error) {
	tallies, faults := make([]tally, len(variants)), 0
	for i, v := range variants {
		tallies[i] = tally{}
		fmt.Fprintf(w, "%-12s ", v.name)
	}
	fmt.Fprintln(w)
	for _, s := range suites {
		fmt.Fprintf(w, "\n%s\n", s.name)
		list := variants
		if s.only != "" {
			list = variants[:1]
			fmt.Fprintf(w, "(only libseccomp: %s)\n", s.only)
		}
		results := make([]result, len(list))
		for i, v := range list {
			var err error
			if results[i], err = s.run(v); err != nil {
				return nil, err
			}
		}
		bad := make([]bool, len(list))
		for _, t := range union(results) {
			for i, r := range results {
				how := r.outcomes[t]
				if how == "" {
					how = missing
				}
				fmt.Fprintf(w, "%-12s ", how)
				tallies[i][how]++
				if fault(results[0].outcomes[t], how) {
					faults++
					bad[i] = true
				}
			}
			fmt.Fprintln(w, t)
		}
		for i, r := range results {
			if bad[i] {
				fmt.Fprintf(w, "%s, %s:\n%s\n", s.name, list[i].name, r.log)
			}
		}
	}
	fmt.Fprintln(w)
	for i, v := range variants {
		fmt.Fprintf(w, "%s: %s\n", v.name, tallies[i])
	}
	if faults > 0 {
		return nil, fmt.Errorf("%d tests fail, or are skipped though they pass on libseccomp", faults)
	}
	return tallies, nil
}

// union returns the names of all tests.
func union(results []result) (tests []string) {
	for _, r := range results {
		for _, t := range r.tests {
			if !slices.Contains(tests, t) {
				tests = append(tests, t)
			}
		}
	}
	return tests
}
