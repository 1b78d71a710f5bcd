// Package jsonpos reads JSON with the place of every value, so that faults in texts that
// users write have positions.
package jsonpos

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A Doc is a JSON text (RFC 8259) with the place of every value. Strings are parts of
// the text if possible, and arrays and objects are parts of two common lists, so that
// small values need no separate memory.
type Doc struct {
	in        string
	at        int // index of the next byte
	line      int32
	lineStart int // index of the line's first byte
	depth     int
	values    int // so far
	Root      Value

	elems   nest[Value]
	members nest[Member]
	parts   []parts // of all that are complete
}

// A nest gathers the elements of arrays that stand inside each other. The
// innermost array is the end of open, or of done while no array is inside; a complete
// one is a part of done.
type nest[T any] struct{ open, done []T }

// take returns the elements of the innermost array, which starts at from.
func (n *nest[T]) take(from int) []T {
	start := len(n.done)
	n.done = append(n.done, n.open[from:]...)
	n.open = n.open[:from]
	return n.done[start:len(n.done):len(n.done)]
}

// Scan reads a text. It accepts exactly those that encoding/json.Valid accepts,
// except those that exceed a limit. As there, invalid UTF-8 in strings becomes
// U+FFFD.
func Scan(in []byte) (*Doc, *Fault) {
	if len(in) > MaxText {
		return nil, &Fault{Mark{1, 1}, CodeTooLarge, "", fmt.Errorf("a text of %d bytes (at most %d; is it the right one?)", len(in), MaxText)}
	}
	s := &Doc{in: string(in), line: 1}
	// As a rule every member has a colon, and behind every value but the last of
	// an array or an object there is a comma.
	lists := strings.Count(s.in, "{") + strings.Count(s.in, "[")
	colons := strings.Count(s.in, ":")
	s.parts = slices.Grow(s.parts, min(lists, maxValues))
	s.members.done = slices.Grow(s.members.done, min(colons, maxValues))
	elems := min(max(strings.Count(s.in, ",")+lists-colons, 0), maxValues)
	s.elems.done, s.elems.open = slices.Grow(s.elems.done, elems), slices.Grow(s.elems.open, min(lists, maxValues))
	s.space()
	var err *Fault
	if s.Root, err = s.value(); err != nil {
		return nil, err
	}
	s.space()
	if s.at < len(s.in) {
		return nil, s.unexpected(wantEnd)
	}
	return s, nil
}

func (s *Doc) place() Mark { return Mark{s.line, int32(s.at - s.lineStart + 1)} }

// tooLarge says that the text is beyond a limit.
func (s *Doc) tooLarge(format string, args ...any) *Fault {
	return &Fault{s.place(), CodeTooLarge, "", fmt.Errorf(format, args...)}
}

// unexpected says why the next byte, or the end, is not what was wanted.
func (s *Doc) unexpected(want string) *Fault {
	at, what := explain(s.in, s.at, want)
	return &Fault{placeOf(s.in, at), CodeSyntax, "", errors.New(what)}
}

func (s *Doc) space() {
	for s.at < len(s.in) {
		switch s.in[s.at] {
		case '\n':
			s.line++
			s.lineStart = s.at + 1
		case ' ', '\t', '\r':
		default:
			return
		}
		s.at++
	}
}

// next consumes c and reports whether it was there.
func (s *Doc) next(c byte) bool {
	if s.at < len(s.in) && s.in[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *Doc) value() (Value, *Fault) {
	v := Value{Mark: s.place()}
	if s.at >= len(s.in) {
		return v, s.unexpected(wantValue)
	}
	if s.values++; s.values > maxValues {
		return v, s.tooLarge("more than %d values (the largest profiles in use have a few thousand)", maxValues)
	}
	var err *Fault
	switch c := s.in[s.at]; {
	case c == '{':
		v.Kind = Object
		v.parts, err = s.object()
	case c == '[':
		v.Kind = Array
		v.parts, err = s.array()
	case c == '"':
		v.Kind = Text
		v.Text, err = s.string()
	case c == '-' || '0' <= c && c <= '9':
		v.Kind = Number
		v.Text, err = s.number()
	default:
		switch {
		case s.word("null"):
			v.Kind = Null
		case s.word("true"):
			v.Kind, v.Text = Boolean, "true"
		case s.word("false"):
			v.Kind, v.Text = Boolean, "false"
		default:
			err = s.unexpected(wantValue)
		}
	}
	return v, err
}

func (s *Doc) word(w string) bool {
	if !strings.HasPrefix(s.in[s.at:], w) {
		return false
	}
	s.at += len(w)
	return true
}

func (s *Doc) enter() *Fault {
	if s.depth++; s.depth > maxDepth {
		return s.tooLarge("more than %d arrays and objects inside each other (a profile has 6)", maxDepth)
	}
	s.at++
	return nil
}

func (s *Doc) object() (*parts, *Fault) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	from := len(s.members.open)
	s.space()
	if !s.next('}') {
		for {
			m := Member{Mark: s.place()}
			if s.at >= len(s.in) || s.in[s.at] != '"' {
				return nil, s.unexpected(wantKey)
			}
			var err *Fault
			if m.Key, err = s.string(); err != nil {
				return nil, err
			}
			s.space()
			if !s.next(':') {
				return nil, s.unexpected(wantColon).in(Token(m.Key))
			}
			s.space()
			if m.Value, err = s.value(); err != nil {
				return nil, err.in(Token(m.Key))
			}
			s.members.open = append(s.members.open, m)
			s.space()
			if s.next('}') {
				break
			}
			if !s.next(',') {
				return nil, s.unexpected(wantMember)
			}
			s.space()
		}
	}
	s.depth--
	p := s.part()
	p.members = s.members.take(from)
	return p, nil
}

