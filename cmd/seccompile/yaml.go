package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// A document is the text of a profile, or of what chooses one, as JSON.
type document struct {
	text   []byte
	name   string       // of the text, for messages
	places []policy.Pos // of the lines of the JSON if it was made from YAML, else nil
	yaml   []byte       // what it was made from, nil for JSON
}

// The limits of YAML: of its text, which takes many times as much memory, of the values
// that are left of it after aliases are expanded, and of their depth.
const (
	maxYAML       = 1 << 20
	maxYAMLValues = 100_000
	maxYAMLDepth  = 100
)

// yamlKey is a key of YAML on a line.
var yamlKey = regexp.MustCompile(`(?m)^[ \t-]*("[^"\n]*"|'[^'\n]*'|[^\s#:{\["'][^#:\n]*):(\s|$)`)

// isYAML reports whether a text is a mapping in YAML's own style, or a list of some,
// rather than JSON or no text at all.
func isYAML(text []byte) bool {
	start := bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\ufeff")), " \t\r\n")
	if len(start) == 0 || bytes.ContainsAny(start[:1], `{["/`) || bytes.ContainsRune(text, 0) || !utf8.Valid(text) {
		return false
	}
	for line := range bytes.Lines(start) {
		switch {
		case bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")):
		case yamlKey.Match(line):
			return true
		case bytes.ContainsRune(line, '{'): // JSON after other text
			return false
		}
	}
	return false
}

// documentOf returns a text as JSON. Of several documents of YAML it is the one that is
// wanted.
func documentOf(text []byte, name string, wanted wanted) (d document, err error) {
	if isFilter(text) {
		return d, fmt.Errorf("%s: a compiled filter where a profile should be (merge --fold composes compiled filters)", name)
	}
	if !isYAML(text) {
		return document{text: text, name: name}, nil
	}
	c := &converter{name: name, lines: bytes.Split(text, []byte("\n"))}
	if len(text) > maxYAML {
		return d, fmt.Errorf("%s: more than %d bytes of YAML (is it the right file?)", name, maxYAML)
	}
	root, err := c.root(text, wanted)
	if err != nil {
		return d, err
	}
	c.value(root, nil, 0)
	if len(c.faults) > 0 {
		return d, errors.Join(c.faults...)
	}
	return document{text: c.out.Bytes(), name: name, places: c.places, yaml: text}, nil
}

// isFilter reports whether a text is a compiled filter, of any byte order. No text of a
// profile has zero bytes but in UTF-16, of which no filter is made.
func isFilter(text []byte) bool {
	if !bytes.ContainsRune(text, 0) {
		return false
	}
	_, little := compile.LoadBytes(text, arch.X86_64)
	_, big := compile.LoadBytes(text, arch.S390X)
	return little == nil || big == nil
}

// noteLosses says what of YAML is not in the profile that is printed as JSON.
func (d document) noteLosses(s stdio) {
	if d.yaml == nil {
		return
	}
	if err := losses(d.yaml, d.name); err != nil {
		fmt.Fprintf(s.err, "left out of the result: %v\n", err)
	}
}

// A wanted is what a text should have: a word for it, and whether an object with these keys
// is one.
type wanted struct {
	what string
	is   func(keys map[string]string) bool // keys at the top, and their values that are scalars
}

var (
	wantedProfile = wanted{"profile", func(keys map[string]string) bool {
		_, action := keys["defaultAction"]
		_, config := keys["linux"]
		return action || config || keys["kind"] == "SeccompProfile"
	}}
	wantedEntries = wanted{"entries of a profile", func(keys map[string]string) bool {
		_, entries := keys["syscalls"]
		_, entry := keys["names"]
		_, config := keys["linux"]
		return entries || entry || config || keys["kind"] == "SeccompProfile"
	}}
	wantedPod = wanted{"pod or workload", func(keys map[string]string) bool {
		_, spec := keys["spec"]
		_, template := keys["template"]
		return (spec || template) && !slices.Contains(otherKinds, keys["kind"]) && !strings.HasSuffix(keys["kind"], "Policy")
	}}
	wantedChoice = wanted{"app or task", func(map[string]string) bool { return true }}
)

