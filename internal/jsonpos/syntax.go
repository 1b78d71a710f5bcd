package jsonpos

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What the scanner can want where it stops.
const (
	wantValue  = "a value"
	wantKey    = "a key in quotes"
	wantColon  = "a colon"
	wantMember = "a comma or }" // after a member of an object
	wantElem   = "a comma or ]" // after an element of an array
	wantEnd    = "the end of the text"
	wantDigit  = "a digit"
	wantQuote  = "a closing quote"
	wantHex    = "four hexadecimal digits"
	wantEscape = "an escape of JSON"
)

// explain says why the text is not JSON, given where the scanner stopped and
// what it wanted there, and returns the index at which the reader should look:
// the comma that is one too many, the quote of the string that is not closed.
// Up to the index stop the text can be the beginning of JSON.
func explain(in string, stop int, want string) (at int, what string) {
	if what := format(in, stop); what != "" {
		return len(in) - len(strings.TrimLeft(in, " \t\r\n")), what
	}
	if stop >= len(in) {
		return cut(in, want)
	}
	if at, what = inToken(in, stop, want); what != "" {
		return at, what
	}
	if what = notJSON(in[stop:]); what != "" {
		return stop, what
	}
	if in[stop] == '{' && stop > 0 && in[stop-1] == '{' { // which was read as an object
		return stop - 1, notJSON("{{")
	}
	if what = foreign(in[stop:]); what != "" {
		return stop, what
	}
	switch want {
	case wantValue, wantKey:
		at, what = noStart(in, stop, want)
	case wantColon:
		at, what = noColon(in, stop)
	case wantMember, wantElem:
		at, what = noComma(in, stop, want)
	case wantEnd:
		at, what = stop, moreText(in[stop:])
	}
	if what == "" {
		_, n := utf8.DecodeRuneInString(in[stop:])
		return stop, fmt.Sprintf("%s where %s should be (correct the JSON)", strconv.Quote(in[stop:stop+n]), want)
	}
	return at, what
}

// format names what a text is that is something else than JSON from its start
// on, or "". The scanner stopped at stop.
func format(in string, stop int) string {
	for _, f := range []struct{ prefix, what string }{
		{"\xff\xfe\x00\x00", "UTF-32"}, {"\x00\x00\xfe\xff", "UTF-32"}, {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"},
	} {
		if strings.HasPrefix(in, f.prefix) {
			return f.what + " text (save it as UTF-8)"
		}
	}
	start := strings.TrimSpace(in[:stop])
	switch {
	case strings.HasPrefix(in, "\x7fELF"):
		return "an ELF program, not JSON (pass what it reads or writes)"
	case strings.HasPrefix(in, "#!"):
		return "a script, not JSON (pass what it writes)"
	case strings.HasPrefix(in, "\x20\x00\x00\x00"), strings.HasPrefix(in, "\x00\x20\x00\x00"): // LD ABS
		return "a compiled filter, not JSON (pass the profile that it was compiled from)"
	case stop < 2 && len(in) > 1 && (in[0] == 0) != (in[1] == 0):
		return "UTF-16 text (save it as UTF-8)"
	case strings.HasPrefix(in, "\ufeff"):
		return "byte order mark (save the file without it)"
	case strings.HasPrefix(in, "\x1f\x8b"):
		return "compressed by gzip (unpack it)"
	case len(start) == 3 && strings.Trim(start, "0123456789") == "" && strings.HasSuffix(in[:stop], start) && strings.HasPrefix(in[stop:], ": "):
		return "the answer of a web server, not JSON (fetch the file again)"
	case start == "" && notJSON(in[stop:]) != "":
		return notJSON(in[stop:])
	case start == "" && toml(in[stop:]):
		return "TOML or INI, not JSON (convert it)"
	case start == "" && strings.HasPrefix(in[stop:], "<"):
		return "HTML or XML, not JSON (fetch the file itself, not a page that shows it)"
	case strings.Trim(start, "-") == "" && yaml(in):
		return "YAML, not JSON (convert it, for example with yq -o json)"
	}
	return ""
}

// notJSON names what a text goes on with that people leave in files, or "".
func notJSON(rest string) string {
	switch {
	case strings.HasPrefix(rest, "<<<<<<<"), strings.HasPrefix(rest, "======="), strings.HasPrefix(rest, ">>>>>>>"):
		return "a mark of a merge conflict (resolve the conflict)"
	case strings.HasPrefix(rest, "```"):
		return "a Markdown fence (take the text out of it)"
	case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "{%"):
		return "a template (render it first)"
	}
	return ""
}

// toml reports whether the text goes on with a key, "=" and a value.
func toml(rest string) bool {
	line, _, _ := strings.Cut(rest, "\n")
	key, value, ok := strings.Cut(line, "=")
	key = strings.TrimSpace(key)
	return ok && key != "" && len(key) == wordLen(key) && !strings.HasPrefix(strings.TrimSpace(value), "{")
}

