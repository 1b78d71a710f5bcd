package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// equivalentsFile lists the mutants that change nothing that a caller could see:
//
//	FILE: the line as the mutant has it
//		the reason
//
// A line that is no mutant's any more is an error, so that the list stays true.
const equivalentsFile = "internal/cmd/mutate/equivalent.txt"

// equivalents are the lines of the list, by file.
type equivalents map[string][]string

// readEquivalents reads the list and holds the lines that are about the packages
// against their mutants. A module without a list has none.
func readEquivalents(dir string, pkgs []string, all []mutant) (equivalents, error) {
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(equivalentsFile)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := equivalents{}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	for i, line := range lines {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '\t':
			if i == 0 || lines[i-1] == "" || lines[i-1][0] == '#' {
				return nil, fmt.Errorf("%s:%d: a reason without a mutant", equivalentsFile, i+1)
			}
		default:
			file, after, ok := strings.Cut(line, ": ")
			if !ok || i+1 == len(lines) || strings.TrimSpace(strings.TrimPrefix(lines[i+1], "\t")) == "" || lines[i+1][0] != '\t' {
				return nil, fmt.Errorf("%s:%d: want FILE: LINE and a reason in the next line, after a tab", equivalentsFile, i+1)
			}
			is := func(m mutant) bool { return m.file == file && m.after == after }
			if slices.Contains(pkgs, path.Dir(file)) && !slices.ContainsFunc(all, is) {
				return nil, fmt.Errorf("%s:%d: no mutant is so any more (delete the entry): %s", equivalentsFile, i+1, line)
			}
			list[file] = append(list[file], after)
		}
	}
	return list, nil
}

// fate returns equivalent for a mutant that is listed and "" for others.
func (e equivalents) fate(m mutant) string {
	if slices.Contains(e[m.file], m.after) {
		return equivalent
	}
	return ""
}
