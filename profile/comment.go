package profile

import (
	"slices"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// A Comment is the text of a key that is a comment, such as "comment" and "_note", of the
// profile or of an object in it.
type Comment struct {
	Pos  policy.Pos // of the text
	Path string     // JSON Pointer of the object that has the key
	Text string
}

// Comments returns the comments in the text that are not empty: those of the profile, of
// its entries, and of the objects in entries. Each string in a list is a comment of its
// own. They are in the order of the text. The caller owns the slice.
func (p *Profile) Comments() []Comment { return slices.Clone(p.orZero().comments) }

// comments reads the comments of an object.
func (r *reader) comments(v *jsonpos.Value) {
	for i := range v.Members() {
		m := &v.Members()[i]
		if !jsonpos.IsComment(m.Key) {
			continue
		}
		texts := m.Value.Elems()
		if m.Value.Kind == jsonpos.Text {
			texts = []jsonpos.Value{m.Value}
		}
		for j := range texts {
			if t := &texts[j]; t.Kind == jsonpos.Text && t.Text != "" {
				r.remarks = append(r.remarks, Comment{r.pos(t), r.Pointer(v), t.Text})
			}
		}
	}
}
