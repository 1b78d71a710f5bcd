package jsonpos

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// jsonTexts are texts at the borders of JSON; some are in it.
var jsonTexts = []string{
	"", " ", "\t\r\n", "null", "nul", "nulll", "true", "tru", "false", "falsey", "NULL", "undefined", "NaN", "Infinity",
	"0", "-0", "-", "+1", "01", "00", "1.", ".5", "1.5", "1.05e+10", "1e", "1e+", "1e-5", "1E5", "1e5.5", "--1", "0x10", "1_000", "1a",
	"18446744073709551615", "18446744073709551616", "-1", "123456789012345678901234567890", "1e999",
	`""`, `"`, `"a`, `"a\"`, `"\""`, `"\q"`, `"\u12"`, `"\u12g4"`, `"\u0041"`, `"\uABCD\uEFaf"`, `"\u00G0"`, `"\u00@0"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00"`,
	`"\ud83d\u0041"`, `"\ud83d\ud83d\ude00"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\u12"`, `"\U0041"`, `"\u00"`, `"\`, `"\u`,
	`"\b\f\n\r\t\/\\"`, "\"\x7f\"", "\"\x1f\"", "\"\n\"", "\"\x00\"", "\"\t\"", "\"\xff\"", "\"a\xc3\"", "\"\xc3\xa9\"", "\"\xed\xa0\x80\"",
	"\"\xf4\x90\x80\x80\"", "\"\xe2\x80\xa8\"", "\"\xef\xbf\xbd\"", "'a'",
	"[]", "[", "]", "[ ]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,2]", "[[[]]]", "[[[]]", "[]]", `["a",{"b":[null]}]`,
	"{}", "{", "}", "{ }", `{"a"}`, `{"a":}`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,"a":1}`, `{"a" 1}`, `{"a":1 "b":2}`, `{a:1}`, `{1:1}`, `{null:1}`,
	`{"a":1}`, `{"a":1,"a":2}`, `{"":{"":[]}}`, `{"a":1}}`, `{"a":1}{"b":2}`, "{\"a\"\n:\t1\r\n}",
	"\ufeff{}", "{\ufeff}", "{}\ufeff", "{} // x", "/* x */ {}", "# x\n{}", "{}\x00", "\x00", "\xff", "[1]\v", "\u00a0[1]", "[1]\u2028",
	"404: Not Found", " 404: Not Found", "404 : x",
}

// TestScan holds scan to encoding/json on the border texts and on every prefix
// of a profile.
func TestScan(t *testing.T) {
	for _, in := range jsonTexts {
		checkScan(t, []byte(in))
	}
	const profile = `{"defaultAction":"SCMP_ACT_ERRNO", "syscalls":[{"names":["read"],"args":[{"index":1,"value":-1.5e3,"op":"\u00e9"}]},null,true]}`
	for i := range len(profile) {
		checkScan(t, []byte(profile[:i]))
		checkScan(t, []byte(profile[i:]))
		checkScan(t, []byte(profile[:i]+profile[i+1:]))
		for _, c := range `"{}[],:\0a` + "\n" {
			checkScan(t, []byte(profile[:i]+string(c)+profile[i:]))
		}
	}
}

// TestScanLimits: nesting and values end at their limits, and not before.
func TestScanLimits(t *testing.T) {
	list := func(n int) string { return "[" + strings.Repeat("0,", n-2) + "0]" } // of n values
	tests := []struct {
		in   string
		want Code // "": none
	}{
		{strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), ""},
		{strings.Repeat(`{"a":`, maxDepth) + "1" + strings.Repeat("}", maxDepth), ""},
		{strings.Repeat("[", maxDepth+1), CodeTooLarge},
		{strings.Repeat(`{"a":`, maxDepth+1), CodeTooLarge},
		{list(maxValues), ""},
		{list(maxValues + 1), CodeTooLarge},
	}
	for _, tt := range tests {
		_, err := Scan([]byte(tt.in))
		var got Code
		if err != nil {
			got = err.Code
		}
		if got != tt.want {
			t.Errorf("scan(%.20q..., %d bytes): code %q, want %q", tt.in, len(tt.in), got, tt.want)
		}
		if !testing.Short() || len(tt.in) < 1<<16 {
			checkScan(t, []byte(tt.in))
		}
	}
}

// FuzzScan: Scan takes what encoding/json takes, as the same values, and finds
// faults at the same places.
func FuzzScan(f *testing.F) {
	for _, in := range jsonTexts {
		f.Add([]byte(in))
	}
	f.Fuzz(checkScan)
}

