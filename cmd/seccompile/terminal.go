package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// A style says whether text is emphasized: on a terminal that can do it, unless
// NO_COLOR is set to anything (no-color.org).
type style bool

// styleOf returns the style for a stream.
func styleOf(w io.Writer) style {
	return style(isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

func (s style) bold(text string) string {
	if !s {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// columnsLeast is how many columns text takes at least: words have so many.
const columnsLeast = 20

// columns returns how many columns a stream has: 80 unless it is a terminal of another
// width.
func columns(stream any) int {
	if f, ok := stream.(*os.File); ok && isTerminal(f) {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return max(n, columnsLeast)
		}
	}
	return width
}
