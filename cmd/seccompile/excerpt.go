package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// sources are the texts of profiles, by the names that positions have.
type sources map[string][]byte

// text returns the text of a profile. One that a store has read is read again, for
// display alone.
func (list sources) text(file string, s stdio) []byte {
	text, ok := list[file]
	switch {
	case ok:
	case file == builtinName:
		text = profile.DefaultText()
	case file != "" && file != stdinName:
		text, _, _ = readFile(file, s)
	}
	return text
}

// linesOf returns the lines of the text of a profile.
func (x *explainer) linesOf(file string) []string {
	lines, ok := x.lines[file]
	if !ok {
		lines = strings.Split(string(x.sources.text(file, x.stdio)), "\n")
		x.lines[file] = lines
	}
	return lines
}

// builtinName is the file name in positions of the built-in profile.
const builtinName = "default.json"

// excerpt returns the line of a position and a caret below the position, each indented,
// or "" if the text does not have the position. Of a line longer than so many columns it is the
// part around it.
func excerpt(lines []string, at policy.Pos, indent string, width int) string {
	if at.Line < 1 || at.Line > len(lines) || at.Col < 1 {
		return ""
	}
	line := strings.TrimSuffix(lines[at.Line-1], "\r")
	if at.Col > len(line) {
		return ""
	}
	room := width - len(indent) - len("| ")
	before, after := line[:at.Col-1], line[at.Col-1:]
	if from := len(before) - utf8.UTFMax*width; from > 0 {
		before = strings.ToValidUTF8(before[from:], "")
	}
	if to := utf8.UTFMax * width; to < len(after) {
		after = strings.ToValidUTF8(after[:to], "")
	}
	if !utf8.ValidString(before + after) {
		return ""
	}
	before, after = show(before), show(after)
	head, tail := "", ""
	if trimmed := strings.TrimLeft(before, " "); utf8.RuneCountInString(before+after) > room {
		before = trimmed
	}
	if r := []rune(before); len(r) > room/2 {
		before, head = string(r[len(r)-room/2+3:]), "..."
	}
	if left := room - len(head) - utf8.RuneCountInString(before); utf8.RuneCountInString(after) > left {
		after, tail = string([]rune(after)[:left-3]), "..."
	}
	caret := strings.Repeat(" ", len(head)+utf8.RuneCountInString(before))
	return fmt.Sprintf("%s| %s%s%s%s\n%[1]s| %[6]s^\n", indent, head, before, after, tail, caret)
}
