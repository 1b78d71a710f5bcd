package main

import (
	"regexp"
	"strings"
)

// failures has what tests say, and which of them fail, as go test -v tells.
type failures struct {
	test   string // that has the word
	said   map[string][]string
	failed []string
}

// mostSaid is how many lines of a test are kept. The console has all.
const mostSaid = 20

var (
	speaks = regexp.MustCompile(`^=== \w+ +(\S+)`)
	fails  = regexp.MustCompile(`^ *--- FAIL: (\S+)`)
)

// read takes a line of the console.
func (f *failures) read(line string) {
	if m := speaks.FindStringSubmatch(line); m != nil {
		f.test = m[1]
	} else if m := fails.FindStringSubmatch(line); m != nil {
		f.failed = append(f.failed, m[1])
	} else if strings.HasPrefix(line, "    ") && !strings.HasPrefix(strings.TrimSpace(line), "---") && len(f.said[f.test]) < mostSaid {
		if f.said == nil {
			f.said = map[string][]string{}
		}
		f.said[f.test] = append(f.said[f.test], line)
	}
}

// String returns the tests that failed with what they said, each on lines of its own.
func (f *failures) String() string {
	var b strings.Builder
	for _, test := range f.failed {
		b.WriteString("\n\t" + test)
		for _, line := range f.said[test] {
			b.WriteString("\n\t" + line)
		}
	}
	return b.String()
}
