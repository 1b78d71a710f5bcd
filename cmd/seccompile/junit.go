package main

import (
	"encoding/xml"
	"strings"
)

// The JUnit XML that Jenkins, GitLab and others show: no times, so that the same results
// are the same text.
type (
	junitReport struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr,omitempty"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr,omitempty"`
		Cases    []junitCase `xml:"testcase"`
		Out      string      `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitFailure `xml:"failure"`
		Error   *junitFailure `xml:"error"` // what kept it from being a test
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"` // with the place
	}
)

// add adds a test and counts it. One without a class is of the suite's.
func (s *junitSuite) add(c junitCase) {
	if c.Class == "" {
		c.Class = s.Name
	}
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
}

// brokenSuite returns the suite of what could not be judged.
func brokenSuite(name string, err error) junitSuite {
	s := junitSuite{Name: name}
	message, _, _ := strings.Cut(err.Error(), "\n")
	s.add(junitCase{Name: "is judged", Error: &junitFailure{message, err.Error()}})
	return s
}

// junitText returns suites as a file.
func junitText(suites []junitSuite) []byte {
	all := junitReport{Suites: suites}
	for _, s := range suites {
		all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		panic(err) // only types that XML does not have are errors
	}
	return append([]byte(xml.Header), append(text, '\n')...)
}
