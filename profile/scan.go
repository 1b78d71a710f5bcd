package profile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// A kind is the type of a JSON value.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	array
	object
)

func (k kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// form says how a value of the kind is written.
func (k kind) form() string {
	switch k {
	case boolean:
		return "true or false"
	case text:
		return "it in quotes"
	case number:
		return "digits without quotes"
	case array:
		return "it in [ ]"
	case object:
		return "it in { }"
	}
	return "nothing"
}

// A value is a JSON value with the place where it stands. Which of the last
// two fields is used goes by kind.
type value struct {
	mark
	kind  kind
	text  string // text: decoded; number, boolean: as written
	parts *parts // array, object
}

// parts are what an array or an object has.
type parts struct {
	elems   []value
	members []member // in the order of the text, repeated keys included
}

// elems returns the elements of an array, none of anything else.
func (v *value) elems() []value {
	if v.parts == nil {
		return nil
	}
	return v.parts.elems
}

// members returns the members of an object, none of anything else.
func (v *value) members() []member {
	if v.parts == nil {
		return nil
	}
	return v.parts.members
}

// A mark is a place in the text, from 1; col counts bytes.
type mark struct{ line, col int32 }

func (m mark) before(o mark) bool {
	return m.line < o.line || m.line == o.line && m.col < o.col
}

// A member is a key and its value.
type member struct {
	mark  // of the key
	key   string
	value value
}

// at is the place of the key.
func (m *member) at() *value { return &value{mark: m.mark} }

// A scanner reads JSON (RFC 8259) and takes exactly the texts that
// encoding/json.Valid takes, but for those beyond maxValues and maxDepth.
// Invalid UTF-8 in strings becomes U+FFFD as it does there. Strings are parts of
// the text where they can be, and arrays and objects are parts of two lists of
// all that are complete, so that small values cost nothing of their own.
type scanner struct {
	in        string
	at        int // index of the next byte
	line      int32
	lineStart int // index of the line's first byte
	depth     int
	values    int // so far
	root      value

	elems   nest[value]
	members nest[member]
	parts   []parts // of all that are complete
}

// A nest gathers the elements of arrays that stand inside each other. The
// innermost array is the end of open; a complete one is a part of done.
type nest[T any] struct{ open, done []T }

// take returns the elements of the innermost array, which starts at from.
func (n *nest[T]) take(from int) []T {
	start := len(n.done)
	n.done = append(n.done, n.open[from:]...)
	n.open = n.open[:from]
	return n.done[start:len(n.done):len(n.done)]
}

// empty returns the nest's room without what was in it.
func (n *nest[T]) empty() nest[T] {
	clear(n.open[:cap(n.open)])
	clear(n.done)
	return nest[T]{n.open[:0], n.done[:0]}
}

// A syntaxError is a fault of the text as JSON.
type syntaxError struct {
	mark
	path string // JSON Pointer of the value that the fault is in
	what string
	code Code
}

func (e *syntaxError) Error() string { return e.what }

// scan reads the text's one value, which is the scanner's root.
func scan(in []byte) (*scanner, *syntaxError) {
	s, ok := spare.Get().(*scanner)
	if !ok {
		s = new(scanner)
	}
	s.in, s.line = string(in), 1
	// As a rule every member has a colon, and behind every value but the last of
	// an array or an object there is a comma.
	lists := strings.Count(s.in, "{") + strings.Count(s.in, "[")
	colons := strings.Count(s.in, ":")
	s.parts = slices.Grow(s.parts, min(lists, maxValues))
	s.members.done = slices.Grow(s.members.done, min(colons, maxValues))
	s.elems.done = slices.Grow(s.elems.done, min(max(strings.Count(s.in, ",")+lists-colons, 0), maxValues))
	s.space()
	var err *syntaxError
	if s.root, err = s.value(); err != nil {
		return nil, err
	}
	s.space()
	if s.at < len(s.in) {
		return nil, s.unexpected(wantEnd)
	}
	return s, nil
}

// spare holds scanners that are free.
var spare sync.Pool

// free leaves the room that the scanner's values took to another one. Nobody may
// use them any more; their strings stay.
func (s *scanner) free() {
	const most = 1 << 12 // values of a text whose room is worth keeping
	if cap(s.members.done) > most || cap(s.elems.done) > most || cap(s.parts) > most {
		return
	}
	clear(s.parts[:cap(s.parts)])
	*s = scanner{elems: s.elems.empty(), members: s.members.empty(), parts: s.parts[:0]}
	spare.Put(s)
}

func (s *scanner) mark() mark { return mark{s.line, int32(s.at - s.lineStart + 1)} }

// tooLarge says that the text is beyond a limit.
func (s *scanner) tooLarge(format string, args ...any) *syntaxError {
	return &syntaxError{mark: s.mark(), what: fmt.Sprintf(format, args...), code: CodeTooLarge}
}

// unexpected says why the next byte, or the end, is not what was wanted.
func (s *scanner) unexpected(want string) *syntaxError {
	at, what := explain(s.in, s.at, want)
	return &syntaxError{mark: placeOf(s.in, at), what: what, code: CodeSyntax}
}

func (s *scanner) space() {
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
func (s *scanner) next(c byte) bool {
	if s.at < len(s.in) && s.in[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) value() (value, *syntaxError) {
	v := value{mark: s.mark()}
	if s.at >= len(s.in) {
		return v, s.unexpected(wantValue)
	}
	if s.values++; s.values > maxValues {
		return v, s.tooLarge("more than %d values (the largest profiles in use have a few thousand)", maxValues)
	}
	var err *syntaxError
	switch c := s.in[s.at]; {
	case c == '{':
		v.kind = object
		v.parts, err = s.object()
	case c == '[':
		v.kind = array
		v.parts, err = s.array()
	case c == '"':
		v.kind = text
		v.text, err = s.string()
	case c == '-' || '0' <= c && c <= '9':
		v.kind = number
		v.text, err = s.number()
	default:
		switch {
		case s.word("null"):
			v.kind = null
		case s.word("true"):
			v.kind, v.text = boolean, "true"
		case s.word("false"):
			v.kind, v.text = boolean, "false"
		default:
			err = s.unexpected(wantValue)
		}
	}
	return v, err
}

func (s *scanner) word(w string) bool {
	if !strings.HasPrefix(s.in[s.at:], w) {
		return false
	}
	s.at += len(w)
	return true
}

func (s *scanner) enter() *syntaxError {
	if s.depth++; s.depth > maxDepth {
		return s.tooLarge("more than %d arrays and objects inside each other (a profile has 6)", maxDepth)
	}
	s.at++
	return nil
}

func (s *scanner) object() (*parts, *syntaxError) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	from := len(s.members.open)
	s.space()
	if !s.next('}') {
		for {
			m := member{mark: s.mark()}
			if s.at >= len(s.in) || s.in[s.at] != '"' {
				return nil, s.unexpected(wantKey)
			}
			var err *syntaxError
			if m.key, err = s.string(); err != nil {
				return nil, err
			}
			s.space()
			if !s.next(':') {
				return nil, s.unexpected(wantColon).in(pointerKey(m.key))
			}
			s.space()
			if m.value, err = s.value(); err != nil {
				return nil, err.in(pointerKey(m.key))
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

func (s *scanner) array() (*parts, *syntaxError) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	from := len(s.elems.open)
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
			s.elems.open = append(s.elems.open, v)
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
	p.elems = s.elems.take(from)
	return p, nil
}

// part returns empty parts. There is room for them: each list has its bracket.
func (s *scanner) part() *parts {
	s.parts = append(s.parts, parts{})
	return &s.parts[len(s.parts)-1]
}

// in puts a token in front of the error's path, if it is not the text as a whole
// that is at fault.
func (e *syntaxError) in(token string) *syntaxError {
	if e.code == CodeTooLarge {
		return e
	}
	e.path = "/" + token + e.path
	return e
}

func (s *scanner) number() (string, *syntaxError) {
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
func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.in) && '0' <= s.in[s.at] && s.in[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

// string reads a string from its opening quote on.
func (s *scanner) string() (string, *syntaxError) {
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
func (s *scanner) decode(out []byte) (string, *syntaxError) {
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
func (s *scanner) escape() (rune, *syntaxError) {
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
func (s *scanner) hex() (r rune, ok bool) {
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
