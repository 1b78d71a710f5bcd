package main

import (
	"fmt"
	"slices"
	"strings"
)

// maxCells bounds the table of a comparison line by line. Beyond it all lines between the
// first and the last difference count as different.
const maxCells = 1 << 22

// contextLines is how many equal lines are around a difference.
const contextLines = 3

// A diffLine is a line with what it is: ' ' in both texts, '-' in the old one, '+' in the new.
type diffLine struct {
	mark byte
	text string
}

// unifiedDiff returns how to change the old text of a file to the new one, in the format of
// diff -u, "" if they are equal.
func unifiedDiff(name string, old, new []byte) string {
	lines := diffLines(slices.Collect(strings.Lines(string(old))), slices.Collect(strings.Lines(string(new))))
	var b strings.Builder
	a, z := 1, 1 // the numbers of the line in both texts
	for i := 0; i < len(lines); {
		first := i
		for first < len(lines) && lines[first].mark == ' ' {
			first++
		}
		if first == len(lines) {
			break
		}
		from, equal, to := max(i, first-contextLines), 0, first
		for ; to < len(lines) && equal <= 2*contextLines; to++ {
			if equal++; lines[to].mark != ' ' {
				equal = 0
			}
		}
		to -= max(equal-contextLines, 0)
		a, z = a+from-i, z+from-i
		if b.Len() == 0 {
			fmt.Fprintf(&b, "--- %s\n+++ %[1]s\n", name)
		}
		var hunk strings.Builder
		olds, news := 0, 0
		for _, l := range lines[from:to] {
			if l.mark != '+' {
				olds++
			}
			if l.mark != '-' {
				news++
			}
			hunk.WriteString(string(l.mark) + l.text)
			if !strings.HasSuffix(l.text, "\n") {
				hunk.WriteString("\n\\ No newline at end of file\n")
			}
		}
		fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@\n%s", a-empty(olds), olds, z-empty(news), news, hunk.String())
		a, z, i = a+olds, z+news, to
	}
	return b.String()
}

// empty is 1 for no lines, which come after the line with the number.
func empty(lines int) int {
	if lines == 0 {
		return 1
	}
	return 0
}

// diffLines returns the lines of both texts, with as many in common as can be.
func diffLines(old, new []string) (list []diffLine) {
	start := 0
	for start < min(len(old), len(new)) && old[start] == new[start] {
		list = append(list, diffLine{' ', old[start]})
		start++
	}
	old, new = old[start:], new[start:]
	end := 0
	for end < min(len(old), len(new)) && old[len(old)-1-end] == new[len(new)-1-end] {
		end++
	}
	tail := old[len(old)-end:]
	old, new = old[:len(old)-end], new[:len(new)-end]
	common := func(i, j int) int32 { return 0 } // lines that old[i:] and new[j:] have in common
	if cells := (len(old) + 1) * (len(new) + 1); cells <= maxCells {
		table := make([]int32, cells)
		common = func(i, j int) int32 { return table[i*(len(new)+1)+j] }
		for i := len(old) - 1; i >= 0; i-- {
			for j := len(new) - 1; j >= 0; j-- {
				n := max(common(i+1, j), common(i, j+1))
				if old[i] == new[j] {
					n = common(i+1, j+1) + 1
				}
				table[i*(len(new)+1)+j] = n
			}
		}
	}
	i, j := 0, 0
	for i < len(old) || j < len(new) {
		switch {
		case i < len(old) && j < len(new) && old[i] == new[j] && common(i, j) > 0:
			list = append(list, diffLine{' ', old[i]})
			i, j = i+1, j+1
		case j == len(new) || i < len(old) && common(i+1, j) >= common(i, j+1):
			list = append(list, diffLine{'-', old[i]})
			i++
		default:
			list = append(list, diffLine{'+', new[j]})
			j++
		}
	}
	for _, line := range tail {
		list = append(list, diffLine{' ', line})
	}
	return list
}