// yaml reports whether the text's first line that is not a comment is one of
// YAML alone: a document mark, a directive, an item or a key.
func yaml(in string) bool {
	for line := range strings.Lines(in) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, rest, colon := strings.Cut(line, ":")
		return strings.HasPrefix(line, "---") || strings.HasPrefix(line, "%YAML") || strings.HasPrefix(line, "- ") ||
			colon && (rest == "" || rest[0] == ' ' || rest[0] == '\t') && key != "" && len(key) == wordLen(key)
	}
	return false
}

// cut explains a text that ends too early.
func cut(in, want string) (at int, what string) {
	end := len(strings.TrimRight(in, " \t\r\n"))
	open, ok := innermost(in)
	switch {
	case end == 0:
		return 0, "the text is empty (is it the right file?)"
	case want == wantQuote || want == wantEscape || want == wantHex:
		return open, "the text ends before this string is closed (is the file cut short?)"
	case ok:
		return end, fmt.Sprintf("the text ends before the %c at %s is closed (is the file cut short?)", in[open], where(in, open))
	}
	return end, fmt.Sprintf("the text ends where %s should be (is the file cut short?)", want)
}

// inToken explains a fault inside a string, a number or a word, where it is
// one: the index is that of its beginning.
func inToken(in string, stop int, want string) (at int, what string) {
	switch want {
	case wantQuote:
		open, _ := innermost(in[:stop])
		switch c := in[stop]; c {
		case '\n', '\r':
			return open, "the string is not closed on its line (write the closing quote)"
		case '\t':
			return stop, `a tab in a string (write \t)`
		default:
			return stop, fmt.Sprintf(`%s in a string (write \u%04x)`, strconv.QuoteRune(rune(c)), c)
		}
	case wantEscape:
		_, n := utf8.DecodeRuneInString(in[stop:])
		return stop - 1, fmt.Sprintf(`the escape %s, which JSON does not have (write \\ for a backslash)`, in[stop-1:stop+n])
	case wantHex:
		back := strings.LastIndexByte(in[:stop], '\\')
		return back, fmt.Sprintf(`%q in a string lacks some of the four hexadecimal digits of an escape (write \u0041 for A)`, in[back:stop])
	case wantColon, wantKey:
		return 0, ""
	}
	// A number or a word is one with what follows it at once.
	at = stop
	for at > 0 && wordLen(in[at-1:at]) > 0 {
		at--
	}
	all := in[at : at+wordLen(in[at:])]
	switch {
	case at == stop && want != wantDigit || len(all) == stop-at && want != wantDigit:
		return 0, "" // another token
	case all[0] != '-' && (all[0] < '0' || all[0] > '9'):
		return at, wordFault(all)
	}
	n, err := strconv.ParseUint(all, 0, 64)
	switch {
	case err != nil:
		return at, fmt.Sprintf("%q is not a number of JSON (write a decimal number)", all)
	case all[0] == '0' && '0' <= all[1] && all[1] <= '9':
		return at, fmt.Sprintf("%q begins with 0, which numbers of JSON do not (write it in decimal, without the 0)", all)
	}
	return at, fmt.Sprintf("%q is not decimal, as numbers of JSON are (write %d)", all, n)
}

// wordFault says what is wrong with a word that is not a value of JSON.
func wordFault(word string) string {
	for _, w := range [][2]string{{"nul", "null"}, {"null", "null"}, {"nil", "null"}, {"none", "null"}, {"undefined", "null"}, {"true", "true"}, {"false", "false"}} {
		switch n := len(word); {
		case strings.EqualFold(word, w[0]):
			return fmt.Sprintf("%s is not a value of JSON (write %s)", word, w[1])
		case n < len(w[1]) && strings.EqualFold(word, w[1][:n]):
			return fmt.Sprintf("%s is not a value of JSON (write %s, or %q for a string)", word, w[1], word)
		}
	}
	return fmt.Sprintf("%s without quotes (write %q)", word, word)
}

// foreign explains what other languages have and JSON does not, wherever it
// stands between values; "" for anything else.
func foreign(rest string) string {
	r, _ := utf8.DecodeRuneInString(rest)
	switch {
	case strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "/*"), r == '#':
		return `a comment, which JSON does not have (delete it, or write it as the value of a key "comment")`
	case r == '\'', r == '`':
		return fmt.Sprintf(`the quote %c, which JSON does not have (write ")`, r)
	case '\u2018' <= r && r <= '\u201f', r == '«', r == '»':
		return fmt.Sprintf(`the typographic quote %c (write ")`, r)
	case r >= utf8.RuneSelf && (unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)):
		return fmt.Sprintf("the invisible character %U (delete it)", r)
	case r == ';':
		return "a semicolon (write a comma, or nothing at the end)"
	}
	return ""
}

