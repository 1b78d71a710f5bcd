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
	command []string       // with TAGS for the build's tags
	line    *regexp.Regexp // a test's: how it went, and its name
	without string         // a reason why our builds do not have it
}

var (
	bats   = regexp.MustCompile(`(?m)^(ok|not ok) \d+ (.*?)( # skip.*)?$`)
	goTest = regexp.MustCompile(`(?m)^--- (PASS|FAIL|SKIP): (\S+)`)
)

// Trimmed paths would hide the directory of the integration tests from themselves, and
// would let others be compiled once for all trees.
var suites = []suite{
	{name: "seccomp.bats", line: bats, command: []string{"bats", "-t", "tests/integration/seccomp.bats"}},
	{name: "seccomp-notify.bats", line: bats, command: []string{"bats", "-t", "tests/integration/seccomp-notify.bats"}},
	{name: "seccomp-notify-compat.bats", line: bats, command: []string{"bats", "-t", "tests/integration/seccomp-notify-compat.bats"}},
	{name: "personality.bats", line: bats, command: []string{"bats", "-t", "tests/integration/personality.bats"}},
	{name: "specconv", line: goTest, command: goTests("./libcontainer/specconv", "-trimpath")},
	{name: "configs", line: goTest, command: goTests("./libcontainer/configs/...", "-trimpath")},
	{name: "integration", line: goTest, command: goTests("./libcontainer/integration", "-run", "Seccomp")},
	{name: "patchbpf", line: goTest, command: goTests("./libcontainer/seccomp/patchbpf", "-trimpath"),
		without: "they test a stub for ENOSYS that is put in front of libseccomp's filters"},
}

func goTests(pkg string, more ...string) []string {
	return slices.Concat([]string{"go", "test", "-count=1", "-v", "-tags", "TAGS"}, more, []string{pkg})
}

// An outcome is how a test went.
type outcome string

const (
	passed  outcome = "ok"
	failed  outcome = "FAILED"
	skipped outcome = "skipped"
	missing outcome = "missing"
)

// worse reports whether a test of ours that went so is a fault: theirs passed. A test
// that theirs skips, for a flag that this libseccomp lacks, may not fail either.
func worse(theirs, ours outcome) bool {
	return ours != passed && (theirs == passed || ours != theirs)
}

// A result is the tests of a suite, in order, for one build.
type result struct {
	tests    []string
	outcomes map[string]outcome
	log      []byte
}

// run runs the suite for a build. Tests that fail are no error; a suite without a test is.
func (s suite) run(b buildOf) (result, error) {
	command := slices.Clone(s.command)
	for i := range command {
		command[i] = strings.ReplaceAll(command[i], "TAGS", b.tags)
	}
	log, err := jailed(b.tree, 10*time.Minute, command...)
	r := result{outcomes: map[string]outcome{}, log: log}
	for _, m := range s.line.FindAllSubmatch(log, -1) {
		name, how := string(m[2]), failed
		switch {
		case string(m[1]) == "SKIP" || len(m) > 3 && len(m[3]) > 0:
			how = skipped
		case string(m[1]) == "ok" || string(m[1]) == "PASS":
			how = passed
		}
		if r.outcomes[name] != "" { // in two packages: the worst counts
			if how != passed {
				r.outcomes[name] = how
			}
			continue
		}
		r.tests = append(r.tests, name)
		r.outcomes[name] = how
	}
	if len(r.tests) == 0 {
		return r, fmt.Errorf("%s: %s ran no test: %v\n%s", b.name, s.name, err, log)
	}
	if err != nil && !slices.Contains(slices.Collect(maps.Values(r.outcomes)), failed) {
		return r, fmt.Errorf("%s: %s: %w\n%s", b.name, s.name, err, log)
	}
	return r, nil
}

// A tally is how many tests of a build went how.
type tally map[outcome]int

func (t tally) String() string {
	return fmt.Sprintf("%d passed, %d skipped, %d failed", t[passed], t[skipped], t[failed]+t[missing])
}

// conformance runs all suites for all builds, the first of which is libseccomp's. It
// prints what came of each test, and returns an error if one of ours is worse.
func conformance(builds []buildOf) ([]tally, error) {
	tallies, faults := make([]tally, len(builds)), 0
	for i, b := range builds {
		tallies[i] = tally{}
		fmt.Printf("%-12s ", b.name)
	}
	fmt.Println()
	for _, s := range suites {
		fmt.Printf("\n%s\n", s.name)
		list := builds
		if s.without != "" {
			list = builds[:1]
			fmt.Printf("(libseccomp's alone: %s)\n", s.without)
		}
		results := make([]result, len(list))
		for i, b := range list {
			var err error
			if results[i], err = s.run(b); err != nil {
				return nil, err
			}
		}
		for _, t := range union(results) {
			for i, r := range results {
				how := r.outcomes[t]
				if how == "" {
					how = missing
				}
				fmt.Printf("%-12s ", how)
				tallies[i][how]++
				if i > 0 && worse(results[0].outcomes[t], how) {
					faults++
					fmt.Fprintf(os.Stderr, "%s, %s:\n%s\n", list[i].name, t, r.log)
				}
			}
			fmt.Println(t)
		}
	}
	fmt.Println()
	for i, b := range builds {
		fmt.Printf("%s: %s\n", b.name, tallies[i])
	}
	if faults > 0 {
		return nil, fmt.Errorf("on seccompile %d tests are worse than on libseccomp", faults)
	}
	return tallies, nil
}

// union returns the tests of all results.
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
