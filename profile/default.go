package profile

import _ "embed"

//go:embed default.json
var defaultJSON string

// DefaultText returns the text of Default.
func DefaultText() []byte { return []byte(defaultJSON) }

// Default returns the profile that the project brings along: the policy of
// Docker's default profile. It panics if the embedded text is at fault, which a
// test excludes.
func Default() *Profile {
	p, err := Parse(DefaultText(), ParseOptions{File: "default.json"})
	if err != nil {
		panic(err)
	}
	return p
}
