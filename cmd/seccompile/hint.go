package main

import "iter"

// hint returns " (did you mean NEAREST?)", or "" where no candidate is near name: at
// most one changed, missing, extra or exchanged letter for every three of it.
func hint(name string, candidates iter.Seq[string]) string {
	nearest, least := "", min(len(name)/3+1, 4)
	for c := range candidates {
		if d := distance(name, c); d < least {
			nearest, least = c, d
		}
	}
	if nearest == "" {
		return ""
	}
	return " (did you mean " + nearest + "?)"
}

// hintOr is hint, and where no candidate is near " (one of EXAMPLES)".
func hintOr(name string, candidates iter.Seq[string], examples string) string {
	if h := hint(name, candidates); h != "" {
		return h
	}
	return " (one of " + examples + ")"
}

// distance returns the number of changed, missing, extra or exchanged bytes between
// names, or a large number for long ones and those of very different lengths.
func distance(a, b string) int {
	if d := len(a) - len(b); d > 3 || d < -3 || len(a) > 64 {
		return len(a) + len(b)
	}
	rows := make([][]int, len(a)+1) // rows[i][j] is that of a[:i] and b[:j]
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			switch {
			case i == 0 || j == 0:
				rows[i][j] = i + j
				continue
			case a[i-1] == b[j-1]:
				rows[i][j] = rows[i-1][j-1]
				continue
			}
			d := 1 + min(rows[i-1][j], rows[i][j-1], rows[i-1][j-1])
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