// otherKinds often are in one file with a workload.
var otherKinds = []string{"Service", "Ingress", "PersistentVolumeClaim", "PersistentVolume", "HorizontalPodAutoscaler",
	"PodDisruptionBudget", "SeccompProfile", "Certificate", "CustomResourceDefinition", "APIService", "Namespace", "HTTPRoute", "Gateway"}

// A converter makes JSON of YAML, of which every key and value is on a line of its own.
type converter struct {
	name   string
	lines  [][]byte // of the YAML
	out    bytes.Buffer
	places []policy.Pos
	faults []error
	alias  *yaml.Node // that is being expanded, the outermost
	merges int        // mappings that << has merged
	at     column
}

// yamlLine is how the parser tells a line.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// root returns the document that is wanted.
func (c *converter) root(text []byte, wanted wanted) (*yaml.Node, error) {
	var all, list []*yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var n yaml.Node
		err := d.Decode(&n)
		if err == io.EOF {
			break
		}
		if err != nil {
			m := yamlLine.FindStringSubmatch(err.Error())
			if m == nil {
				return nil, fmt.Errorf("%s: not YAML: %w", c.name, err)
			}
			line, _ := strconv.Atoi(m[1])
			return nil, &profile.Error{Code: profile.CodeSyntax, Pos: policy.Pos{File: c.name, Line: line}, Err: fmt.Errorf("not YAML: %s", m[2])}
		}
		if n.Kind == yaml.DocumentNode && len(n.Content) == 1 && n.Content[0].ShortTag() != "!!null" {
			all = append(all, n.Content[0])
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	for _, n := range all {
		if wanted.is(topKeys(n)) {
			list = append(list, n)
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	var lines []string
	for _, n := range list[:min(len(list), 8)] {
		lines = append(lines, strconv.Itoa(n.Line))
	}
	switch {
	case len(all) == 0:
		return nil, fmt.Errorf("%s: nothing but comments (is it the right file?)", c.name)
	case len(list) == 0:
		return nil, fmt.Errorf("%s: %d YAML documents, none of which is a %s", c.name, len(all), wanted.what)
	}
	return nil, fmt.Errorf("%s: several YAML documents could be the %s, from lines %s on (give only one)", c.name, wanted.what, strings.Join(lines, ", "))
}

// topKeys returns the keys of a mapping with their values that are scalars.
func topKeys(n *yaml.Node) map[string]string {
	keys := map[string]string{}
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			keys[n.Content[i].Value] = n.Content[i+1].Value
		}
	}
	return keys
}

// pos returns the position of a node, that of the alias for what an alias stands for.
func (c *converter) pos(n *yaml.Node) policy.Pos {
	if c.alias != nil {
		n = c.alias
	}
	return policy.Pos{File: c.name, Line: n.Line, Col: c.column(n.Line, n.Column)}
}

// column returns a column in bytes: those of YAML count characters.
func (c *converter) column(line, col int) int {
	if line < 1 || line > len(c.lines) {
		return col
	}
	if line != c.at.line || col < c.at.col {
		c.at = column{line: line, col: 1, bytes: 1}
	}
	text := c.lines[line-1]
	if line == 1 {
		text = bytes.TrimPrefix(text, []byte("\ufeff"))
	}
	for ; c.at.col < col; c.at.col++ {
		_, size := utf8.DecodeRune(text[min(c.at.bytes-1, len(text)):])
		c.at.bytes += max(size, 1)
	}
	return c.at.bytes
}

// A column is the one that was looked for last: the next is not far after it.
type column struct{ line, col, bytes int }

// fail adds a fault of a node.
func (c *converter) fail(code profile.Code, n *yaml.Node, path []string, format string, args ...any) {
	if len(c.faults) < 100 {
		c.faults = append(c.faults, &profile.Error{Code: code, Pos: c.pos(n), Path: pointer(path), Err: fmt.Errorf(format, args...)})
	}
}

// pointer is a JSON Pointer (RFC 6901).
func pointer(path []string) (p string) {
	for _, key := range path {
		p += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
	}
	return p
}

// token writes a key or a value, or the start of one, on a line of its own.
func (c *converter) token(n *yaml.Node, text string) {
	if len(c.places) > 0 {
		c.out.WriteByte('\n')
	}
	c.places = append(c.places, c.pos(n))
	c.out.WriteString(text)
}

// value writes a node.
func (c *converter) value(n *yaml.Node, path []string, depth int) {
	switch {
	case len(c.faults) > 0 && (depth > maxYAMLDepth || len(c.places) >= maxYAMLValues):
		return // it is said
	case depth > maxYAMLDepth:
		c.fail(profile.CodeTooLarge, n, nil, "more than %d lists and mappings inside each other, aliases expanded", maxYAMLDepth)
		return
	case len(c.places) >= maxYAMLValues:
		c.fail(profile.CodeTooLarge, n, nil, "more than %d values, aliases expanded", maxYAMLValues)
		return
	}
	switch n.Kind {
	case yaml.AliasNode:
		outer := c.alias
		if outer == nil {
			c.alias = n
		}
		c.value(n.Alias, path, depth+1)
		c.alias = outer
	case yaml.SequenceNode:
		c.collection(n, path, "!!seq")
		c.token(n, "[")
		for i, e := range n.Content {
			if i > 0 {
				c.out.WriteByte(',')
			}
			c.value(e, append(slices.Clip(path), strconv.Itoa(i)), depth+1)
		}
		c.out.WriteByte(']')
	case yaml.MappingNode:
		c.collection(n, path, "!!map")
		c.token(n, "{")
		c.members(n, path, depth)
		c.out.WriteByte('}')
	default:
		c.scalar(n, path)
	}
}

// collection faults a tag that makes something else of a list or a mapping.
func (c *converter) collection(n *yaml.Node, path []string, tag string) {
	if t := n.ShortTag(); t != tag {
		c.fail(profile.CodeSyntax, n, path, "tag %s (delete it)", t)
	}
}

// members writes the keys and values of a mapping. Keys of mappings that << merges into it
// come last, unless it has them itself.
func (c *converter) members(n *yaml.Node, path []string, depth int) {
	written := map[string]bool{}
	var merged []*yaml.Node
	write := func(key, value *yaml.Node) {
		if len(written) > 0 {
			c.out.WriteByte(',')
		}
		written[key.Value] = true
		c.token(key, quote(key.Value)+":")
		c.value(value, append(slices.Clip(path), key.Value), depth+1)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
		case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null":
			c.fail(profile.CodeType, key, path, "a key that is not a string (write one)")
		case written[key.Value]:
			c.fail(profile.CodeDuplicateKey, key, append(slices.Clip(path), key.Value), "key %q twice (keep one)", key.Value)
		default:
			write(key, value)
		}
	}
	for _, m := range merged {
		c.merge(m, path, depth, written, write)
	}
}

