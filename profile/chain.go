package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// maxChain is how many bases a SeccompProfile may have, one under another: as many as its
// operator follows.
const maxChain = 15

// A baseAt is the name of a base profile with the place where it stands. The zero value
// is none.
type baseAt struct {
	name string
	pos  policy.Pos
	path string
}

// ParseChain parses a profile and its chain of base profiles, which baseProfileName names.
// The function read returns the text of a profile by name, and options for it. Only File and
// Places of these are used; the other options are those of o. The result has the entries of
// the farthest base first. A base contributes only entries, as in the
// security-profiles-operator. Everything else comes from the text itself.
//
// An entry that a base already has counts once. Unlike the operator, ParseChain keeps
// conditions. A contradiction between two texts is an error that names both places (see
// [Profile.Add]). A missing base, a base whose metadata has another name, a cycle, and
// more than 15 bases are also errors.
func ParseChain(in []byte, o ParseOptions, read func(name string) (text []byte, at ParseOptions, err error)) (*Profile, error) {
	p, name, err := parseLink(in, o)
	if err != nil {
		return nil, err
	}
	chain := []*Profile{p} // each with its base after it
	seen := []string{name}
	for p.base.name != "" {
		b := p.base
		fail := func(format string, args ...any) error {
			return &Error{CodeBaseProfile, b.pos, b.path, fmt.Errorf(format, args...)}
		}
		switch {
		case slices.Contains(seen, b.name):
			return nil, fail("the base profile %q is based on this one: %s (delete one baseProfileName)", b.name, strings.Join(append(seen[slices.Index(seen, b.name):], b.name), ", then "))
		case len(chain) > maxChain:
			return nil, fail("a chain of more than %d base profiles (merge some)", maxChain)
		}
		text, at, err := read(b.name)
		if err != nil {
			return nil, fail("the base profile %q: %w", b.name, err)
		}
		o.File, o.Places = at.File, at.Places
		if p, name, err = parseLink(text, o); err != nil {
			return nil, err
		}
		if name != "" && name != b.name {
			return nil, &Error{CodeBaseProfile, p.pos, "/metadata/name", fmt.Errorf("the profile's name is %q, but %s names it %q (rename one of them)", name, b.pos, b.name)}
		}
		chain, seen = append(chain, p), append(seen, b.name)
	}
	return merge(chain)
}

// parseLink parses a profile of a chain, and returns the name in its metadata, if it has
// one.
func parseLink(in []byte, o ParseOptions) (p *Profile, name string, err error) {
	p, err = parse(in, o, func(r *reader, root *jsonpos.Value) (*Profile, error) {
		r.chain = true
		for _, m := range root.Named("metadata") {
			for _, n := range m.Value.Named("name") {
				name = n.Value.Text
			}
		}
		return r.read(r.section(root), o.Strict)
	})
	return p, name, err
}

// merge returns a profile with the entries of those after it in a chain.
func merge(chain []*Profile) (*Profile, error) {
	last := len(chain) - 1
	all := *chain[0]
	all.base = baseAt{}
	all.entries, all.notes = slices.Clone(chain[last].entries), slices.Clone(chain[last].notes)
	for i := last - 1; i >= 0; i-- {
		only := Profile{pos: chain[i].pos, dialect: chain[i].dialect, entries: chain[i].entries, notes: chain[i].notes}
		sum, err := all.Add(&Entries{from: &only, repeats: true})
		if err != nil {
			return nil, err
		}
		all = *sum
	}
	return &all, nil
}