// noStart explains what stands where a value or a key should begin.
func noStart(in string, stop int, want string) (at int, what string) {
	before := strings.TrimRight(in[:stop], " \t\r\n")
	rest := in[stop:]
	word := rest[:wordLen(rest)]
	open, inside := innermost(in[:stop])
	switch {
	case !inside:
		if brace := strings.IndexByte(rest, '{'); brace > 0 {
			return stop, fmt.Sprintf("text before the { at %s (delete it)", where(in, stop+brace))
		}
		return stop, ""
	case rest[0] == ',':
		return stop, "a comma with nothing before it (delete it)"
	case rest[0] == '}' || rest[0] == ']':
		switch {
		case rest[0] != closing(in[open]):
			return stop, crossed(in, stop, open)
		case strings.HasSuffix(before, ","):
			return len(before) - 1, fmt.Sprintf("a comma before %c, which JSON does not allow (delete it)", rest[0])
		case want == wantValue && strings.HasSuffix(before, ":"):
			return stop, "a key without a value (write one)"
		}
	case word == "":
	case want == wantKey:
		return stop, fmt.Sprintf("the key %s without quotes (write %q)", word, word)
	case (word[0] == '+' || word[0] == '.') && (len(word) == 1 || '0' <= word[1] && word[1] <= '9'):
		return stop, fmt.Sprintf("%q is not a number of JSON (write a decimal number that begins with a digit)", word)
	default:
		return stop, wordFault(word)
	}
	return stop, ""
}

// noColon explains what stands between a key and its value.
func noColon(in string, stop int) (at int, what string) {
	switch c := in[stop]; {
	case c == ',' || c == '}':
		return stop, "a key without a value (write a colon and the value; a list stands in [ ])"
	case begins(c):
		return len(strings.TrimRight(in[:stop], " \t\r\n")), "missing colon (write it here)"
	}
	return stop, ""
}

// noComma explains what stands after a member or an element.
func noComma(in string, stop int, want string) (at int, what string) {
	open, _ := innermost(in[:stop])
	switch c := in[stop]; {
	case c == '}' || c == ']':
		return stop, crossed(in, stop, open)
	case c == ':' && want == wantElem:
		return stop, "a colon in a list (write keys and values in { })"
	case in[stop-1] == '"' && wordLen(in[stop:]) > 0:
		return stop - 1, `a quote that ends the string too early (write \" in a string)`
	case begins(c):
		return len(strings.TrimRight(in[:stop], " \t\r\n")), "missing comma (write it here)"
	}
	return stop, ""
}

// moreText explains what stands after the end.
func moreText(rest string) string {
	switch c := rest[0]; {
	case c == '}' || c == ']':
		return fmt.Sprintf("a %c without an opening one (delete it, or write what it should close)", c)
	case c == '{', c == '[', strings.HasPrefix(rest, "---"), c == ',' && strings.HasPrefix(strings.TrimLeft(rest[1:], " \t\r\n"), "{"):
		return "a second document (put each into a file of its own)"
	case c == ':':
		return "a colon after the end (is the { before the first key missing?)"
	}
	return "more text after the end (delete it)"
}

// crossed says that the bracket at stop is not the one that closes the innermost.
func crossed(in string, stop, open int) string {
	return fmt.Sprintf("%c where %c should be: the %c at %s is not closed", in[stop], closing(in[open]), in[open], where(in, open))
}

// closing returns the bracket that closes another.
func closing(open byte) byte {
	if open == '{' {
		return '}'
	}
	return ']'
}

// begins reports whether keys or values begin with c.
func begins(c byte) bool {
	return c == '"' || c == '{' || c == '[' || wordLen(string(rune(c))) > 0
}

// wordLen returns how many bytes at the start of the text are of one number or
// word, as people write them.
func wordLen(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] == '-' || s[n] == '+' || s[n] == '.' || '0' <= s[n] && s[n] <= '9' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z') {
		n++
	}
	return n
}

// innermost returns the index of the last string or bracket in the text that is
// not closed, if one is.
func innermost(in string) (open int, ok bool) {
	var opens []int
	for i := 0; i < len(in); i++ {
		switch in[i] {
		case '{', '[':
			opens = append(opens, i)
		case '}', ']':
			opens = opens[:max(len(opens)-1, 0)]
		case '"':
			start := i
			for i++; i < len(in) && in[i] != '"'; i++ {
				if in[i] == '\\' {
					i++
				}
			}
			if i >= len(in) {
				return start, true
			}
		}
	}
	if len(opens) == 0 {
		return 0, false
	}
	return opens[len(opens)-1], true
}

// placeOf returns the place of a byte.
func placeOf(in string, at int) Mark {
	line := strings.LastIndexByte(in[:at], '\n') + 1
	return Mark{int32(strings.Count(in[:line], "\n") + 1), int32(at - line + 1)}
}

// where writes the place of a byte as errors do.
func where(in string, at int) string {
	m := placeOf(in, at)
	return fmt.Sprintf("%d:%d", m.Line, m.Col)
}
