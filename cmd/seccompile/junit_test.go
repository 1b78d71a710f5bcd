package main

import (
	"encoding/xml"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestJUnit: any text survives as XML, but for characters that XML does not have.
func TestJUnit(t *testing.T) {
	odd := "<a href=\"x\">&amp; 'q' ]]> \u2028 \x00\x1b"
	suite := junitSuite{Name: odd}
	suite.add(junitCase{Name: odd, Failure: &junitFailure{odd, odd}})
	suite.add(junitCase{Class: "c", Name: "passes", File: odd, Line: 3})
	text := junitText([]junitSuite{suite})
	var got junitReport
	if err := xml.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	shown := "<a href=\"x\">&amp; 'q' ]]> \u2028 \ufffd\ufffd"
	want := junitReport{XMLName: xml.Name{Local: "testsuites"}, Tests: 2, Failures: 1, Suites: []junitSuite{{
		Name: shown, Tests: 2, Failures: 1,
		Cases: []junitCase{{Class: shown, Name: shown, Failure: &junitFailure{shown, shown}}, {Class: "c", Name: "passes", File: shown, Line: 3}},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("junitText (-want +got)\n%s\n%s", diff, text)
	}
}

// TestJUnitReplaced: whatever keeps eval from its judgment, the report of an earlier run does
// not stay.
func TestJUnitReplaced(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "p.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}`)
	writeText(t, "broken.json", `{"defaultAction": "SCMP_ACT_ALOW", "syscalls": []}`)
	writeText(t, "good.vec", "x86_64 read() = ALLOW\n")
	writeText(t, "broken.vec", "x86_64 read() = ALOW\n")
	for _, args := range []string{"--profile p.json broken.vec", "--profile broken.json good.vec", "--profile none.json good.vec", "--profile p.json none.vec", "--profile p.json good.vec broken.vec", "--profile p.json", "--filter none.bpf good.vec", "--filter p.json --profile p.json good.vec", "--profile - - good.vec"} {
		args := strings.Fields("eval --arch x86_64 --junit r.xml " + args)
		if got := seccompile("", "eval", "--arch", "x86_64", "--profile", "p.json", "--junit", "r.xml", "good.vec"); got.Status != exitOK {
			t.Fatal(got)
		}
		got := seccompile("", args...)
		text, err := os.ReadFile("r.xml")
		if got.Status != exitUsage || err != nil || !strings.Contains(string(text), ` errors="1">`) || !strings.Contains(string(text), "<error message=") {
			t.Errorf("%s: %s\nand its report, %v:\n%s", args, got, err, text)
		}
	}
}
