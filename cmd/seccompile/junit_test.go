package main

import (
	"encoding/xml"
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
