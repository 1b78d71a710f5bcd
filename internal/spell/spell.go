// Package spell finds the known name that a misspelt name probably means.
package spell

import "iter"

// Nearest returns the candidate with the smallest edit distance from name, in single letters,
// and the first of several such candidates. It returns "" if that takes more than three
// edits, or more edits than a third of the letters of name after their common prefix of whole
// words, such as SCMP_ACT_ in SCMP_ACT_LOG.
func Nearest(name string, candidates iter.Seq[string]) string {
	best, bestAt := "", 4
	for c := range candidates {
		limit := min((len(name)-words(name, c))/3+1, bestAt)
		if d := distance(name, c, limit); d < limit {
			best, bestAt = c, d
		}
	}
	return best
}

// words returns the length of the longest common prefix that ends in _.
func words(a, b string) int {
	n := 0
	for i := 0; i < min(len(a), len(b)) && a[i] == b[i]; i++ {
		if a[i] == '_' {
			n = i + 1
		}
	}
	return n
}

// Hint returns " (did you mean NEAREST?)", or "" if no candidate is near.
func Hint(name string, candidates iter.Seq[string]) string {
	if n := Nearest(name, candidates); n != "" {
		return " (did you mean " + n + "?)"
	}
	return ""
}

// HintOr is like Hint, but returns " (one of EXAMPLES)" if no candidate is near.
func HintOr(name string, candidates iter.Seq[string], examples string) string {
	if h := Hint(name, candidates); h != "" {
		return h
	}
	return " (one of " + examples + ")"
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
