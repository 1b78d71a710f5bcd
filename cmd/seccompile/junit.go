package main

import "encoding/xml"

// The JUnit XML that Jenkins, GitLab and others show: no times, so that the same results
// are the same text.
type (
	junitReport struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
		Out      string      `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitFailure `xml:"failure"`
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
	s.Cases = append(s.Cases, c)
}

// junitText returns suites as a file.
func junitText(suites []junitSuite) []byte {
	all := junitReport{Suites: suites}
	for _, s := range suites {
		all.Tests, all.Failures = all.Tests+s.Tests, all.Failures+s.Failures
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		panic(err) // only types that XML does not have are errors
	}
	return append([]byte(xml.Header), append(text, '\n')...)
}
