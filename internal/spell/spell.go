// Package spell finds the name that a misspelt one was meant to be.
package spell

import "iter"

// Nearest returns the candidate that the fewest single-letter edits turn name
// into, the first such where several do. It returns "" where none is near: more
// edits than a third of the name, or than three.
func Nearest(name string, candidates iter.Seq[string]) string {
	limit := min(len(name)/3, 3)
	best, bestAt := "", limit+1
	for c := range candidates {
		if d := distance(name, c, bestAt); d < bestAt {
			best, bestAt = c, d
		}
	}
	return best
}

// Hint returns " (did you mean NEAREST?)", or "" where none is near.
func Hint(name string, candidates iter.Seq[string]) string {
	if n := Nearest(name, candidates); n != "" {
		return " (did you mean " + n + "?)"
	}
	return ""
}

// distance returns the number of insertions, deletions, substitutions and
// exchanges of neighbours between a and b, letters compared without case; or
// some number from limit on if it is not less than limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	var before, above, row [64]int
	if len(b) >= len(row) {
		return limit
	}
	for j := range len(b) + 1 {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			x, y := fold(a[i-1]), fold(b[j-1])
			cost := 1
			if x == y {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && x == fold(b[j-2]) && fold(a[i-2]) == y {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least >= limit {
			return limit
		}
		before, above = above, row
	}
	return above[len(b)]
}

func fold(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
