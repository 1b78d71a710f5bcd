package main

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// What processes call themselves, and what files have, can be there to deceive who reads it: names
// with control sequences of terminals, and with characters that turn the order of others around.

// show returns text as a terminal can have it: in one line, without tabs, and with ? where a
// character has an effect and no look.
func show(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case hidden(r):
			return '?'
		}
		return r
	}, text)
}

// showError returns the text of an error, which can be of several lines.
func showError(err error) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && hidden(r) {
			return '?'
		}
		return r
	}, err.Error())
}

// hidden reports whether a character has an effect on the others and no look of its own: controls,
// those of format (as U+202E, which has what follows read from right to left), and ends of lines
// and paragraphs.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// escaped returns JSON with the escapes of hidden characters instead of these. Controls below
// U+0020 are escaped already, or are the line ends between values.
func escaped(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r > 0x7e && hidden(r) }) {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case r <= 0x7e || !hidden(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}