// merge writes what << has: a mapping, or several of which the first counts.
func (c *converter) merge(m *yaml.Node, path []string, depth int, written map[string]bool, write func(key, value *yaml.Node)) {
	outer := c.alias
	defer func() { c.alias = outer }()
	switch c.merges++; {
	case depth > maxYAMLDepth:
		c.fail(profile.CodeTooLarge, m, nil, "more than %d lists and mappings inside each other, aliases expanded", maxYAMLDepth)
		return
	case c.merges > maxYAMLValues:
		if c.merges == maxYAMLValues+1 {
			c.fail(profile.CodeTooLarge, m, nil, "more than %d mappings merged by <<", maxYAMLValues)
		}
		return
	}
	if outer == nil {
		c.alias = m
	}
	if m.Kind == yaml.AliasNode {
		m = m.Alias
	}
	switch m.Kind {
	case yaml.SequenceNode:
		for _, e := range m.Content {
			c.merge(e, path, depth+1, written, write)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(m.Content); i += 2 {
			key := m.Content[i]
			switch {
			case key.ShortTag() == "!!merge":
				c.merge(m.Content[i+1], path, depth+1, written, write)
			case key.Kind != yaml.ScalarNode:
				c.fail(profile.CodeType, key, path, "a key that is not a string (write one)")
			case !written[key.Value]:
				write(key, m.Content[i+1])
			}
		}
	default:
		c.fail(profile.CodeType, m, path, "<< with something other than a mapping")
	}
}

// jsonNumber is a number as JSON has it.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$`)

// scalar writes a scalar. What other readers of YAML take for a boolean or a number in
// base 8 is a fault where it could matter: it is for a string that looks like one.
func (c *converter) scalar(n *yaml.Node, path []string) {
	switch n.ShortTag() {
	case "!!null":
		c.token(n, "null")
	case "!!bool":
		c.token(n, strings.ToLower(n.Value))
	case "!!int":
		c.token(n, c.integer(n, path))
	case "!!float":
		if !jsonNumber.MatchString(n.Value) {
			c.fail(profile.CodeType, n, path, "the number %s (write digits)", n.Value)
		}
		c.token(n, n.Value)
	case "!!str", "!!timestamp":
		if n.Style == 0 && slices.Contains(booleans, strings.ToLower(n.Value)) {
			c.fail(profile.CodeType, n, path, "%s is a boolean for some readers of YAML and a string for others (write true, false or \"%[1]s\")", n.Value)
		}
		c.token(n, quote(n.Value))
	default:
		c.fail(profile.CodeSyntax, n, path, "tag %s (delete it)", n.ShortTag())
	}
}

// booleans of YAML 1.1, which Kubernetes reads, and not of 1.2.
var booleans = []string{"y", "n", "yes", "no", "on", "off"}

// integer returns an integer in decimal.
func (c *converter) integer(n *yaml.Node, path []string) string {
	if jsonNumber.MatchString(n.Value) {
		return n.Value
	}
	digits, negative := strings.CutPrefix(strings.TrimPrefix(n.Value, "+"), "-")
	u, err := strconv.ParseUint(digits, 0, 64)
	switch {
	case err != nil || strings.HasPrefix(digits, "0") && len(digits) > 1 && digits[1] >= '0' && digits[1] <= '9':
		c.fail(profile.CodeType, n, path, "the number %s (write it in decimal, or after 0x)", n.Value)
	case negative:
		return "-" + strconv.FormatUint(u, 10)
	}
	return strconv.FormatUint(u, 10)
}

// quote returns a string of JSON.
func quote(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(text) // strings have no errors
	return strings.TrimSuffix(b.String(), "\n")
}

// original changes the position of JSON to that of the YAML it was made from.
func (d document) original(at *policy.Pos) {
	if d.places != nil && at.Line >= 1 && at.Line <= len(d.places) {
		*at = d.places[at.Line-1]
	}
}

// originals is original for all faults of an error.
func (d document) originals(err error) {
	switch x := err.(type) {
	case *profile.Error:
		d.original(&x.Pos)
	case interface{ Unwrap() []error }:
		for _, e := range x.Unwrap() {
			d.originals(e)
		}
	case interface{ Unwrap() error }:
		d.originals(x.Unwrap())
	}
}

// losses returns what of a YAML text JSON cannot have.
func losses(text []byte, name string) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	documents := 0
	for {
		var n yaml.Node
		if err := d.Decode(&n); err == io.EOF {
			return nil
		} else if err != nil {
			return nil // documentOf says it with its place
		}
		if documents++; documents > 1 {
			return fmt.Errorf("%s: several YAML documents, of which only the profile would be kept (put it into its own file)", name)
		}
		if comment := commentIn(&n); comment != "" {
			first, _, _ := bytes.Cut([]byte(comment), []byte("\n"))
			at := policy.Pos{File: name, Line: 1, Col: 1}
			if i := bytes.Index(text, first); i >= 0 {
				at.Line += bytes.Count(text[:i], []byte("\n"))
				at.Col = i - bytes.LastIndexByte(text[:i], '\n')
			}
			return &profile.Error{Code: profile.CodeSyntax, Pos: at, Err: errors.New("a comment of YAML, which JSON cannot have (make it the value of a key \"comment\", or delete it)")}
		}
	}
}

// commentIn returns the comment of a node or of a node in it, "" without one.
func commentIn(n *yaml.Node) string {
	for _, comment := range []string{n.HeadComment, n.LineComment, n.FootComment} {
		if comment != "" {
			return comment
		}
	}
	for _, c := range n.Content {
		if comment := commentIn(c); comment != "" {
			return comment
		}
	}
	return ""
}
