package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seccompile/seccompile/profile"
)

// canonical returns the canonical text of a profile: the same values, spelled as they are.
func canonical(text []byte, d profile.Dialect) ([]byte, error) {
	p := treeParser{text: text, d: json.NewDecoder(bytes.NewReader(text))}
	p.d.UseNumber()
	root, err := p.value()
	if err != nil {
		return nil, err
	}
	arrange(root.section(d))
	var b strings.Builder
	root.write(&b, "", 0)
	b.WriteByte('\n')
	return []byte(b.String()), nil
}

// A jsonNode is a value of JSON, of which everything is spelled as in the text.
type jsonNode struct {
	open byte   // { or [, 0 for a scalar
	raw  string // of a scalar
	text string // of a string
	keys []jsonKey
	list []*jsonNode // elements, or the values of keys
}

type jsonKey struct{ raw, name string }

// A treeParser makes nodes of a text that has been parsed as a profile, so that its size
// and depth are bounded.
type treeParser struct {
	d    *json.Decoder
	text []byte
}

func (p *treeParser) value() (*jsonNode, error) {
	raw, token, err := p.token()
	if err != nil {
		return nil, err
	}
	n := &jsonNode{raw: raw}
	n.text, _ = token.(string)
	if delim, ok := token.(json.Delim); ok {
		n.open = byte(delim)
		for p.d.More() {
			if n.open == '{' {
				raw, token, err := p.token()
				if err != nil {
					return nil, err
				}
				name, _ := token.(string)
				n.keys = append(n.keys, jsonKey{raw, name})
			}
			v, err := p.value()
			if err != nil {
				return nil, err
			}
			n.list = append(n.list, v)
		}
		_, _, err = p.token()
	}
	return n, err
}

// token returns the next token and how it is spelled.
func (p *treeParser) token() (raw string, token json.Token, err error) {
	from := p.d.InputOffset()
	token, err = p.d.Token()
	return strings.TrimLeft(string(p.text[from:p.d.InputOffset()]), " \t\r\n,:"), token, err
}

// value returns the value of a key, nil if the node does not have it.
func (n *jsonNode) value(key string) *jsonNode {
	if n == nil {
		return nil
	}
	for i, k := range n.keys {
		if strings.EqualFold(k.name, key) {
			return n.list[i]
		}
	}
	return nil
}

// objects returns the elements of a key's value that are objects.
func (n *jsonNode) objects(key string) (list []*jsonNode) {
	if v := n.value(key); v != nil && v.open == '[' {
		for _, e := range v.list {
			if e.open == '{' {
				list = append(list, e)
			}
		}
	}
	return list
}

// section returns the profile in a text of a dialect.
func (n *jsonNode) section(d profile.Dialect) *jsonNode {
	path := map[profile.Dialect][]string{profile.OCI: {"linux", "seccomp"}, profile.SeccompProfile: {"spec"}}[d]
	if len(path) == 0 || n.value(path[0]) == nil {
		return n
	}
	for _, key := range path {
		n = n.value(key)
	}
	return n
}

// keyOrder has the keys of profiles, entries, conditions and guards, in the order in which
// Profile.MarshalJSON has them.
var keyOrder = []string{
	"baseProfileName", "defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "flags", "listenerPath", "listenerMetadata",
	"architecture", "subArchitectures",
	"comment", "name", "names", "action", "errnoRet", "errno", "args", "includes", "excludes",
	"index", "value", "valueTwo", "op",
	"caps", "arches", "minKernel",
	"syscalls",
}

// isSet reports whether a key's value is a list of names of which the order does not count.
func isSet(key string) bool {
	return slices.ContainsFunc([]string{"names", "caps", "arches"}, func(k string) bool { return strings.EqualFold(k, key) })
}

// arrange puts a profile in order.
func arrange(p *jsonNode) {
	p.sort()
	for _, m := range p.objects("archMap") {
		m.sort()
	}
	for _, e := range p.objects("syscalls") {
		e.sort()
		for _, c := range e.objects("args") {
			c.sort()
		}
		for _, key := range []string{"includes", "excludes"} {
			e.value(key).sort()
		}
	}
}

// sort sorts the keys of an object, the unknown ones last as they stand, and the sets that
// it has.
func (n *jsonNode) sort() {
	if n == nil || n.open != '{' {
		return
	}
	order := make([]int, len(n.keys))
	for i := range order {
		order[i] = i
	}
	rank := func(i int) int {
		at := slices.IndexFunc(keyOrder, func(k string) bool { return strings.EqualFold(k, n.keys[i].name) })
		if at < 0 {
			return len(keyOrder)
		}
		return at
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(rank(i), rank(j)) })
	keys, list := n.keys, n.list
	n.keys, n.list = nil, nil
	for _, i := range order {
		n.keys, n.list = append(n.keys, keys[i]), append(n.list, list[i])
		if isSet(keys[i].name) {
			list[i].sortSet()
		}
	}
}

// sortSet sorts a list of strings and leaves each there once.
func (n *jsonNode) sortSet() {
	if n.open != '[' || slices.ContainsFunc(n.list, func(e *jsonNode) bool { return !strings.HasPrefix(e.raw, `"`) }) {
		return
	}
	slices.SortStableFunc(n.list, func(a, b *jsonNode) int { return cmp.Compare(a.text, b.text) })
	n.list = slices.CompactFunc(n.list, func(a, b *jsonNode) bool { return a.text == b.text })
}

// lineWidth is how many characters a value may reach to be in one line.
const lineWidth = 100

// write writes a value that starts after so many characters of a line. A text as a whole is
// never in one line.
func (n *jsonNode) write(b *strings.Builder, indent string, column int) {
	if n.open == 0 {
		b.WriteString(n.raw)
		return
	}
	if line, ok := n.line(lineWidth - column - len(",")); ok && (indent != "" || len(n.list) == 0) {
		b.WriteString(line)
		return
	}
	b.WriteByte(n.open)
	for i, v := range n.list {
		key := ""
		if n.open == '{' {
			key = n.keys[i].raw + ": "
		}
		inner := indent + "  "
		fmt.Fprintf(b, "%s\n%s%s", [...]string{"", ","}[min(i, 1)], inner, key)
		v.write(b, inner, len(inner)+utf8.RuneCountInString(key))
	}
	b.WriteString("\n" + indent + n.end())
}

// end returns what ends an array or an object.
func (n *jsonNode) end() string {
	if n.open == '{' {
		return "}"
	}
	return "]"
}

// line returns a value in one line, if that has no more characters than there is room for.
func (n *jsonNode) line(room int) (line string, fits bool) {
	if n.open == 0 {
		return n.raw, utf8.RuneCountInString(n.raw) <= room
	}
	line = string(n.open)
	for i, v := range n.list {
		if i > 0 {
			line += ", "
		}
		if n.open == '{' {
			line += n.keys[i].raw + ": "
		}
		part, ok := v.line(room - utf8.RuneCountInString(line))
		if !ok {
			return "", false
		}
		line += part
	}
	line += n.end()
	return line, utf8.RuneCountInString(line) <= room
}
