package main

import (
	"fmt"
	"maps"
	"os"
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

// With trimmed paths, packages are compiled once for all trees. The integration tests need
// the path of their source.
var suites = []suite{
	{name: "seccomp.bats", line: bats, command: []string{"bats", "-t", "tests/integration/seccomp.bats"}},
	{name: "seccomp-notify.bats", line: bats, command: []string{"bats", "-t", "tests/integration/seccomp-notify.bats"}},
	{name: "seccomp-notify-compat.bats", line: bats, command: []string{"bats", "-t", "tests/integration/seccomp-notify-compat.bats"}},
	{name: "personality.bats", line: bats, command: []string{"bats", "-t", "tests/integration/personality.bats"}},
	{name: "specconv", line: goTest, command: goTests("./libcontainer/specconv", "-trimpath")},
	{name: "configs", line: goTest, command: goTests("./libcontainer/configs/...", "-trimpath")},
	{name: "integration", line: goTest, command: goTests("./libcontainer/integration", "-run", "Seccomp")},
	{name: "patchbpf", line: goTest, command: goTests("./libcontainer/seccomp/patchbpf", "-trimpath"),
		only: "it tests the stub for ENOSYS that runc puts before libseccomp's filters"},
}

func goTests(pkg string, more ...string) []string {
	return slices.Concat([]string{"go", "test", "-count=1", "-v", "-tags", "TAGS"}, more, []string{pkg})
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
	if len(r.tests) == 0 {
		return r, fmt.Errorf("%s: %s ran no test: %v\n%s", v.name, s.name, err, log)
	}
	if err != nil && !slices.Contains(slices.Collect(maps.Values(r.outcomes)), failed) {
		return r, fmt.Errorf("%s: %s: %w\n%s", v.name, s.name, err, log)
	}
	return r, nil
}

// A tally counts outcomes.
type tally map[outcome]int

func (t tally) String() string {
	return fmt.Sprintf("%d passed, %d skipped, %d failed", t[passed], t[skipped], t[failed]+t[missing])
}

// conformance runs all suites for all variants, prints the outcome of each test, and
// returns an error if one is a fault.
func conformance(variants []variant) ([]tally, error) {
	tallies, faults := make([]tally, len(variants)), 0
	for i, v := range variants {
		tallies[i] = tally{}
		fmt.Printf("%-12s ", v.name)
	}
	fmt.Println()
	for _, s := range suites {
		fmt.Printf("\n%s\n", s.name)
		list := variants
		if s.only != "" {
			list = variants[:1]
			fmt.Printf("(only libseccomp: %s)\n", s.only)
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
				fmt.Printf("%-12s ", how)
				tallies[i][how]++
				if fault(results[0].outcomes[t], how) {
					faults++
					bad[i] = true
				}
			}
			fmt.Println(t)
		}
		for i, r := range results {
			if bad[i] {
				fmt.Fprintf(os.Stderr, "%s, %s:\n%s\n", s.name, list[i].name, r.log)
			}
		}
	}
	fmt.Println()
	for i, v := range variants {
		fmt.Printf("%s: %s\n", v.name, tallies[i])
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
