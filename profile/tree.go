package profile

import (
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// A tree makes the JSON values of a profile that is not a text, so that it is read as
// a text is. Values are made in the order of the tree, parents first: each has a line
// of its own, by which its place is found.
type tree struct {
	places []policy.Pos // by line
}

func (t *tree) value(kind jsonpos.Kind, text string, pos policy.Pos) jsonpos.Value {
	t.places = append(t.places, pos)
	return jsonpos.Value{Mark: jsonpos.Mark{Line: int32(len(t.places)), Col: 1}, Kind: kind, Text: text}
}

func (t *tree) object(pos policy.Pos) jsonpos.Value { return t.value(jsonpos.Object, "", pos) }
func (t *tree) array(pos policy.Pos) jsonpos.Value  { return t.value(jsonpos.Array, "", pos) }

func (t *tree) text(s string, pos policy.Pos) jsonpos.Value {
	return t.value(jsonpos.Text, s, pos)
}

func (t *tree) number(n uint64, pos policy.Pos) jsonpos.Value {
	return t.value(jsonpos.Number, strconv.FormatUint(n, 10), pos)
}

// texts returns an array of strings.
func (t *tree) texts(list []string, pos policy.Pos) jsonpos.Value {
	v := t.array(pos)
	for _, s := range list {
		v.Append(t.text(s, pos))
	}
	return v
}

// reader returns a reader of the tree with the root v.
func (t *tree) reader(v *jsonpos.Value, d Dialect) *reader {
	return &reader{Reader: jsonpos.Reader{Root: v}, dialect: d, places: t.places}
}

// selector returns the Go selector for a JSON Pointer: ".Syscalls[3].Args" for
// "/syscalls/3/args".
func selector(path string) string {
	var b strings.Builder
	for _, token := range strings.Split(path, "/")[1:] {
		if token == "" || '0' <= token[0] && token[0] <= '9' {
			b.WriteString("[" + token + "]")
		} else {
			b.WriteString("." + strings.ToUpper(token[:1]) + token[1:])
		}
	}
	return b.String()
}
