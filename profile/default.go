package profile

import _ "embed"

//go:embed default.json
var defaultJSON string

// DefaultText returns the text of [Default].
func DefaultText() []byte { return []byte(defaultJSON) }

// Default returns the embedded profile, which decides every call as Docker's default
// profile does. It panics if the embedded text has a fault; a test ensures that it has
// none.
func Default() *Profile {
	p, err := Parse(DefaultText(), ParseOptions{File: "default.json"})
	if err != nil {
		panic(err)
	}
	return p
}