// checkScan holds scan to encoding/json: the same texts but for its limits, the same values,
// faults at the same byte; and to its own promise, positions.
func checkScan(t *testing.T, in []byte) {
	t.Helper()
	s, serr := Scan(in)
	if serr != nil && serr.Code == CodeTooLarge {
		return // there are texts of either kind
	}
	if got, want := serr == nil, json.Valid(in); got != want {
		t.Fatalf("scan(%q) accepts it: %v (%v), and json.Valid: %v", in, got, serr, want)
	}
	if serr != nil {
		checkFault(t, in, serr)
		return
	}
	d := json.NewDecoder(bytes.NewReader(in))
	d.UseNumber()
	var want any
	if err := d.Decode(&want); err != nil {
		t.Fatalf("json.Decode(%q): %v", in, err)
	}
	if got := plain(s.Root); !reflect.DeepEqual(got, want) { // cmp takes too long for nested texts
		t.Fatalf("scan(%q) (-json +scan):\n%s", in, cmp.Diff(want, got))
	}
	checkPositions(t, in, s.Root)
}

// plain returns the value as encoding/json decodes into an any: of a repeated
// key the last value counts.
func plain(v Value) any {
	switch v.Kind {
	case Boolean:
		return v.Text == "true"
	case Number:
		return json.Number(v.Text)
	case Text:
		return v.Text
	case Array:
		list := []any{}
		for _, e := range v.Elems() {
			list = append(list, plain(e))
		}
		return list
	case Object:
		m := map[string]any{}
		for _, member := range v.Members() {
			m[member.Key] = plain(member.Value)
		}
		return m
	}
	return nil
}

// checkFault holds a fault's place to encoding/json's, which gives the byte
// that it cannot take: it is that byte, or the token is that leads there, the
// comma or the end of the value before it, or the end of a text that is cut short.
func checkFault(t *testing.T, in []byte, serr *Fault) {
	t.Helper()
	at, ok := offset(in, serr.Line, serr.Col)
	if !ok {
		t.Fatalf("scan(%q): fault at %d:%d, which is outside", in, serr.Line, serr.Col)
	}
	var syntax *json.SyntaxError
	err := json.Unmarshal(in, new(any))
	if !errors.As(err, &syntax) {
		t.Fatalf("scan(%q): fault %v, and json.Unmarshal has %v", in, serr, err)
	}
	stop := int(syntax.Offset) - 1
	if strings.Contains(err.Error(), "unexpected end") || at == len(in) {
		stop = int(syntax.Offset)
	}
	if at > stop || !leadsTo.Match(in[at:stop]) {
		t.Fatalf("scan(%q): fault at byte %d (%v), json's is at %d (%v)", in, at, serr, stop, err)
	}
}

// leadsTo is what may stand between the place of a fault and the byte that is
// not JSON.
var leadsTo = regexp.MustCompile(`^(?:[,"]?[ \t\r\n]*|"(?:[^"\\]|\\.)*\\?|[-+.0-9A-Za-z]*|\\u?[0-9a-fA-F]*|[{[])$`)

// offset returns the index of a place in the text; one behind the end is in it.
func offset(in []byte, line, col int32) (int, bool) {
	start := 0
	for range line - 1 {
		n := bytes.IndexByte(in[start:], '\n')
		if n < 0 {
			return 0, false
		}
		start += n + 1
	}
	at := start + int(col) - 1
	return at, line > 0 && col > 0 && at <= len(in) && bytes.IndexByte(in[start:min(at, len(in))], '\n') < 0
}

// checkPositions: where a value stands, there is its first byte.
func checkPositions(t *testing.T, in []byte, v Value) {
	t.Helper()
	starts := [...]string{Null: "n", Boolean: "tf", Number: "-0123456789", Text: `"`, Array: "[", Object: "{"}
	at, ok := offset(in, v.Line, v.Col)
	if !ok || at == len(in) || strings.IndexByte(starts[v.Kind], in[at]) < 0 {
		t.Fatalf("scan(%q): %s at %d:%d, where there is none", in, v.Kind, v.Line, v.Col)
	}
	for _, e := range v.Elems() {
		checkPositions(t, in, e)
	}
	for _, m := range v.Members() {
		if at, ok := offset(in, m.Line, m.Col); !ok || at == len(in) || in[at] != '"' {
			t.Fatalf("scan(%q): key %q at %d:%d, where there is none", in, m.Key, m.Line, m.Col)
		}
		checkPositions(t, in, m.Value)
	}
}
