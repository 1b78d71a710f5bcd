package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// queryFaults are what is wrong with several arguments.
type queryFaults []error

// err returns the faults as an error, nil if there are not any.
func (f queryFaults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Error returns a line for each fault, of the first ones.
func (f queryFaults) Error() string {
	var lines []string
	for _, err := range f[:min(len(f), shownFault)] {
		lines = append(lines, err.Error())
	}
	if more := len(f) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %s more", count(more, "fault")))
	}
	return strings.Join(lines, "\n")
}

func (f queryFaults) Unwrap() []error { return f }

// maxEcho is how many bytes of an argument are said again.
const maxEcho = 200

// echo returns the beginning of a text that is long.
func echo(text string) string {
	if len(text) <= maxEcho {
		return text
	}
	n := maxEcho
	for !utf8.RuneStart(text[n]) && n > maxEcho-utf8.UTFMax {
		n--
	}
	return text[:n] + "..."
}