func (s *Doc) array() (*parts, *Fault) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	from, start := len(s.elems.open), len(s.elems.done)
	s.space()
	if !s.next(']') {
		for i := 0; ; i++ {
			if i > 0 && s.at < len(s.in) && s.in[s.at] == ']' {
				return nil, s.unexpected(wantValue) // of the array, not of an element
			}
			v, err := s.value()
			if err != nil {
				return nil, err.in(strconv.Itoa(i))
			}
			flat := len(s.elems.open) == from
			if flat && len(s.elems.done) == start+i {
				s.elems.done = append(s.elems.done, v)
			} else {
				if flat {
					s.elems.open = append(s.elems.open, s.elems.done[start:start+i]...)
				}
				s.elems.open = append(s.elems.open, v)
			}
			s.space()
			if s.next(']') {
				break
			}
			if !s.next(',') {
				return nil, s.unexpected(wantElem)
			}
			s.space()
		}
	}
	s.depth--
	p := s.part()
	if p.elems = s.elems.done[start:len(s.elems.done):len(s.elems.done)]; len(s.elems.open) > from {
		p.elems = s.elems.take(from)
	}
	return p, nil
}

// part returns empty parts. There is room for them: each list has its bracket.
func (s *Doc) part() *parts {
	s.parts = append(s.parts, parts{})
	return &s.parts[len(s.parts)-1]
}

func (s *Doc) number() (string, *Fault) {
	start := s.at
	s.next('-')
	if !s.next('0') && !s.digits() {
		return "", s.unexpected(wantDigit)
	}
	if s.next('.') && !s.digits() {
		return "", s.unexpected(wantDigit)
	}
	if s.next('e') || s.next('E') {
		if !s.next('+') {
			s.next('-')
		}
		if !s.digits() {
			return "", s.unexpected(wantDigit)
		}
	}
	return s.in[start:s.at], nil
}

// digits consumes digits and reports whether there was one.
func (s *Doc) digits() bool {
	start := s.at
	for s.at < len(s.in) && '0' <= s.in[s.at] && s.in[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

// string reads a string from its opening quote on.
func (s *Doc) string() (string, *Fault) {
	start := s.at + 1
	end := start
	for end < len(s.in) && asIs(s.in[end]) {
		end++
	}
	s.at = end
	switch {
	case end == len(s.in):
		return "", s.unexpected(wantQuote)
	case s.next('"'):
		return s.in[start:end], nil
	}
	return s.decode(append(make([]byte, 0, 64), s.in[start:end]...))
}

// asIs reports whether a byte stands for itself in a string.
func asIs(c byte) bool { return ' ' <= c && c < utf8.RuneSelf && c != '"' && c != '\\' }

// decode reads on in a string that is not plain ASCII, behind what out has.
func (s *Doc) decode(out []byte) (string, *Fault) {
	for s.at < len(s.in) {
		switch c := s.in[s.at]; {
		case c == '"':
			s.at++
			return string(out), nil
		case c == '\\':
			s.at++
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		case c < ' ':
			return "", s.unexpected(wantQuote)
		default:
			r, n := utf8.DecodeRuneInString(s.in[s.at:])
			out = utf8.AppendRune(out, r)
			s.at += n
		}
	}
	return "", s.unexpected(wantQuote)
}

// escape reads what is behind a backslash.
func (s *Doc) escape() (rune, *Fault) {
	if s.at < len(s.in) {
		const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
		c := s.in[s.at]
		for i := range len(from) {
			if from[i] == c {
				s.at++
				return rune(to[i]), nil
			}
		}
		if c == 'u' {
			s.at++
			r, ok := s.hex()
			if !ok {
				return 0, s.unexpected(wantHex)
			}
			if !utf16.IsSurrogate(r) {
				return r, nil
			}
			// A pair of surrogates is one rune; a single one is none.
			back := s.at
			if s.next('\\') && s.next('u') {
				if low, ok := s.hex(); ok {
					if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
						return both, nil
					}
				}
			}
			s.at = back
			return utf8.RuneError, nil
		}
	}
	return 0, s.unexpected(wantEscape)
}

// hex reads four hexadecimal digits; on failure it leaves at where the first
// other byte stands.
func (s *Doc) hex() (r rune, ok bool) {
	for range 4 {
		if s.at >= len(s.in) {
			return 0, false
		}
		c := s.in[s.at]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
		s.at++
	}
	return r, true
}
