package main

import (
	"fmt"
	"path"
)

// A source says what the vectors of files are about: the law of package profile that their
// profile is there for.
type source struct {
	files string // a pattern
	law   int
	// parts is set where runtimes refuse the profile as a whole, so that each call gets a
	// profile of the entries that name it.
	parts bool
}

// sources are the files of testdata/vectors. The first that matches counts.
var sources = []source{
	{files: "allow.vec", law: 5},
	{files: "appended-deny*.vec", law: 6},
	{files: "containers-*.vec", law: 13},
	{files: "default-*.vec", law: 2},
	{files: "deny-*.vec", law: 1},
	{files: "first-absent-*.vec", law: 4},
	{files: "masks-above.vec", law: 8},
	{files: "mesos.vec", law: 13},
	{files: "miscompiled.vec", law: 6, parts: true},
	{files: "multiplexe*.vec", law: 9},
	{files: "newer-*.vec", law: 10},
	{files: "numbers-*.vec", law: 1},
	{files: "old-format.vec", law: 13},
	{files: "single.vec", law: 8},
	{files: "widths-*.vec", law: 8},
}

// sourceOf returns the source of a file.
func sourceOf(file string) (source, error) {
	for _, s := range sources {
		if ok, err := path.Match(s.files, file); ok || err != nil {
			return s, err
		}
	}
	return source{}, fmt.Errorf("%s: no law is known for it (add it to sources in laws.go)", file)
}

// laws are the headings of the laws of package profile.
var laws = [...]string{
	1: "ABIs", 2: "Guards", 3: "The default", 4: "Names", 5: "Unconditional rules", 6: "Precedence",
	7: "An argument twice in one entry", 8: "Width", 9: "Multiplexers", 10: "Calls newer than the profile",
	11: "Values", 12: "Emptiness", 13: "Dialects",
}
