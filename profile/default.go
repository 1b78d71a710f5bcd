package profile

import _ "embed"

//go:embed default.json
var defaultJSON string

// DefaultText returns the text of Default.
func DefaultText() []byte { return []byte(defaultJSON) }

// Default returns the embedded profile, which allows and refuses what Docker's
// default profile does. It panics if the embedded text is at fault; a test checks
// that it is not.
func Default() *Profile {
	p, err := Parse(DefaultText(), ParseOptions{File: "default.json"})
	if err != nil {
		panic(err)
	}
	return p
}
